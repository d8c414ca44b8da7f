"""How soon sales answers: tiers, the calendars they are counted on, and what counts as an answer (S86..S91, K2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from leadpact.pact.document.part import Key, Part, Words, one_or_many

Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")]
Clock = Literal["calendar", "business", "business_days", "same_working_day"]
Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Annotated[str, Field(pattern=r"^(\d{4}-)?\d{2}-\d{2}$")]
Shifts = Annotated[
    list[Hours], BeforeValidator(one_or_many, json_schema_input_type=str | list[Hours])
]


class SlaPart(Part):
    """How soon sales answers a lead of one intent class (K2)."""

    label: str = Field(min_length=1, max_length=120)
    minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="Working days, for `clock: business_days`."
    )
    clock: Clock
    latest: Hour | None = Field(
        None, description="Of same_working_day: what arrives later is of the next working day."
    )

    @model_validator(mode="after")
    def _time_fits_the_clock(self) -> SlaPart:
        wanted = {"same_working_day": None, "business_days": "days"}.get(self.clock, "minutes")
        given = {name for name in ("minutes", "days") if getattr(self, name) is not None}
        if given != ({wanted} if wanted else set()):
            raise ValueError(
                "give `minutes` with `clock: calendar` or `business`, `days` with "
                "`clock: business_days`, or `clock: same_working_day` without minutes"
            )
        if self.latest is not None and self.clock != "same_working_day":
            raise ValueError("`latest` is for `clock: same_working_day`")
        return self


class HolidaysPart(Part):
    """Public holidays of a country, and of a part of it."""

    country: str = Field(min_length=2, max_length=3, description="ISO code, such as DE.")
    subdivision: str = Field("", max_length=10, description="Such as BY or CA.")


class CalendarPart(Part):
    """When one team works: its zone, its hours by weekday, its days off."""

    label: str = Field("", max_length=120)
    zone: str = Field(min_length=1, description="IANA name, such as Europe/Berlin.")
    hours: dict[str, Shifts] = Field(
        min_length=1,
        description="By weekday, or from one to another: monday-friday: [09:00-12:30, 13:30-18:00].",
    )
    holidays: HolidaysPart | None = None
    closed: list[Day] = Field(default_factory=list, description="Days off: 2026-12-24, or 12-24.")


class CalendarChoicePart(Part):
    """Whose leads are counted on which calendar; the first that holds."""

    field: Key
    one_of: Words
    calendar: Key


def _office() -> dict[str, CalendarPart]:
    hours = {"monday-friday": ["09:00-17:00"]}
    return {"office": CalendarPart(label="", zone="UTC", hours=hours, holidays=None)}


class SlaSection(Part):
    """All that is agreed of response times."""

    first_contact: Literal["by_intent", "flat"] = "by_intent"
    high: SlaPart | None = None
    medium: SlaPart | None = None
    low: SlaPart | None = None
    flat: SlaPart | None = Field(None, description="The one tier of `first_contact: flat` (K2).")
    signals: dict[Key, SlaPart] = Field(
        default_factory=dict,
        description="A tier of its own for leads that this signal handed over.",
    )
    qualification: SlaPart | None = Field(
        None, description="From the handoff to SQL or rejection (S87)."
    )
    near_breach: int = Field(
        80, ge=1, le=99, description="Percent of the time that is gone when a reminder is due."
    )
    contact_signals: list[Key] = Field(
        default_factory=lambda: ["sales_contact"],
        description="Signals of the mapping that show that sales got in touch (S112).",
    )
    calendar: Key = "office"
    calendars: dict[Key, CalendarPart] = Field(default_factory=_office, min_length=1)
    calendar_for: list[CalendarChoicePart] = Field(default_factory=list)
