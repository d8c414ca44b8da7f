"""The agreement for people, as a plain model of its pages: what both leaders read and sign. Pure (S127, S128)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from leadpact.pact.agreement import Pact
from leadpact.pact.differences import differences
from leadpact.pact.pages import Pack, SignatureLine, sections_of
from leadpact.pact.pages.stages import line_of
from leadpact.pact.pages.words import day_words, listed
from leadpact.pact.signing import ROLES, Signatures, standing


def pack_of(
    pact: Pact,
    signatures: Signatures,
    today: date,
    *,
    running: str = "",
    signed_before: Pact | None = None,
) -> Pack:
    """All pages of one agreement.

    Args:
        pact: the agreement.
        signatures: all that were given, under whichever agreement.
        today: stands on the pages.
        running: hash of the agreement that runs; "" before the first sync.
        signed_before: the agreement that both signed before this one; the change log compares with it.
    """
    said, settled = standing(pact, signatures, running)
    changes = differences(signed_before, pact) if signed_before is not None else ()
    since = ""
    if signed_before is not None:
        day = max((one.date for one in signatures.under(signed_before.hash).values()), default=None)
        signed_on = f", signed {day_words(day)}" if day else ""
        since = f"{signed_before.version} ({signed_before.hash}{signed_on})"
    return Pack(
        firm=pact.review.firm,
        version=pact.version,
        pact_hash=pact.hash,
        date=day_words(today),
        standing=said,
        settled=settled,
        glance=tuple(_glance(pact)),
        line=line_of(pact),
        sections=sections_of(pact),
        changes_since=since,
        changes=tuple((one.title, one.sentence) for one in changes),
        signatures=tuple(_places_to_sign(pact, signatures)),
        contacts=tuple(pact.review.contacts.items()),
    )


def _glance(pact: Pact) -> Iterator[str]:
    needed, mql = pact.thresholds, pact.label("mql")
    floors = (
        f", with at least {needed.fit_floor} for who they are and {needed.engagement_floor} for what they did"
        if needed.floors
        else ", whatever they are for"
    )
    yield f"A lead is {mql} at {needed.mql} points{floors}."
    lanes = [lane.label for lane in pact.fast_lanes.values()]
    if lanes:
        first, *rest = lanes
        said = [first, *(each[:1].lower() + each[1:] for each in rest)]
        yield f"{listed(said, 'or')}: that goes first, whatever the score."
    promises = [
        f"{tier.label[:1].lower()}{tier.label[1:]} ({key})" for key, tier in pact.sla.items()
    ]
    if promises:
        yield f"Sales answers by intent: {'; '.join(promises)}."
    sales = [pact.label(key) for key in ("sal", "sql") if key in pact.stages]
    yield f"Marketing makes {mql}s; sales makes {listed([f'{each}s' for each in sales])}."
    back = [one.label for one in pact.reasons.values() if one.disposition == "recycle"]
    out = [one.label for one in pact.reasons.values() if one.disposition == "disqualify"]
    yield (
        f"Whoever gives a lead back says why: {len(back)} reasons lead back to nurture, {len(out)} lead out for good."
    )


def _places_to_sign(pact: Pact, signatures: Signatures) -> Iterator[SignatureLine]:
    under = signatures.under(pact.hash)
    for role in ROLES:
        named, signed = pact.review.signatories.get(role), under.get(role)
        name = signed.name if signed else named.name if named else ""
        yield SignatureLine(
            role,
            name,
            named.title if named else "",
            day_words(signed.date) if signed else "",
            signed.note if signed else "",
        )
