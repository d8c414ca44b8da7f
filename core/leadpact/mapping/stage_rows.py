"""The stage table of a document into rules, proved: what is set reads back as the stage (R5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice, product
from typing import Protocol

from leadpact.mapping.document import KindPart, StagesPart
from leadpact.mapping.stage_table import StageRow, StageSetting, StageTable
from leadpact.model.terms import Native
from leadpact.pact.checked import did_you_mean
from leadpact.pact.yaml_text import Path

_SOMETHING_ELSE = "\N{REPLACEMENT CHARACTER}"
_MOST_COMBINATIONS = 20_000


class Say(Protocol):
    """Takes one problem with the path it is at."""

    def __call__(self, path: Path, message: str, *, key: bool = False) -> None:
        """Take it."""


def compile_stages(
    part: KindPart, path: Path, stages: Collection[str], reasons: Collection[str], say: Say
) -> StageTable:
    """The stage table of a kind; an empty one with our own fields where it has no native ones.

    Args:
        part: the kind's part of the document.
        path: where its stage table stands.
        stages: the pact's stage keys.
        reasons: the pact's rejection-reason keys.
        say: takes problems.
    """
    own = part.outputs.get("stage", "")
    reason_field = part.outputs.get("rejection_reason", "")
    finer = part.outputs.get("rejection_sub_reason", "")
    document = part.stages
    if document is None:
        return StageTable(own_field=own, reason_field=reason_field, sub_reason_field=finer)
    _check_words(document, path, stages, reasons, say)
    native = dict.fromkeys(name for row in document.rows for name in row.when)
    for stage, setting in document.set.items():
        for name in setting:
            if name not in native:
                say((*path, "set", stage, name), f"no row reads {name}, so it cannot be checked")
    forward = document.forward_only
    table = StageTable(
        own_field=own,
        reason_field=reason_field,
        sub_reason_field=finer,
        native_fields=tuple(native),
        rows=tuple(
            StageRow(
                {name: frozenset(values) for name, values in row.when.items()},
                tuple(row.means),
                row.incomplete,
            )
            for row in document.rows
        ),
        settings={stage: _setting(each) for stage, each in document.set.items()},
        order_field=forward.field if forward else "",
        order=tuple(forward.values) if forward else (),
        never_write={name: frozenset(values) for name, values in document.never_write.items()},
    )
    _check_never_written(table, path, say)
    _check_read_back(table, path, reasons, say)
    return table


def _setting(fields: Mapping[str, str | dict[str, str] | None]) -> StageSetting:
    plain: dict[str, str | None] = {}
    by_reason: dict[str, dict[str, str | None]] = {}
    for name, value in fields.items():
        if not isinstance(value, dict):
            plain[name] = value or None
            continue
        for reason, one in value.items():
            if reason == "default":
                plain[name] = one or None
            else:
                by_reason.setdefault(reason, {})[name] = one or None
    return StageSetting(plain, by_reason)


def _check_words(
    document: StagesPart, path: Path, stages: Collection[str], reasons: Collection[str], say: Say
) -> None:
    for index, row in enumerate(document.rows):
        for at, stage in enumerate(row.means):
            if stage not in stages:
                hint = did_you_mean(stage, stages)
                say((*path, "rows", index, "means", at), f'"{stage}" is not a stage; {hint}')
    for stage, setting in document.set.items():
        if stage not in stages:
            hint = did_you_mean(stage, stages)
            say((*path, "set", stage), f'"{stage}" is not a stage; {hint}', key=True)
        for name, value in setting.items():
            for reason in value if isinstance(value, dict) else ():
                if reason != "default" and reason not in reasons:
                    hint = did_you_mean(reason, [*reasons, "default"])
                    say(
                        (*path, "set", stage, name, reason),
                        f'"{reason}" is not a rejection reason; {hint}',
                        key=True,
                    )


def _check_never_written(table: StageTable, path: Path, say: Say) -> None:
    for stage, setting in table.settings.items():
        for reason in ("", *setting.by_reason):
            for name, value in setting.wanted(reason).items():
                if value in table.never_write.get(name, ()):
                    say(
                        (*path, "set", stage, name),
                        f'"{value}" is listed under never_write; convert instead of updating',
                    )


def _check_read_back(table: StageTable, path: Path, reasons: Collection[str], say: Say) -> None:
    """Whatever stands there before, setting a stage must read back as that stage."""
    for stage, setting in table.settings.items():
        if not setting.fields and not setting.by_reason:
            continue
        for reason in ("", *(each for each in reasons if each in setting.by_reason)):
            failing = next(_unstable(table, stage, reason), None)
            if failing is not None:
                read = table.stages_of(failing)
                shown = ", ".join(f"{name}={value or 'blank'}" for name, value in failing.items())
                say(
                    (*path, "set", stage),
                    f"setting {stage} gives {shown}, which reads as "
                    f"{' or '.join(read) if read else 'no stage'}; add a row above that means {stage}",
                    key=True,
                )
                break


def _unstable(table: StageTable, stage: str, reason: str) -> Iterator[dict[str, Native]]:
    for before in _combinations(table):
        after = {**before, **table.projection(stage, reason=reason, current=before)}
        if stage not in (table.stages_of(after) or ()):
            yield after


def _combinations(table: StageTable) -> Iterator[dict[str, Native]]:
    values = {name: {"", _SOMETHING_ELSE} for name in table.native_fields}
    for row in table.rows:
        for name, each in row.when.items():
            values[name] |= each
    for setting in table.settings.values():
        for fields in (setting.fields, *setting.by_reason.values()):
            for name, value in fields.items():
                if name in values:
                    values[name].add(value or "")
    names = table.native_fields
    every = product(*(sorted(values[name]) for name in names))
    for combination in islice(every, _MOST_COMBINATIONS):
        yield dict(zip(names, combination, strict=True))
