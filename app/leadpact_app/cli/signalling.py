"""The command group signals: what leads did, where that is read, and reading it from outside the CRMs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import typer

from leadpact_app.cli.console import crm_label, many, moment, of, shown
from leadpact_app.cli.opening import documents, settings_here, state_here
from leadpact_app.cli.sheet import CSV

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.mapping.signal_sources import SourceRule
    from leadpact.model.scorecard import Signal
    from leadpact.ports.state_store import StateReader

_ALL: Final = timedelta(days=36_500)
_DATED: Final = {
    "exact": "",
    "sampled": "approximate",
    "counter": "baseline, not scored",
}
_BAD_SHOWN: Final = 10

group = typer.Typer(
    help="What leads did: list it, see where it is read, read it from outside the CRMs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="signals")


@group.command("list")
def list_signals(
    ctx: typer.Context,
    lead: str = typer.Argument(
        help="An e-mail address, a link id or its beginning, a record's id or address."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List what a lead did, oldest first, with where that was read.

    \b
    Examples:
      leadpact signals list ada@firm.example
      leadpact signals list 9f31c2
      leadpact signals list 00QDn000000008sMAA --json
    """
    from leadpact_app.cli.finding import leads_named

    console, settings = of(ctx), settings_here()
    _pact, mapping = documents(settings)
    with state_here() as store:
        found: list[Signal] = []
        for link_id in leads_named([lead], store, mapping):
            found += store.signals([link_id], datetime.now(UTC) - _ALL)[link_id]
    if as_json or csv:
        console.json({"signals": [_as_json(one) for one in found]}, csv, "signals")
        return
    if not found:
        console.say("Nothing is known of what this lead did.")
        return
    now = datetime.now(UTC)
    console.table(
        "",
        ("When (UTC)", "Signal", "About", "Read from", "Remark"),
        [
            (
                moment(one.at),
                one.name,
                shown(one.asset, 60),
                one.source,
                "ahead, not counted yet" if one.at > now else _DATED[one.precision],
            )
            for one in found
        ],
    )


@group.command("sources")
def list_sources(
    ctx: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """List the places where signals are read: readable or not, when last, how many; and what no row covers.

    \b
    Examples:
      leadpact signals sources
      leadpact signals sources --json
    """
    console, settings = of(ctx), settings_here()
    _pact, mapping = documents(settings)
    crms = tuple(settings.crm_tables())
    with state_here() as store:
        rows = list(_sources(mapping.for_crms(crms) if crms else mapping, store))
        waiting = store.waiting_count()
    if as_json:
        console.json({"sources": rows, "waiting": waiting})
        return
    if not rows:
        console.say("The mapping names no source of signals.")
        return
    console.table(
        "",
        ("Where", "Source", "Gives", "State", "Last read (UTC)", "Told", "Kept"),
        [
            (
                crm_label(row["crm"]) if row["crm"] else "outside",
                row["source"],
                ", ".join(row["signals"]),
                _state_of(row),
                moment(row["read_at"]) if row["read_at"] else "",
                row["told"],
                row["kept"],
            )
            for row in rows
        ],
    )
    for row in rows:
        if row["why_not"]:
            console.say(f"{row['source']}: {row['why_not']}")
        if row["unmapped"]:
            words = ", ".join(
                f"{word or '(no word)'} ({count})" for word, count in row["unmapped"].items()
            )
            console.say(f"{row['source']}: no row of the mapping covers {shown(words, 300)}")
    if waiting:
        console.say(f"{many(waiting, 'signal')} of people without a lead wait for one.")


@group.command("read")
def read_signals(
    ctx: typer.Context,
    source: list[str] = typer.Option(
        [], "--source", metavar="NAME", help="Only this one; repeat for more."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Read the sources outside the CRMs now: files and queries with what people did in the product.

    The sources of the CRMs are read by each sync. A row that says nothing usable is listed with its line and
    stops nothing; exit code 1 tells that there were any.

    \b
    Examples:
      leadpact signals read
      leadpact signals read --source product_usage --json
    """
    from leadpact_app.bootstrap import read_sources

    console = of(ctx)
    found = read_sources(settings_here(), source)
    if as_json:
        console.json(
            {
                "sources": [
                    {
                        "source": one.source,
                        "rows": one.rows,
                        "new": one.new,
                        "waiting": one.waiting,
                        "unmapped": one.unmapped,
                        "bad_rows": one.bad_rows,
                        "bad": [{"line": each.line, "why": each.why} for each in one.bad],
                        "error": str(one.error) if one.error is not None else None,
                    }
                    for one in found
                ]
            }
        )
    else:
        for one in found:
            wait = f", {one.waiting:,} of people without a lead yet" if one.waiting else ""
            console.say(
                f"{one.source}: {many(one.rows, 'row')}, {many(one.new, 'new signal')}{wait}."
            )
            if one.unmapped:
                console.say(
                    f"  {one.unmapped:,} mean nothing to the agreement: leadpact signals sources"
                )
            for each in one.bad[:_BAD_SHOWN]:
                place = f"line {each.line}" if each.line else "a row"
                console.warn(f"  {place} {each.why}")
            if one.bad_rows > _BAD_SHOWN:
                console.warn(
                    f"  … and {one.bad_rows - _BAD_SHOWN:,} more; --json lists the first 100."
                )
            if one.error is not None:
                console.warn(f"  not read to its end: {one.error}")
        if not found:
            console.say("The mapping names no source outside the CRMs (`sources:`).")
    codes = [one.error.exit_code for one in found if one.error is not None]
    codes += [1 for one in found if one.bad_rows]
    if codes:
        raise typer.Exit(max(codes))


def _sources(mapping: LeadMapping, store: StateReader) -> Iterator[dict[str, Any]]:
    from leadpact.model.source_signal import OUTSIDE

    for (crm, _source), rule in mapping.signal_sources.items():
        yield _source_row(crm, crm, rule, store)
    for each in mapping.sources.values():
        yield _source_row("", OUTSIDE, each.rule, store)


def _source_row(shown_as: str, crm: str, rule: SourceRule, store: StateReader) -> dict[str, Any]:
    from leadpact.sync.source_state import FEED, SourceState

    state = SourceState.load(store.checkpoint(crm, FEED + rule.source))
    return {
        "crm": shown_as,
        "source": rule.source,
        "signals": list(dict.fromkeys(name for row in rule.rows for name in row.signals)),
        "readable": not state.why_not,
        "why_not": state.why_not,
        "read_at": state.read_at,
        "behind": state.behind,
        "every_minutes": int(rule.every.total_seconds() // 60),
        "told": state.told,
        "kept": state.kept,
        "unmapped": dict(state.unmapped),
    }


def _state_of(row: dict[str, Any]) -> str:
    if row["why_not"]:
        return "unreadable here"
    if row["behind"]:
        return "being read"
    return "read" if row["read_at"] else "not read yet"


def _as_json(one: Signal) -> dict[str, Any]:
    return {
        "id": one.id,
        "lead": one.link_id,
        "signal": one.name,
        "at": one.at,
        "asset": one.asset,
        "source": one.source,
        "precision": one.precision,
        "recorded_at": one.recorded_at,
    }
