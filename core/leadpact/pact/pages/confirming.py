"""The page on qualification: what sales asks before a lead is an SQL, and what its answers do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.page import Block, Items, Section, Table
from leadpact.pact.pages.words import condition_words, listed, plain
from leadpact.pact.qualification import CONVERSATION, Criterion, Framework, Qualification

_UNCONFIRMED = {
    "accept": "it is taken, and what is missing stays owed",
    "hold": "it waits until the missing answers are there",
    "refuse": "it is refused, with what is missing",
}
_MAKERS = {"reply": "a reply to our outreach", "score": "the score"}


def qualification(pact: Pact) -> Section | None:
    """The questions that sales asks, framework by framework, and the least that must be confirmed."""
    asked = pact.qualification
    if asked is None:
        return None
    sql = pact.label("sql")
    blocks: list[Block] = [_framework(one, asked) for one in asked.in_use()]
    blocks.append(Items(f"What makes the {sql}", tuple(_rules(pact, asked))))
    return Section(
        "qualification",
        f"What sales confirms before {sql}",
        "Sales finds these out in a conversation; the answers stand on the record.",
        tuple(blocks),
        frozenset({"qualification"}),
    )


def _framework(one: Framework, asked: Qualification) -> Table:
    sizes = [_size(use.least, use.below) for use in asked.uses if use.framework is one]
    if one is asked.unknown_size:
        sizes.append("deals of unknown size")
    return Table(
        f"{one.label}, for {listed(sizes)}: confirmed is {one.minimum}",
        ("Asked", "Question", "Counts as confirmed"),
        tuple((each.label, each.question, _counts(each)) for each in (*one.asks, *one.also)),
    )


def _counts(one: Criterion) -> str:
    needs = (
        " (told in a conversation)"
        if one.evidence == CONVERSATION
        else f" (with {plain(one.evidence)})"
        if one.evidence
        else ""
    )
    return f"{one.asks_for}{needs}"


def _size(least: int, below: int | None) -> str:
    if below is None:
        return f"deals from {least:,}" if least else "deals of any size"
    return f"deals from {least:,} to below {below:,}" if least else f"deals below {below:,}"


def _rules(pact: Pact, asked: Qualification) -> Iterator[str]:
    sal, sql = pact.label("sal"), pact.label("sql")
    stages = listed([pact.label(key) for key in pact.stages if key in asked.turns_at], "or")
    if asked.turns_at:
        yield f"Once the least is confirmed, {_article(stages)} becomes {sql} by itself."
    others = [text for key, text in _MAKERS.items() if key in asked.made_by]
    if others:
        yield f"Besides sales, {listed(others, 'or')} makes it."
    yield f"Where sales says {sql} before that, {_UNCONFIRMED[asked.unconfirmed]}."
    if asked.opportunity:
        names = listed([one.label for one in asked.opportunity])
        yield f"An opportunity needs {names} on the record."
    if asked.straight:
        yield f"A raised hand of a fast lane goes straight to {sql}."
    if not asked.hand_raisers_first:
        yield "Hands raised without fit are served after those who fit."
    outbound = pact.content.get("qualification", {}).get("outbound")
    when = outbound.get("when") if isinstance(outbound, Mapping) else None
    if asked.outbound is not None and when:
        said = condition_words(when, pact.content.get("lists", {}))
        yield f"Outbound: where {said}, confirmed answers lead from the first contact to {sql}, without {sal}."


def _article(stages: str) -> str:
    return f"an {stages}" if stages[:1] in "AEFHILMNORSX" else f"a {stages}"
