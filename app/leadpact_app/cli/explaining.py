"""The command explain: the whole story of one lead."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings, LeadpactError
from leadpact_app.cli.console import of
from leadpact_app.cli.opening import pair_here, settings_here

if TYPE_CHECKING:
    from leadpact_app.cli.console import Console
    from leadpact_app.cli.explain_text import Known, LeadTold


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("explain", short_help="Tell the whole story of one lead.")(explain)


def explain(
    ctx: typer.Context,
    lead: str = typer.Argument(
        ..., metavar="LEAD", help="Link id, record id or address in a CRM, or an e-mail address."
    ),
    offline: bool = typer.Option(False, "--offline", help="Ask no CRM; then no name is shown."),
    at: str = typer.Option(
        "", "--at", metavar="DATE|now", help="Make the score of that day again, or that of now."
    ),
    writes: bool = typer.Option(False, "--writes", help="Also list each written field."),
    limit: int = typer.Option(15, min=1, help="Lines of what happened, and written fields."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Tell why a lead is as it is: stage, score, owner, what is due, what waits, all that happened.

    For a record that leadpact does not keep in step it tells why not. Names of people are read from the CRMs and
    never stored. --at makes a score again that decided something: from the facts and acts that were known then, under
    the agreement of then.

    \b
    Examples:
      leadpact explain ana.lima@acme.example
      leadpact explain 0035g00000ABCdEAAW
      leadpact explain 7c01d2ab --json
      leadpact explain 7c01d2ab --at 2026-03-05
    """
    from leadpact.audit import explain as story_of
    from leadpact_app.cli import explain_json, explain_text
    from leadpact_app.cli.explain_more import instant_of
    from leadpact_app.cli.finding import by_id, records_of_email

    console = of(ctx)
    with _known(console, offline=offline, scores=bool(at)) as known:
        found: tuple[str, ...] = ()
        seen = []
        if "@" not in lead:
            found = by_id(known.store, known.mapping, lead)
        elif known.connectors:
            seen = records_of_email(known.connectors, known.mapping, lead)
            linked = known.store.link_ids([record.ref for record in seen])
            found = tuple(dict.fromkeys(linked.values()))
        if "@" in lead and not found:
            found = tuple(known.store.addressed([lead]).get(lead, ()))
        names = explain_text.crm_names(known.mapping)
        stories = [
            story
            for link_id in found
            if (story := story_of(known.store, known.pact, link_id, names=names, as_of=known.now))
            is not None
        ]
        now = known.now
        told = [explain_text.tell_all(story, known, now) for story in stories]
        if at:
            told = [_with_score(known, one, instant_of(at, now), now=at == "now") for one in told]
        if not told:
            told_why = explain_text.why_not(lead, known, seen)
    if as_json:
        console.json(
            {"leads": [explain_json.as_json(one) for one in told]}
            if told
            else {"leads": [], "why_not": told_why}
        )
        return
    if known.unasked:
        console.warn(known.unasked)
    for number, one in enumerate(told):
        if number:
            console.say()
        explain_text.show(console, one, limit, writes=writes)
    if not told:
        for sentence in told_why:
            console.say(sentence)


def _with_score(known: Known, told: LeadTold, at: datetime, *, now: bool) -> LeadTold:
    """With the score of that instant.

    Raises:
        FixSettings: none was decided by then.
    """
    from leadpact_app.cli.console import moment
    from leadpact_app.cli.explain_more import score_at

    found = score_at(known.store, known.pact, told.story.link.id, at, now=now)
    if found is None:
        raise FixSettings(
            f"No score of this lead was decided by {moment(at)} UTC; --at now makes the present one.",
            code="no_score_then",
        )
    return replace(told, score_then=found)


@contextlib.contextmanager
def _known(console: Console, *, offline: bool, scores: bool) -> Iterator[Known]:
    """State and CRMs; where a CRM cannot be reached, the state alone."""
    from leadpact_app.cli.explain_text import Known

    with contextlib.ExitStack() as stack:
        if offline:
            known = _stored(stack, "", scores=scores)
        else:
            try:
                pair = stack.enter_context(pair_here(console))
                pair.clock.follow()
                known = Known(
                    pair.store,
                    pair.pact,
                    pair.mapping,
                    pair.connectors,
                    pair.clock.now(),
                    pair.settings.pair,
                )
            except LeadpactError as error:
                if error.remedy not in ("wait", "sign in"):
                    raise
                known = _stored(stack, f"No CRM was asked: {error}", scores=scores)
        yield known


def _stored(stack: contextlib.ExitStack, unasked: str, *, scores: bool) -> Known:
    from leadpact_app.bootstrap import (
        load_mapping_file,
        load_pact_file,
        make_clock,
        open_reading,
    )
    from leadpact_app.bootstrap.running import running_pact
    from leadpact_app.cli.explain_text import Known

    settings = settings_here()
    pact = load_pact_file(settings, scores=scores)
    store = stack.enter_context(open_reading(settings))
    latest = next(iter(store.activations(1)), None)
    if latest is not None and latest.pact_hash != pact.hash:
        pact = running_pact(latest, scores=scores)
    clock = make_clock(settings)
    if scores:
        clock.follow()
    return Known(
        store, pact, load_mapping_file(settings, pact), {}, clock.now(), settings.pair, unasked
    )
