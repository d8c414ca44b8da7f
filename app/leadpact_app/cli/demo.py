"""``leadpact demo``: one agreement kept true in two emulated CRMs over real HTTP, told in a few screens.

Nothing here is staged: every number is computed from what the CRMs answer, and the demo ends with an error where its
story does not hold.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from leadpact.errors import LeadpactError
from leadpact_app.cli.console import Console
from leadpact_app.cli.demo_cast import choose, people_of, stand_of
from leadpact_app.cli.demo_counts import calls_made, side_by_side
from leadpact_app.cli.demo_dashboards import two_dashboards
from leadpact_app.cli.demo_first import (
    first_plan,
    first_sync,
    introduce,
    provision,
    settle_differences,
)
from leadpact_app.cli.demo_friday import bad_friday
from leadpact_app.cli.demo_request import Mailbox, agreement_with_fallback, five_minutes, mailbox
from leadpact_app.cli.demo_return import sixty_days_later
from leadpact_app.cli.demo_scene import Scene
from leadpact_app.cli.demo_screen import Screen
from leadpact_app.cli.demo_story import Staff, ordinary_morning, quarrel, rep_sees, step_back
from leadpact_app.cli.demo_world import World, running_world


def run(*, leads: int = 240, seed: int = 7, keep: bool = False, fast: bool = False) -> int:
    """Play the demo.

    Args:
        leads: people in the two CRMs.
        seed: the same seed on the same day makes the same people.
        keep: leave the state where it is, and say where.
        fast: no pauses between chapters on a terminal.

    Returns:
        The exit code: 0, or the error's own where the story does not hold.
    """
    started = time.monotonic()
    screen = Screen(paced=not fast)
    screen.title(
        "leadpact: one agreement about leads, kept true in both CRMs",
        "A demo on this machine: no account, no network, gone when it ends.",
    )
    try:
        with (
            _apart(),
            _folder(keep=keep) as folder,
            running_world(leads, seed) as world,
            mailbox() as box,
        ):
            _play(screen, world, folder, box)
            screen.chapter("Look further")
            _further(screen, folder, keep=keep)
    except LeadpactError as error:
        Console().warn(f"\n{error}")
        if error.detail:
            Console().warn(error.detail)
        return error.exit_code
    screen.say("")
    screen.good(f"All of it held. {time.monotonic() - started:.0f} seconds.")
    return 0


def _play(screen: Screen, world: World, folder: Path, box: Mailbox) -> None:
    from leadpact.sync.context import Limits
    from leadpact_app.bootstrap import open_pair
    from leadpact_app.settings import load_settings

    settings = load_settings(
        folder,
        pair="demo",
        state=str(folder / "state.db"),
        pact=agreement_with_fallback(folder),
        notify={"owner": box.url},
        **world.settings(),
    )
    with open_pair(settings) as pair:
        scene = Scene(screen, world, pair)
        introduce(scene)
        provision(scene)
        first_plan(scene)
        first_sync(scene, Limits(lifted=True))
        settle_differences(scene)
        cast = choose(people_of(stand_of(world)))
        staff = Staff(world)
        ordinary_morning(scene, cast, staff)
        five_minutes(scene, cast, staff, box)
        quarrel(scene, cast, staff)
        step_back(scene, cast, staff)
        after = stand_of(world)
        rep_sees(scene, cast, after)
        side_by_side(scene, after)
        two_dashboards(scene, cast, staff)
        sixty_days_later(scene, cast, staff)
        bad_friday(scene)
        calls_made(scene)


def _further(screen: Screen, folder: Path, *, keep: bool) -> None:
    screen.commands(
        [
            ("leadpact sandbox --leads 1000", "the two CRMs, to play with"),
            ("leadpact init", "pact.yaml, mapping.yaml and .env to point at them"),
            ("leadpact plan · apply · sync", "what you have just seen, by hand"),
            ("leadpact explain LEAD", "why a lead stands where it stands"),
            ("leadpact review list", "what waits for a person"),
            ("leadpact reconcile", "why the two CRMs count differently"),
        ]
    )
    screen.say("docs/sandbox.md · docs/concepts.md · docs/operations.md")
    if keep:
        state = f"LEADPACT_STATE={folder / 'state.db'} LEADPACT_PAIR=demo"
        screen.say(f"This demo's state is kept; the two CRMs are gone: {state} leadpact runs list")


@contextlib.contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        yield Path(tempfile.mkdtemp(prefix="leadpact-demo-"))
        return
    with tempfile.TemporaryDirectory(prefix="leadpact-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """No setting of a real installation reaches the demo, nor the other way round."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("LEADPACT_")}
    try:
        yield
    finally:
        os.environ.update(kept)
