"""What the server and the control API ask of the two emulated CRMs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from starlette.types import ASGIApp

from leadpact_sandbox.seed.model import Company


class EmulatedCrm(Protocol):
    """One emulated CRM: its API, its state, and what people do in it.

    The acts raise ``RefusedAct`` where the CRM's own screen would refuse: 404 for an id or object
    it does not have, 400 for values it does not take.
    """

    @property
    def app(self) -> ASGIApp:
        """The CRM's HTTP API."""
        ...

    def load(self, company: Company) -> None:
        """Replace all state by the seeded company."""
        ...

    def reset(self) -> None:
        """Go back to the state after the last ``load``, limits and tokens included."""
        ...

    def snapshot(self) -> dict[str, object]:
        """All state, serialisable by orjson."""
        ...

    def restore(self, state: dict[str, object]) -> None:
        """Take up the state of a ``snapshot``."""
        ...

    def connection(self, base_url: str) -> dict[str, str]:
        """What a client needs to sign in, for the ready line."""
        ...

    def edit(self, object: str, id: str, fields: dict[str, object], by: str) -> dict[str, object]:
        """Change a record; answers it as the CRM would."""
        ...

    def create(self, object: str, fields: dict[str, object], by: str) -> dict[str, object]:
        """Make a record; answers it as the CRM would."""
        ...


class EmulatedHubSpot(EmulatedCrm, Protocol):
    """HubSpot's own acts."""

    def app_details(self) -> dict[str, object]:
        """The public app and the service key of the portal."""
        ...

    async def deliver(self) -> dict[str, object]:
        """Send the webhook events that are due by the sandbox's clock."""
        ...

    def archive(self, object: str, id: str, by: str) -> dict[str, object] | None:
        """Archive a record (restorable, gone from search)."""
        ...

    def take_over(self, rows: Iterable[tuple[str, Mapping[str, object]]]) -> int:
        """Where its switch is on, HubSpot's own Salesforce connector syncs these; how many it found."""
        ...

    def merge(self, object: str, primary: str, other: str) -> dict[str, object]:
        """Fold two records into a new one, the primary's values winning; answers the new one."""
        ...


class EmulatedSalesforce(EmulatedCrm, Protocol):
    """Salesforce's own acts."""

    def people(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Open Leads and Contacts, as (object, fields)."""
        ...

    def delete(self, object: str, id: str, by: str) -> dict[str, object] | None:
        """Move a record to the recycle bin."""
        ...

    def undelete(self, object: str, id: str, by: str) -> dict[str, object]:
        """Take a record out of the recycle bin."""
        ...

    def merge(self, object: str, primary: str, other: str, by: str) -> dict[str, object]:
        """Fold ``other`` into ``primary``, which stays; the other is deleted."""
        ...

    def convert(
        self,
        lead: str,
        status: str,
        contact: str | None = None,
        account: str | None = None,
        opportunity: str | None = None,
        by: str = ...,
    ) -> dict[str, object]:
        """Convert a Lead into new or the given records; answers the Lead.

        ``opportunity`` is the name of one to make or the id of one, None for none.
        """
        ...
