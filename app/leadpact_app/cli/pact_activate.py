"""`pact activate`: let another agreement take effect, after showing what it changes (R22)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import many, moment, of
from leadpact_app.cli.opening import state_here

if TYPE_CHECKING:
    from leadpact.audit.another_pact import Change
    from leadpact.model.decided import Activation, HowActivated
    from leadpact.pact import Pact
    from leadpact.ports.state_store import StateStore
    from leadpact_app.cli.pact_reading import Known

DAILY_CAP = 25
CHUNK = 20_000
"""Leads that are put on the work list in one transaction."""
_ASKED = "Let it take effect?"


def add(group: typer.Typer) -> None:
    """Add this command to the group."""
    group.command("activate", short_help="Let pact.yaml take effect.")(activate)


def activate(
    ctx: typer.Context,
    reassess: bool = typer.Option(
        False, "--reassess", help="Also move the leads that it judges otherwise, so many a day."
    ),
    daily_cap: int = typer.Option(
        DAILY_CAP, min=1, max=10_000, help="With --reassess: stage moves a day, the hottest first."
    ),
    unsigned: bool = typer.Option(False, "--unsigned", help="Though not both have signed it."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Let the agreement in pact.yaml take effect in place of the one that runs, after showing what it changes.

    New scores are made at once, by the next sync. Stages move only on what happens from now on; with --reassess the
    leads that it judges otherwise move too, so many a day, the hottest first. No CRM is asked or written here.

    \b
    Examples:
      leadpact pact activate
      leadpact pact activate --reassess --daily-cap 40
      leadpact pact activate --yes --json
    """
    from leadpact.pact.differences import differences
    from leadpact_app.bootstrap import load_mapping_file, load_pact_file, make_clock
    from leadpact_app.bootstrap.running import running_pact
    from leadpact_app.cli import pact_effect
    from leadpact_app.cli.pact_reading import known

    console = of(ctx)
    here = known()
    if not here.activations:
        raise FixSettings(
            "No agreement runs yet: the first sync that writes lets pact.yaml take effect by itself.",
            code="nothing_runs",
        )
    latest = here.activations[0]
    if latest.pact_hash == here.pact.hash:
        raise FixSettings(
            f"Version {here.pact.version} ({here.pact.hash}) runs already, since {moment(latest.at)} UTC.",
            code="runs_already",
        )
    _refuse_unsigned(here, unsigned=unsigned)
    console.answerable(_ASKED, yes=yes)
    after = load_pact_file(here.settings)
    load_mapping_file(here.settings, after)
    before = running_pact(latest)
    clock = make_clock(here.settings)
    with state_here() as store:
        clock.follow()
        change = pact_effect.judge_all(console, store, before, after, clock.now())
        if not as_json:
            pact_effect.show_differences(console, differences(before, after))
            console.say()
            moving = "Stage moves, so many a day" if reassess else "Not moved (--reassess would)"
            pact_effect.show_change(console, change, after, {}, moving)
            console.say(_plan_words(change, reassess=reassess, daily_cap=daily_cap))
        if not yes and not console.confirm(_ASKED):
            console.warn("Not activated; the running agreement stays.")
            raise typer.Exit(6)
        cap, lasts = daily_cap if reassess else 0, here.settings.lease_lasts
        made = _take_effect(store, clock.now(), after, change, cap, lasts)
    if as_json:
        console.json(
            {
                "pact": made.pact_hash,
                "version": made.version,
                "at": made.at,
                "how": made.how,
                "daily_cap": made.daily_cap,
                "to_move": len(made.moves),
                "last_move": max(made.moves.values(), default=None),
                "leads": pact_effect.change_json(change),
            }
        )
        return
    console.say(
        f"Version {made.version} ({made.pact_hash}) runs since {moment(made.at)} UTC. "
        f"The next sync scores {many(change.leads, 'lead')} by it; should it write more than its cap, its plan waits "
        "for `leadpact apply`."
    )


def _refuse_unsigned(here: Known, *, unsigned: bool) -> None:
    if unsigned or here.signatures.complete(here.pact.hash):
        return
    signed = ", ".join(here.signatures.under(here.pact.hash)) or "nobody"
    raise FixSettings(
        f"Version {here.pact.version} ({here.pact.hash}) is signed by {signed}, and takes effect when both have "
        "signed: `leadpact pact sign --as NAME --role marketing|sales`. --unsigned lets it take effect all the same.",
        code="not_signed",
    )


def _plan_words(change: Change, *, reassess: bool, daily_cap: int) -> str:
    if not change.movers:
        return "No stage moves follow from it."
    if not reassess:
        return (
            f"{many(len(change.movers), 'lead')} would be judged otherwise; they move when something happens from "
            "now on."
        )
    days = -(-len(change.movers) // daily_cap)
    return (
        f"{many(len(change.movers), 'lead')} will be moved, at most {daily_cap:,} a day, the hottest first: "
        f"{many(days, 'day')}."
    )


def _take_effect(
    store: StateStore,
    now: datetime,
    pact: Pact,
    change: Change,
    daily_cap: int,
    lasts: timedelta,
) -> Activation:
    """Put every lead on the work list, then write the activation down: killed between, nothing has taken effect.

    Raises:
        WaitUntil: a cycle is at work.
    """
    from leadpact.audit.another_pact import days_of
    from leadpact.model.decided import Activation
    from leadpact.model.link import WorkItem
    from leadpact.ports.state_store import StateChanges
    from leadpact_app.bootstrap.whom import lease_held
    from leadpact_app.store.holders import this_process

    how: HowActivated = "reassess" if daily_cap else "evidence"
    moves = days_of(change.movers, now, daily_cap) if daily_cap else {}
    made = Activation(
        uuid4().hex[:12], now, pact.hash, pact.version, how, pact.text, daily_cap, moves
    )
    lease = store.acquire(this_process(), now, lasts)
    if lease is None:
        raise lease_held(store, now, "nothing was changed")
    try:
        last = ""
        while ids := store.page_of_links(last, CHUNK):
            last = ids[-1]
            work = [WorkItem(link_id, "pact", now, now) for link_id in ids]
            store.commit(StateChanges(work=work), lease, now, lasts)
        store.commit(StateChanges(activations=[made]), lease, now, lasts)
    finally:
        store.release(lease)
    return made
