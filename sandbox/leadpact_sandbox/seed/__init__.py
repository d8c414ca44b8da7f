"""Seeded companies: synthetic people only, the same ones for the same (leads, seed, as_of)."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from leadpact_sandbox.seed import firms, staff
from leadpact_sandbox.seed.model import Company, Person
from leadpact_sandbox.seed.people import SHARE_DUPLICATE, Draughtsman

PEOPLE_PER_FIRM = 4


def generate(leads: int, seed: int, as_of: datetime) -> Company:
    """Make the company with exactly ``leads`` people (second Salesforce Leads among them).

    Args:
        leads: how many, 0 or more.
        seed: all choices follow from it and from ``leads``.
        as_of: aware; taken back to its UTC midnight, so that a day's seeds are all the same.

    Raises:
        ValueError: if ``leads`` is negative or ``as_of`` has no zone.
    """
    if leads < 0:
        raise ValueError(f"leads must not be negative: {leads}")
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    midnight = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rng = random.Random(seed * 1_000_003 + leads)
    draughtsman = Draughtsman(rng, midnight, firms.found(leads // PEOPLE_PER_FIRM, rng))
    people: list[Person] = []
    for index in range(leads):
        key = f"p{index + 1:06d}"
        if people and rng.random() < SHARE_DUPLICATE:
            first = people[int(rng.random() * len(people))]
            # Only an open Lead with an address gets a twin, as a web form would make it.
            if first.in_salesforce and first.email and not (first.duplicate_of or first.converted):
                people.append(draughtsman.second_lead(key, first))
                continue
        people.append(draughtsman.person(key))
    return Company(staff.COMPANY_NAME, midnight, staff.hire(), tuple(people))
