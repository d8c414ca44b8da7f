"""The events of one YAML document by ruamel.yaml, for less than half of what its composed nodes cost.

Grammar, marks and faults are all ruamel's. What is shortened is how its parts find one another, how often they look
for a key to come, and the walk, character by character, over comments and plain words: two documents are read at
every start of a command.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ScalarToken

_BLANK = re.compile("( *(?:#[^\n\0\r\x85\u2028\u2029]*)?)")
_BLANK_IN_FLOW = re.compile("([ \t]*(?:#[^\n\0\r\x85\u2028\u2029]*)?)")
_WORD = re.compile("([A-Za-z0-9_.-]+)(?=:[ \n])")
_WORD_IN_FLOW = re.compile("([A-Za-z0-9_.-]+)(?=[],}]|: )")
"""A plain word that ends where a key or an item ends; every other plain text is left to ruamel."""
_WHITE = dict.fromkeys(map(ord, "\t\n\r"))


class _Mark:
    """A place; lines and columns count from 0. Unlike ruamel's own it keeps no text to quote from."""

    __slots__ = ("column", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


class _Reader(Reader):
    """Steps over a stretch of one line at once, and looks for what is not text without compiling a pattern."""

    def check_printable(self, data: str) -> None:
        # Narrower than YAML's own set, so that what passes here passes there.
        if not data.translate(_WHITE).isprintable():
            super().check_printable(data)

    def get_mark(self) -> _Mark:
        return _Mark(self.line, self.column)

    def forward(self, length: int = 1) -> None:
        span = self.buffer[self.pointer : self.pointer + length]
        if "\n" in span or "\r" in span or "\ufeff" in span:
            super().forward(length)
            return
        self.pointer += length
        self.index += length
        self.column += length


class _Scanner(Scanner):
    """Asks its loader once for the reader, and looks for keys to come only where some may."""

    @cached_property
    def reader(self) -> Any:
        return self.loader.reader

    def check_token(self, *choices: Any) -> bool:
        if not self.tokens or self.possible_simple_keys:
            while self.need_more_tokens():
                self.fetch_more_tokens()
            if not self.tokens:
                return False
        return not choices or isinstance(self.tokens[0], choices)

    def need_more_tokens(self) -> bool:
        if self.tokens and not self.possible_simple_keys:
            return False
        more: bool = super().need_more_tokens()
        return more

    def scan_to_next_token(self) -> None:
        reader = self.reader
        if reader.index == 0:
            super().scan_to_next_token()
            return
        blank: Any = _BLANK_IN_FLOW if self.flow_context else _BLANK
        while True:
            stretch = blank.match(reader.buffer, reader.pointer)
            reader.forward(len(stretch[0]))
            if not self.scan_line_break():
                return
            if not self.flow_context:
                self.allow_simple_key = True

    def scan_plain(self) -> Any:
        reader = self.reader
        pattern = _WORD_IN_FLOW if self.flow_context else _WORD
        word = pattern.match(reader.buffer, reader.pointer)
        if word is None:
            return super().scan_plain()
        start = reader.get_mark()
        reader.forward(len(word[0]))
        self.allow_simple_key = False
        return ScalarToken(word[0], True, start, reader.get_mark())


class _Parser(Parser):
    """Asks its loader once for the scanner."""

    @cached_property
    def scanner(self) -> Any:
        return self.loader.scanner


class Events:
    """The events of one text.

    Attributes:
        take: gives the next of ruamel's events, and takes it off.
    """

    def __init__(self, text: str) -> None:
        yaml = YAML(typ="safe", pure=True)
        yaml.Reader, yaml.Scanner, yaml.Parser = _Reader, _Scanner, _Parser
        self._resolver = yaml.resolver
        self._kinds: dict[str, str] = {}
        self.take: Any = yaml.parse(text).__next__

    def kind(self, text: str) -> str:
        """The tag that YAML 1.2 (or the version that the document names) gives to a plain text."""
        kind = self._kinds.get(text)
        if kind is None:
            kind = str(self._resolver.resolve(ScalarNode, text, (True, False)))
            self._kinds[text] = kind
        return kind
