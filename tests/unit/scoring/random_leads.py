"""Random leads: facts unknown, blank and odd, acts at the edges of days and windows.

Their words and those that random agreements ask for come from one small store, so that rules often hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from leadpact.model.record import UNKNOWN
from leadpact.model.scorecard import ScoringInput, Signal

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
WORDS = (
    *("vp", "VP", "ＶＰ", "vice president", "Vice-President", "student", "first", "ﬁrst", "naïve"),
    *("nai\u0308ve", "straße", "STRASSE", "İstanbul", "istanbul", "ΣΊΣΥΦΟΣ", "σίσυφος", "日本", "部長"),
    *("o'brien", 'say "x"', "back\\slash", "\\", "100%_", "a_b", "%", "a\u00a0b", "\u3000 x ", "x--y", "𐐀"),
    *("𐐨", "💥", "é", "e\u0301", "مدير", "प्रबंधक", "null", "NULL", "0", "1", ";", "\u200b", "ǅ", "\ufeffvp"),
)  # fmt: skip
HOSTS = (
    "rival.example",
    "mail.rival.example",
    "arival.example",
    "alder.example",
    "free.example",
    "xn--a.test",
)
FREE = "free.example"
NAMES = (
    "page",
    "sequence_email_opened",
    "sequence_email_unopened",
    "demo",
    "sequence_email_clicked",
)
WINDOW = 9
NUMBERS = (0, 1, 49, 50, 51, 500, -3, 2**53, -(2**53))

_texts = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
    st.sampled_from(["", " ", "x\0y", "\0", "\ud800vp", "vp\udfff", "a\tb\nvp", "\u0085"]),
    st.text(max_size=6),
)
_addresses = st.one_of(
    st.sampled_from(HOSTS).map(lambda host: f"ann@{host}"),
    st.sampled_from(HOSTS).map(lambda host: f"https://www.{host.upper()}/jobs?x=1#y"),
    st.sampled_from(HOSTS),
    st.sampled_from(
        ["@", "broken", "a@", "@rival.example", "a@b@rival.example", "ann@rival.example."]
    ),
)
_FACTS = {
    "title": _texts,
    "city": _texts,
    "company": st.one_of(_texts, st.integers()),
    "website": st.one_of(_addresses, _texts),
    "email": st.one_of(_addresses, _texts),
    "employees": st.one_of(
        st.sampled_from([*NUMBERS, 10**30, "77", "50.9", "-3.5", "x", "", "٥٠", " 51 ", True]),
        st.integers(-5, 600),
    ),
    "seats": st.sampled_from([*NUMBERS, "500"]),
    "email_opt_out": st.sampled_from([True, False, "true", 1]),
}
_facts = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(st.sampled_from([None, UNKNOWN]), some) for name, some in _FACTS.items()
    },
)
_instants = st.one_of(
    st.builds(
        lambda days, rest: NOW - timedelta(days=days) + timedelta(microseconds=rest),
        st.integers(-1, 12),
        st.sampled_from([-1, 0, 1]),
    ),
    st.builds(
        lambda days, rest: NOW.replace(hour=0, minute=0) - timedelta(days=days, microseconds=rest),
        st.integers(0, 12),
        st.sampled_from([0, 1]),
    ),
    st.integers(0, 12 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
)
_signals = st.builds(
    lambda key, name, at, asset, hours: Signal(
        key, "x", name, at.astimezone(timezone(timedelta(hours=hours))), asset
    ),
    st.text("0123456789abcdef-", min_size=1, max_size=3),
    st.sampled_from(NAMES),
    _instants,
    st.sampled_from(["", "a", "A", "o'b", "日本"]),
    st.sampled_from([0, 0, -11, 14]),
)


def _lead(number: int, facts: Mapping[str, Any], signals: list[Signal], days: int | None) -> Any:
    since = None if days is None else NOW - timedelta(days=days)
    return ScoringInput(f"lead-{number}", facts, tuple(signals), since)


leads = st.lists(
    st.tuples(_facts, st.lists(_signals, max_size=9), st.sampled_from([None, None, 0, 5])),
    min_size=1,
    max_size=6,
).map(lambda some: [_lead(number, *each) for number, each in enumerate(some)])
"""A page of leads; facts unknown, blank and odd, acts at the edges of days and windows."""
