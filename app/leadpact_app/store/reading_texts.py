"""Queries by name as text with positional parameters, whoever made the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias

InList: TypeAlias = Literal[
    "links",
    "sides",
    "records",
    "buried",
    "addressed",
    "planned",
    "episodes",
    "holds",
    "failures",
    "signals",
    "handoffs",
    "waiting",
    "clocks",
    "journal",
    "open",
    "packs",
    "pins",
    "plan_rows",
    "known_as",
    "forgotten",
    "frozen",
    "parked",
]
"""Queries for a list of values: their parameters are the pair, the values, then what else they ask."""

Query: TypeAlias = Literal[
    "due",
    "open_intents",
    "checkpoint",
    "order",
    "name_lists",
    "standing",
    "transitions",
    "intents_of_lead",
    "writes_of_lead",
    "results_of_lead",
    "pack_writes",
    "pack_results",
    "joined",
    "activations",
    "plans",
    "decided",
    "decided_until",
    "page_of_links",
]
"""Queries whose parameters are the pair, then what they ask in the order of their text."""

_MOST_VALUES: Final = 512


class ReadTexts(Protocol):
    """The text of each query, for one database."""

    def text(self, name: Query) -> str:
        """The query of this name."""
        ...

    def within(self, name: InList, size: int) -> str:
        """The query of this name for ``size`` values."""
        ...


def padded_chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    """The values in pieces for one IN list each, filled up to few sizes so that few texts are made."""
    for start in range(0, len(values), _MOST_VALUES):
        piece = list(values[start : start + _MOST_VALUES])
        size = 1 << (len(piece) - 1).bit_length()
        yield piece + piece[-1:] * (size - len(piece))
