"""The commands about what is on its way to people: handoffs, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import many, moment, of, shown
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.sheet import CSV, EVERY_ROW

if TYPE_CHECKING:
    from leadpact.model.notice import Notice

STEPS = {
    "pending": "on its way",
    "announcing": "on its way",
    "handed": "on its way",
    "held": "a field is missing",
    "unowned": "nobody can take it",
    "capped": "its rep's day is full",
    "refused": "refused",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    handoffs = typer.Typer(
        help="List leads that wait to be handed over.", no_args_is_help=True, rich_markup_mode=None
    )
    handoffs.command("list")(list_handoffs)
    app.add_typer(handoffs, name="handoffs")
    notices = typer.Typer(
        help="List messages that wait or were given up, and try them again.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    notices.command("list")(list_notices)
    notices.command("retry")(retry_notices)
    app.add_typer(notices, name="notices")


def list_handoffs(
    ctx: typer.Context,
    limit: int = typer.Option(50, min=1, help="So many, the hottest first."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List the leads that wait to be handed over, the hottest first, and what each waits for.

    \b
    Examples:
      leadpact handoffs list
      leadpact handoffs list --limit 200 --json
    """
    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    with state_here() as store:
        found = store.waiting_handoffs(limit)
    if as_json or csv:
        rows = [
            {
                "lead": one.link_id,
                "cause": one.cause,
                "step": one.step,
                "why": one.why,
                "since": one.since,
                "next_try": one.next_try,
                "due_at": one.due_at,
                "owner": one.owner,
            }
            for one in found
        ]
        console.json({"handoffs": rows}, csv, "handoffs")
        return
    if not found:
        console.say("No lead waits to be handed over.")
        return
    console.table(
        "",
        ("Lead", "Cause", "Since (UTC)", "Waits for", "Why"),
        [
            (
                one.link_id[:8],
                one.cause.replace("_", " "),
                moment(one.since),
                STEPS.get(one.step, one.step),
                shown(one.why, 140),
            )
            for one in found
        ],
    )


def list_notices(
    ctx: typer.Context,
    limit: int = typer.Option(50, min=1, help="So many, the newest first."),
    everything: bool = typer.Option(False, "--all", help="Those that were sent, too."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List the messages that wait to be sent or were given up; never their text.

    \b
    Examples:
      leadpact notices list
      leadpact notices list --all --json
    """
    from leadpact_app.bootstrap import load_pact_file

    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    settings = settings_here()
    with state_here() as store:
        found = [
            one
            for one in store.notices(limit=limit if everything else 10_000)
            if everything or one.state != "sent"
        ][:limit]
    lost = sorted(load_pact_file(settings).handoff.channels - settings.notify.keys())
    if as_json or csv:
        console.json(
            {"notices": [_as_json(one) for one in found], "channels_missing": lost}, csv, "notices"
        )
        return
    if found:
        console.table(
            "",
            ("Notice", "Lead", "About", "To", "State", "Tries#", "Next (UTC)", "Why not"),
            [
                (
                    one.ref,
                    one.link_id[:8],
                    one.kind.replace("_", " "),
                    one.to,
                    one.state.replace("_", " "),
                    str(one.attempts),
                    moment(one.next_try) if one.next_try else "",
                    shown(one.error, 100),
                )
                for one in found
            ],
        )
    else:
        console.say("No message waits, and none was given up.")
    if lost:
        console.say(
            f"The pact names {', '.join(lost)}, of which the settings know no address: nothing is sent there. "
            "Set LEADPACT_NOTIFY__<NAME>."
        )


def retry_notices(
    ctx: typer.Context,
    which: str = typer.Argument(
        "", metavar="[NOTICE]", help="Its id or the beginning of it; nothing = all given up."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Try messages that were given up once more, with the next sync.

    \b
    Examples:
      leadpact notices retry
      leadpact notices retry 1a2b3c4d --json
    """
    from leadpact.ports.state_store import StateChanges
    from leadpact.sync.deliver import asked_again
    from leadpact_app.bootstrap import make_clock

    console = of(ctx)
    now = make_clock(settings_here()).now()
    with state_here() as store:
        unsent = [one for one in store.notices(limit=100_000) if one.state != "sent"]
        found = [
            one
            for one in unsent
            if (one.id.startswith(which) if which else one.state == "given_up")
        ]
        if which and not found:
            raise FixSettings(
                f"No message that waits begins with {which[:40]!r}; `leadpact notices list` shows them.",
                code="notice_unknown",
            )
        store.commit(StateChanges(told=[asked_again(one, now) for one in found]), None, now)
    if as_json:
        console.json({"retried": [one.id for one in found]})
        return
    console.say(f"{many(len(found), 'message')} will be tried with the next sync.")


def _as_json(one: Notice) -> dict[str, object]:
    return {
        "notice": one.id,
        "lead": one.link_id,
        "about": one.kind,
        "to": one.to,
        "state": one.state,
        "tries": one.attempts,
        "created_at": one.created_at,
        "next_try": one.next_try,
        "sent_at": one.sent_at,
        "error": one.error,
    }
