"""An audit reads any number of leads in the same memory: page by page, with counts and no rows kept (issue 5)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import pytest
from tests.simulation.agreement import mapping
from tests.simulation.world import START
from tests.unit.sync_rules.desk import Desk

from leadpact.audit.reconcile_counts import Tally
from leadpact.audit.reconcile_reading import reconcile
from leadpact.model.link import KnownRecord, Link, Side
from leadpact.model.record import Change, ChangePage, Record, RecordRef
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateReader
from leadpact.sync.effects import CollectChanges, Effect, Gather, Observe

VERSION = "2026-03-01T00:00:00.000Z"
PAGE = 200


class ManyLeads:
    """A state of so many leads in both CRMs that keeps none of them; every tenth shows another title there."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.told = 0

    def page_of_links(self, after: str, limit: int) -> Sequence[str]:
        start = int(after) + 1 if after else 0
        return [f"{n:08d}" for n in range(start, min(start + limit, self.number))]

    def links(self, ids: Sequence[str]) -> dict[str, Link]:
        state = StageState("mql", START)
        base = {"title": "CEO", "email": "ann@acme.example"}
        return {one: Link(one, base=base, stage=state, adopted=True) for one in ids}

    def sides(self, ids: Sequence[str]) -> dict[str, list[Side]]:
        return {one: [Side(ref, one, version=f"{VERSION}+") for ref in refs_of(one)] for one in ids}

    def known_records(self, refs: Sequence[RecordRef]) -> dict[RecordRef, KnownRecord]:
        return {ref: KnownRecord(ref.id[1:], "live", VERSION) for ref in refs}

    def holds(self, **_asked: Any) -> Sequence[Any]:
        return ()

    failures = holds

    def handoffs(self, _ids: Sequence[str]) -> dict[str, Any]:
        return {}

    def pins(self, _ids: Sequence[str]) -> Sequence[Any]:
        return ()

    def due(self, _now: datetime, _limit: int, _after: Any = None) -> Sequence[Any]:
        return ()

    def runs(self, _limit: int) -> Sequence[Any]:
        return ()

    def answer(self, effect: Effect) -> Any:
        if isinstance(effect, Gather):
            return [self.answer(one) for one in effect.effects]
        if isinstance(effect, Observe):
            return [record(RecordRef(effect.crm, effect.kind, one)) for one in effect.ids]
        if isinstance(effect, CollectChanges):
            start = int(effect.since or 0)
            ids = range(start, min(start + PAGE, self.number)) if effect.kind != "Contact" else ()
            refs = [RecordRef(effect.crm, effect.kind, f"r{n:08d}") for n in ids]
            changes = tuple(Change(ref, "changed", VERSION) for ref in refs)
            return ChangePage(changes, str(start + PAGE), done=len(refs) < PAGE)
        return START


def refs_of(link_id: str) -> list[RecordRef]:
    return [
        RecordRef("hubspot", "contacts", f"r{link_id}"),
        RecordRef("salesforce", "Lead", f"r{link_id}"),
    ]


def record(ref: RecordRef) -> Record:
    table = mapping().stage_table(ref.crm, ref.kind)
    other = ref.crm == "hubspot" and ref.id.endswith("0")
    fields = table.projection("mql", current={}) | {
        table.own_field: "mql",
        mapping().fields["title"].sides[ref.crm, ref.kind].field: "CFO" if other else "CEO",
        mapping().fields["email"].sides[ref.crm, ref.kind].field: "ann@acme.example",
    }
    return Record(ref, fields, VERSION)


def peak(number: int) -> tuple[int, Tally]:
    leads = ManyLeads(number)
    context = Desk().context()
    object.__setattr__(context, "store", cast("StateReader", leads))
    steps = reconcile(context)
    tracemalloc.start()
    try:
        effect = next(steps)
        while True:
            effect = steps.send(leads.answer(effect))
    except StopIteration as ended:
        return tracemalloc.get_traced_memory()[1], ended.value
    finally:
        tracemalloc.stop()


@pytest.mark.soak
def test_ten_times_the_leads_take_the_memory_of_one_page() -> None:
    few, _tally = peak(1_000)
    many, tally = peak(10_000)
    assert (tally.leads, tally.causes["drifted"] + tally.causes["window"]) == (10_000, 1_000)
    # Ids of what a plan would take, 1,000 of them here, are all that stays.
    assert many < few * 1.25 + 1_000 * 200
