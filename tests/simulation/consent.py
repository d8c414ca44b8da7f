"""What must hold of consent: an opt-out goes to both CRMs, or a person is asked for it; we opt nobody in (R28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from tests.simulation.crm_rows import Row
from tests.simulation.world import World, canonical

from leadpact.model.link import Failure, Hold, Link
from leadpact.model.record import RecordRef
from leadpact.ports.connector import WriteRow
from leadpact.ports.state_store import StateChanges, StateStore

NAME = "email_opt_out"
NATIVE = {"hubspot": "hs_email_optout", "salesforce": "HasOptedOutOfEmail"}
SAYS_SO = "leadpact_opted_out"
"""HubSpot's field of ours, where an opt-out of Salesforce's cannot be written."""
LONG_SAID = timedelta(minutes=5)
"""What was said longer ago than this was there to be read when a cycle decided."""


def opted_out(row: Row) -> bool:
    """Whether a record says that its person opted out."""
    native = NATIVE[row.ref.crm]
    return canonical(row.ref, NAME, native, row.fields.get(native)) is True


def opt_outs_differ(
    link: Link, rows: Mapping[str, Row], holds: Iterable[Hold], failures: Iterable[Failure]
) -> Iterator[str]:
    """An opt-out that one CRM shows, or that was agreed, is shown by the other, or a person was told."""
    said = {crm: opted_out(row) for crm, row in rows.items()}
    agreed = link.base.get(NAME) is True
    if any(one.field == NAME and one.status == "waiting" for one in holds):
        return
    if link.adopted and any(said.values()) and not agreed:
        yield f"{_named(rows, said)} shows an opt-out that was never agreed on"
    if not (agreed or any(said.values())):
        return
    refused = {one.crm for one in failures if not one.fields or NATIVE[one.crm] in one.fields}
    for crm, row in rows.items():
        if not said[crm] and crm not in refused:
            yield f"{row.ref} shows no opt-out, and its person has opted out"


def own_word_differs(rows: Mapping[str, Row], failures: Iterable[Failure]) -> Iterator[str]:
    """HubSpot's record says so where Salesforce has an opt-out that HubSpot lacks, and only there."""
    here, there = rows.get("hubspot"), rows.get("salesforce")
    if here is None or there is None or any(one.crm == "hubspot" for one in failures):
        return
    says = str(here.fields.get(SAYS_SO) or "false").lower() == "true"
    if says and not opted_out(there):
        yield f"{here.ref} says of an opt-out in Salesforce, and there is none"
    if opted_out(there) and not opted_out(here) and not says:
        yield f"{here.ref} does not say that its person opted out in Salesforce"


def more_than_opt_outs(rows: Iterable[WriteRow]) -> int:
    """How many of these rows say more than that somebody has opted out."""
    return sum(not row.fields.keys() <= {*NATIVE.values(), SAYS_SO} for row in rows)


def taken_back(world: World, store: StateStore, changes: StateChanges) -> Iterator[str]:
    """Nobody's agreed opt-out ends while a CRM has long shown it."""
    ends = [one for one in changes.links if one.status == "live" and one.base.get(NAME) is False]
    before = store.links([one.id for one in ends]) if ends else {}
    for link in ends:
        known = before.get(link.id)
        if known is None or known.base.get(NAME) is not True:
            continue
        refs = [side.ref for side in store.sides([link.id])[link.id] if side.primary]
        for ref in refs:
            if _long_shown(world, ref):
                yield f"the opt-out that {ref} shows was agreed to be none"


def _long_shown(world: World, ref: RecordRef) -> bool:
    row = world.crms[ref.crm].rows.get(ref)
    if row is None or row.gone or row.became or not opted_out(row):
        return False
    latest = next(iter(row.history.get(NATIVE[ref.crm], ())), None)
    return latest is None or world.now - latest.at > LONG_SAID


def _named(rows: Mapping[str, Row], said: Mapping[str, bool]) -> str:
    return " and ".join(str(row.ref) for crm, row in rows.items() if said[crm])
