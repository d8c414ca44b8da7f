"""What is odd in a pact though it may run: told by ``leadpact check`` with place and mend, never fatal.

Each section of the document has a function that takes a :class:`ReadPact` and gives findings; they are listed in
:mod:`leadpact.pact.examined`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from leadpact.errors import Place
    from leadpact.pact.agreement import Pact
    from leadpact.pact.document import PactDocument
    from leadpact.pact.yaml_text import Marks, Path


@dataclass(frozen=True, slots=True)
class PactFinding:
    """One odd thing.

    Attributes:
        code: a stable word, such as ``rule_never_holds``.
        place: file, line and column of the part it concerns.
        message: what is odd and how to mend it.
        level: ``error`` = it cannot be kept here; ``warning`` = hardly meant so;
            ``hint`` = something the agreement could do is not had.
    """

    code: str
    place: Place
    message: str
    level: Literal["error", "warning", "hint"] = "warning"


@dataclass(frozen=True, slots=True)
class ReadPact:
    """An agreement with the document that it was compiled from and where each part of that stands."""

    pact: Pact
    document: PactDocument
    marks: Marks

    def warn(self, code: str, path: Path, message: str, *, key: bool = False) -> PactFinding:
        """A warning about the part at ``path`` (or about its key)."""
        return PactFinding(code, self.marks.place(path, key=key), message)

    def hint(self, code: str, path: Path, message: str, *, key: bool = False) -> PactFinding:
        """A hint about the part at ``path`` (or about its key)."""
        return PactFinding(code, self.marks.place(path, key=key), message, "hint")


SectionFindings: TypeAlias = Callable[[ReadPact], Iterable[PactFinding]]
