"""The bad Friday: an import of MQLs, a field that vanishes, a process that dies; no rep sees it (SEMANTICS scene 5)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from leadpact_app.cli.demo_scene import Scene
from leadpact_app.cli.demo_screen import count, expect

if TYPE_CHECKING:
    from leadpact.model.link import Run

IMPORTED: Final = 220
"""More than go through without a question (R34)."""
BY: Final = "import:friday"
HIDDEN: Final = "leadpact_grade"
STAGE: Final = "lifecyclestage"
KILLED: Final = 137
CHILD_S: Final = 60.0
SHOWN: Final = [STAGE, "leadpact_stage", "leadpact_score", "leadpact_lead_id"]
"""What the day is judged by."""


def bad_friday(scene: Scene) -> None:
    """What was done wrong in an hour reaches nobody, and the morning before it is taken back with one command."""
    scene.screen.chapter("The bad Friday: 220 imported as MQL, a field hidden, the process killed")
    scene.calm()
    people = _people(scene)
    before, reps = _shown(scene, people), _work_of_reps(scene)
    morning = _morning(scene)
    _go_wrong(scene, people)
    _nobody_saw(scene, morning, reps)
    _let_the_import_be_mended(scene, people)
    _undone(scene, morning, people, before)
    expect(_work_of_reps(scene) == reps, "the bad Friday left work with a rep")


def _people(scene: Scene) -> list[str]:
    """A trade fair's visitors, imported as contacts in the morning."""
    made = [
        scene.world.control(
            "/hubspot/create",
            {
                "object": "contacts",
                "properties": {"email": f"p{number}@fair.example", "lastname": f"Fair{number}"},
                "by": BY,
            },
        )
        for number in range(IMPORTED)
    ]
    scene.later()
    return [str(one["id"]) for one in made]


def _morning(scene: Scene) -> Run:
    from leadpact.sync.context import Limits

    scene.sync("the fair's visitors", Limits(lifted=True))
    scene.screen.say(
        f"09:00  {count(IMPORTED, 'visitor')} of a fair are imported into HubSpot, and synced: leadpact's own fields, "
        "no Lead, no task."
    )
    return scene.pair.store.runs(1)[0]


def _go_wrong(scene: Scene, people: list[str]) -> None:
    world, screen = scene.world, scene.screen
    edits = {one: {STAGE: "marketingqualifiedlead"} for one in people}
    world.control("/hubspot/edit_many", {"object": "contacts", "edits": edits, "by": BY})
    screen.say(f"10:00  Somebody imports the same list again: all {IMPORTED} as MQL.")
    world.hide_property(HIDDEN)
    screen.say("10:01  An admin removes a field of leadpact's from HubSpot (the grade).")
    scene.later()
    code, _told = _command(scene, "sync", crash_at="after-collect:1")
    expect(code == KILLED, f"the process that was to be killed ended with {code}")
    screen.say("10:02  The server kills leadpact in the middle of the next sync.")
    scene.later()


def _command(scene: Scene, *words: str, crash_at: str = "") -> tuple[int, dict[str, Any]]:
    """A command in a process of its own, as an operator or a scheduler runs it: exit code, and what it tells."""
    settings = scene.pair.settings
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEADPACT_")}
    env |= {"LEADPACT_CRASH_AT": crash_at, "LEADPACT_PAIR": settings.pair}
    env |= {"LEADPACT_STATE": settings.state.get_secret_value(), "LEADPACT_PACT": settings.pact}
    for name, table in scene.world.settings().items():
        if isinstance(table, Mapping):
            env |= {f"LEADPACT_{name}__{key}".upper(): str(value) for key, value in table.items()}
        else:
            env[f"LEADPACT_{name}".upper()] = str(table)
    command = [sys.executable, "-c", "from leadpact_app.cli import main; main()", *words, "--json"]
    ended = subprocess.run(  # noqa: S603 - our own command
        command, env=env, capture_output=True, timeout=CHILD_S, check=False
    )
    return ended.returncode, orjson.loads(ended.stdout) if ended.stdout else {}


def _nobody_saw(scene: Scene, morning: Run, reps: tuple[int, int]) -> None:
    store = scene.pair.store
    theirs = set(store.leads_of_run(morning.id))
    code, told = _command(scene, "sync")
    written = theirs & set(store.leads_of_run(told.get("run", "")))
    expect(
        code == 6 and not written,
        f"the import was not stopped: exit code {code}, {len(written)} of it written",
    )
    expect(_work_of_reps(scene) == reps, "the import reached a rep")
    expect(
        not [one for one in store.notices(limit=1000) if one.link_id in theirs],
        "somebody was told of the import",
    )
    scene.screen.good(
        f"10:15  It starts again where it was, and stops the {IMPORTED} by itself: none of them written, no Lead made, "
        "no rep with a task or a message."
    )
    scene.screen.card("leadpact sync · exit code 6", str(told["note"]).replace(". ", ".\n"))


def _let_the_import_be_mended(scene: Scene, people: list[str]) -> None:
    for stage in ("", "lead"):
        edits = {one: {STAGE: stage} for one in people}
        scene.world.control("/hubspot/edit_many", {"object": "contacts", "edits": edits, "by": BY})
    scene.later()
    scene.screen.say(
        "11:00  Marketing takes its import back in HubSpot, and would rather not have had the morning's either."
    )


def _undone(
    scene: Scene, morning: Run, people: list[str], before: Mapping[str, dict[str, Any]]
) -> None:
    from leadpact.sync.context import Limits
    from leadpact.sync.undo import undo
    from leadpact.sync.undoing import UndoOrder

    pair, screen = scene.pair, scene.screen
    leads = tuple(pair.store.leads_of_run(morning.id))
    undone = pair.run_cycle(only=leads, steps=lambda context: undo(context, UndoOrder(morning)))
    counts = undone.counts
    expect(undone.exit_code == 0, f"the undo ended as {undone.status}: {undone.note}")
    expect(
        counts["put_back"] >= IMPORTED and not counts["changed_since"],
        f"the undo put back {counts['put_back']} fields and left {counts['changed_since']}",
    )
    screen.good(
        f"leadpact undo {morning.id}: {count(counts['put_back'], 'field')} put back on {count(len(leads), 'lead')}, "
        "none of them touched by anybody since."
    )
    for _cycle in range(2):
        scene.later()
        report = pair.run_cycle(limits=Limits(lifted=True))
        expect(report.exit_code in (0, 1), f"the sync after the undo: {report.note}")
    after = _shown(scene, people)
    moved = [
        (one, name)
        for one in people
        for name in SHOWN
        if name != STAGE and before[one][name] != after[one][name]
    ]
    expect(not moved, f"after the undo {len(moved)} values are not as before the morning")
    screen.good("Synced twice more: all 220 as before the morning. What was undone stays undone.")


def _shown(scene: Scene, ids: list[str]) -> dict[str, dict[str, Any]]:
    wanted = set(ids)
    return {
        row["id"]: {name: row.get(name) or None for name in SHOWN}
        for row in scene.world.contacts(SHOWN)
        if row["id"] in wanted
    }


def _work_of_reps(scene: Scene) -> tuple[int, int]:
    """Leads of the import, and tasks at all, in Salesforce: what a rep gets to see."""
    leads = scene.world.query("SELECT Id, Email FROM Lead")
    tasks = scene.world.query("SELECT Id FROM Task")
    return sum(str(one["Email"]).endswith("@fair.example") for one in leads), len(tasks)
