"""What an intent's row keeps: everything, in few bytes, and readable as earlier versions wrote it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from leadpact_app.store.journal_body import parts_of, told_by

SCORE = "score 35 (not yet)"
RULE = {"title": "newest", "score": SCORE, "grade": SCORE, "breakdown": SCORE}
WANTED = {"title": "VP", "score": 35.0, "grade": "B3", "breakdown": None}
BEFORE = {"title": None, "grade": "D4", "score": 0, "breakdown": "x"}


@pytest.mark.parametrize(
    ("before", "wanted", "agrees", "rule"),
    [
        (BEFORE, WANTED, {"title": "VP"}, RULE),
        ({}, WANTED, {}, RULE),
        (BEFORE, WANTED, {}, {"title": "newest"}),
        ({}, {}, {}, {}),
        ({"other": 1}, WANTED, {}, RULE),
        (BEFORE, WANTED, {}, {"stage": "decided"}),
    ],
)
def test_all_comes_back(
    before: dict[str, Any], wanted: dict[str, Any], agrees: dict[str, Any], rule: dict[str, str]
) -> None:
    kept = orjson.loads(orjson.dumps(parts_of(before, wanted, agrees, rule)))
    assert told_by(kept) == (before, wanted, agrees, rule)


def test_a_row_of_an_earlier_version_is_read() -> None:
    assert told_by([BEFORE, WANTED, {}, RULE]) == (BEFORE, WANTED, {}, RULE)


def test_each_name_and_sentence_is_kept_once() -> None:
    text = orjson.dumps(parts_of(BEFORE, WANTED, {}, RULE)).decode()
    assert (text.count("breakdown"), text.count(SCORE)) == (1, 1)
