"""XML in and out: no document type, no entities of its own, bounded depth and size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MAX_DEPTH = 50
_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"
_TYPE = "http://www.w3.org/2001/XMLSchema-instance type"


class XmlError(Exception):
    """What was sent is no XML that this API reads; the text says why."""


@dataclass(slots=True)
class Element:
    """One element by its local name.

    Attributes:
        space: its namespace, "" for none.
        nil: whether ``xsi:nil`` says that it is null.
        type: the local name in ``xsi:type``, "" without one.
    """

    name: str
    space: str = ""
    nil: bool = False
    type: str = ""
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Element | None:
        """The first child of this name."""
        return next((each for each in self.children if each.name == name), None)

    def all(self, name: str) -> list[Element]:
        """Every child of this name."""
        return [each for each in self.children if each.name == name]


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ProcessingInstructionHandler = self._refuse

    def read(self, content: bytes) -> Element:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            raise XmlError(str(error)) from None
        except (LookupError, ValueError) as error:
            raise XmlError(f"the encoding cannot be read: {error}") from None
        if self.root is None:
            raise XmlError("no element found")
        return self.root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise XmlError(f"elements nest deeper than {MAX_DEPTH}")
        space, _, name = tag.rpartition(" ")
        nil = attributes.get(_NIL, "") in ("true", "1")
        kind = attributes.get(_TYPE, "").rpartition(":")[2]
        made = Element(name, space, nil, kind)
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _refuse(self, *_: Any) -> None:
        raise XmlError("document types, entities and processing instructions are not allowed")


def read_xml(content: bytes) -> Element:
    """The root element of a document.

    Raises:
        XmlError: not well formed, too deep, or with a document type.
    """
    return _Reader().read(content)


_DROPPED = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
_DROPPED.update(dict.fromkeys((0xFFFE, 0xFFFF), None))


def write_xml(
    name: str, content: object = None, attributes: Mapping[str, str] | None = None
) -> str:
    """One element as text.

    Args:
        content: None is ``xsi:nil``; a mapping or an iterable of pairs holds children, a list under
            a name repeats it; anything else is text.
    """
    extra = dict(attributes or {})
    if content is None:
        extra["xsi:nil"] = "true"
    head = name + "".join(f" {key}={quoteattr(value)}" for key, value in extra.items())
    inner = _inner(content)
    return f"<{head}>{inner}</{name}>" if inner else f"<{head}/>"


def _inner(content: object) -> str:
    if content is None:
        return ""
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, Mapping):
        return _children(content.items())
    # Characters that XML cannot hold at all are left out, as a serialiser of the real one must.
    plain = str(content).translate(_DROPPED).encode("utf-8", "replace").decode()
    return escape(plain).replace("\r", "&#13;")


def _children(pairs: Iterable[tuple[Any, Any]]) -> str:
    return "".join(
        write_xml(str(name), each)
        for name, value in pairs
        for each in (value if isinstance(value, list) else [value])
    )
