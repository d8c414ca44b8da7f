"""What the worlds of wide histories have beside the others: accounts, hot feeds, fields that scopes ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.simulation.choices import Turn
from tests.simulation.crm_base import FakeCrm
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_hubspot import OWN_STAGE as HUBSPOT_OWN
from tests.simulation.crm_hubspot import STAGE as LIFECYCLE
from tests.simulation.crm_hubspot import STATUS as LEAD_STATUS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, CONTACT_IDS, LEAD, STATUS
from tests.simulation.crm_salesforce import OWN_STAGE as SALESFORCE_OWN
from tests.simulation.seats import OWNER
from tests.simulation.wide_agreement import ACCOUNT, COMPANIES, MORE_FIELDS, wide_schema
from tests.simulation.world import REP, World, open_world

from leadpact.model.record import Native, Record, RecordRef
from leadpact.model.schema import KindSchema

HOT = {
    "hubspot": ((CONTACTS,), {LIFECYCLE, LEAD_STATUS, HUBSPOT_OWN, "last_demo_request"}),
    "salesforce": ((LEAD, CONTACT), {STATUS, OWNER, SALESFORCE_OWN}),
}
OF_ACCOUNTS = {"hubspot": (COMPANIES, "company."), "salesforce": (ACCOUNT, "Account.")}
NOBODY = -9
"""Whom a record is about that is no person's."""


@dataclass(frozen=True)
class Options:
    """What is different in this wide world.

    Attributes:
        lanes: sales' own lane goes beside the bulk of the work (R19).
        scope: who takes part in the beginning, an index of ``SCOPES`` (R37).
        few: two like words are a batch (R34).
        sparing: a rep gets one lead a day (R34).
    """

    lanes: bool = False
    scope: int = 0
    few: bool = False
    sparing: bool = False


class AccountRow(Row):
    """An account, which names its people at the moment it is read."""

    members: FakeCrm

    def record(
        self, hidden: frozenset[str] = frozenset(), asked: Iterable[str] | None = None
    ) -> Record:
        kind = self.members.capabilities.person_kinds[0]
        ids = [one.ref.id for one in self.members.live(kind) if one.person // 2 == self.number]
        fields: dict[str, Native] = {**self.fields, CONTACT_IDS: ";".join(ids)}
        return replace(super().record(hidden, asked), fields=fields)

    @property
    def number(self) -> int:
        """Every two people are of one account."""
        return int(self.ref.id[-1])


def open_wide_world(turn: Turn, *, swapped: bool) -> tuple[World, Options]:
    """A world and its options, as the first turn of a history makes them."""
    world = open_world(turn, swapped=swapped)
    chosen = turn.below(64)
    options = Options(
        lanes=chosen % 2 == 1,
        scope=(0, 1, 2, 1)[chosen // 2 % 4],
        few=chosen // 8 % 4 > 1,
        sparing=chosen // 32 == 1,
    )
    for crm in world.crms.values():
        _widen(crm)
    if options.lanes:
        for name, (kinds, fields) in HOT.items():
            crm = world.crms[name]
            hot_sources = ("form_submissions",) if name == "hubspot" else ()
            crm.capabilities = replace(crm.capabilities, hot=kinds, hot_sources=hot_sources)
            crm.hot_fields = frozenset(fields)
    return world, options


def _widen(crm: FakeCrm) -> None:
    kind, prefix = OF_ACCOUNTS[crm.name]
    more = {name: wide_schema(name) for name in crm.schemas if name in MORE_FIELDS}
    crm.schemas = {**crm.schemas, **more, kind: KindSchema(kind, kind, {})}
    crm.capabilities = replace(crm.capabilities, accounts=kind, account_prefix=prefix)
    for row in list(crm.rows.values()):
        for name in crm.schemas[row.ref.kind].fields:
            row.fields.setdefault(name, None)
            for shot in row.shots:
                shot.fields.setdefault(name, None)
    for number in range(2):
        ref = RecordRef(crm.name, kind, f"001000000{number}")
        row = AccountRow(ref, {}, "", crm.now(), NOBODY, REP)
        row.members = crm
        crm.rows[ref] = row
        crm.put(row, {}, REP)
