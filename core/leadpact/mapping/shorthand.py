"""Short forms of a mapping document written out, with the places kept.

``hubspot: company`` stands for ``hubspot: {contacts: {field: company}}`` where the CRM has one kind;
``salesforce: {Lead: Company}`` for ``salesforce: {Lead: {field: Company}}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.pact.yaml_text import Marks, Path, Tree

_SECTIONS = {"fields": "field", "qualification": "field", "signals": "at"}
_DEPTH = 3
"""Steps of a path to what one CRM has of a row: section, name, CRM."""


def kinds_named(tree: Mapping[str, Tree]) -> dict[str, tuple[str, ...]]:
    """Kinds by CRM as far as the document names them, before it is checked."""
    crms = tree.get("crms")
    found: dict[str, tuple[str, ...]] = {}
    for crm, part in crms.items() if isinstance(crms, dict) else ():
        kinds = part.get("kinds") if isinstance(part, dict) else None
        found[crm] = tuple(kinds) if isinstance(kinds, dict) else ()
    return found


def written_out(
    tree: Mapping[str, Tree], marks: Marks, kinds: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Tree], Marks]:
    """The document with every short form written out; its marks follow the values.

    Args:
        tree: as read.
        marks: as read.
        kinds: kinds by CRM.
    """
    steps: dict[Path, str] = {}
    out = dict(tree)
    for section, short in _SECTIONS.items():
        rows = tree.get(section)
        if isinstance(rows, dict):
            out[section] = {
                name: _row(row, (section, name), kinds, short, steps) for name, row in rows.items()
            }
    return out, Marks(marks.file, _moved(marks.values, steps), _moved(marks.keys, steps))


def _row(
    row: Tree, path: Path, kinds: Mapping[str, Sequence[str]], short: str, steps: dict[Path, str]
) -> Tree:
    if not isinstance(row, dict):
        return row
    return {
        key: _sides(value, (*path, key), kinds[key], short, steps) if kinds.get(key) else value
        for key, value in row.items()
    }


def _sides(
    value: Tree, path: Path, kinds: Sequence[str], short: str, steps: dict[Path, str]
) -> Tree:
    """What a CRM has of a row; ``steps`` takes the kind that stands between its path and what was written."""
    names_a_kind = isinstance(value, dict) and any(kind in value for kind in kinds)
    if len(kinds) == 1 and not names_a_kind:
        steps[path] = kinds[0]
        value = {kinds[0]: value}
    if not isinstance(value, dict):
        return value
    return {kind: {short: side} if isinstance(side, str) else side for kind, side in value.items()}


def _moved(
    places: Mapping[Path, tuple[int, int]], steps: Mapping[Path, str]
) -> dict[Path, tuple[int, int]]:
    """The places, and those below a step beside where they stood before it."""
    found = dict(places)
    for path, place in places.items():
        step = steps.get(path[:_DEPTH])
        if step is not None:
            found[*path[:_DEPTH], step, *path[_DEPTH:]] = place
    return found
