"""What must hold of handoffs and of acts: a handoff is said by both CRMs or by none, an act is kept once (R8, R18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tests.simulation.agreement import mapping, pact
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.driver import Driver

from leadpact.model.handoff import Handoff
from leadpact.model.link import Side
from leadpact.model.record import RecordRef
from leadpact.sync.signal_keys import act_key, key_of

SHOWN = "leadpact_handoff"
HANDED = "Handed over to "
TAKEN = "With sales: "
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def handoffs_differ(driver: Driver) -> Iterator[str]:
    """Each task stands for one handoff, each handoff that was carried out has its task, and HubSpot says so."""
    store, tasks = driver.store, driver.world.salesforce.tasks
    ids = list(store.page_of_links("", 1000))
    known = store.handoffs(ids)
    handed = {one.id: one for group in known.values() for one in group if one.task}
    keys = Counter(key for _person, key, _fields in tasks.made.values())
    for key, number in keys.items():
        if number > 1:
            yield f"handoff {key[:8]} has {number} tasks"
    for one in handed.values():
        if one.task not in tasks.made or tasks.made[one.task][1] != one.id:
            yield f"handoff {one.id[:8]} is {one.step}, and there is no such task"
    for link_id, group in known.items():
        yield from _left_over(driver, group)
        yield from _not_said(driver, store.sides([link_id])[link_id], group)


def _left_over(driver: Driver, group: Sequence[Handoff]) -> Iterator[str]:
    for one in group:
        late = one.next_try is not None and one.next_try <= driver.now
        if one.step in ("announcing", "handed", "pending") and late:
            yield f"handoff {one.id[:8]} is still {one.step}: {one.why}"


def _not_said(driver: Driver, sides: Sequence[Side], group: Sequence[Handoff]) -> Iterator[str]:
    """What HubSpot says of the latest handoff is what Salesforce has of it."""
    latest = group[-1]
    for side in sides:
        row = driver.world.crms[side.ref.crm].rows.get(side.ref)
        if side.ref.kind != CONTACTS or not side.primary or side.state != "live" or row is None:
            continue
        failed = driver.store.failures(link_ids=[side.link_id])
        if row.gone or any(one.crm == "hubspot" for one in failed):
            continue
        told = str(row.fields.get(SHOWN) or "")
        if latest.cause == "taken":
            # Who has it is read of sales' record: once that is deleted, there is nobody to name.
            theirs = any(one.ref.crm != side.ref.crm and one.state == "live" for one in sides)
            if theirs and not told.startswith(TAKEN):
                yield f"{side.ref} was taken by sales, and HubSpot says {told!r}"
            continue
        said = told.startswith(HANDED)
        if said and not any(one.task for one in group):
            yield f"HubSpot says of {side.ref} that it was handed over, and Salesforce has no task"
        if latest.step == "done" and not said:
            yield f"{side.ref} was handed over, and HubSpot says {row.fields.get(SHOWN)!r}"


def acts_differ(driver: Driver) -> Iterator[str]:
    """Every act that the mapping knows is kept of its person, once, however often it was told."""
    store = driver.store
    instants = pact().response.contact_signals
    wanted: dict[RecordRef, set[tuple[str, str, str]]] = {}
    for crm in driver.world.crms.values():
        for source, acts in crm.activities.acts.items():
            rule = mapping().signal_sources[crm.name, source]
            for act in acts:
                row = rule.row_of(act)
                for name in row.signals if row is not None else ():
                    asset = act.asset if row is not None and row.keep_asset else ""
                    key = act_key(name, asset, act.at, act.quality, instants)
                    wanted.setdefault(crm.lives_on(act.ref), set()).add(key)
    rows = {ref: driver.world.crms[ref.crm].rows[ref] for ref in wanted}
    links = store.link_ids([ref for ref, row in rows.items() if not row.gone])
    kept = store.signals(list(dict.fromkeys(links.values())), LONG_AGO)
    for link_id, signals in kept.items():
        for key, number in Counter(key_of(one, instants) for one in signals).items():
            if number > 1:
                yield f"{key} of {link_id[:8]} is kept {number} times"
    for ref, link_id in links.items():
        missing = wanted[ref] - {key_of(one, instants) for one in kept.get(link_id, ())}
        if missing:
            yield f"{sorted(missing)} of {ref} is kept nowhere"
