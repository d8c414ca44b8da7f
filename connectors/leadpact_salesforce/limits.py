"""Batch sizes and what Salesforce says of the day's calls (facts §2, §3, §5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from leadpact.ports.connector import Capabilities

ACCOUNT: Final = "Account"
WRITE_BATCH: Final = 200
FETCH_BATCH: Final = 500
CONVERT_BATCH: Final = 100
BULK_FROM: Final = 2_000
"""Rows from which a bulk job is the lesser burden: Salesforce's own threshold (facts §2)."""
MASS_ROWS: Final = 10_000
"""Rows of one mass write: Salesforce works in chunks of 10,000, and no run should lose more in one stroke."""
BULK_BYTES: Final = 100_000_000
"""Of one upload: it grows by a third in Salesforce, up to its cap of 150 MB (facts §4)."""
BULK_PAGE: Final = 50_000
"""Rows of a bulk query's page; it is read as it comes."""
IDS_PER_QUERY: Final = 60
"""``%27id%27%2C`` is 27 bytes: 60 ids stay inside the advised 2,000 (facts §3)."""
VALUES_PER_READ: Final = 200
"""Values of a query that reads or finds people: a page of leads in one call, as far as their addresses are not longer
than most. The advised 2,000 leave room for a dozen addresses beside the mapped fields: 150 calls a thousand leads."""
LONGEST_URI: Final = 2_000
"""Characters that Salesforce advises; beyond 16,384 it answers 414."""
LONGEST_READ: Final = 11_000
"""Characters of a query that reads or finds people. Headers and a token of 2,000 bytes count, too, and something on the
way may quote what may stand as it is: with both it stays below what is refused."""
QUERY_PAGE: Final = 2_000
FEED_OVERLAP_S: Final = 600
"""A row can surface up to the longest transaction (10 minutes) after its stamp (facts §3)."""
UPDATED_WINDOW_DAYS: Final = 29
"""getUpdated answers for 30 days; a day is left for clocks that differ."""
POOL: Final = 16

CAPABILITIES: Final = Capabilities(
    crm="salesforce",
    person_kinds=("Contact", "Lead"),
    evidence_kinds=("Opportunity",),
    subscribed=("Lead", "Contact", "Opportunity"),
    ops=frozenset({"set", "make", "convert", "announce", "archive"}),
    write_batch=WRITE_BATCH,
    fetch_batch=FETCH_BATCH,
    find_batch=VALUES_PER_READ,
    history_batch=FETCH_BATCH,
    mass_from=BULK_FROM,
    mass_batch=MASS_ROWS,
    default_team="sales",
    answers_values=False,
    frozen_when_converted=True,
    # Histories have only what the org tracks; of other fields only the last modifier is known.
    field_times=False,
    field_history=False,
    stage_history=True,
    # If-Unmodified-Since, one record to a call (facts §1).
    compare_and_set=True,
    # Responses to campaigns; mails and calls kept as tasks (facts §6).
    hot=("Lead", "Contact"),
    account_prefix="Account.",
    signal_sources=("campaign_members", "tasks"),
    feed_overlap_s=FEED_OVERLAP_S,
    how_to_erase=(
        "In Salesforce, an admin deletes the record and then deletes it from the recycle bin of the org; "
        "activities and campaign members that name the person are deleted or emptied beside it."
    ),
    label="Salesforce",
)


def capabilities_named(crm: str, *, accounts: bool = False) -> Capabilities:
    """The capabilities under the name that this pair gives the side.

    Args:
        accounts: fields of Accounts may be read, so that changed Accounts matter.
    """
    return replace(CAPABILITIES, crm=crm, accounts=ACCOUNT if accounts else "")


_USAGE = re.compile(r"(?:^|[;\s])api-usage=(\d+)/(\d+)")


def usage(header: str) -> tuple[int, int] | None:
    """(used, limit) of ``Sforce-Limit-Info: api-usage=18/5000; per-app-…``, None where unreadable."""
    found = _USAGE.search(header)
    return (int(found[1]), int(found[2])) if found else None
