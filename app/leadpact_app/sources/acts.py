"""Rows of a source outside the CRMs as acts of people, and what is wrong with the others (R8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from leadpact.errors import FixSettings
from leadpact.mapping.signal_sources import OutsideRule
from leadpact.model.record import RecordRef
from leadpact.model.source_signal import OUTSIDE, SourceSignal
from leadpact_app.sources.rows import Row

EmailKey: TypeAlias = Callable[[str], str]
"""An address in the form in which addresses are compared; "" for what is none."""
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that says nothing usable, and why; ``line`` as :data:`~leadpact_app.sources.rows.Row` counts."""

    line: int
    why: str


def zone_of(rule: OutsideRule) -> tzinfo | None:
    """The zone that the mapping declares; None where it names none.

    Raises:
        FixSettings: there is no such zone, with its place.
    """
    if not rule.zone:
        return None
    try:
        return ZoneInfo(rule.zone)
    except (KeyError, OSError, ValueError) as error:
        raise FixSettings(
            f'"{rule.zone}" is no zone; write one such as Europe/Berlin or UTC.',
            code="zone_unknown",
            place=rule.zone_place,
        ) from error


def acts_of(
    rule: OutsideRule, rows: Iterable[Row], email_key: EmailKey
) -> Iterator[SourceSignal | BadRow]:
    """Each row as an act or as what is wrong with it.

    Instants without a zone are in the declared one; where none is declared they are taken as UTC and marked
    ``sampled``, which is approximate. A day alone is its midnight there.

    Raises:
        FixSettings: a column that the mapping names is not there, or its zone is none.
    """
    zone = zone_of(rule)
    looked = False
    for line, row in rows:
        if not looked:
            _refuse_columns(rule, row)
            looked = True
        try:
            ref = _person(rule, row, email_key)
            at, whole_day, told = _instant(row[rule.columns["at"]], zone)
        except ValueError as error:
            yield BadRow(line, str(error))
            continue
        yield SourceSignal(
            source=rule.rule.source,
            id=f"{ref.kind}:{ref.id}:{at.isoformat()}",
            ref=ref,
            kind=_text(row, rule.columns.get("kind", "")),
            at=at,
            asset=_text(row, rule.columns.get("asset", "")),
            quality="exact" if told else "sampled",
            whole_day=whole_day,
            detail={name: _plain(value) for name, value in row.items()},
        )


def _refuse_columns(rule: OutsideRule, row: Mapping[str, Any]) -> None:
    missing = [name for name in rule.columns.values() if name not in row]
    if missing:
        there = ", ".join(str(name) for name in row)
        raise FixSettings(
            f"The source {rule.rule.source} has no column {', '.join(missing)}; it has {there}.",
            code="column_missing",
            place=rule.rule.place,
        )


def _person(rule: OutsideRule, row: Mapping[str, Any], email_key: EmailKey) -> RecordRef:
    external = _text(row, rule.columns.get("external_id", ""))
    if external:
        return RecordRef(OUTSIDE, "external_id", external)
    email = _text(row, rule.columns.get("email", ""))
    if not email:
        raise ValueError("names nobody")
    address = email_key(email)
    if not address:
        raise ValueError("has no e-mail address where one should be")
    return RecordRef(OUTSIDE, "email", address)


def _instant(value: Any, zone: tzinfo | None) -> tuple[datetime, bool, bool]:
    """(instant in UTC, whether it is a day alone, whether its zone is known).

    Raises:
        ValueError: it is none, for people.
    """
    if isinstance(value, str):
        value = value.strip()
        if not value:
            raise ValueError("has no date")
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(
                "has a date that is not written as 2026-11-22 or 2026-11-22T10:00:00Z"
            ) from None
    if isinstance(value, datetime):
        at, whole_day = value, False
    elif isinstance(value, date):
        at, whole_day = datetime(value.year, value.month, value.day), True  # noqa: DTZ001
    elif value is None:
        raise ValueError("has no date")
    else:
        raise ValueError("has a date that is no date")
    told = at.tzinfo is not None or zone is not None or whole_day
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone or UTC)
    try:
        at = at.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError("has a date that no calendar has") from None
    if at < _EARLIEST:
        raise ValueError("has a date before 1990")
    return at, whole_day, told


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column) if column else None
    return "" if value is None else str(value).strip()


def _plain(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
