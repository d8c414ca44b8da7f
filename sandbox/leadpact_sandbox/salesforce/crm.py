"""The emulated Salesforce as the sandbox holds it: load, reset, keep, and what people do in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, cast

from starlette.types import ASGIApp

from leadpact_sandbox.acts import RefusedAct, parse_actor
from leadpact_sandbox.salesforce import (
    convert,
    describe,
    ids,
    record_types,
    rows,
    tooling,
    validation,
)
from leadpact_sandbox.salesforce.api import Api
from leadpact_sandbox.salesforce.app import Routing
from leadpact_sandbox.salesforce.catalog import FULL_ACCESS, Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.late import LateCommits
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.seeding import Seeding
from leadpact_sandbox.salesforce.sessions import Sessions
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.seed.model import Company
from leadpact_sandbox.world import World

_SHOWN_VERSION = "66.0"
_IDS = (
    "org_id",
    "integration_id",
    "automated_id",
    "import_id",
    "other_integration_id",
    "queue_id",
)


class _Preview(Exception):
    """Ends a transaction that is only to be looked at."""


class Salesforce:
    """One emulated org behind its HTTP API (facts salesforce; SANDBOX contract).

    Args:
        world: clock, faults, limits and switches that both emulated CRMs share.

    Attributes:
        app: the HTTP API.
        staff: Staff and queue keys of the seed to User and Group ids.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._org = Org(world)
        self._sessions = Sessions(world, self._org)
        self._late = LateCommits(world)
        self._api = Api(world, self._org, self._sessions, self._late)
        self._company: Company | None = None
        self._mapping: dict[str, str] = {}
        self.staff: dict[str, str] = {}
        self.app: ASGIApp = Routing(self._api, self._late).app()

    @property
    def org(self) -> Org:
        """The state in force now; a reset replaces it."""
        return self._org

    def load(self, company: Company) -> None:
        """Replace all state by the seeded company."""
        self._company = company
        self.reset()

    def reset(self) -> None:
        """Back to the state after the last load; the printed token is valid again."""
        org = Org(self._world)
        if self._company is not None:
            self.staff = Seeding(org, self._company).fill()
        self._use(org)

    def people(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Open Leads and Contacts, as (object, fields), in the order of their ids."""
        for kind in ("Lead", "Contact"):
            for row in self._org.tables[kind].all_rows():
                if not row.get("IsDeleted") and not row.get("IsConverted"):
                    yield kind, row

    def _use(self, org: Org) -> None:
        org.convert_mapping = self._mapping
        self._org = org
        self._late.forget()
        self._sessions.begin(org)
        self._api.use(org)
        self._api.forget_days()

    def snapshot(self) -> dict[str, object]:
        """All state, serialisable by orjson; sessions and open locators are not kept."""
        org = self._org
        return {
            "rows": {kind: list(table.all_rows()) for kind, table in org.tables.items()},
            "counters": dict(org.counters),
            "metadata": {key: dict(value) for key, value in org.metadata.items()},
            "ids": {name: getattr(org, name) for name in _IDS},
            "staff": dict(self.staff),
            "convert_mapping": dict(self._mapping),
        }

    def restore(self, state: dict[str, object]) -> None:
        """Take up the state of a snapshot.

        Raises:
            KeyError: if the state lacks a part.
        """
        kept = cast("dict[str, Any]", state)
        org = Org(self._world)
        for value in kept["metadata"].values():
            owner, _, api_name = value["FullName"].partition(".")
            org.add_field(owner, tooling.field_of(api_name, value["Metadata"]))
        org.metadata = {key: dict(value) for key, value in kept["metadata"].items()}
        for kind, held in kept["rows"].items():
            for row in held:
                org.write(kind, dict(row))
        for row in list(org.tables["RecordType"].all_rows()):
            record_types.enable(org, row["SobjectType"])
        validation.gather(org)
        org.counters = dict(kept["counters"])
        for name in _IDS:
            setattr(org, name, kept["ids"][name])
        self.staff = dict(kept["staff"])
        self._mapping = dict(kept["convert_mapping"])
        self._use(org)

    def connection(self, base_url: str) -> dict[str, str]:
        """What a client signs in with; the token is a session of the integration user."""
        return {
            "instance_url": base_url,
            "access_token": self._sessions.first_token,
            "client_id": self._sessions.client_id,
            "client_secret": self._sessions.client_secret,
            "login_url": base_url,
        }

    def register_key(self, pem: bytes) -> None:
        """Accept JWT bearer assertions signed with this RSA key (PEM, public); survives a reset."""
        self._sessions.public_keys.append(pem)

    def map_on_convert(self, mapping: dict[str, str]) -> None:
        """Carry custom Lead fields over on conversion, ``{"Lead.A__c": "Contact.A__c"}`` (§6)."""
        self._mapping = dict(mapping)
        self._org.convert_mapping = self._mapping

    def caller(self, by: str) -> Caller:
        """Who appears in LastModifiedById for ``by``.

        A person is that User. A workflow is the Automated Process user, an import the Data Import
        user, an integration the User of that id, else the Other Integration user.

        Raises:
            RefusedAct: 400 for a malformed ``by``, 404 for a person who is no active User.
        """
        actor = parse_actor(by)
        org = self._org
        user_id = ids.normalised(actor.id)
        row = None if user_id is None else org.tables["User"].rows.get(user_id)
        usable = row is not None and row.get("IsActive") and row["UserType"] == "Standard"
        if actor.kind == "workflow":
            return Caller(org.automated_id)
        if actor.kind == "import":
            return Caller(org.import_id)
        if usable and user_id is not None:
            return Caller(user_id)
        if actor.kind == "integration":
            return Caller(org.other_integration_id)
        raise RefusedAct(404, {"error": f"by: {actor.id} is no active User of this org"})

    def _owner(self, name: str) -> Sobject:
        owner = self._org.catalog.get(name)
        if owner is None or owner.tooling:
            raise RefusedAct(404, {"error": f"object: Salesforce has no {name} here"})
        return owner

    def _shown(self, owner: Sobject, record_id: str) -> dict[str, object]:
        row = self._org.tables[owner.name].rows.get(record_id, {"Id": record_id})
        return describe.record(owner, row, FULL_ACCESS, _SHOWN_VERSION)

    def _act(self, owner: Sobject, by: str, do: Callable[[Caller], str]) -> dict[str, object]:
        """Do an act now, or begin it now and commit it later while a late-commit fault is on."""
        self._api.settle()
        caller = self.caller(by)
        delay = self._late.delay()
        try:
            if delay is not None:
                return self._begin(owner, Caller(caller.user_id, stamp=self._org.now()), delay, do)
            return self._shown(owner, do(caller))
        except ApiError as error:
            raise RefusedAct(error.status, error.body()) from error

    def _begin(
        self, owner: Sobject, caller: Caller, delay: timedelta, do: Callable[[Caller], str]
    ) -> dict[str, object]:
        """Open a transaction that commits later; answers the record as its author sees it."""
        org = self._org
        shown: dict[str, object] = {}
        former: dict[tuple[str, str], Row | None] = {}
        final: dict[tuple[str, str], Row | None] = {}
        try:
            with org.transaction() as written:
                shown = self._shown(owner, do(caller))
                for kind, record_id, row in written:
                    former.setdefault((kind, record_id), row)
                    final[kind, record_id] = org.tables[kind].rows.get(record_id)
                raise _Preview
        except _Preview:
            pass

        def commit() -> None:
            rows_now = {key: org.tables[key[0]].rows.get(key[1]) for key in former}
            if any(rows_now[key] is not former[key] for key in former):
                # Someone else wrote meanwhile: the act is done anew on what is there.
                do(caller)
                return
            for (kind, record_id), row in final.items():
                if row is None:
                    org.erase(kind, record_id)
                else:
                    org.write(kind, row)

        self._late.add(delay, commit)
        return shown

    def edit(self, object: str, id: str, fields: dict[str, object], by: str) -> dict[str, object]:
        """Change a record at the screen; answers it whole.

        Raises:
            RefusedAct: where Salesforce's own screen would refuse.
        """
        owner = self._owner(object)

        def do(caller: Caller) -> str:
            record_id = rows.record_id_of(owner, id)
            rows.update(self._org, owner, record_id, fields, caller)
            return record_id

        return self._act(owner, by, do)

    def create(self, object: str, fields: dict[str, object], by: str) -> dict[str, object]:
        """Make a record at the screen; answers it whole.

        Raises:
            RefusedAct: where Salesforce's own screen would refuse.
        """
        owner = self._owner(object)
        return self._act(owner, by, lambda caller: rows.insert(self._org, owner, fields, caller))

    def delete(self, object: str, id: str, by: str) -> dict[str, object]:
        """Put a record into the recycle bin; answers it as it lies there.

        Raises:
            RefusedAct: 404 for a record that is not there.
        """
        owner = self._owner(object)

        def do(caller: Caller) -> str:
            record_id = rows.record_id_of(owner, id)
            rows.delete(self._org, owner, record_id, caller)
            return record_id

        return self._act(owner, by, do)

    def undelete(self, object: str, id: str, by: str) -> dict[str, object]:
        """Take a record out of the recycle bin; answers it.

        Raises:
            RefusedAct: for a record that is not in the recycle bin.
        """
        owner = self._owner(object)

        def do(caller: Caller) -> str:
            record_id = rows.record_id_of(owner, id)
            rows.undelete(self._org, owner, record_id, caller)
            return record_id

        return self._act(owner, by, do)

    def convert(
        self,
        lead: str,
        status: str,
        contact: str | None = None,
        account: str | None = None,
        opportunity: str | None = None,
        by: str = "",
    ) -> dict[str, object]:
        """Convert a Lead; answers the frozen Lead with its ``Converted…Id`` fields.

        Args:
            lead: id of the Lead.
            status: a converted Lead Status.
            contact: id of a Contact to merge into, whose empty fields are filled; None makes one.
            account: id of an Account; None takes the contact's, else makes one.
            opportunity: name of an Opportunity to make, or the id of one; None for none.
            by: who converts.

        Raises:
            RefusedAct: where Salesforce's own screen would refuse.
        """
        owner = self._owner("Lead")

        def do(caller: Caller) -> str:
            return convert.convert(
                self._org,
                lead,
                status,
                caller,
                contact=contact,
                account=account,
                opportunity=opportunity,
            )

        return self._act(owner, by, do)

    def merge(self, object: str, primary: str, other: str, by: str) -> dict[str, object]:
        """Fold ``other`` into ``primary``; the loser is deleted with MasterRecordId.

        Raises:
            RefusedAct: where Salesforce's own screen would refuse.
        """
        owner = self._owner(object)

        def do(caller: Caller) -> str:
            convert.merge(self._org, owner.name, primary, [other], caller)
            return rows.record_id_of(owner, primary)

        return self._act(owner, by, do)

    def erase(self, object: str, id: str) -> None:
        """Empty one record out of the recycle bin: it is gone from queryAll too.

        Raises:
            RefusedAct: 404 for a record that is not there.
        """
        owner = self._owner(object)
        record_id = ids.normalised(id)
        if record_id is None or record_id not in self._org.tables[owner.name].rows:
            raise RefusedAct(404, {"error": f"id: no {object} {id}"})
        self._org.erase(owner.name, record_id)
