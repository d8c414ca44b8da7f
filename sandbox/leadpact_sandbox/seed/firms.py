"""The firms that people work for, drawn once per seed so that colleagues share one."""

from __future__ import annotations

import random
from dataclasses import dataclass

from leadpact_sandbox.seed.names import CULTURES, Culture

INDUSTRIES = (
    "Technology",
    "Manufacturing",
    "Healthcare",
    "Finance",
    "Retail",
    "Consulting",
    "Education",
    "Energy",
    "Transportation",
    "Media",
    "Food & Beverage",
    "Insurance",
    "Construction",
    "Telecommunications",
    "Not For Profit",
)
"""Values of Salesforce's standard Industry picklist."""

FREE_MAIL = ("gmail.example", "freemail.example", "mailbox.example")
RIVALS = (
    ("Rival Software", "rival.example"),
    ("Rival Analytics", "rivalanalytics.example"),
    ("Contender & Co", "contender.example"),
)
UNIVERSITIES = (
    ("University of Northmoor", "northmoor.example"),
    ("Técnica de Valdeluz", "valdeluz.example"),
    ("大江大学", "oe-university.example"),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Alder Birch Cobalt Dover Ember Fjord Garnet Harbor Indigo Juniper Kestrel Larch Meridian "
    "Nimbus Orchard Pinnacle Quarry Ridgeway Saffron Tundra Umber Vantage Willow Xenon Yarrow "
    "Zephyr Bluff Copperline Driftwood Everglade Flint Grove Hollow Ironbridge Keystone Lantern "
    "Mosaic Northgate Otter Palisade"
)
_SECOND = _words(
    "Robotics Logistics Foods Health Systems Textiles Energy Partners Media Labs Cloud Payments "
    "Insurance Motors Biotech Freight Optics Software Studios Materials Security Networks Brewing "
    "Pharma"
)
_AWKWARD = (
    ("O'Hara & Daughters", "ohara"),
    ('Smith, "Bolt" & Sons', "smith-bolt"),
    ("Back\\slash Books", "backslash-books"),
    ("<Angle> Bracket Co", "angle-bracket"),
    ("100% Natural_Foods", "natural-foods"),
    ("Schön & Größe", "schoen-groesse"),
)
_SIZES = ((15, 1, 10), (25, 11, 49), (38, 50, 500), (12, 501, 2_000), (10, 2_001, 50_000))


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm; ``employees`` and ``industry`` are None where nobody ever asked."""

    name: str
    domain: str
    employees: int | None
    industry: str | None
    culture: Culture


def _size(rng: random.Random) -> int:
    weights = [weight for weight, _, _ in _SIZES]
    _, low, high = rng.choices(_SIZES, weights)[0]
    return rng.randint(low, high)


def found(count: int, rng: random.Random) -> dict[str, list[Firm]]:
    """Make about ``count`` firms, by country; every country of the seed has at least one."""
    weights = [culture.weight for culture in CULTURES]
    cultures = list(CULTURES) + rng.choices(CULTURES, weights, k=max(0, count - len(CULTURES)))
    taken: set[str] = set()
    firms: dict[str, list[Firm]] = {culture.country: [] for culture in CULTURES}
    for index, culture in enumerate(cultures):
        if culture.companies and rng.random() < 0.6:
            native, stem = rng.choice(culture.companies)
            name = f"{native} {culture.legal}"
        elif index % 29 == 5:
            name, stem = rng.choice(_AWKWARD)
        else:
            first, second = rng.choice(_FIRST), rng.choice(_SECOND)
            name = f"{first} {second}"
            stem = f"{first}-{second}".lower()
            if rng.random() < 0.5:
                name = f"{name} {culture.legal}"
        domain = f"{stem}.example"
        if domain in taken:
            domain = f"{stem}-{culture.suffix}.example"
        number = 2
        while domain in taken:
            domain = f"{stem}-{culture.suffix}{number}.example"
            number += 1
        taken.add(domain)
        employees = None if rng.random() < 0.12 else _size(rng)
        industry = None if rng.random() < 0.10 else rng.choice(INDUSTRIES)
        firms[culture.country].append(Firm(name, domain, employees, industry, culture))
    return firms
