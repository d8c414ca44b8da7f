"""Show 3 of issue 5: a plan is applied only where nothing moved; an undo leaves both CRMs as before, for good."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import LIFTED, Town

from leadpact.sync.undo import undo
from leadpact.sync.undoing import UndoOrder
from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import stand_of
from leadpact_app.cli.plan_rows import applying

OWN_DATES = ("hs_lifecyclestage_", "hs_date_", "lastmodifieddate", "hs_lastmodifieddate")
"""What HubSpot itself keeps of a stage and of a change."""
STAMPS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp", "LastActivityDate")


def stand(town: Town, pair: Pair) -> dict[str, dict[str, Any]]:
    """Every field that leadpact reads or writes, of every person in both CRMs, by record."""
    found: dict[str, dict[str, Any]] = {}
    for crm, kind in pair.mapping.kind_rules:
        connector = pair.connectors[crm]
        refs = [ref for ref in _refs(pair) if (ref.crm, ref.kind) == (crm, kind)]
        fields = pair.mapping.read_fields(crm, kind)
        for one in connector.fetch(kind, [ref.id for ref in refs], fields):
            values = getattr(one, "fields", None)
            if values is not None:
                found[str(one.ref)] = {
                    name: value
                    for name, value in values.items()
                    if not name.startswith(OWN_DATES) and name not in STAMPS
                }
    return found


def _refs(pair: Pair) -> list[Any]:
    links = pair.store.page_of_links("", 10_000)
    return [side.ref for group in pair.store.sides(links).values() for side in group]


def test_a_plan_is_applied_where_nothing_moved_and_its_run_is_undone_for_good(
    make_town: MakeTown,
) -> None:
    town = make_town(16)
    with town.pair() as pair:
        town.go_live(pair)
        first, second, *_ = [one for one in town.people("lead") if one.in_play]
        rep = f"person:{next(iter(town.world.owners().values()))}"
        town.world.edit_contact(first.hs_contact, {"jobtitle": "Chief tester"}, rep)
        town.world.edit_contact(second.hs_contact, {"jobtitle": "Chief taster"}, rep)
        town.later()
        plan = pair.run_cycle(dry=True)
        town.world.edit_contact(second.hs_contact, {"jobtitle": "Chief toaster"}, rep)
        before = stand(town, pair)

        saved = pair.store.plan(plan.plan_id)
        assert saved is not None
        applied = pair.run_cycle(limits=LIFTED, steps=applying(saved))

        assert applied.exit_code == 1
        assert applied.counts["moved_since_plan"] == 1
        assert applied.counts["written"] >= 1
        (line,) = [one for one in applied.refused if one.field == "jobtitle"]
        assert (line.before, line.now) == ("Chief taster", "Chief toaster")
        assert line.who.startswith("person:")
        assert title_of(town, first.sf_lead) == "Chief tester"
        assert title_of(town, second.sf_lead) not in ("Chief taster", "Chief toaster")
        run = next(one for one in pair.store.runs(5) if one.kind == "apply")
        leads = tuple(pair.store.leads_of_run(run.id))

        undone = pair.run_cycle(only=leads, steps=lambda context: undo(context, UndoOrder(run)))

        assert undone.exit_code == 0
        assert undone.counts["put_back"] >= 1
        assert stand(town, pair) == before
        for _cycle in range(2):
            town.later()
            pair.run_cycle(limits=LIFTED)
            assert title_of(town, first.sf_lead) != "Chief tester"
        assert title_of(town, second.sf_lead) == "Chief toaster", "decided anew by the sync"
        after = stand(town, pair)
        touched = {str(ref) for ref in _refs(pair) if _is_of(pair, ref, second.lead_id)}
        assert {key: after[key] for key in after if key not in touched} == {
            key: before[key] for key in before if key not in touched
        }


def title_of(town: Town, lead: str) -> str:
    (row,) = town.world.query(f"SELECT Title FROM Lead WHERE Id = '{lead}'")
    return str(row["Title"])


def _is_of(pair: Pair, ref: Any, lead_id: str) -> bool:
    link_id = pair.store.link_ids([ref]).get(ref)
    return link_id is not None and pair.store.links([link_id])[link_id].external_id == lead_id


def people(town: Town) -> dict[str, dict[str, Any]]:
    """What both CRMs show, their own stamps aside."""
    stamps = {"lastmodifieddate", "SystemModstamp", "attributes", "updatedAt"}
    return {
        f"{kind} {key}": {name: value for name, value in row.items() if name not in stamps}
        for kind, rows in asdict(stand_of(town.world)).items()
        for key, row in rows.items()
    }


@pytest.mark.soak
def test_a_first_sync_undone_leaves_both_crms_as_they_were_and_stays_so(
    make_town: MakeTown,
) -> None:
    town = make_town(30)
    with town.pair() as pair:
        town.begin(pair)
        before = people(town)
        first = pair.run_cycle(limits=LIFTED)
        assert first.counts["written"] > 30
        run = pair.store.runs(1)[0]
        leads = tuple(pair.store.leads_of_run(run.id))

        undone = pair.run_cycle(only=leads, steps=lambda context: undo(context, UndoOrder(run)))

        assert undone.counts["put_back"] > 300
        assert undone.counts["not_possible"] == 0
        assert people(town) == before
        town.later()
        pair.run_cycle(limits=LIFTED)
        assert people(town) == before
