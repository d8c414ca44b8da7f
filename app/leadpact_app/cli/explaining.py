"""The command explain: the whole story of one lead."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings, LeadpactError
from leadpact_app.cli.console import of
from leadpact_app.cli.opening import documents, pair_here, settings_here, state_here

if TYPE_CHECKING:
    from leadpact_app.cli.console import Console
    from leadpact_app.cli.explain_text import Known


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("explain", short_help="Tell the whole story of one lead.")(explain)


def explain(
    ctx: typer.Context,
    lead: str = typer.Argument(
        ..., metavar="LEAD", help="Link id, record id or address in a CRM, or an e-mail address."
    ),
    offline: bool = typer.Option(False, "--offline", help="Ask no CRM; then no name is shown."),
    limit: int = typer.Option(10, min=1, help="Lines of history, and written fields."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Tell why a lead is as it is: stage, score, what was refused, what waits, what was written.

    For a record that leadpact does not keep in step it tells why not. The person's name is read from the CRM and
    never stored.

    \b
    Examples:
      leadpact explain ana.lima@acme.example
      leadpact explain 0035g00000ABCdEAAW
      leadpact explain 7c01d2ab --json
    """
    from leadpact.audit import explain as story_of
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.cli import explain_text
    from leadpact_app.cli.finding import by_id, records_of_email

    console = of(ctx)
    with _known(console, offline=offline) as known:
        found: tuple[str, ...] = ()
        seen = []
        if "@" not in lead:
            found = by_id(known.store, known.mapping, lead)
        elif known.connectors:
            seen = records_of_email(known.connectors, known.mapping, lead)
            linked = known.store.link_ids([record.ref for record in seen])
            found = tuple(dict.fromkeys(linked.values()))
        else:
            raise FixSettings(
                "An e-mail address is looked up in the CRMs, since leadpact stores none; "
                f"give an id instead. {known.unasked}".strip(),
                code="email_needs_crm",
            )
        names = explain_text.crm_names(known.mapping)
        as_of = make_clock(settings_here()).now()
        stories = [
            story
            for link_id in found
            if (story := story_of(known.store, known.pact, link_id, names=names, as_of=as_of))
            is not None
        ]
        told = [explain_text.tell(story, known.connectors, known.mapping) for story in stories]
        if not told:
            told_why = explain_text.why_not(lead, known, seen)
    if as_json:
        console.json(
            {"leads": [explain_text.as_json(one) for one in told]}
            if told
            else {"leads": [], "why_not": told_why}
        )
        return
    if known.unasked:
        console.warn(known.unasked)
    for number, one in enumerate(told):
        if number:
            console.say()
        explain_text.show(console, one, limit)
    if not told:
        for sentence in told_why:
            console.say(sentence)


@contextlib.contextmanager
def _known(console: Console, *, offline: bool) -> Iterator[Known]:
    """State and CRMs; where a CRM cannot be reached, the state alone."""
    from leadpact_app.cli.explain_text import Known

    with contextlib.ExitStack() as stack:
        if offline:
            known = _stored(stack, "")
        else:
            try:
                pair = stack.enter_context(pair_here(console))
                known = Known(pair.store, pair.pact, pair.mapping, pair.connectors)
            except LeadpactError as error:
                if error.remedy not in ("wait", "sign in"):
                    raise
                known = _stored(stack, f"No CRM was asked: {error}")
        yield known


def _stored(stack: contextlib.ExitStack, unasked: str) -> Known:
    from leadpact_app.cli.explain_text import Known

    pact, mapping = documents(settings_here())
    return Known(stack.enter_context(state_here()), pact, mapping, {}, unasked)
