"""Newcomers that are found together lie together in the state, where they are many (ADR 14)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from tests.unit.sync_rules.desk import Desk

from leadpact.sync.collect import MANY_NEW


def ids_of(people: int) -> list[str]:
    desk = Desk()
    desk.slow = timedelta()
    for number in range(people):
        desk.contact(email=f"p{number}@acme.example", city="Oslo")
    desk.sync(approved=False)
    return list(desk.store.page_of_links("", people + 1))


def test_many_share_the_beginning_of_their_ids_and_keep_eight_letters_of_their_own() -> None:
    ids = ids_of(MANY_NEW)
    assert len(ids) == MANY_NEW
    assert len({one[:3] for one in ids}) == 1
    assert len({one[:8] for one in ids}) == MANY_NEW
    assert ids == ids_of(MANY_NEW)  # the same records, the same ids: nothing of them is chance


def test_few_are_spread_as_ever() -> None:
    begins = Counter(one[:3] for one in ids_of(MANY_NEW - 1))
    assert begins.most_common(1)[0][1] < 4


def test_the_rest_of_an_id_is_that_of_its_record() -> None:
    alone = {one[3:] for one in ids_of(MANY_NEW - 1)}
    assert alone < {one[3:] for one in ids_of(MANY_NEW)}
