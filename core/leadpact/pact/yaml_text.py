"""YAML text in, plain values and their places out: the one reader of every document people write.

YAML 1.2 by ruamel.yaml, so the country code ``NO`` stays text. Keys are taken as written (a key
``51439524`` is text, as picklists need), numbers with leading zeros stay text, dates stay text.
Anchors and tags are refused: a document two teams sign says what it says in place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from leadpact.errors import FixSettings, Place

Tree: TypeAlias = "bool | int | float | str | list[Tree] | dict[str, Tree] | None"
Path: TypeAlias = tuple[str | int, ...]

_CORE = "tag:yaml.org,2002:"
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
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        problems: list[Problem] = []
        tree = _Reader(marks, problems).read(node, ()) if node is not None else None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        said = error.problem or error.context or "not readable"
        raise FixSettings(f"not valid YAML: {said}", code="yaml_malformed", place=place) from None
    except (YAMLError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else "not readable as text"
        raise FixSettings(
            f"not valid YAML: {said}", code="yaml_malformed", place=Place(file)
        ) from None
    raise_problems(problems)
    if not isinstance(tree, dict):
        raise FixSettings(
            "the document must be a mapping of keys to values, such as `version: 1`",
            code="document_refused",
            place=Place(file, 1, 1),
        )
    return tree, marks


class _Reader:
    """Turns the node graph into plain values and notes where each stood."""

    def __init__(self, marks: Marks, problems: list[Problem]) -> None:
        self._marks = marks
        self._problems = problems

    def read(self, node: Node, path: Path) -> Tree:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        if node.anchor is not None:
            self._report(place, "anchors and aliases are not read; write the value out")
            return None
        self._marks.values[path] = place
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        raise AssertionError(f"unknown node {type(node).__name__}")

    def _mapping(self, node: MappingNode, path: Path) -> Tree:
        found: dict[str, Tree] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, ScalarNode):
                self._report(place, "a key must be a word, not a list or mapping")
                continue
            key = str(key_node.value)
            if key in found:
                line = self._marks.keys[(*path, key)][0]
                self._report(place, f'duplicate key "{key}"; it is already set in line {line}')
                continue
            self._marks.keys[(*path, key)] = place
            found[key] = self.read(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode, place: tuple[int, int]) -> Tree:
        kind = str(node.tag).removeprefix(_CORE)
        text = str(node.value)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return int(text, 0) if _WHOLE.fullmatch(text) else text
        if kind == "float":
            return self._number(text, place)
        if kind not in ("str", "timestamp"):
            self._report(place, f"the tag {node.tag} is not read; write plain text")
        return text

    def _number(self, text: str, place: tuple[int, int]) -> Tree:
        try:
            number = float(text)
        except ValueError:
            self._report(place, f"{text} is not a finite number; quote it if it is text")
            return None
        return number

    def _report(self, place: tuple[int, int], message: str) -> None:
        self._problems.append(Problem(Place(self._marks.file, *place), message))
