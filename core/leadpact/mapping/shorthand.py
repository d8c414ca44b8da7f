"""Short forms of a mapping document written out, with the places kept.

``hubspot: company`` stands for ``hubspot: {contacts: {field: company}}`` where the CRM has one kind;
``salesforce: {Lead: Company}`` for ``salesforce: {Lead: {field: Company}}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.pact.yaml_text import Marks, Path, Tree

_SECTIONS = {"fields": "field", "qualification": "field", "signals": "at"}


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
    moved = Marks(marks.file, dict(marks.values), dict(marks.keys))
    out = dict(tree)
    for section, short in _SECTIONS.items():
        rows = tree.get(section)
        if isinstance(rows, dict):
            out[section] = {
                name: _row(row, (section, name), kinds, short, moved) for name, row in rows.items()
            }
    return out, moved


def _row(
    row: Tree, path: Path, kinds: Mapping[str, Sequence[str]], short: str, marks: Marks
) -> Tree:
    if not isinstance(row, dict):
        return row
    return {
        key: _sides(value, (*path, key), kinds[key], short, marks) if kinds.get(key) else value
        for key, value in row.items()
    }


def _sides(value: Tree, path: Path, kinds: Sequence[str], short: str, marks: Marks) -> Tree:
    names_a_kind = isinstance(value, dict) and any(kind in value for kind in kinds)
    if len(kinds) == 1 and not names_a_kind:
        _copy_under(marks, path, kinds[0])
        value = {kinds[0]: value}
    if not isinstance(value, dict):
        return value
    return {kind: {short: side} if isinstance(side, str) else side for kind, side in value.items()}


def _copy_under(marks: Marks, path: Path, step: str) -> None:
    size = len(path)
    for places in (marks.values, marks.keys):
        for each, place in list(places.items()):
            if each[:size] == path:
                places[(*path, step, *each[size:])] = place
