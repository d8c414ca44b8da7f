"""The commands pause and resume: the stop button (R38)."""

from __future__ import annotations

import difflib
import getpass
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import Console, crm_label, many, moment, of, shown
from leadpact_app.cli.opening import documents, settings_here, state_here

if TYPE_CHECKING:
    from leadpact.model.pause import Direction, Pause
    from leadpact.ports.state_store import StateStore
    from leadpact_app.settings import Settings

_CRM = typer.Option("", metavar="CRM", help="Only this CRM.")
_DIRECTION = typer.Option(
    "", metavar="to|from", help="Only what is written to it, or only what is taken over from it."
)
_KIND = typer.Option("", help="Only records of this kind, as the CRM calls it: contacts, Lead, …")
_FIELD = typer.Option(
    "",
    help="Only this field, of the mapping or of a CRM; or stage, score, qualification, sla, handoff.",
)
_BY = typer.Option("", "--by", metavar="NAME", help="Who does this; your login if left out.")
_JSON = typer.Option(False, "--json", help="For programs.")
_WAYS = {"": "", "to": "to_crm", "to_crm": "to_crm", "from": "from_crm", "from_crm": "from_crm"}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("pause", short_help="The stop button: everything, or a part of it.")(pause)
    app.command("resume", short_help="Let go on what was paused.")(resume)


def pause(
    ctx: typer.Context,
    crm: str = _CRM,
    direction: str = _DIRECTION,
    kind: str = _KIND,
    field: str = _FIELD,
    why: str = typer.Option("", help="Told wherever the pause is told."),
    by: str = _BY,
    listed: bool = typer.Option(False, "--list", help="Only show what is paused."),
    as_json: bool = _JSON,
) -> None:
    """Stop everything, or what the options name, at once: also what another process is just doing.

    Nothing is lost and nothing is agreed meanwhile: both CRMs are read on, and what would have been written or taken
    over waits until `leadpact resume`. A row that is on its way is not called back.

    \b
    Examples:
      leadpact pause
      leadpact pause --crm salesforce --direction to --why "data loader tonight"
      leadpact pause --field stage
      leadpact pause --crm hubspot --kind contacts --field phone
      leadpact pause --list
    """
    from leadpact.model.pause import Pause
    from leadpact.ports.state_store import StateChanges

    console, settings = of(ctx), settings_here()
    if listed:
        with state_here() as store:
            _show(console, store, as_json=as_json)
        return
    way = _way(direction)
    _check(console, settings, crm, kind, field)
    now = _now(settings)
    pressed = Pause(uuid4().hex[:12], now, by or _login(), crm, way, kind, field, why)
    with state_here() as store:
        same = next((one for one in store.pauses() if one.what == pressed.what), None)
        if same is None:
            store.commit(StateChanges(pauses=[pressed]), None, now)
        standing = same or pressed
    if as_json:
        console.json({"pause": pause_as_json(standing), "new": same is None})
    else:
        console.say("Paused." if same is None else "It is paused already.")
        console.say(_sentence(standing))


def resume(
    ctx: typer.Context,
    pauses: list[str] = typer.Argument(
        [],
        metavar="[PAUSE]...",
        help="Ids or their beginnings; else what the options name, or all.",
    ),
    crm: str = _CRM,
    direction: str = _DIRECTION,
    kind: str = _KIND,
    field: str = _FIELD,
    by: str = _BY,
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask before several are ended."),
    as_json: bool = _JSON,
) -> None:
    """Let go on what was paused: all of it, or the pauses that are named. The next sync takes up what waited.

    \b
    Examples:
      leadpact resume
      leadpact resume 3f2a9c
      leadpact resume --crm salesforce
    """
    from leadpact.ports.state_store import StateChanges
    from leadpact_app.bootstrap.modes import BY as MODE

    console, settings = of(ctx), settings_here()
    way = _way(direction)
    now = _now(settings)
    with state_here() as store:
        standing = store.pauses()
        by_mode = [one for one in standing if one.by == MODE]
        if any(one.id.startswith(text) for text in pauses for one in by_mode):
            raise FixSettings(
                "That is the mode of the settings, no pause of a person's: it ends where they say `mode: act`.",
                code="mode_stands",
            )
        mine = [one for one in standing if one.by != MODE]
        chosen = _chosen(mine, pauses, (crm, way, kind, field))
        if len(chosen) > 1 and not yes:
            for one in chosen:
                console.warn(_sentence(one))
            if not console.confirm(f"End {len(chosen)} pauses?"):
                console.warn("Nothing was ended.")
                raise typer.Exit(0)
        ended = [replace(one, ended_at=now, ended_by=by or _login()) for one in chosen]
        if ended:
            store.commit(StateChanges(pauses=ended), None, now)
        waiting, left = store.parked_count(), len(store.pauses())
    if as_json:
        console.json({"ended": [pause_as_json(one) for one in ended], "leads_waiting": waiting})
        return
    if not ended:
        console.say("Nothing is paused." if not by_mode else "Nothing is paused by a person.")
        for one in by_mode:
            console.say(f"{_sentence(one)} It ends where the settings say `mode: act`.")
        return
    for one in ended:
        console.say(f"Ended: {_sentence(one)}")
    further = f" {many(left, 'other pause')} still stands." if left == 1 else ""
    further = f" {left} other pauses still stand." if left > 1 else further
    console.say(f"{many(waiting, 'lead')} waited; the next `leadpact sync` takes them up.{further}")


