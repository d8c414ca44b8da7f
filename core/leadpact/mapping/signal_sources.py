"""What the acts of a CRM's signal sources mean to the agreement, compiled (R8, R35)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from leadpact.errors import Place
from leadpact.model.source_signal import OUTSIDE, SourceSignal
from leadpact.pact.conditions import folded

if TYPE_CHECKING:
    from leadpact.mapping.document import OutsidePart, SourcePart, SourceRowPart
    from leadpact.pact.yaml_text import Marks, Path

Test: TypeAlias = tuple[str, Literal["is", "contains", "starts_with"], tuple[str, ...]]
"""Of which word, how, with which folded words."""

_HOLDS: Mapping[str, Callable[[str, str], bool]] = {
    "is": lambda shown, word: shown == word,
    "contains": lambda shown, word: word in shown,
    "starts_with": lambda shown, word: shown.startswith(word),
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Acts that mean the same.

    Attributes:
        signals: names of what each of them is; a connected call is a contact by sales and a conversation.
        tests: all must hold; none = every act.
        keep_asset: what an act was about is kept, and tells two acts of one day apart.
    """

    signals: tuple[str, ...]
    tests: tuple[Test, ...] = ()
    keep_asset: bool = True
    place: Place | None = None

    def holds(self, act: SourceSignal) -> bool:
        """Whether the act is one of these."""
        return all(
            any(_HOLDS[how](_shown(act, word), each) for each in words)
            for word, how, words in self.tests
        )


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One source of one CRM.

    Attributes:
        every: it is read at most so often.
        hash: of the rows; another one means that acts read before are read again.
    """

    crm: str
    source: str
    every: timedelta
    rows: tuple[SourceRow, ...]
    hash: str
    place: Place | None = None

    def row_of(self, act: SourceSignal) -> SourceRow | None:
        """The first row that the act is one of; None for an act that means nothing to the agreement."""
        return next((row for row in self.rows if row.holds(act)), None)


@dataclass(frozen=True, slots=True)
class OutsideRule:
    """One source outside the CRMs.

    Attributes:
        rule: its rows and pace; the CRM is :data:`~leadpact.model.source_signal.OUTSIDE`.
        columns: by what they say (``email``, ``external_id``, ``at``, ``kind``, ``asset``); those not named are absent.
        zone: IANA name for instants without one; "" = UTC, and such acts are marked as approximate.
        zone_place: where the zone stands in the document.
    """

    rule: SourceRule
    columns: Mapping[str, str]
    zone: str
    zone_place: Place


def compile_outside(parts: Mapping[str, OutsidePart], marks: Marks) -> dict[str, OutsideRule]:
    """The sources outside the CRMs by name, in document order."""
    rules = compile_sources({"": parts}, marks, ("sources",))
    return {
        name: OutsideRule(
            replace(rules["", name], crm=OUTSIDE),
            {word: column for word, column in part.columns if column},
            part.zone,
            marks.place(("sources", name, "zone")),
        )
        for name, part in parts.items()
    }


def compile_sources(
    parts: Mapping[str, Mapping[str, SourcePart]], marks: Marks, above: Path = ("signal_sources",)
) -> dict[tuple[str, str], SourceRule]:
    """The rules by (crm, source), in document order."""
    found = {}
    for crm, sources in parts.items():
        for source, part in sources.items():
            path: Path = (*above, *filter(None, (crm,)), source)
            rows = tuple(
                compile_row(row, marks.place((*path, "signals", number, "signal")))
                for number, row in enumerate(part.signals)
            )
            found[crm, source] = SourceRule(
                crm,
                source,
                timedelta(minutes=part.every_minutes),
                rows,
                hash_of(rows),
                marks.place(path, key=True),
            )
    return found


def compile_row(part: SourceRowPart, place: Place) -> SourceRow:
    """One row of a source."""
    tests: list[Test] = []
    for word, match in part.when.items():
        if match.one_of is not None:
            tests.append((word, "is", _folded(match.one_of)))
        elif match.contains is not None:
            tests.append((word, "contains", _folded(match.contains)))
        else:
            tests.append((word, "starts_with", _folded(match.starts_with or ())))
    return SourceRow(tuple(part.signal), tuple(tests), part.keep_asset, place)


def hash_of(rows: Sequence[SourceRow]) -> str:
    """16 hex digits of what the rows say, wherever they stand."""
    said = [(row.signals, row.tests, row.keep_asset) for row in rows]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _folded(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(folded(word) for word in words)


def _shown(act: SourceSignal, word: str) -> str:
    if word == "kind":
        return _fold(act.kind)
    if word == "asset":
        return _fold(act.asset)
    value = act.detail.get(word)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _fold(str(value)) if value is not None else ""


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    """A source tells the same few words of many people."""
    return folded(text)
