"""Which of a person's records in one CRM is written (R23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """One live record of a person in one CRM.

    Attributes:
        kind_order: place of its kind in the connector's ``person_kinds``; 0 = the strongest (Contact before Lead).
        open_opportunity: a contact with an opportunity that is open.
        advance: rank of the stage it shows, 0 where it shows none.
        settled: it is the primary that was agreed on before.
        activity: when a person last did something with it, as text that sorts as time does; "" where unknown.
    """

    id: str
    kind_order: int
    open_opportunity: bool
    advance: int
    settled: bool
    activity: str


def primary_of(candidates: Sequence[Candidate]) -> str:
    """The id of the record that is written; the others only give evidence.

    Order of R23: open opportunity, stronger kind, then the one agreed before (so that an edit on a duplicate does not
    make it the primary), most advanced, latest activity, lowest id. Does not depend on the order given.

    Raises:
        ValueError: for no candidates.
    """
    best = sorted(candidates, key=lambda c: c.id)
    best.sort(key=lambda c: c.activity, reverse=True)
    best.sort(key=lambda c: c.advance, reverse=True)
    best.sort(key=lambda c: (not c.open_opportunity, c.kind_order, not c.settled))
    if not best:
        raise ValueError("no candidates")
    return best[0].id
