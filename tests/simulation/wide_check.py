"""All that must hold after a wide history has settled."""

from __future__ import annotations

import re

from tests.simulation.crm_hubspot import OUR_ID as HUBSPOT_ID
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.crm_salesforce import OUR_ID as SALESFORCE_ID
from tests.simulation.driver import Driver
from tests.simulation.invariants import check
from tests.simulation.wide import WideDriver
from tests.simulation.wide_accounts import accounts_differ

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]?[\d:.]*(Z|[+]\d\d:\d\d)?|\d\d:\d\d UTC on \d+ \w+ \d{4}")
WAITED = re.compile(r"nobody worked it for \d+ days")
"""Counted up to the look that saw it; the timer's own look comes earlier in one lane than in the other (R15, R20)."""
REASONS = ("leadpact_stage_reason", "leadpact_stage_reason__c")
NOT_MOVED = "Still "
"""So a reason begins that tells of nothing but what was refused."""
SEVERAL = (LEAD, CONTACT)
"""Kinds of which one person's link may have several records."""
OUR_IDS = (HUBSPOT_ID, SALESFORCE_ID)


def check_wide(driver: Driver) -> list[str]:
    """Every broken promise, those of all histories first."""
    wide = accounts_differ(driver) if isinstance(driver, WideDriver) else ()
    return [*check(driver), *wide]


def outcome(driver: WideDriver) -> list[tuple[object, ...]]:
    """What both CRMs show in the end, whoever was written first: less all instants, the days waited, and our ids.

    Less, too, what was refused at the look at which something else moved the stage: a hot edit and an act that brings
    points are seen at one look with one lane, and one after the other with two (R19). Where nothing moved, it stays.
    What several live records of one person and kind show in Salesforce is told of all of them together: one is written,
    and it stays the one once it was chosen, so that it hangs on which was seen first (R23).
    """
    refused = _refused(driver)
    told: dict[tuple[str, int, bool, bool], list[list[tuple[str, str]]]] = {}
    for crm in driver.world.crms.values():
        for row in crm.rows.values():
            shown = [
                (name, _shown(name, str(value), refused))
                for name, value in sorted(row.fields.items())
                if value is not None and name not in OUR_IDS
            ]
            alike = (row.ref.kind, row.person, row.gone, bool(row.became))
            told.setdefault(alike, []).append(shown)
    found: list[tuple[object, ...]] = []
    for group, rows in told.items():
        kind, _person, gone, became = group
        if kind in SEVERAL and not (gone or became):
            found.append((*group, len(rows), *sorted({pair for shown in rows for pair in shown})))
        else:
            found += [(*group, 1, *shown) for shown in rows]
    return sorted(found)


def _shown(name: str, value: str, refused: set[str]) -> str:
    if name in REASONS and not value.startswith(NOT_MOVED):
        for why in refused:
            value = value.removesuffix(f" {why}")
    return WAITED.sub("nobody worked it", INSTANT.sub("at some instant", value))


def _refused(driver: WideDriver) -> set[str]:
    """Why edits of a stage were refused, as the stage histories tell it."""
    links = driver.store.page_of_links("", 1000)
    return {
        one.why
        for link_id in links
        for one in driver.store.transitions(link_id)
        if one.result == "refused"
    }
