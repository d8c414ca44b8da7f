"""Plainly written YAML by a few patterns: two documents are read at every start of a command.

Plain is what our own documents are made of: block mappings and sequences, flow collections, words and texts that end on
their line, comments. Whatever else stands in a text, wherever anything is in doubt or wrong, nothing is read here:
ruamel.yaml reads it (``yaml_tree.py``) and says what is wrong. A test holds both together over changed documents.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from leadpact.pact.yaml_marks import Marks, Path, Tree

_DEEPEST: Final = 40
_BLANK: Final = re.compile(r"(?: *(?:#[^\n]*)?\n)*( *)")
_END: Final = re.compile(r"(?: +#[^\n]*| *)\n")
_SPACES: Final = re.compile(r" *")
_KEY: Final = re.compile(
    r'([A-Za-z0-9_](?:[A-Za-z0-9_. -]{0,98}[A-Za-z0-9_.-])?|"[^"\\\n]{1,99}"):(?=[ \n])'
)
_TEXT: Final = re.compile(r"\"([^\"\\\n]*)\"|'([^'\n]*)'(?!')")
_PLAIN: Final = re.compile(r"([^\n]*?)(?: +#[^\n]*| *)(?=\n)")
_IN_FLOW: Final = re.compile(r"[\w ()<>/@%+*&;=!?'$.-]+")
_BETWEEN: Final = re.compile(r"(?: |\n|(?<=[ \n])#[^\n]*)*")
_WHITE: Final = str.maketrans("", "", "\n")
_WORD: Final = re.compile(r"[^\W\d_][^\n]*|\w[^\n]* [^\n]*")
"""Begins with a letter, or has a space in it, so that it is text; but for the words below."""
_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,11})\.[0-9]{1,11}")
_SAID: Final[dict[str, Tree]] = {"true": True, "false": False, "null": None, "~": None}
_DOUBTFUL: Final = frozenset({"true", "false", "null"})
_CLOSING: Final = {"[": "]", "{": "}"}


class _NotPlain(Exception):
    """Something that is not read here."""


def read_plain(text: str, marks: Marks) -> dict[str, Tree] | None:
    """The one mapping of a plainly written text.

    Args:
        text: YAML.
        marks: receives the places; meaningless where None is returned.

    Returns:
        None where not all of it is plain.
    """
    if not text.translate(_WHITE).isprintable():
        return None
    reader = _PlainReader(text if text.endswith("\n") else f"{text}\n", marks)
    try:
        return reader.document()
    except _NotPlain:
        return None


class _PlainReader:
    """Reads from where it stands; after a value it stands at the first word of the next line that has one."""

    def __init__(self, text: str, marks: Marks) -> None:
        self._text = text
        self._values = marks.values
        self._keys = marks.keys
        self._at = 0
        self._line = 1
        self._begin = 0
        self._indent = 0

    def document(self) -> dict[str, Tree]:
        """All of the text."""
        self._first_word()
        if self._indent < 0:
            raise _NotPlain
        self._values[()] = self._here()
        tree = self._mapping(self._indent, ())
        if self._indent >= 0:
            raise _NotPlain
        return tree

    def _mapping(self, column: int, path: Path) -> dict[str, Tree]:
        if len(path) > _DEEPEST:
            raise _NotPlain
        found: dict[str, Tree] = {}
        while True:
            name = self._key(path, found)
            found[name] = self._value(column, (*path, name))
            if self._indent != column:
                self._no_deeper(column)
                return found

    def _key(self, path: Path, found: dict[str, Tree]) -> str:
        """The key that stands here; afterwards it stands behind the colon."""
        key = _KEY.match(self._text, self._at)
        name = key[1].strip('"') if key else ""
        if key is None or name in found:
            raise _NotPlain
        self._keys[*path, name] = self._here()
        self._at = key.end()
        return name

    def _value(self, column: int, path: Path) -> Tree:
        """What stands behind a key in this column."""
        if _END.match(self._text, self._at) is None:
            return self._inline(column, path)
        self._next_line()
        listed = self._text.startswith("- ", self._at)
        if self._indent < column or (self._indent == column and not listed):
            raise _NotPlain
        self._values[path] = self._here()
        if listed:
            return self._sequence(self._indent, path)
        return self._mapping(self._indent, path)

    def _sequence(self, column: int, path: Path) -> list[Tree]:
        items: list[Tree] = []
        while self._indent == column and self._text.startswith("- ", self._at):
            self._at = _spaces_after(self._text, self._at + 1)
            here = (*path, len(items))
            if _KEY.match(self._text, self._at):
                self._values[here] = self._here()
                items.append(self._mapping(self._at - self._begin, here))
            else:
                items.append(self._inline(column, here))
        self._no_deeper(column)
        return items

    def _inline(self, column: int, path: Path) -> Tree:
        """A value that ends on its line, or a flow collection; nothing else stands behind it."""
        self._at = _spaces_after(self._text, self._at)
        sign = self._text[self._at]
        if sign in "[{\"'":
            found = self._marked(column, path)
            if _END.match(self._text, self._at) is None:
                raise _NotPlain
        else:
            self._values[path] = self._here()
            plain = _PLAIN.match(self._text, self._at)
            if plain is None or ": " in plain[1] or plain[1].endswith(":"):
                raise _NotPlain
            found = _said(plain[1])
        self._next_line()
        self._no_deeper(column)
        return found

    def _marked(self, column: int, path: Path) -> Tree:
        """A quoted text or a flow collection."""
        self._values[path] = self._here()
        sign = self._text[self._at]
        if sign == "[":
            return self._flow_sequence(column, path)
        if sign == "{":
            return self._flow_mapping(column, path)
        quoted = _TEXT.match(self._text, self._at)
        if quoted is None:
            raise _NotPlain
        self._at = quoted.end()
        return quoted[quoted.lastindex or 0]

    def _flow_sequence(self, column: int, path: Path) -> list[Tree]:
        items: list[Tree] = []
        while self._goes_on(column, "]", first=not items):
            items.append(self._in_flow(column, (*path, len(items))))
        return items

    def _flow_mapping(self, column: int, path: Path) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        while self._goes_on(column, "}", first=not found):
            name = self._key(path, found)
            if self._text[self._at] != " ":
                raise _NotPlain
            self._at = _spaces_after(self._text, self._at)
            found[name] = self._in_flow(column, (*path, name))
        return found

    def _goes_on(self, column: int, close: Literal["]", "}"], *, first: bool) -> bool:
        """Steps over what begins or parts the items; False behind the closing bracket."""
        if not first:
            self._between(column)
        sign = self._text[self._at]
        if not first and sign == close:
            self._at += 1
            return False
        if not first and (sign != "," or self._text[self._at + 1] not in " \n"):
            raise _NotPlain
        self._at += 1
        self._between(column)
        if self._text[self._at] != close:
            return True
        if not first:
            raise _NotPlain
        self._at += 1
        return False

    def _in_flow(self, column: int, path: Path) -> Tree:
        if len(path) > _DEEPEST:
            raise _NotPlain
        if self._text[self._at] in "[{\"'":
            return self._marked(column, path)
        word = _IN_FLOW.match(self._text, self._at)
        if word is None:
            raise _NotPlain
        self._values[path] = self._here()
        said = word[0].rstrip(" ")
        self._at += len(said)
        return _said(said)

    def _between(self, column: int) -> None:
        """Steps over spaces, comments and line ends inside of a flow collection."""
        between = _BETWEEN.match(self._text, self._at)
        end = between.end() if between else self._at
        lines = self._text.count("\n", self._at, end)
        self._at = end
        if end >= len(self._text):
            raise _NotPlain
        if lines:
            self._line += lines
            self._begin = self._text.rindex("\n", 0, end) + 1
            if end - self._begin <= column:
                raise _NotPlain

    def _next_line(self) -> None:
        """To the first word of the next line that has one."""
        self._at = self._text.index("\n", self._at) + 1
        self._line += 1
        self._first_word()

    def _first_word(self) -> None:
        """To the first word from here on, at the begin of a line; the indent is -1 where there is none."""
        blank = _BLANK.match(self._text, self._at)
        end = blank.end() if blank else self._at
        self._line += self._text.count("\n", self._at, end)
        self._indent = len(blank[1]) if blank and end < len(self._text) else -1
        self._at = end
        self._begin = end - max(self._indent, 0)

    def _no_deeper(self, column: int) -> None:
        if self._indent > column:
            raise _NotPlain

    def _here(self) -> tuple[int, int]:
        return self._line, self._at - self._begin + 1


def _spaces_after(text: str, at: int) -> int:
    spaces = _SPACES.match(text, at)
    return spaces.end() if spaces else at


def _said(word: str) -> Tree:
    """What a plain word means, where that is beyond doubt."""
    if word in _SAID:
        return _SAID[word]
    if _WORD.fullmatch(word) and word.lower() not in _DOUBTFUL:
        return word
    if _WHOLE.fullmatch(word):
        return int(word)
    if _DECIMAL.fullmatch(word):
        return float(word)
    raise _NotPlain