def _chosen(
    standing: Sequence[Pause], ids: Sequence[str], what: tuple[str, str, str, str]
) -> list[Pause]:
    """The pauses that a command line names; all where it names none.

    Raises:
        FixSettings: an id that fits none or several; options that fit none.
    """
    if ids and any(what):
        raise FixSettings("Name pauses by id or by options, not both.", code="usage")
    found: list[Pause] = []
    for text in dict.fromkeys(ids):
        near = [one for one in standing if one.id.startswith(text)]
        if len(near) != 1:
            many_or_none = "Several pauses begin" if near else "No pause that stands begins"
            raise FixSettings(
                f"{many_or_none} with {text!r}; `leadpact pause --list` shows them.",
                code="pause_unknown",
            )
        found.append(near[0])
    if ids:
        return found
    found = [
        one
        for one in standing
        if all(asked in ("", said) for asked, said in zip(what, one.what, strict=True))
    ]
    if any(what) and not found:
        raise FixSettings(
            "No pause that stands is of that; `leadpact pause --list` shows them.",
            code="pause_unknown",
        )
    return found


def _way(direction: str) -> Direction:
    if direction not in _WAYS:
        raise FixSettings(
            f"--direction is `to` (what leadpact writes there) or `from` (what it takes over from there), "
            f"not {direction!r}.",
            code="usage",
        )
    way: Direction = _WAYS[direction]  # type: ignore[assignment]
    return way


def _check(console: Console, settings: Settings, crm: str, kind: str, field: str) -> None:
    """Refuse names that the mapping does not know, since such a pause would stop nothing."""
    if not (crm or kind or field):
        return
    from leadpact.sync.standing_pauses import GROUPS, names_of

    try:
        mapping = documents(settings)[1]
    except FixSettings as error:
        # The stop button works with broken documents, too; then nobody can say whether the name is right.
        console.warn(f"The names were not checked, since a document is refused: {error}")
        return
    names = names_of(mapping)
    places = [place for place in names if crm in ("", place[0])]
    _known("--crm", crm, {place[0] for place in names})
    _known("--kind", kind, {place[1] for place in places})
    words = {
        word
        for place in places
        if kind in ("", place[1])
        for said in names[place].values()
        for word in said
    }
    _known("--field", field, words | set(GROUPS))


def _known(option: str, value: str, names: Collection[str]) -> None:
    if not value or value in names:
        return
    near = difflib.get_close_matches(value, sorted(names), 1)
    hint = f" Is it {near[0]!r}?" if near else f" There are: {', '.join(sorted(names))}."
    raise FixSettings(f"The mapping has no {option[2:]} {value!r}.{hint}", code="usage")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "an operator"


def _now(settings: Settings) -> Any:
    from leadpact_app.bootstrap import make_clock

    clock = make_clock(settings)
    clock.follow()
    return clock.now()


def _sentence(one: Pause) -> str:
    from leadpact.audit.paused import pause_sentence

    return pause_sentence(one, {one.crm: crm_label(one.crm)} if one.crm else {})


def _show(console: Console, store: StateStore, *, as_json: bool) -> None:
    from leadpact.model.pause import paused_words

    standing, waiting = store.pauses(), store.parked_count()
    if as_json:
        found = [pause_as_json(one) for one in standing]
        console.json({"pauses": found, "leads_waiting": waiting})
        return
    if not standing:
        console.say("Nothing is paused.")
        return
    rows = [
        (
            one.id,
            paused_words(one, {one.crm: crm_label(one.crm)} if one.crm else {}),
            shown(one.why, 80),
            one.by,
            moment(one.since),
        )
        for one in standing
    ]
    console.table("", ("Pause", "What", "Why", "By", "Since (UTC)"), rows)
    console.say(f"{many(waiting, 'lead')} waiting. `leadpact resume` lets it go on.")


def standing_sentences(store: StateStore) -> list[str]:
    """What is paused, by whom, since when and why, for commands that look at the whole."""
    return [_sentence(one) for one in store.pauses()]


def pause_as_json(one: Pause) -> dict[str, Any]:
    """One pause for programs."""
    return {
        "pause": one.id,
        "crm": one.crm,
        "direction": one.direction,
        "kind": one.kind,
        "field": one.field,
        "why": one.why,
        "by": one.by,
        "since": one.since,
        "ended_at": one.ended_at,
        "ended_by": one.ended_by,
    }
