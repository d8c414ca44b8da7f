"""Public holidays for the pact's calendars, by the package ``holidays``, loaded when a calendar first asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache


class HolidayCalendars:
    """Holidays of countries and their parts, by ISO code. Asking costs nothing until a country is named."""

    def countries(self) -> Collection[str]:
        """ISO codes of two letters."""
        return [code for code in _countries() if len(code) == 2]

    def subdivisions(self, country: str) -> Collection[str] | None:
        """Codes of its parts; None where the country is not known."""
        return _countries().get(country)

    def dates(self, country: str, subdivision: str, year: int) -> frozenset[date]:
        """Holidays of a year on which people are off."""
        return _dates(country, subdivision, year)


@cache
def _countries() -> dict[str, list[str]]:
    from holidays import list_supported_countries

    return list_supported_countries(include_aliases=True)


@cache
def _dates(country: str, subdivision: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays(country, subdiv=subdivision or None, years=year))
