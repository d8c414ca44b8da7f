"""YAML text in, plain values and their places out: the one reader of every document people write.

YAML 1.2 by ruamel.yaml, so the country code ``NO`` stays text. Keys are taken as written (a key
``51439524`` is text, as picklists need), numbers with leading zeros stay text, dates stay text.
Anchors and tags are refused: a document two teams sign says what it says in place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ruamel.yaml.composer import ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from leadpact.errors import FixSettings, Place
from leadpact.pact.yaml_events import Events

Tree: TypeAlias = "bool | int | float | str | list[Tree] | dict[str, Tree] | None"
Path: TypeAlias = tuple[str | int, ...]

_CORE = "tag:yaml.org,2002:"
_DEEPEST = 60
"""Levels that a value may be nested; no document of ours has more than ten."""
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+|0o[0-7]+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: where, and what would be right."""

    place: Place
    message: str


@dataclass(slots=True)
class Marks:
    """Where each key and value of a document stands; lines and columns count from 1."""

    file: str
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """The place of the value at ``path`` (or its key), or of the nearest part that exists."""
        steps = tuple(path)
        if key and steps in self.keys:
            return Place(self.file, *self.keys[steps])
        while steps and steps not in self.values:
            steps = steps[:-1]
        return Place(self.file, *self.values.get(steps, (1, 1)))


def raise_problems(problems: Sequence[Problem]) -> None:
    """Raises one FixSettings that tells all problems, one a line, in the order of the document.

    Raises:
        FixSettings: if there is any; its place is that of the first, its code ``document_refused``.
    """
    if not problems:
        return
    ordered = sorted(
        set(problems), key=lambda one: (one.place.line or 0, one.place.column or 0, one.message)
    )
    first, rest = ordered[0], ordered[1:]
    lines = [first.message, *(f"{one.place}: {one.message}" for one in rest)]
    raise FixSettings("\n".join(lines), code="document_refused", place=first.place)


def read_document(text: str, file: str) -> tuple[dict[str, Tree], Marks]:
    """Reads one YAML document whose top is a mapping.

    Args:
        text: the file's text.
        file: its name as errors should show it.

    Returns:
        The plain values and the places of each.

    Raises:
        FixSettings: malformed YAML, a duplicate key, an anchor or tag, or anything but one mapping.
    """
    marks = Marks(file)
    problems: list[Problem] = []
    try:
        tree = _TreeReader(Events(text), marks, problems).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        said = error.problem or error.context or "not readable"
        raise FixSettings(f"not valid YAML: {said}", code="yaml_malformed", place=place) from None
    except YAMLError:
        raise FixSettings(
            "not valid YAML: not readable as text", code="yaml_malformed", place=Place(file)
        ) from None
    raise_problems(problems)
    if not isinstance(tree, dict):
        raise FixSettings(
            "the document must be a mapping of keys to values, such as `version: 1`",
            code="document_refused",
            place=Place(file, 1, 1),
        )
    return tree, marks


class _TreeReader:
    """Turns events into plain values and notes where each stood."""

    def __init__(self, events: Events, marks: Marks, problems: list[Problem]) -> None:
        self._take = events.take
        self._kind = events.kind
        self._marks = marks
        self._problems = problems
        self._anchors: dict[str, tuple[tuple[int, int], str | None]] = {}

    def document(self) -> Tree:
        """The only document of the text; None if there is none."""
        self._take()
        if isinstance(self._take(), StreamEndEvent):
            return None
        tree = self._value(self._take(), ())
        self._take()
        following = self._take()
        if not isinstance(following, StreamEndEvent):
            raise ComposerError(None, None, "but found another document", following.start_mark)
        return tree

    def _value(self, event: NodeEvent, path: Path) -> Tree:
        place = self._place(event)
        if isinstance(event, AliasEvent):
            place, _word = self._anchored(event)
        if event.anchor is not None:
            self._report(place, "anchors and aliases are not read; write the value out")
            self._pass_over(event)
            return None
        self._limit(len(path), event)
        self._marks.values[path] = place
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        items: list[Tree] = []
        while not isinstance(following := self._take(), SequenceEndEvent):
            items.append(self._value(following, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> Tree:
        found: dict[str, Tree] = {}
        keys = self._marks.keys
        while not isinstance(event := self._take(), MappingEndEvent):
            place, key = self._key(event)
            if key is None:
                self._report(place, "a key must be a word, not a list or mapping")
                self._pass_over(self._take())
                continue
            here = (*path, key)
            if key in found:
                line = keys[here][0]
                self._report(place, f'duplicate key "{key}"; it is already set in line {line}')
                self._pass_over(self._take())
                continue
            keys[here] = place
            found[key] = self._value(self._take(), here)
        return found

    def _key(self, event: NodeEvent) -> tuple[tuple[int, int], str | None]:
        """Where a key stands, and its word; None for a list or mapping."""
        if isinstance(event, AliasEvent):
            return self._anchored(event)
        self._pass_over(event)
        return self._place(event), event.value if isinstance(event, ScalarEvent) else None

    def _scalar(self, event: ScalarEvent, place: tuple[int, int]) -> Tree:
        text: str = event.value
        tag = event.ctag
        if tag is None or str(tag) == "!":
            if not event.implicit[0]:
                return text
            tag = self._kind(text)
        kind = str(tag).removeprefix(_CORE)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return int(text, 0) if _WHOLE.fullmatch(text) else text
        if kind == "float":
            return self._number(text, place)
        if kind not in ("str", "timestamp"):
            self._report(place, f"the tag {tag} is not read; write plain text")
        return text

    def _number(self, text: str, place: tuple[int, int]) -> Tree:
        try:
            number = float(text)
        except ValueError:
            self._report(place, f"{text} is not a finite number; quote it if it is text")
            return None
        return number

    def _pass_over(self, event: NodeEvent) -> None:
        """Steps over all that a value or key contains; its anchors are known afterwards, its aliases must be."""
        depth = 0
        while True:
            if isinstance(event, AliasEvent):
                self._anchored(event)
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                depth -= 1
            else:
                if event.anchor is not None:
                    word = event.value if isinstance(event, ScalarEvent) else None
                    self._anchors[event.anchor] = self._place(event), word
                depth += isinstance(event, (MappingStartEvent, SequenceStartEvent))
                self._limit(depth, event)
            if not depth:
                return
            event = self._take()

    def _anchored(self, event: AliasEvent) -> tuple[tuple[int, int], str | None]:
        """Where the value stands that an alias names, and its word.

        Raises:
            ComposerError: nothing before it has that name.
        """
        if event.anchor not in self._anchors:
            said = f"found undefined alias {event.anchor!r}"
            raise ComposerError(None, None, said, event.start_mark)
        return self._anchors[event.anchor]

    def _limit(self, depth: int, event: NodeEvent) -> None:
        if depth > _DEEPEST:
            raise ComposerError(None, None, "nested too deeply", event.start_mark)

    def _place(self, event: Any) -> tuple[int, int]:
        mark = event.start_mark
        return mark.line + 1, mark.column + 1

    def _report(self, place: tuple[int, int], message: str) -> None:
        self._problems.append(Problem(Place(self._marks.file, *place), message))
