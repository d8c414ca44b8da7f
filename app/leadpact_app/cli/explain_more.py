"""What explain tells besides the story itself: who people are, what is due, scores of another day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings, LeadpactError
from leadpact_app.cli.console import moment

if TYPE_CHECKING:
    from leadpact.audit import Explanation
    from leadpact.audit.rebuilt import Rebuilt
    from leadpact.mapping import LeadMapping
    from leadpact.pact import Pact
    from leadpact.ports.connector import Connector
    from leadpact.ports.state_store import StateReader

_PERSON = re.compile(r"\b(?:person[: ]|(?:hubspot|salesforce):)([A-Za-z0-9]{2,40})\b")
MOST_ACTIVATIONS = 200
_OUTPUTS = {
    **dict.fromkeys(
        (
            "score_total",
            "score_fit",
            "score_engagement",
            "grade",
            "breakdown",
            "scored_at",
            "pact_version",
        ),
        "score",
    ),
    "stage_reason": "stage",
    "rejection_reason": "reason",
}
"""What people call our own fields, one word for what is written together."""


@dataclass(frozen=True, slots=True)
class People:
    """Names of people by their id in a CRM; read when they are shown, and kept nowhere (R37)."""

    names: Mapping[str, str] = field(default_factory=dict)

    def say(self, text: str) -> str:
        """The text with names where ids stand: ``sales (person 0057…)`` → ``sales (Omar Haddad)``."""
        return _PERSON.sub(lambda found: self.names.get(found[1], found[0]), text)


def people_in(texts: Iterable[str], connectors: Mapping[str, Connector]) -> People:
    """Ask each CRM that knows owners for the ids that stand in these texts; one that cannot answer names nobody."""
    ids = {found[1] for text in texts for found in _PERSON.finditer(text)}
    if not ids or not connectors:
        return People()
    from leadpact.ports.connector import KnowsOwners

    names: dict[str, str] = {}
    for connector in connectors.values():
        if not isinstance(connector, KnowsOwners):
            continue
        try:
            names |= {one.id: one.name for one in connector.owners(sorted(ids)) if one.name}
        except (LeadpactError, ValueError):
            continue
    return People(names)


def texts_of(story: Explanation) -> Iterable[str]:
    """Where ids of people may stand in a story."""
    yield story.link.owner
    for one in story.history:
        yield one.transition.actor
        yield one.sentence
    for earlier in story.joined:
        yield from (one.sentence for one in earlier.history)
    yield from story.headlines
    yield from (one.why for one in story.holds)


def field_words(mapping: LeadMapping) -> dict[tuple[str, str], str]:
    """What people call what stands in each field that leadpact writes: (CRM, field) → word."""
    words: dict[tuple[str, str], str] = {}
    for crm, kind in mapping.kind_rules:
        for name, rule in mapping.fields.items():
            side = rule.sides.get((crm, kind))
            if side is not None:
                words[crm, side.field] = name.replace("_", " ")
        for output, field_name in mapping.outputs(crm, kind).items():
            words[crm, field_name] = _output_word(output)
        table = mapping.stage_table(crm, kind)
        words |= {(crm, name): "stage" for name in (table.own_field, *table.native_fields)}
        words[crm, mapping.external_id_field(crm, kind)] = "our id"
    return words


def _output_word(output: str) -> str:
    if output.startswith("sla_"):
        return "response time"
    if output.startswith("qualification"):
        return "qualification"
    return _OUTPUTS.get(output, output.replace("_", " "))


def buried_words(store: StateReader, pair_id: str, addresses: Iterable[str]) -> list[str]:
    """That somebody with one of these addresses was deleted, and is not made again (R26)."""
    from leadpact.sync.context import address_id
    from leadpact_app.bootstrap.normalising import email_key

    digests = [address_id(pair_id, known) for one in addresses if (known := email_key(one))]
    return [
        f"A person with this address was deleted on {moment(one.buried_at)} UTC and is not made again: "
        f"lead {one.id[:8]}; `leadpact review list` shows what can still be said of it."
        for one in store.buried(digests).values()
    ]


def response_line(store: StateReader, link_id: str, now: datetime) -> str:
    """What sales owes the lead first: the promise, its due time and how it stands; "" = nothing runs."""
    from leadpact.model.response_clock import STATE_LABELS

    clocks = store.clocks_of([link_id]).get(link_id, ())
    running = [one for one in clocks if one.ended_at is None]
    if not running:
        return ""
    first = min(running, key=lambda one: one.due_at)
    return (
        f"{first.label}: due {moment(first.due_at)} UTC ({STATE_LABELS[first.state(now)].lower()})."
    )


def touched_line(store: StateReader, pact: Pact, story: Explanation) -> str:
    """What came of the first touch of the present pass, as a sentence; "" where sales never had it (S68)."""
    from leadpact.lifecycle.first_touch import OUTCOMES, first_touch
    from leadpact.lifecycle.passes import passes_of

    known = passes_of(story.link, story.episodes)
    if not known or (known[-1].mql_at or known[-1].worked_at) is None:
        return ""
    link_id = story.link.id
    since = known[-1].episode.opened_at
    acts = store.signals([link_id], since).get(link_id, ())
    found = first_touch(known[-1], store.clocks_of([link_id]).get(link_id, ()), acts, pact)
    if found is None or found.outcome == "waiting":
        return ""
    seen = f" on {moment(found.at)} UTC" if found.at is not None else ""
    return f"First touch{seen}: {OUTCOMES[found.outcome]}."


def instant_of(text: str, now: datetime) -> datetime:
    """The instant that ``--at`` names: a day (to its end, UTC), an instant, or ``now``.

    Raises:
        FixSettings: neither of them.
    """
    if text == "now":
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise FixSettings(
            f"--at takes a day such as 2026-03-05, an instant such as 2026-03-05T10:07Z, or `now`, not {text!r}.",
            code="usage",
        ) from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    if at.time() == time() and len(text) <= len("2026-03-05"):
        at += timedelta(days=1) - timedelta(microseconds=1)
    return at


def score_at(
    store: StateReader, pact: Pact, link_id: str, at: datetime, *, now: bool
) -> Rebuilt | None:
    """The lead's score of that instant, made again under the agreement of then; None = none was decided by then.

    Raises:
        FixSettings: ``pact_text_lost``, where the state does not have that agreement's text.
    """
    from leadpact.audit.rebuilt import rebuilt, score_now
    from leadpact.scoring.embedded import EmbeddedEngine
    from leadpact_app.bootstrap import load_pact_text

    engine = EmbeddedEngine()
    try:
        if now:
            return score_now(store, pact, engine, store.links([link_id])[link_id], at)
        found = store.decided_scores(link_id, at, 1)
        if not found:
            return None
        score = found[0]
        if score.pact_hash != pact.hash:
            text = next(
                (
                    one.text
                    for one in store.activations(MOST_ACTIVATIONS)
                    if one.pact_hash == score.pact_hash
                ),
                "",
            )
            if not text:
                raise FixSettings(
                    f"It was decided under the agreement {score.pact_hash}, whose text is not in this state.",
                    code="pact_text_lost",
                )
            pact = load_pact_text(text, f"the agreement {score.pact_hash}")
        return rebuilt(store, pact, engine, score)
    finally:
        engine.close()
