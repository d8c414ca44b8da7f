"""Merge: one field, three ways, by its policy. Pure; the order of the CRMs never matters (DESIGN §4.5, R5, R6, R10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.record import UNKNOWN, Known, Scalar, Unknown

REOPENED: Final = "consent_reopened"
TIE: Final = timedelta(seconds=60)
_NO_TIMES: Final[Mapping[str, datetime]] = {}
Policy: TypeAlias = Literal[
    "system_of_record", "newest", "keep_known", "first_wins", "most_restrictive", "union", "hold"
]


@quick
@dataclass(frozen=True, slots=True)
class Reading:
    """What one CRM shows for one field.

    Attributes:
        value: canonical; UNKNOWN where the field was not in the answer.
        changed: differs from the base and from this CRM's own rendering of it.
        fresh: this CRM's record was never agreed on, so nothing it shows is an edit (R6).
        writes, reads: the mapping's direction allows writing to, reading from this CRM.
    """

    value: Known
    changed: bool
    fresh: bool
    reads: bool = True
    writes: bool = True


@quick
@dataclass(frozen=True, slots=True)
class Settled:
    """The value both CRMs should show, and the rule that says so."""

    value: Scalar
    why: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waits:
    """No rule settles it: a person must choose. ``cause`` is the hold's code."""

    cause: str
    why: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """Nothing can be said or nothing is to be done; the base stays as it is."""


Verdict: TypeAlias = Settled | Waits | Untouched


def merge_field(
    policy: Policy,
    initial: Policy,
    system_of_record: str,
    base: Known,
    readings: Mapping[str, Reading],
    labels: Mapping[str, str],
    times: Mapping[str, datetime] = _NO_TIMES,
) -> Verdict:
    """Merge one field of one lead.

    Args:
        policy: settles a conflict of two edits.
        initial: settles a difference at first sight, where there is no base (R6); never ``newest``.
        system_of_record: name of the CRM that wins under that policy, "" where none is named.
        base: the value last agreed; UNKNOWN where there never was one.
        readings: by CRM name.
        labels: CRM name → how people call it, for the sentences.
        times: by CRM, when the value that it shows was set, where its history tells (R9).
    """
    if not isinstance(base, Unknown) and (edited := _edited_alone(readings)) is not None:
        value = _known(readings[edited])
        alone = {edited: readings[edited]}
        return _one_edit(policy, base, value, alone, labels, everywhere=len(readings) == 1)
    if not readings or any(isinstance(reading.value, Unknown) for reading in readings.values()):
        return Untouched()
    sources = {crm: reading for crm, reading in readings.items() if reading.reads}
    if not sources:
        return Untouched()
    fixed = {_known(reading) for reading in sources.values() if not reading.writes}
    if fixed and policy != "most_restrictive":
        return Settled(fixed.pop(), "only read there") if len(fixed) == 1 else Untouched()
    if isinstance(base, Unknown) or any(reading.fresh for reading in sources.values()):
        return _first_sight(policy, initial, system_of_record, base, sources, labels)
    changed = {crm: reading for crm, reading in sources.items() if reading.changed}
    values = {_known(reading) for reading in changed.values()}
    if not changed:
        return Settled(base, "as agreed")
    if len(values) == 1:
        everywhere = all(reading.changed for reading in readings.values())
        return _one_edit(policy, base, values.pop(), changed, labels, everywhere=everywhere)
    if policy == "newest":
        return _newest(system_of_record, changed, labels, times)
    return _conflict(policy, system_of_record, base, changed, labels)


def _edited_alone(readings: Mapping[str, Reading]) -> str | None:
    """The one CRM with an edit, where all are known, agreed on before, and both read and written; nearly always."""
    edited: str | None = None
    for crm, reading in readings.items():
        if reading.fresh or not (reading.reads and reading.writes) or reading.value is UNKNOWN:
            return None
        if reading.changed:
            if edited is not None:
                return None
            edited = crm
    return edited


