"""SOAP envelopes: everything escaped on the way out, no document type read on the way in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from leadpact.errors import SetAside

_NIL: Final = "http://www.w3.org/2001/XMLSchema-instance nil"
_DEEPEST: Final = 50
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, not even escaped."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)


class WrongXml(Exception):
    """An answer that is no XML we read: cut, or with a document type."""


@dataclass(slots=True)
class Node:
    """One element of an answer, by its local name; ``text`` is None where it is nil."""

    name: str
    text: str | None = ""
    children: list[Node] = field(default_factory=list)

    def find(self, *path: str) -> Node | None:
        """The first descendant along local names."""
        here: Node | None = self
        for name in path:
            if here is None:
                return None
            here = next((each for each in here.children if each.name == name), None)
        return here

    def all(self, name: str) -> list[Node]:
        """Every child of this name."""
        return [each for each in self.children if each.name == name]

    def value(self, name: str) -> str:
        """The text of a child, "" where it is absent or nil."""
        found = self.find(name)
        return "" if found is None else (found.text or "").strip()


def element(name: str, content: str | bool | Sequence[str]) -> str:
    """One element; a text is escaped, a list holds elements made before.

    Raises:
        SetAside: a text with characters that XML cannot hold.
    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(name)
    if isinstance(content, bool):
        inner = "true" if content else "false"
    elif isinstance(content, str):
        if _NO_XML.search(content):
            raise SetAside(
                "A text holds characters that cannot be sent.", fields=(name,), code="value_refused"
            )
        inner = escape(content).replace("\r", "&#13;")
    else:
        inner = "".join(content)
    return f"<{name}>{inner}</{name}>"


def envelope(operation: str, content: Sequence[str], session: str, namespace: str) -> bytes:
    """A request of the partner API, with the session in its header."""
    header = element("sessionId", session)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soapenv:Header><SessionHeader xmlns="{namespace}">{header}</SessionHeader>'
        f'<CallOptions xmlns="{namespace}"><client>leadpact</client></CallOptions></soapenv:Header>'
        f'<soapenv:Body><{operation} xmlns="{namespace}">{"".join(content)}</{operation}>'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def parse(content: bytes) -> Node:
    """The first element in the Body of an answer.

    Raises:
        WrongXml: cut, not XML, too deep, or with a document type.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise WrongXml(str(error)) from error
    body = reader.top.find("Envelope", "Body")
    if body is None or not body.children:
        raise WrongXml("no SOAP body")
    return body.children[0]


class _Reader:
    def __init__(self) -> None:
        self.top = Node("")
        self._open = [self.top]
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.EntityDeclHandler = _refuse

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise WrongXml("elements nest too deeply")
        nil = attributes.get(_NIL) in ("true", "1")
        made = Node(tag.rpartition(" ")[2], None if nil else "")
        self._open[-1].children.append(made)
        self._open.append(made)

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        here = self._open[-1]
        here.text = (here.text or "") + text


def _refuse(*_: Any) -> None:
    raise WrongXml("a document type")
