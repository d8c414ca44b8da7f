"""The people of the seeded company itself: owners in HubSpot, Users in Salesforce."""

from __future__ import annotations

from leadpact_sandbox.seed.model import Staff, Team

COMPANY_NAME = "Halden Analytics"
COMPANY_DOMAIN = "halden.example"

_ROWS: tuple[tuple[str, str, str, Team, str], ...] = (
    ("staff:mona", "Mona", "Vestergaard", "Marketing", "VP Marketing"),
    ("staff:ines", "Inés", "Robledo", "Marketing", "Demand Generation Manager"),
    ("staff:kofi", "Kofi", "Asante", "Marketing", "Marketing Operations Manager"),
    ("staff:petra", "Petra", "Šimková", "Marketing", "Field Marketer"),
    ("staff:ruth", "Ruth", "Alvarado", "Sales", "VP Sales"),
    ("staff:dan", "Dan", "Whitlock", "Sales", "SDR Manager"),
    ("staff:aiko", "Aiko", "Tanabe", "Sales", "Sales Development Representative"),
    ("staff:sam", "Sam", "Oyelaran", "Sales", "Sales Development Representative"),
    ("staff:lena", "Lena", "Brückner", "Sales", "Sales Development Representative"),
    ("staff:tomas", "Tomás", "Quiroga", "Sales", "Account Executive"),
    ("staff:nadia", "Nadia", "Haddad", "Sales", "Account Executive"),
    ("staff:erik", "Erik", "Solberg", "Sales", "Account Executive"),
    ("staff:ravi", "Ravi", "Menon", "RevOps", "RevOps Lead"),
)
_ASCII = str.maketrans("éáíóúüŠš", "eaiouuSs")

MARKETERS = ("staff:ines", "staff:kofi", "staff:petra")
DEVELOPMENT_REPS = ("staff:aiko", "staff:sam", "staff:lena")
EXECUTIVES = ("staff:tomas", "staff:nadia", "staff:erik")
DEPARTED = "staff:greta"
INTEGRATION = "staff:integration"


def _address(first: str, last: str) -> str:
    return f"{first}.{last}@{COMPANY_DOMAIN}".translate(_ASCII).lower()


def hire() -> tuple[Staff, ...]:
    """All staff: 13 at work, one who left (inactive, still owns leads), one integration User."""
    people = [
        Staff(key, first, last, _address(first, last), team, role)
        for key, first, last, team, role in _ROWS
    ]
    left = Staff(
        DEPARTED,
        "Greta",
        "Lindqvist",
        _address("Greta", "Lindqvist"),
        "Sales",
        "Sales Development Representative",
        active=False,
    )
    integration = Staff(
        INTEGRATION,
        "leadpact",
        "Integration",
        f"leadpact.integration@{COMPANY_DOMAIN}",
        "RevOps",
        "Integration",
        integration=True,
    )
    return (*people, left, integration)
