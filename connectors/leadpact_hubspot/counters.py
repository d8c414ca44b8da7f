"""From HubSpot's lifetime counters and *last* dates to single acts, by their histories (R8, facts §7).

HubSpot keeps of each sort of act how often it happened (``hs_email_open``), when it last did
(``hs_email_last_open_date``) and the history of both. So each version of the date is one act with its instant, and each
rise of the counter says how many there were. The n-th act of a contact is the same act in every reading, whichever of
the two tells it first. What the counter held when its history begins is a baseline: so many acts, never when.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadpact_hubspot.objects import Json, instant

if TYPE_CHECKING:
    from leadpact.model.scorecard import Precision

LAG: Final = timedelta(minutes=10)
"""By how much HubSpot may compute one of an act's properties after another."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One sort of act, by the contact properties that tell of it; "" where HubSpot has none."""

    name: str
    label: str
    count: str
    last: str
    first: str = ""
    asset: str = ""
    first_asset: str = ""

    @property
    def properties(self) -> list[str]:
        """All of them."""
        return [
            name
            for name in (self.count, self.last, self.first, self.asset, self.first_asset)
            if name
        ]


FORMS: Final = "form_submissions"
COUNTERS: Final = {
    one.name: one
    for one in (
        Counter(
            FORMS,
            "form submissions",
            "num_conversion_events",
            "recent_conversion_date",
            "first_conversion_date",
            "recent_conversion_event_name",
            "first_conversion_event_name",
        ),
        Counter(
            "email_opens",
            "opens of marketing mails",
            "hs_email_open",
            "hs_email_last_open_date",
            "hs_email_first_open_date",
        ),
        Counter(
            "email_clicks",
            "clicks in marketing mails",
            "hs_email_click",
            "hs_email_last_click_date",
            "hs_email_first_click_date",
        ),
        Counter(
            "email_replies",
            "replies to marketing mails",
            "hs_email_replied",
            "hs_email_last_reply_date",
            "hs_email_first_reply_date",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Act:
    """One act, or ``count`` of them. ``ordinal``: it was the n-th; 0 for a baseline."""

    ordinal: int
    at: datetime
    quality: Precision
    count: int
    asset: str


class _Version(NamedTuple):
    at: datetime
    value: str


class _Dated(NamedTuple):
    """An act with its instant, and when HubSpot knew of it."""

    known: datetime
    at: datetime
    asset: str


def acts_of(counter: Counter, row: Json) -> Iterator[Act]:
    """The acts of one contact, oldest first, from its answer to a read with history.

    Args:
        row: a result of the batch read, with ``propertiesWithHistory`` of :attr:`Counter.properties`.
    """
    kept: Mapping[str, Any] = row.get("propertiesWithHistory") or {}
    dated = deque(_dated(counter, kept))
    before = 0
    for place, (at, value) in enumerate(_counts(counter, row, kept)):
        rise = value - before
        taken: list[_Dated] = []
        while dated and len(taken) < rise and dated[0].known <= at + LAG:
            taken.append(dated.popleft())
        rest = rise - len(taken)
        if rest > 0 and place == 0:
            yield from _baseline(counter, kept, rest, at, taken)
        elif rest > 0:
            yield Act(value, at, "sampled", rest, "")
        # Those without an instant are the last of the rise, save in a baseline, which is all that came before.
        start = before + 1 + (rest if place == 0 else 0)
        for offset, one in enumerate(taken):
            yield Act(start + offset, one.at, "exact", 1, one.asset)
        before = value
    for offset, one in enumerate(dated, start=1):
        yield Act(before + offset, one.at, "exact", 1, one.asset)


def _baseline(
    counter: Counter, kept: Mapping[str, Any], rest: int, at: datetime, taken: list[_Dated]
) -> Iterator[Act]:
    """What the counter held when its history begins, less what is dated."""
    first = _versions(kept, counter.first)
    if first and (begun := instant(first[-1].value)) not in {one.at for one in taken}:
        names = _versions(kept, counter.first_asset)
        yield Act(1, begun, "exact", 1, names[-1].value if names else "")
        rest -= 1
    elif rest == 1 and not taken:
        # From nothing to one: the history itself dates it.
        yield Act(1, at, "sampled", 1, "")
        rest = 0
    if rest > 0:
        yield Act(0, at, "counter", rest, "")


def _counts(counter: Counter, row: Json, kept: Mapping[str, Any]) -> list[tuple[datetime, int]]:
    """Instants and values of the counter, oldest first; of a merged contact only since its merge."""
    found = [(one.at, _whole(one.value)) for one in _versions(kept, counter.count)]
    now = _whole(str((row.get("properties") or {}).get(counter.count) or ""))
    if not found and now:
        found = [(instant(str(row["updatedAt"])), now)]
    merged = _merged_at(row)
    if merged is not None:
        # Before it stand the versions of two people, mixed.
        earlier = [one for one in found if one[0] <= merged]
        found = [*earlier[-1:], *(one for one in found if one[0] > merged)]
    return found


def _merged_at(row: Json) -> datetime | None:
    """When the last merge into this contact was; ``id:ms;id:ms`` (facts §6)."""
    text = str((row.get("properties") or {}).get(MERGES) or "")
    stamps = [part.rpartition(":")[2] for part in text.split(";")]
    instants = [instant(each) for each in stamps if each.isdigit()]
    return max(instants, default=None)


MERGES: Final = "hs_calculated_merged_vids"


def _dated(counter: Counter, kept: Mapping[str, Any]) -> list[_Dated]:
    """Each instant that the *last* date has held, once."""
    names = _versions(kept, counter.asset)
    found: dict[datetime, _Dated] = {}
    for one in _versions(kept, counter.last):
        at = instant(one.value)
        found.setdefault(at, _Dated(one.at, at, _asset(names, one.at)))
    return sorted(found.values())


def _asset(names: Sequence[_Version], at: datetime) -> str:
    """The name in force when the date was set."""
    return next((one.value for one in reversed(names) if one.at <= at), "")


def _versions(kept: Mapping[str, Any], name: str) -> list[_Version]:
    """A property's history, oldest first, blanks left out."""
    rows = kept.get(name) or [] if name else []
    found = [
        _Version(instant(str(row["timestamp"])), str(row["value"]))
        for row in reversed(rows)
        if row.get("value") not in (None, "")
    ]
    return sorted(found, key=lambda one: one.at)


def _whole(value: str) -> int:
    """A counter's value; HubSpot answers numbers as texts, at times with a fraction of zero."""
    try:
        return max(int(float(value)), 0)
    except ValueError:
        return 0
