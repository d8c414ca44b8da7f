"""What one mapping document says otherwise than another, key by key (R39). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from leadpact.errors import Place
from leadpact.mapping.shorthand import kinds_named, written_out
from leadpact.pact.yaml_text import Marks, Path, Tree, read_document

How: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class MappingDifference:
    """One key whose value differs.

    Attributes:
        path: its keys, joined with dots.
        before, after: the values as people write them; "" where the key is not there.
        place: where it stands in the later document, or in the earlier one where it was removed.
    """

    path: str
    how: How
    before: str
    after: str
    place: Place


def mapping_differences(
    before: str, before_file: str, after: str, after_file: str
) -> tuple[MappingDifference, ...]:
    """Every key of which the later document says otherwise, in the order of its keys; comments and short forms aside.

    Args:
        before, after: the documents' texts.
        before_file, after_file: how errors and places call them.

    Raises:
        FixSettings: one of them is no YAML.
    """
    old, old_marks = _leaves(before, before_file)
    new, new_marks = _leaves(after, after_file)
    found = []
    for path in dict.fromkeys((*new, *old)):
        if path in new and path in old:
            if new[path] == old[path]:
                continue
            how: How = "changed"
        else:
            how = "added" if path in new else "removed"
        marks = new_marks if path in new else old_marks
        found.append(
            MappingDifference(
                ".".join(map(str, path)),
                how,
                old.get(path, ""),
                new.get(path, ""),
                marks.place(path, key=True),
            )
        )
    return tuple(found)


def _leaves(text: str, file: str) -> tuple[dict[Path, str], Marks]:
    tree, marks = read_document(text, file)
    tree, marks = written_out(tree, marks, kinds_named(tree))
    return dict(_flat(tree, ())), marks


def _flat(value: Tree, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from _flat(one, (*path, name))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for at, one in enumerate(value):
            yield from _flat(one, (*path, at))
    else:
        yield path, _said(value)


def _said(value: Tree) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_said(one) for one in value) + "]"
    if isinstance(value, Mapping):
        return "{}"
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )
