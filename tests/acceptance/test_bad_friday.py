"""Scene 5: an import makes MQLs of all, a field vanishes, the process dies: no rep sees any of it, and it is undone."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import KILLED, LIFTED, Town

from leadpact.sync.undo import undo
from leadpact.sync.undoing import UndoOrder

IMPORT = "import:friday"
STAGE = "lifecyclestage"
PROPERTIES = [
    "email",
    STAGE,
    "leadpact_stage",
    "leadpact_score",
    "leadpact_lead_id",
    "leadpact_stage_reason",
]


def bad_friday(town: Town, size: int) -> None:
    with town.pair() as pair:
        town.begin(pair)
        assert pair.run_cycle(limits=LIFTED).status == "done"
        reps_see = _work_of_reps(town)

        imported = _imported(town, size)
        town.later()
        before = _shown(town, imported)
        morning = pair.run_cycle(limits=LIFTED)
        assert morning.counts["written"] >= size
        run = pair.store.runs(1)[0]

        edits = {one: {STAGE: "marketingqualifiedlead"} for one in imported}
        town.world.control(
            "/hubspot/edit_many", {"object": "contacts", "edits": edits, "by": IMPORT}
        )
        _archive_property(town, "leadpact_grade")
        town.later()
    assert town.sync_and_die("after-collect:1") == KILLED

    with town.pair() as pair:
        town.later()
        parked = pair.run_cycle()
        assert parked.exit_code == 6, parked.note
        assert parked.counts["written"] == 0
        assert _work_of_reps(town) == reps_see, "nothing reached a rep"
        assert not pair.store.notices(limit=5)

        # The import is put back where it was made; then the morning goes, too.
        for stage in ("", "lead"):
            edits = {one: {STAGE: stage} for one in imported}
            town.world.control(
                "/hubspot/edit_many", {"object": "contacts", "edits": edits, "by": IMPORT}
            )
        leads = tuple(pair.store.leads_of_run(run.id))
        undone = pair.run_cycle(only=leads, steps=lambda context: undo(context, UndoOrder(run)))
        assert undone.status == "done", undone.note
        assert undone.counts["put_back"] >= size
        assert not undone.counts["changed_since"]
        for _cycle in range(1):
            town.later()
            pair.run_cycle(limits=LIFTED)
            after = _shown(town, imported)
            moved = [
                (one, name, before[one][name], after[one][name])
                for one in imported
                for name in PROPERTIES
                if before[one][name] != after[one][name]
            ]
            assert moved == []
        assert _work_of_reps(town) == reps_see


def _imported(town: Town, size: int) -> list[str]:
    made = [
        town.world.control(
            "/hubspot/create",
            {
                "object": "contacts",
                "properties": {"email": f"p{number}@friday.example", "lastname": f"Friday{number}"},
                "by": IMPORT,
            },
        )
        for number in range(size)
    ]
    return [str(one["id"]) for one in made]


def _shown(town: Town, ids: list[str]) -> dict[str, dict[str, Any]]:
    wanted = set(ids)
    return {
        row["id"]: {name: row.get(name) or None for name in PROPERTIES}
        for row in town.world.contacts(PROPERTIES)
        if row["id"] in wanted
    }


def _work_of_reps(town: Town) -> tuple[int, int]:
    """Leads and tasks in Salesforce: what a rep gets to see."""
    leads = town.world.query("SELECT Id FROM Lead")
    tasks = town.world.query("SELECT Id FROM Task")
    return len(leads), len(tasks)


def _archive_property(town: Town, name: str) -> None:
    crm = town.tables["hubspot"]
    answer = requests.delete(
        f"{crm['base_url']}/crm/v3/properties/contacts/{name}",
        headers={"Authorization": f"Bearer {crm['token']}"},
        timeout=10,
    )
    assert answer.status_code == 204, answer.text


@pytest.mark.soak  # the demo plays it in every run (tests/acceptance/test_demo.py)
def test_the_bad_friday_reaches_no_rep_and_is_undone(make_town: MakeTown) -> None:
    bad_friday(make_town(8), 205)


@pytest.mark.soak
def test_the_bad_friday_in_full(make_town: MakeTown) -> None:
    bad_friday(make_town(60), 20_000)
