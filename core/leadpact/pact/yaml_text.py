"""YAML text in, plain values and their places out: the one reader of every document people write.

YAML 1.2 by ruamel.yaml, so the country code ``NO`` stays text. Keys are taken as written (a key
``51439524`` is text, as picklists need), numbers with leading zeros stay text, dates stay text.
Anchors and tags are refused: a document two teams sign says what it says in place. What is written plainly is read
by a few patterns (``yaml_plain.py``), in a fifth of the time and to the same values and places.
"""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.errors import FixSettings, Place
from leadpact.pact.yaml_marks import Marks, Path, Problem, Tree
from leadpact.pact.yaml_plain import read_plain

__all__ = ["Marks", "Path", "Problem", "Tree", "raise_problems", "read_document"]


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
    tree: Tree = read_plain(text, marks)
    if tree is None:
        # Dear to import; whatever is not plain, or wrong, is ruamel's.
        from leadpact.pact.yaml_tree import read_tree  # noqa: PLC0415

        marks = Marks(file)
        problems: list[Problem] = []
        tree = read_tree(text, marks, problems)
        raise_problems(problems)
    if not isinstance(tree, dict):
        raise FixSettings(
            "the document must be a mapping of keys to values, such as `version: 1`",
            code="document_refused",
            place=Place(file, 1, 1),
        )
    return tree, marks
