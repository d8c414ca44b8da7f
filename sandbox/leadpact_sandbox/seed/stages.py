"""Where people stand in the funnel, and what each CRM says of it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from leadpact_sandbox.seed import engagement
from leadpact_sandbox.seed.engagement import Engagement
from leadpact_sandbox.seed.model import Conversion
from leadpact_sandbox.seed.staff import DEPARTED, DEVELOPMENT_REPS, EXECUTIVES, MARKETERS

OPEN = "Open - Not Contacted"
WORKING = "Working - Contacted"
CONVERTED = "Closed - Converted"
REJECTED = "Closed - Not Converted"


@dataclass(frozen=True, slots=True)
class Standing:
    """One place in the funnel as both CRMs keep it.

    Attributes:
        hubspot_stage: internal value of ``lifecyclestage``.
        hubspot_lead_status: internal value of ``hs_lead_status`` or None.
        salesforce_status: Lead ``Status``.
        converted: what conversion made in Salesforce, None for an open Lead.
        level: engagement that goes with it.
        age: newest and oldest creation, in days before the seed's instant.
        owners: staff keys that own such people; empty for nobody.
        queued: share that waits in the Salesforce queue instead.
    """

    hubspot_stage: str
    hubspot_lead_status: str | None
    salesforce_status: str
    converted: Conversion | None
    level: Engagement
    age: tuple[int, int]
    owners: tuple[str, ...]
    queued: float = 0.0


SUBSCRIBER = Standing("subscriber", None, OPEN, None, engagement.QUIET, (1, 700), (), 1.0)
LEAD = Standing("lead", None, OPEN, None, engagement.BROWSING, (1, 500), MARKETERS, 0.7)
READY_LEAD = Standing("lead", None, OPEN, None, engagement.READY, (25, 300), MARKETERS, 0.7)
MQL = Standing(
    "marketingqualifiedlead",
    "NEW",
    OPEN,
    None,
    engagement.HANDED_OVER,
    (50, 400),
    DEVELOPMENT_REPS,
    0.2,
)
SAL = Standing(
    "marketingqualifiedlead",
    "IN_PROGRESS",
    WORKING,
    None,
    engagement.HANDED_OVER,
    (50, 400),
    (*DEVELOPMENT_REPS, *DEVELOPMENT_REPS, *DEVELOPMENT_REPS, DEPARTED),
)
SQL = Standing(
    "salesqualifiedlead", "CONNECTED", WORKING, None, engagement.WORKED, (130, 500), EXECUTIVES
)
SQL_CONTACT = Standing(
    "salesqualifiedlead",
    "CONNECTED",
    CONVERTED,
    "contact",
    engagement.WORKED,
    (130, 500),
    EXECUTIVES,
)
OPPORTUNITY = Standing(
    "opportunity",
    "OPEN_DEAL",
    CONVERTED,
    "opportunity",
    engagement.WORKED,
    (150, 600),
    EXECUTIVES,
)
CUSTOMER = Standing("customer", None, CONVERTED, "won", engagement.PAST, (300, 720), EXECUTIVES)
EVANGELIST = Standing("evangelist", None, CONVERTED, "won", engagement.PAST, (400, 720), EXECUTIVES)
RECYCLED = Standing(
    "lead", "BAD_TIMING", REJECTED, None, engagement.PAST, (200, 720), DEVELOPMENT_REPS
)
LOST = Standing("lead", "BAD_TIMING", CONVERTED, "lost", engagement.PAST, (300, 720), EXECUTIVES)
DISQUALIFIED = Standing(
    "marketingqualifiedlead",
    "UNQUALIFIED",
    REJECTED,
    None,
    engagement.QUIET,
    (60, 600),
    DEVELOPMENT_REPS,
)

IN_BOTH: tuple[tuple[int, Standing], ...] = (
    (32, LEAD),
    (3, READY_LEAD),
    (20, MQL),
    (12, SAL),
    (6, SQL),
    (4, SQL_CONTACT),
    (7, OPPORTUNITY),
    (8, CUSTOMER),
    (1, EVANGELIST),
    (3, RECYCLED),
    (2, LOST),
    (2, DISQUALIFIED),
)
HUBSPOT_ONLY: tuple[tuple[int, Standing], ...] = (
    (44, SUBSCRIBER),
    (47, LEAD),
    (5, READY_LEAD),
    (4, MQL),
)
SALESFORCE_ONLY: tuple[tuple[int, Standing], ...] = (
    (60, LEAD),
    (20, SAL),
    (5, SQL_CONTACT),
    (5, OPPORTUNITY),
    (10, RECYCLED),
)

# What one CRM missed: (what HubSpot says, what Salesforce says).
DISAGREEMENTS: tuple[tuple[Standing, Standing], ...] = (
    (MQL, RECYCLED),
    (LEAD, SAL),
    (SQL, MQL),
    (SAL, SQL_CONTACT),
    (SQL, OPPORTUNITY),
    (OPPORTUNITY, CUSTOMER),
    (MQL, LOST),
    (OPPORTUNITY, SAL),
)


class Draw:
    """Weighted draws from a table, one ``random()`` each."""

    def __init__(self, table: tuple[tuple[int, Standing], ...]) -> None:
        self._slots = tuple(standing for weight, standing in table for _ in range(weight))

    def __call__(self, rng: random.Random) -> Standing:
        return self._slots[int(rng.random() * len(self._slots))]
