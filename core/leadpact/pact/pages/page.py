"""What the pages consist of: sections of tables and lists, all of it text; whoever writes it escapes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns.

    Attributes:
        numbers: columns that hold numbers, counted from 0.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences."""

    caption: str
    lines: tuple[str, ...]


Block: TypeAlias = Table | Items


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the agreement.

    Attributes:
        key: for links within the pages.
        lead: one or two sentences that say what it is about.
        covers: keys of pact.yaml that it tells.
    """

    key: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = ()
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One team's place to sign; blank ``date`` = not signed yet."""

    team: str
    name: str
    title: str
    date: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the main line, as the drawing on top shows it."""

    label: str
    owner: str


@dataclass(frozen=True, slots=True)
class Pack:
    """The whole agreement for people.

    Attributes:
        standing: whether it is signed and whether it runs, as a sentence; ``settled`` tells both are so.
        glance: the few sentences that an executive reads.
        line: the main line of stages, in order.
        changes_since: what the change log compares with; "" = nothing was signed before.
        changes: the change log, as (section, sentence).
        contacts: for what → whom to ask.
    """

    firm: str
    version: str
    pact_hash: str
    date: str
    standing: str
    settled: bool
    glance: tuple[str, ...]
    line: tuple[Step, ...]
    sections: tuple[Section, ...]
    changes_since: str
    changes: tuple[tuple[str, str], ...]
    signatures: tuple[SignatureLine, ...]
    contacts: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """What stands on top."""
        whose = f" of {self.firm}" if self.firm else ""
        return f"The agreement between marketing and sales{whose}"
