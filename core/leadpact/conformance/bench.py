"""What the author of a connector provides: a CRM to be tested against, with a person's hands on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, NoReturn, TypeAlias

from leadpact.conformance.scenario import Gap
from leadpact.model.record import Native, RecordRef
from leadpact.model.schema import WantedField
from leadpact.ports.connector import Connector

FaultName: TypeAlias = Literal[
    "throttled",
    "day_spent",
    "unavailable",
    "html_page",
    "server_error",
    "lost_answer",
    "cut_body",
    "slow",
    "expired",
    "policy",
    "locked_row",
]
Trouble: TypeAlias = Literal["none", "wrong_token", "wrong_host", "down", "impatient"]
Where: TypeAlias = Literal["feed", "read", "find", "write", "make", "announce", "any"]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field of the tested kind plays which part.

    Attributes:
        text: a plain text field of at least 40 characters that anybody may write.
        email: the main e-mail address.
        whole: a whole number that can be written.
        picklist: a restricted picklist; ``picked`` are two of its values.
        short: a text field with a limit that the schema states.
        read_only: a field that no API may write.
        extra: a text field of the kit's own making, provisioned by the bench, free to hide.
        required: what a new record needs besides its e-mail.
    """

    text: str
    email: str
    whole: str
    picklist: str
    picked: tuple[str, str]
    short: str
    read_only: str
    extra: str
    required: Mapping[str, Native] = field(default_factory=dict)


class ActNotOffered(Exception):
    """A scenario asked for an act that this bench neither does nor lists in ``lacks``."""