def _newest(
    system_of_record: str,
    changed: Mapping[str, Reading],
    labels: Mapping[str, str],
    times: Mapping[str, datetime],
) -> Verdict:
    """Two edits by the times of the field itself; within a minute of each other nobody was later (R9)."""
    where = _named(changed, labels)
    if not changed.keys() <= times.keys():
        return Waits(
            "values_differ",
            f"{where} show different values, and not both tell when theirs was set.",
        )
    order = sorted(changed, key=lambda crm: times[crm])
    last = order[-1]
    if times[last] - times[order[-2]] < TIE:
        if system_of_record not in changed:
            return Waits("values_differ", f"{where} were changed within a minute of each other.")
        last = system_of_record
        why = f"changed within a minute of each other; {labels.get(last, last)} is system of record"
    else:
        why = f"edited last in {labels.get(last, last)}"
    return Settled(_known(changed[last]), why, lost=tuple(sorted(set(changed) - {last})))


def _known(reading: Reading) -> Scalar:
    if isinstance(reading.value, Unknown):
        raise ValueError("an unknown value takes no part in a merge")
    return reading.value


def _first_sight(
    policy: Policy,
    initial: Policy,
    system_of_record: str,
    base: Known,
    sources: Mapping[str, Reading],
    labels: Mapping[str, str],
) -> Verdict:
    values = {_known(reading) for reading in sources.values()}
    if len(values) == 1:
        return Settled(values.pop(), "equal in both CRMs" if len(sources) > 1 else "as shown")
    known_before = not isinstance(base, Unknown)
    if initial == "most_restrictive" or (policy == "most_restrictive" and known_before):
        if base is True:
            # Nobody took it back: a merge or a conversion put another record in its place (R25, R28).
            return Settled(True, "the opt-out that was agreed stands")
        return _most_restrictive(sources)
    known = values - {None}
    if len(known) == 1:
        return Settled(known.pop(), "the other CRM had no value")
    return _conflict(initial, system_of_record, base, sources, labels)


def _one_edit(
    policy: Policy,
    base: Scalar,
    value: Scalar,
    changed: Mapping[str, Reading],
    labels: Mapping[str, str],
    *,
    everywhere: bool,
) -> Verdict:
    where = _named(changed, labels)
    if policy == "first_wins" and base is not None:
        return Settled(base, "the first value stays", lost=tuple(sorted(changed)))
    confirmed = everywhere and value is False
    if policy == "most_restrictive" and base is True and value is not True and not confirmed:
        return Waits(
            REOPENED,
            f"{where} took an opt-out back; leadpact never opts anyone in. Confirm it in both CRMs, or refuse.",
        )
    if policy == "hold":
        return Waits(
            "field_changed",
            f"Changed in {where}; this field waits for a person before it is carried over.",
        )
    return Settled(value, f"edited in {where}")


def _conflict(
    policy: Policy,
    system_of_record: str,
    base: Known,
    changed: Mapping[str, Reading],
    labels: Mapping[str, str],
) -> Verdict:
    master = f"{labels.get(system_of_record, system_of_record)} is system of record"
    if policy == "system_of_record" and system_of_record in changed:
        losers = tuple(sorted(set(changed) - {system_of_record}))
        return Settled(
            _known(changed[system_of_record]),
            master,
            lost=losers,
        )
    if policy == "keep_known":
        known = {crm: reading for crm, reading in changed.items() if reading.value is not None}
        if len({_known(reading) for reading in known.values()}) == 1:
            return Settled(_known(next(iter(known.values()))), "a known value beats a blank one")
        if system_of_record in known:
            losers = tuple(sorted(set(known) - {system_of_record}))
            return Settled(_known(known[system_of_record]), master, lost=losers)
    if policy == "first_wins" and not isinstance(base, Unknown) and base is not None:
        return Settled(base, "the first value stays", lost=tuple(sorted(changed)))
    if policy == "most_restrictive":
        return _most_restrictive(changed)
    if policy == "union":
        parts = {
            part
            for reading in changed.values()
            for part in str(reading.value or "").split(";")
            if part
        }
        return Settled(";".join(sorted(parts)) or None, "values of both CRMs together")
    return Waits(
        "values_differ",
        f"{_named(changed, labels)} show different values and no rule of the mapping settles it.",
    )


def _named(readings: Mapping[str, Reading], labels: Mapping[str, str]) -> str:
    return " and ".join(labels.get(crm, crm) for crm in sorted(readings))


def _most_restrictive(sources: Mapping[str, Reading]) -> Verdict:
    if any(reading.value is True for reading in sources.values()):
        return Settled(True, "the stricter choice goes to both")
    return Untouched()
