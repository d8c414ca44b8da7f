"""Which contacts may have acted: all that changed; of very many, first those whose last act is new (R8, facts §2, §7).

Whatever changes a contact brings its counters up to be read, and most of it is no act: a backfill of ours, an import.
So where more changed than a few pages hold, a reading goes by turns, one a cycle:

- **Acted first.** The date of a counter's last act moves with an act alone. A feed by that date finds who acted since
  the reading that fell behind, however many contacts changed otherwise.
- **Then a few pages of all that changed,** so that what has no new date comes too: an act that HubSpot learned of late,
  a counter that rose alone. What a turn leaves is the next one's, and nothing new waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson

from leadpact.errors import Stop
from leadpact.model.record import ChangePage
from leadpact_hubspot.counters import LAG
from leadpact_hubspot.feed import ChangeFeed, read_cursor
from leadpact_hubspot.objects import instant, stamp_of

TURN: Final = 10
"""Pages of one turn, with the histories of 2,000 contacts: some seconds at HubSpot's five searches a second."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading stands; travels as the change feed's own cursor, or as JSON while it is behind.

    Attributes:
        changed: the cursor of the feed of all that changed.
        acted: the cursor of the feed by the last act; "" where nothing is behind.
        pages: pages of this turn so far.
    """

    changed: str
    acted: str = ""
    pages: int = 0

    def text(self) -> str:
        """The cursor that is handed out."""
        return orjson.dumps(asdict(self)).decode() if self.acted else self.changed


class ActedFeed:
    """Reads who may have acted.

    Args:
        changed: the feed of all contacts that changed.
        acted: the feed of those whose date of a last act changed.
    """

    def __init__(self, changed: ChangeFeed, acted: ChangeFeed) -> None:
        self._changed = changed
        self._acted = acted

    def page(self, since: str, showing: Sequence[str]) -> tuple[ChangePage, bool]:
        """One page, and whether it ends a turn that leaves something to the next one.

        Raises:
            Stop: ``bad_cursor``; the stored checkpoint is damaged.
        """
        place = _read(since)
        if place.acted and (place.pages == 0 or not read_cursor(place.acted).resting):
            page = self._acted.page(place.acted)
            then = replace(place, acted=page.cursor)
        else:
            begins = place.changed if place.changed and read_cursor(place.changed).resting else ""
            page = self._changed.page(place.changed, showing)
            then = replace(place, changed=page.cursor)
            if page.done and (begins or not place.acted):
                return page, False
            if page.done:
                return replace(page, cursor=replace(then, pages=0).text()), True
            if not place.acted:
                if not begins:
                    return page, False
                acted = ChangeFeed.cursor_from(stamp_of(instant(read_cursor(begins).start) - LAG))
                return replace(page, cursor=replace(then, acted=acted).text()), False
        over = place.pages + 1 >= TURN
        then = replace(then, pages=0 if over else place.pages + 1)
        return replace(page, cursor=then.text(), done=over), over


def _read(text: str) -> Place:
    if not text:
        return Place("")
    try:
        kept: dict[str, Any] = orjson.loads(text)
        place = Place(**kept) if "changed" in kept else Place(text)
    except (TypeError, ValueError) as error:
        raise Stop(
            "The stored place in HubSpot's counters is damaged; start it anew.", code="bad_cursor"
        ) from error
    read_cursor(place.changed)
    return place
