"""All sections of the agreement for people, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from leadpact.pact.agreement import Pact
from leadpact.pact.pages import confirming, qualifying, returning, stages, working
from leadpact.pact.pages.page import Section

Maker: TypeAlias = Callable[[Pact], Section | None]

SECTIONS: Final[tuple[Maker, ...]] = (
    stages.definitions,
    qualifying.mql,
    qualifying.kept_out,
    qualifying.suspects,
    qualifying.first_in_line,
    confirming.qualification,
    working.response_times,
    working.handoff,
    returning.rejection,
    stages.moves,
    working.health,
    working.review,
    qualifying.lists,
)
"""One function per section; None where the pact says nothing of it."""
BEFORE: Final = "response"
"""What has no function of its own stands before this section, in the order of the document."""


def sections_of(pact: Pact) -> tuple[Section, ...]:
    """The sections of this pact; what no function tells is told in a plain list, so that nothing is left out."""
    made = [section for maker in SECTIONS if (section := maker(pact)) is not None]
    told = frozenset().union(*(section.covers for section in made))
    rest = [
        working.remaining(pact, key)
        for key, value in pact.content.items()
        if key not in told and value not in (None, [], {}, "")
    ]
    shown = [section for section in made if section.blocks]
    place = next((at for at, one in enumerate(shown) if one.key == BEFORE), len(shown))
    kept = [section for section in rest if any(block_lines(section))]
    return (*shown[:place], *kept, *shown[place:])


def block_lines(section: Section) -> tuple[object, ...]:
    """What stands in its blocks; empty where it would say nothing."""
    return tuple(
        line
        for block in section.blocks
        for line in (block.rows if hasattr(block, "rows") else block.lines)
    )
