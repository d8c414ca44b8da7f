"""The command report wins: what the last wins did and were, against who was lost meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from leadpact_app.cli.console import many, of
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.sheet import CSV

if TYPE_CHECKING:
    from leadpact.audit.wins import Learned
    from leadpact.lifecycle.win_patterns import Line
    from leadpact.pact import Pact
    from leadpact_app.cli.console import Console

_TABLES: Final = (
    ("act", "What they did in the {days} days before the first talk with sales"),
    ("fit", "Who they were, by the rules"),
    ("title", "Titles, as the rules group them"),
    ("size", "Company size, as the rules part it"),
)


def wins(
    ctx: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """Compare the last closed-won leads with those that were lost meanwhile, rule by rule.

    How many wins, from how many days, and how few are too few stands in the pact, under `calibration`. It proposes what
    both teams could talk about, and changes nothing. What is not kept any more is said, not guessed.

    \b
    Examples:
      leadpact report wins
      leadpact report wins --csv wins.csv
    """
    from leadpact.audit.wins import learn
    from leadpact.scoring.embedded import EmbeddedEngine
    from leadpact_app.bootstrap import load_pact_file, make_clock

    console = of(ctx)
    settings = settings_here()
    pact = load_pact_file(settings)
    clock = make_clock(settings)
    clock.follow()
    with state_here() as store, console.progress("Looking through the leads") as step:
        told = learn(store, pact, EmbeddedEngine(), clock.now(), step)
    if as_json or csv:
        console.json(as_document(told, pact), csv, "lines")
    else:
        show(console, told, pact)


def show(console: Console, told: Learned, pact: Pact) -> None:
    """Four tables, what parts wins from losses most first; then what to read with it, and what it proposes."""
    from leadpact_app.cli.report_text import day

    asked = pact.calibration
    if told.since is None:
        console.say(
            f"No win is known ({asked.words}, {many(told.leads, 'lead')} looked through): there is nothing to learn "
            "from yet."
        )
        return
    console.say(
        f"{many(told.wins, 'win')} (the pact asks for {asked.words}) against {told.lost:,} lost from "
        f"{day(told.since)} to {day(told.until)}; {many(told.leads, 'lead')} looked through."
    )
    for hint in told.hints:
        console.say(f"- {hint}")
    for kind, title in _TABLES:
        some = [line for line in told.lines if line.kind == kind]
        if some:
            head = title.format(days=asked.before_talk_days)
            ruled = kind in ("act", "fit")
            columns = ("What", *(("Points#",) if ruled else ()), "Wins#", "Lost#", "")
            console.table(head, columns, [_row(line, ruled=ruled) for line in some])
    if told.unseen:
        console.say(
            f"Of nobody: {', '.join(told.unseen)}. Either nobody did it, or it has no source "
            "(`leadpact signals sources`)."
        )
    console.say(
        "“Parts them” is further apart than chance alone would have it, 19 times in 20; of 20 lines one may be chance."
    )
    for each in told.proposed:
        console.say(f"- {each}")
    if told.proposed:
        console.say(
            "Nothing was changed. Rules are made by both teams: edit a copy of pact.yaml and see "
            "`leadpact pact what-if --pact FILE`."
        )


def _row(line: Line, *, ruled: bool) -> tuple[object, ...]:
    from leadpact.lifecycle.win_patterns import told
    from leadpact.model.scorecard import points_text

    points = (points_text(line.points or 0),) if ruled else ()
    return (
        line.label,
        *points,
        f"{told(line.wins, line.wins_of)} wins",
        f"{told(line.lost, line.lost_of)} lost",
        "parts them" if line.parts else "",
    )


def as_document(told: Learned, pact: Pact) -> dict[str, Any]:
    """For programs."""
    asked = pact.calibration
    return {
        "since": told.since,
        "until": told.until,
        "leads": told.leads,
        "wins": told.wins,
        "lost": told.lost,
        "lost_in_all": told.lost_all,
        "sample": {
            "wins": asked.wins,
            "days": asked.days,
            "warn_below": asked.warn_below,
            "before_talk_days": asked.before_talk_days,
        },
        "enough": told.wins >= asked.warn_below,
        "not_kept": {
            "first_talk": told.no_talk,
            "acts": told.acts_gone,
            "facts_of_then": told.facts_of_today,
        },
        "hints": told.hints,
        "lines": [
            {
                "kind": line.kind,
                "key": line.key,
                "label": line.label,
                "points": None if line.points is None else line.points / 100,
                "wins": line.wins,
                "wins_of": line.wins_of,
                "lost": line.lost,
                "lost_of": line.lost_of,
                "parts": line.parts,
            }
            for line in told.lines
        ],
        "of_nobody": told.unseen,
        "proposed": told.proposed,
    }
