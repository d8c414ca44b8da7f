"""What is odd in the `sla` section though it may run: tiers that say the same, calendars that know no holidays."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leadpact.pact.checked import did_you_mean
from leadpact.pact.document.sla import SlaPart, SlaSection
from leadpact.pact.findings import PactFinding, ReadPact
from leadpact.pact.yaml_text import Path

_INTENTS = ("high", "medium", "low")


def response_findings(read: ReadPact) -> Iterator[PactFinding]:
    """Warnings and hints about response times and calendars."""
    section = read.document.sla
    yield from _tiers(read, section)
    yield from _calendars(read, section)


def unread_response(
    read: ReadPact, fields: Collection[str], signals: Collection[str]
) -> Iterator[PactFinding]:
    """What the `sla` section names and the mapping does not keep.

    Args:
        fields: the mapping's canonical fields.
        signals: signals that some source gives.
    """
    section = read.document.sla
    for index, choice in enumerate(section.calendar_for):
        if choice.field not in fields:
            yield read.warn(
                "calendar_field_unknown",
                ("sla", "calendar_for", index, "field"),
                f'mapping.yaml keeps no field "{choice.field}", so this line never holds; '
                f"{did_you_mean(choice.field, fields)}",
            )
    for index, name in enumerate(section.contact_signals):
        if name not in signals:
            yield read.warn(
                "contact_signal_unread",
                ("sla", "contact_signals", index),
                f'no source gives the signal "{name}": calls and mails of sales end no wait; '
                f"{did_you_mean(name, signals)}",
            )


def _tiers(read: ReadPact, section: SlaSection) -> Iterator[PactFinding]:
    named: list[tuple[Path, SlaPart]] = [
        (("sla", key), part) for key in _INTENTS if (part := getattr(section, key)) is not None
    ]
    named += [(("sla", "signals", key), part) for key, part in section.signals.items()]
    if section.first_contact == "flat":
        if named:
            yield read.warn(
                "sla_tiers_unused",
                ("sla", "first_contact"),
                "the tiers by intent and by signal count for nothing under `first_contact: flat`",
            )
        return
    seen: dict[tuple[object, ...], str] = {}
    for path, part in named:
        what = (part.clock, part.minutes, part.days, part.latest)
        if what in seen:
            yield read.warn(
                "sla_tiers_same",
                path,
                f"{path[-1]} gives as much time as {seen[what]}: the two differ in nothing but their name",
                key=True,
            )
        seen.setdefault(what, str(path[-1]))
    missing = [key for key in _INTENTS if getattr(section, key) is None]
    if missing:
        yield read.warn(
            "sla_tier_missing",
            ("sla",),
            f"leads of {' and '.join(missing)} intent have no tier: no clock starts for them",
            key=True,
        )


def _calendars(read: ReadPact, section: SlaSection) -> Iterator[PactFinding]:
    used = {section.calendar, *(one.calendar for one in section.calendar_for)}
    for key, calendar in read.pact.response.calendars.items():
        path: Path = ("sla", "calendars", key)
        if key not in used:
            yield read.warn(
                "calendar_unused",
                path,
                f"no lead is counted on the calendar {key}; name it in calendar_for",
                key=True,
            )
        elif not calendar.holidays_told and not (calendar.closed or calendar.closed_yearly):
            yield read.hint(
                "calendar_without_holidays",
                path,
                f"the calendar {key} knows no holidays, so leads go overdue on each of them; "
                "add holidays: {country: DE} or `closed` days",
                key=True,
            )
