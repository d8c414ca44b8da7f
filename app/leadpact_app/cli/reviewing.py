"""The command review: what waits for a person, and how it is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import Console, crm_label, moment, of, shown
from leadpact_app.cli.doubling import count_duplicates, duplicates_line, list_duplicates
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.owing import count_owed, list_owed, owed_line
from leadpact_app.cli.sheet import CSV
from leadpact_app.cli.undoing import release

if TYPE_CHECKING:
    from leadpact.model.link import Hold
    from leadpact.ports.state_store import StateStore

_HOLD = typer.Argument(
    [], metavar="[HOLD]...", help="Ids or their beginnings, of `leadpact review list`."
)
_CAUSE = typer.Option("", "--cause", "--kind", help="With --all: every hold of this cause.")
_FIELD = typer.Option("", help="With --all: every hold of this field.")
_ALL = typer.Option(False, "--all", help="Every hold that --cause and --field leave.")
PREVIEW = 5
"""Holds shown one by one before a bulk answer."""
_YES = typer.Option(False, "--yes", "-y", help="With --all: do not ask.")
_JSON = typer.Option(False, "--json", help="For programs.")
_TAKE = typer.Option("", "--take", "--side", metavar="CRM", help="What this CRM shows stands.")
_SET = typer.Option(
    None, "--set", metavar="VALUE", help="This value stands; for a stage its key in the pact."
)
_VALUE = typer.Option(
    ..., "--value", metavar="VALUE", help='The value that stands; "" blanks the field.'
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    review = typer.Typer(
        help="List what waits for a person, and settle it.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    review.command("list", short_help="List what waits, and what each CRM shows.")(list_holds)
    review.command("accept", short_help="Take a CRM's value, or set one.")(accept)
    review.command("refuse", short_help="Keep what was agreed.")(refuse)
    review.command("edit", short_help="Set a value of your own.")(edit)
    review.command("owed", short_help="List rejections that still owe a reason.")(list_owed)
    review.command("duplicates", short_help="List records that double one that is written.")(
        list_duplicates
    )
    review.command("release", short_help="Let go of what an undo put back.")(release)
    app.add_typer(review, name="review")


def list_holds(
    ctx: typer.Context,
    cause: str = typer.Option("", "--cause", "--kind", help="Only this cause."),
    field: str = typer.Option("", help="Only this field; `stage` for stages."),
    crm: str = typer.Option("", help="Only what this CRM shows."),
    lead: str = typer.Option("", help="Only this lead, by link id."),
    limit: int = typer.Option(50, min=1, help="Shown one by one."),
    as_json: bool = _JSON,
    csv: str = CSV,
) -> None:
    """List what waits for a person, with what each CRM shows.

    \b
    Examples:
      leadpact review list
      leadpact review list --cause stages_differ
      leadpact review list --field owner --json
      leadpact review list --csv -
    """
    console = of(ctx)
    with state_here() as store:
        found = [
            one
            for one in _matching(store, cause, field)
            if (not lead or one.link_id.startswith(lead)) and (not crm or crm in one.shown)
        ]
        further = owed_line(count_owed(store)), duplicates_line(count_duplicates(store))
    if as_json or csv:
        console.json({"holds": [hold_as_json(one) for one in found]}, csv, "holds")
        return
    if found:
        _show_holds(console, found if cause else _gathered(found), limit)
    else:
        console.say("Nothing waits for a person.")
    for line in filter(None, further):
        console.say(line)


def _show_holds(console: Console, found: list[Hold], limit: int) -> None:
    from leadpact_app.cli.answers import remedy

    console.table(
        "",
        ("Hold", "Lead", "Field", "Cause", "Shown", "Why", "Since (UTC)"),
        [
            (
                one.id[:8],
                one.link_id[:8] or "all",
                one.field or "lead",
                one.cause,
                "; ".join(
                    f"{_side(name)}: {shown(value, 40)}" for name, value in one.shown.items()
                ),
                shown(one.why, 140),
                moment(one.since),
            )
            for one in found[:limit]
        ],
    )
    if len(found) > limit:
        console.say(f"… and {len(found) - limit:,} more; --limit shows them.")
    firsts = {one.cause: one for one in reversed(found)}
    for name, one in sorted(firsts.items()):
        console.say(f"{name}: {remedy(one)}")


def _gathered(found: list[Hold]) -> list[Hold]:
    """Holds of whole fields first; the leads that wait for such a field are left to ``--cause``."""
    whole = [one for one in found if not one.link_id]
    told = {_of_what(one) for one in whole}
    return whole + [one for one in found if one.link_id and _of_what(one) not in told]


def _side(name: str) -> str:
    return name if name in ("agreed", "wanted", "opportunity", "score") else crm_label(name)


def accept(
    ctx: typer.Context,
    holds: list[str] = _HOLD,
    take: str = _TAKE,
    value: str | None = _SET,
    cause: str = _CAUSE,
    field: str = _FIELD,
    every: bool = _ALL,
    yes: bool = _YES,
    as_json: bool = _JSON,
) -> None:
    """Settle a hold: take what one CRM shows, set a value, or accept what waits.

    What waits may be an edit, two records that may be one person, or a deleted record that is to be made anew.

    The next sync carries the answer out in both CRMs.

    \b
    Examples:
      leadpact review accept 7c01d2ab --side salesforce
      leadpact review accept 7c01d2ab --set sql
      leadpact review accept --cause stages_differ --take salesforce --all
    """
    from leadpact_app.cli.answers import accepted

    stages = _stages() if value is not None else ()
    _settle(
        of(ctx),
        _Choice(tuple(holds), cause, field, every=every, yes=yes, as_json=as_json),
        lambda one: accepted(one, take, value, stages),
    )


def refuse(
    ctx: typer.Context,
    holds: list[str] = _HOLD,
    cause: str = _CAUSE,
    field: str = _FIELD,
    every: bool = _ALL,
    yes: bool = _YES,
    as_json: bool = _JSON,
) -> None:
    """Settle a hold by keeping what was agreed; where it stands otherwise it is set back.

    \b
    Examples:
      leadpact review refuse 7c01d2ab
      leadpact review refuse --cause contested --all
    """
    from leadpact_app.cli.answers import refused

    _settle(
        of(ctx), _Choice(tuple(holds), cause, field, every=every, yes=yes, as_json=as_json), refused
    )


def edit(
    ctx: typer.Context,
    holds: list[str] = _HOLD,
    value: str = _VALUE,
    yes: bool = _YES,
    as_json: bool = _JSON,
) -> None:
    """Settle a hold with a value of your own; the same as `accept --set`.

    \b
    Examples:
      leadpact review edit 7c01d2ab --value "Acme GmbH"
      leadpact review edit 7c01d2ab --value mql
    """
    from leadpact_app.cli.answers import accepted

    stages = _stages()
    _settle(
        of(ctx),
        _Choice(tuple(holds), "", "", every=False, yes=yes, as_json=as_json),
        lambda one: accepted(one, "", value, stages),
    )


class _Choice:
    """Which holds a command line names."""

    def __init__(
        self, ids: tuple[str, ...], cause: str, field: str, *, every: bool, yes: bool, as_json: bool
    ) -> None:
        self.ids, self.cause, self.field = ids, cause, field
        self.every, self.yes, self.as_json = every, yes, as_json

    def find(self, store: StateStore) -> list[Hold]:
        """The holds.

        Raises:
            FixSettings: none, or an id that fits no hold or several.
        """
        waiting = _matching(store, self.cause, self.field)
        if bool(self.ids) == self.every:
            raise FixSettings(
                "Name holds by id, or say --all (with --cause or --field).", code="usage"
            )
        if self.every and not (self.cause or self.field):
            raise FixSettings("--all needs --cause or --field.", code="usage")
        if self.every:
            return waiting
        found: list[Hold] = []
        for text in self.ids:
            near = [one for one in waiting if one.id.startswith(text)]
            if len(near) != 1:
                many = "Several holds begin" if near else "No hold that waits begins"
                raise FixSettings(
                    f"{many} with {text!r}; `leadpact review list` shows them.", code="hold_unknown"
                )
            found.append(near[0])
        return found


def _settle(console: Console, choice: _Choice, answer: Callable[[Hold], str]) -> None:
    from leadpact.model.link import WorkItem
    from leadpact.ports.state_store import StateChanges
    from leadpact_app.bootstrap import make_clock

    with state_here() as store:
        chosen = choice.find(store)
        console.answerable("Answer all of them so?", yes=choice.yes or not choice.every)
        chosen = _with_their_leads(store, chosen)
        answered = [replace(one, status="answered", answer=answer(one)) for one in chosen]
        if (
            choice.every
            and not choice.yes
            and not _agreed_to(console, answered, as_json=choice.as_json)
        ):
            console.warn("Nothing was answered.")
            raise typer.Exit(0)
        if answered:
            now = make_clock(settings_here()).now()
            leads = dict.fromkeys(one.link_id for one in answered if one.link_id)
            store.commit(
                StateChanges(
                    holds=answered, work=[WorkItem(one, "review", now, now) for one in leads]
                ),
                None,
                now,
            )
    if choice.as_json:
        console.json({"answered": [hold_as_json(one) for one in answered]})
    else:
        console.say(f"{len(answered):,} answered; the next `leadpact sync` carries it out.")


def _agreed_to(console: Console, answered: list[Hold], *, as_json: bool) -> bool:
    """Show what a bulk answer is for, and how many; then ask."""
    if not as_json:
        counts = Counter((one.cause, one.field or "lead") for one in answered)
        console.table(
            "",
            ("Cause", "Field", "Holds#"),
            [(cause, field, f"{count:,}") for (cause, field), count in counts.most_common()],
        )
        _show_holds(console, answered, PREVIEW)
    return console.confirm(f"Answer {len(answered):,} holds so?")


def _with_their_leads(store: StateStore, chosen: list[Hold]) -> list[Hold]:
    """With a hold of a whole field, or of a batch, those of all its leads."""
    whole = {_of_what(one) for one in chosen if not one.link_id}
    if not whole:
        return chosen
    known = {one.id for one in chosen}
    return chosen + [
        one
        for one in store.holds(waiting_only=True)
        if _of_what(one) in whole and one.id not in known
    ]


def _of_what(one: Hold) -> tuple[str, ...]:
    """The same for a whole field's hold and those of its leads; of batches each is its own."""
    from leadpact_app.cli.answers import BATCH

    batch = sorted(one.shown.items()) if one.cause == BATCH else ()
    return (one.cause, one.field, *(f"{name}={value}" for name, value in batch))


def _matching(store: StateStore, cause: str, field: str) -> list[Hold]:
    return [
        one
        for one in store.holds(waiting_only=True)
        if (not cause or one.cause == cause) and (not field or one.field == field)
    ]


def _stages() -> tuple[str, ...]:
    from leadpact_app.bootstrap import load_pact_file

    return tuple(load_pact_file(settings_here()).stages)


def hold_as_json(one: Hold) -> dict[str, Any]:
    """One hold for programs."""
    return {
        "hold": one.id,
        "lead": one.link_id,
        "field": one.field,
        "cause": one.cause,
        "why": one.why,
        "shown": dict(one.shown),
        "since": one.since,
        "run": one.run_id,
        "status": one.status,
        "answer": one.answer,
    }