class Bench(ABC):
    """One CRM under test, freshly emptied for each scenario, and a connector to it.

    Optional acts are those that raise :class:`ActNotOffered` here. A bench overrides them or lists them in
    ``lacks`` with the reason; a scenario that needs an act in ``lacks`` is reported as not applicable.

    Attributes:
        crm: the column in the table of results.
        connector: signed in, the bench's own fields provisioned.
        kind: the kind of people that is tested.
        roles: which field plays which part.
        lacks: act, or name of a fault → why this CRM or this bench has no such thing.
        gaps: scenario number, or ``number@variant`` for one switch turned over → known failure.
        external_field: API name of the field that holds our external id; "" where there is none.
        variant: which believed behaviour of the CRM is turned over in this run; "" = none.
        feed_wall: how many changes the CRM's own feed shows at most in one answer or query; a scenario goes beyond it.
    """

    crm: ClassVar[str]
    kind: ClassVar[str]
    roles: ClassVar[Roles]
    lacks: ClassVar[Mapping[str, str]] = {}
    gaps: ClassVar[Mapping[str, Gap]] = {}
    feed_wall: ClassVar[int] = 0
    external_field: ClassVar[str] = ""
    connector: Connector
    variant: str = ""

    # acts that every bench does

    @abstractmethod
    def add(self, count: int, fields: Mapping[str, Native] | None = None) -> list[str]:
        """People made by somebody else, ``p<n>@firm<m>.example``, visible to the feed; their ids."""

    @abstractmethod
    def edit(self, ids: Sequence[str], fields: Mapping[str, Native]) -> None:
        """A person sets these fields; all of them get one stamp."""

    @abstractmethod
    def delete(self, record_id: str) -> None:
        """A person deletes the record."""

    @abstractmethod
    def stored(self, record_id: str) -> Mapping[str, Native]:
        """What the CRM itself holds now, past the connector; deleted records as {}."""

    @abstractmethod
    def count(self) -> int:
        """Records of the kind that are there, past the connector."""

    @abstractmethod
    def settle(self) -> None:
        """Let the feed catch up with everything done so far."""

    @abstractmethod
    def wanted(self) -> Sequence[WantedField]:
        """Two fields of our own that are not there yet: a text, and a picklist with two options."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back."""

    # acts that a CRM may not know

    def restore(self, record_id: str) -> None:
        """A person brings a deleted record back."""
        self._not_offered("restore")

    def merge(self, primary: str, other: str) -> str:
        """A person folds ``other`` into ``primary``; the id of the record that lives on."""
        self._not_offered("merge")

    def convert(self, record_id: str) -> RecordRef:
        """A person converts the record; what it became."""
        self._not_offered("convert")

    def surface_late(self) -> str:
        """A new record that the feed shows only now, stamped two minutes before the newest one it has shown."""
        self._not_offered("surface_late")

    def lag(self, seconds: float) -> None:
        """From now on the feed shows changes this late."""
        self._not_offered("lag")

    def skew(self, seconds: float) -> None:
        """From now on the connector's clock is this far off the CRM's."""
        self._not_offered("skew")

    def advance(self, seconds: float) -> None:
        """Time passes, in the CRM and for the connector."""
        self._not_offered("advance")

    def fault(self, name: FaultName, where: Where, *, nth: int = 1, always: bool = False) -> None:
        """The nth call of this sort from now, or each, meets this trouble; replaces earlier ones."""
        self._not_offered("fault")

    def calls(self) -> int:
        """HTTP calls since this was last asked."""
        self._not_offered("calls")

    def slept(self) -> Sequence[float]:
        """Seconds of each wait of the connector so far."""
        self._not_offered("slept")

    def spent(self) -> int:
        """Calls charged to the day's budget so far."""
        self._not_offered("spent")

    def exhaust(self, until: datetime) -> None:
        """The day's budget is spent until then."""
        self._not_offered("exhaust")

    def hide(self, field_name: str) -> None:
        """The admin takes away our right to see this field."""
        self._not_offered("hide")

    def duplicate_rule(self) -> None:
        """The CRM refuses new records that look like another one."""
        self._not_offered("duplicate_rule")

    def narrow(self, value: str) -> str:
        """A record whose own type leaves this value out of ``roles.picklist``; its id."""
        self._not_offered("narrow")

    def opportunity(self, record_id: str) -> RecordRef:
        """An open opportunity of this person."""
        self._not_offered("opportunity")

    def company(self) -> RecordRef:
        """A company that people can be associated with."""
        self._not_offered("company")

    def companies_of(self, record_id: str) -> Sequence[str]:
        """Ids of the companies that the CRM itself has this person associated with."""
        self._not_offered("companies_of")

    def owner(self) -> str:
        """Id of somebody who can own records and tasks, with an address."""
        self._not_offered("owner")

    def former_owner(self) -> str:
        """Id of somebody who owned records once and has left."""
        self._not_offered("former_owner")

    def tasks_of(self, record_id: str) -> Sequence[Mapping[str, Native]]:
        """The tasks that the CRM itself has with this person: ``id``, ``subject``, ``body`` as a reader sees its lines,
        ``owner``, ``due`` (the day, at least)."""
        self._not_offered("tasks_of")

    def connect(self, *, trouble: Trouble) -> Connector:
        """Another connector: sound, or as ``trouble`` says (``impatient``: it waits 0.3 s for an answer)."""
        self._not_offered("connect")

    def edit_as(self, author: str, record_id: str, fields: Mapping[str, Native]) -> None:
        """An edit by ``person``, ``workflow``, ``import`` or ``integration``."""
        self._not_offered("edit_as")

    def engage(self, source: str, ids: Sequence[str]) -> datetime:
        """Each of these people does something once that this source keeps, all of them at one instant: which one.

        A second act of a person is another one, about something else where the source tells what.
        """
        self._not_offered("engage")

    def count_up(self, source: str, record_id: str, *, by: int) -> None:
        """The source's lifetime counter of this person rises by so many at once, and no act of them is dated."""
        self._not_offered("count_up")

    def hide_source(self, source: str) -> None:
        """The admin takes away our right to see what this source is read from."""
        self._not_offered("hide_source")

    def secrets(self) -> Sequence[str]:
        """Texts that no error may hold: tokens, keys."""
        return ()

    def _not_offered(self, act: str) -> NoReturn:
        raise ActNotOffered(
            f"The bench of {self.crm} does not do {act!r}; do it, or say why not in its `lacks`."
        )
