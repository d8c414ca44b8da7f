"""What must hold after a history has settled; every breach is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.agreement import mapping, pact
from tests.simulation.buttons import erased_again, of_erased, undone_differs
from tests.simulation.consent import opt_outs_differ, own_word_differs
from tests.simulation.crm_rows import Row
from tests.simulation.driver import Driver
from tests.simulation.lost_edits import lost_edits
from tests.simulation.told_and_kept import acts_differ, handoffs_differ
from tests.simulation.world import canonical_names

from leadpact.audit.response_times import recomputed, unlike
from leadpact.model.link import Failure, Hold, Link, Side
from leadpact.model.pin import Pin
from leadpact.model.record import Known, Native, Scalar, Unknown

CRMS = ("hubspot", "salesforce")
UNSEEN = timedelta(seconds=1)
NAMED_BY = {"hubspot": ("email", "lastname"), "salesforce": ("Email", "LastName")}
"""What tells whether two records with one address may be two people (R29)."""


@dataclass
class Person:
    """One live link with what stands on its records."""

    link: Link
    sides: dict[str, tuple[Side, Row]]
    pins: list[Pin]
    holds: list[Hold]
    failures: list[Failure]

    def excused(self, crm: str, field: str, native: str) -> bool:
        """Whether a person was told why this field differs here."""
        if any(self._put_back(pin, crm, field, native) for pin in self.pins):
            return True
        if any(hold.field == field for hold in self.holds if hold.status == "waiting"):
            return True
        return any(
            failure.crm == crm and (not failure.fields or native in failure.fields)
            for failure in self.failures
        )

    def _put_back(self, pin: Pin, crm: str, field: str, native: str) -> bool:
        """Whether the pin is of this very field, or of the same one of the record that became this one (R24, R32)."""
        ref = self.sides[crm][0].ref
        if pin.ref == ref:
            return pin.field == native
        alike = field, native
        return pin.ref.crm == crm and canonical_names(pin.ref).get(pin.field, pin.field) in alike


def check(driver: Driver) -> list[str]:
    """Every broken promise of a settled history, those seen on the way first."""
    found = list(driver.world.problems)
    people = list(_people(driver))
    found += _unknown_records(driver)
    for person in people:
        found += _fields_differ(person)
        found += _stages_differ(driver, person)
        found += _without_cause(person)
        found += _consent_differs(person)
        found += _clocks_differ(driver, person.link)
    found += _doubled(driver)
    found += _not_joined(driver)
    found += _invented(driver)
    found += lost_edits(driver)
    found += handoffs_differ(driver)
    found += undone_differs(driver)
    found += erased_again(driver)
    found += acts_differ(driver)
    if not found:
        found += _sweep_writes(driver)
    return found


def _people(driver: Driver) -> Iterator[Person]:
    store = driver.store
    ids = list(store.page_of_links("", 1000))
    links, sides = store.links(ids), store.sides(ids)
    for link_id in ids:
        shown: dict[str, tuple[Side, Row]] = {}
        for side in sides[link_id]:
            row = driver.world.crms[side.ref.crm].rows.get(side.ref)
            if side.primary and side.state == "live" and row is not None and not row.gone:
                shown[side.ref.crm] = (side, row)
        yield Person(
            links[link_id],
            shown,
            list(store.pins([link_id])),
            list(store.holds(link_ids=[link_id])),
            list(store.failures(link_ids=[link_id])),
        )


def _unknown_records(driver: Driver) -> list[str]:
    """Every live record belongs to a link that lives, but those of who was erased (R27)."""
    rows = [row for crm in CRMS for row in driver.world.crms[crm].live()]
    known = driver.store.link_ids([row.ref for row in rows])
    links = driver.store.links(list(dict.fromkeys(known.values())))
    found = []
    for row in rows:
        link = links.get(known.get(row.ref, ""))
        if link is None and not of_erased(driver, row):
            found.append(f"{row.ref} belongs to no link")
        elif link is not None and link.status != "live":
            found.append(f"{row.ref} belongs to a link that is {link.status}")
    return found


def _fields_differ(person: Person) -> Iterator[str]:
    if len(person.sides) < 2:
        return
    for name, rule in mapping().fields.items():
        seen: dict[str, tuple[Known, str]] = {}
        for crm, (side, row) in person.sides.items():
            mapped = rule.sides.get((crm, side.ref.kind))
            if mapped is not None:
                seen[crm] = (mapping().read(row.record())[name], mapped.field)
        if len(seen) < 2 or any(isinstance(value, Unknown) for value, _ in seen.values()):
            continue
        if _agree(name, person, {crm: value for crm, (value, _) in seen.items()}):
            continue
        if _blank_since_first_seen(name, person, {crm: value for crm, (value, _) in seen.items()}):
            continue
        if not any(person.excused(crm, name, native) for crm, (_, native) in seen.items()):
            told = ", ".join(f"{crm} {value!r}" for crm, (value, _) in sorted(seen.items()))
            yield f"{name} differs without a cause: {told}"


def _blank_since_first_seen(name: str, person: Person, seen: dict[str, Known]) -> bool:
    """A record that never had a value, as a merge may put in another's place, empties not even what is only written
    (R6, R24)."""
    for crm, (side, row) in person.sides.items():
        mapped = mapping().fields[name].sides[crm, side.ref.kind]
        written = any(
            mapping().fields[name].sides[one, beside.ref.kind].direction == "to_crm"
            for one, (beside, _row) in person.sides.items()
            if one != crm
        )
        blank = all(shot.fields.get(mapped.field) is None for shot in row.shots)
        if written and blank and seen[crm] is None:
            return True
    return False


def _agree(name: str, person: Person, seen: dict[str, Known]) -> bool:
    """Equal, or as equal as these two fields can be."""
    if len(set(seen.values())) == 1:
        return True
    for crm, (side, _row) in person.sides.items():
        mapped = mapping().fields[name].sides[crm, side.ref.kind]
        other = next(value for one, value in seen.items() if one != crm)
        if mapped.lossy and not isinstance(other, Unknown):
            try:
                if mapped.read(mapped.write(other)) == seen[crm]:
                    return True
            except ValueError:
                return False
    return False


def _consent_differs(person: Person) -> Iterator[str]:
    rows = {crm: row for crm, (_side, row) in person.sides.items()}
    yield from opt_outs_differ(person.link, rows, person.holds, person.failures)
    yield from own_word_differs(rows, person.failures)


def _stages_differ(driver: Driver, person: Person) -> Iterator[str]:
    state = person.link.stage
    waits = any(hold.status == "waiting" and hold.field == "stage" for hold in person.holds)
    if state is None:
        strangers = all(of_erased(driver, row) for _side, row in person.sides.values())
        if person.sides and not waits and not strangers:
            yield "there is no agreed stage and nobody was told"
        return
    for crm, (side, row) in person.sides.items():
        table = mapping().stage_table(crm, side.ref.kind)
        meant = table.stages_of(row.fields)
        shown = row.fields.get(table.own_field)
        told = f"{crm} {shown!r} {[row.fields.get(n) for n in table.native_fields]}"
        right = shown == state.stage and (
            state.native_left  # a backfill leaves the CRM's own fields alone (R33)
            or not table.native_fields
            or (meant is not None and state.stage in meant)
        )
        reason = row.fields.get(table.reason_field)
        if right and (reason or "") != state.reason:
            right, told = False, f"{told} with reason {reason!r}, not {state.reason!r}"
        fields = (table.own_field, table.reason_field, *table.native_fields)
        if not right and not waits and not any(person.excused(crm, "stage", n) for n in fields):
            yield f"stage {state.stage} is not what {told} shows"


def _clocks_differ(driver: Driver, link: Link) -> Iterator[str]:
    """How long a lead has waited for sales is what its history says, computed anew (S86..S91)."""
    if driver.go_live is None:
        return
    if driver.store.frozen([link.id]):
        return  # what was done while a lead was out of scope starts none, and of how often it was out nothing is kept
    kept = driver.store.clocks_of([link.id]).get(link.id, ())
    computed = recomputed(driver.store, pact(), link, driver.go_live, driver.world.now)
    for which, clocks in zip(("is kept", "is computed"), unlike(kept, computed), strict=True):
        for one in clocks:
            yield f"of {link.id[:8]} only this clock {which}: {one}"


def _without_cause(person: Person) -> Iterator[str]:
    for hold in person.holds:
        if not hold.cause or not hold.why:
            yield f"a hold of {hold.field!r} has no cause"
    for failure in person.failures:
        if not failure.cause or not failure.message:
            yield f"a failure in {failure.crm} has no cause"


def _doubled(driver: Driver) -> Iterator[str]:
    """We made no second record of a person, and none of a person who was deleted (R26, R30)."""
    for name in CRMS:
        crm = driver.world.crms[name]
        for row in crm.rows.values():
            if not row.made_by_us:
                continue
            for other in crm.rows.values():
                if other is row or other.person != row.person or other.ref.kind == "Opportunity":
                    continue
                if other.created < row.created and not _could_not_know(driver, row, other):
                    yield f"we made {row.ref} though {other.ref} was that person already"


def _could_not_know(driver: Driver, made: Row, other: Row) -> bool:
    """Nothing on the other record named this person when we looked."""
    crm = driver.world.crms[made.ref.crm]
    address = str(made.shots[0].fields.get(crm.email) or "")
    known = driver.watch.linked_at_creation.get(made.ref, frozenset())
    if (other.ref, "") in driver.answered and _gone_at(other, made.created):
        return True  # a person had it made anew (R26)
    if other.ref in known:
        return False
    # Between the last look and the making lies a window that no CRM closes: what held all through it was known.
    for at in (made.created, made.created - UNSEEN):
        before = [shot for shot in other.shots if shot.at <= at]
        shown = {str(shot.fields.get(crm.email) or "") for shot in before[-1:] if not shot.gone}
        if address not in shown:
            return True
    return False


def _gone_at(row: Row, at: datetime) -> bool:
    shots = [shot for shot in row.shots if shot.at <= at]
    return bool(shots) and shots[-1].gone


def _not_joined(driver: Driver) -> Iterator[str]:
    """Two live records of one person, with one address, are one link, or a person was told."""
    store = driver.store
    contacts = driver.world.hubspot.live()
    people = driver.world.salesforce.live()
    links = store.link_ids([row.ref for row in (*contacts, *people)])
    for one in contacts:
        for other in people:
            address = one.fields["email"]
            if not address or other.fields["Email"] != address:
                continue
            mine, theirs = links.get(one.ref), links.get(other.ref)
            if mine == theirs or mine is None or theirs is None:
                continue
            if _said_to_be_two(driver, one, other):
                continue
            if not any(one.field in ("", "email") for one in store.holds(link_ids=[mine, theirs])):
                yield f"{one.ref} and {other.ref} have one address and two links, and nobody was told"


def _said_to_be_two(driver: Driver, one: Row, other: Row) -> bool:
    """A person keeps these apart (R29), or the records for which we have made either of them since (R30)."""
    made_for = driver.watch.linked_at_creation
    mine, theirs = (
        {row.ref.id, *(ref.id for ref in made_for.get(row.ref, ())), *_alike(driver, row)}
        for row in (one, other)
    )
    pairs = {frozenset((this, that)) for this in mine for that in theirs if this != that}
    return any(pair <= names for pair in pairs for names in driver.kept_apart)


def _alike(driver: Driver, row: Row) -> Iterator[str]:
    """Its lead's other records with its address and surname: what was said of one is said of each (R23, R29)."""
    store = driver.store
    link_id = store.link_ids([row.ref])[row.ref]
    for side in store.sides([link_id])[link_id]:
        twin = driver.world.crms[side.ref.crm].rows.get(side.ref)
        if twin is not None and _named(twin) == _named(row):
            yield twin.ref.id


def _named(row: Row) -> tuple[Native, ...]:
    return tuple(row.fields.get(name) for name in NAMED_BY[row.ref.crm])


def _invented(driver: Driver) -> Iterator[str]:
    """Every mapped value that we wrote was typed by somebody, about this person."""
    typed: dict[tuple[int, str], set[Scalar]] = {}
    for edit, name, value in driver.watch.typed():
        if not isinstance(value, Unknown):
            typed.setdefault((edit.person, name), set()).add(value)
    for person, name, value, ref in driver.watch.written():
        known = typed.get((person, name), set())
        if name in ("employees", "email_opt_out") or value in known:
            continue
        yield f"nobody ever typed {value!r} as {name} of the person of {ref}"


def _sweep_writes(driver: Driver) -> Iterator[str]:
    """With nothing left to do, looking at every link again writes nothing."""
    report = driver.sweep()
    if report.counts["planned_writes"]:
        told = [(line.crm, line.field, line.before, line.after) for line in report.lines[:4]]
        yield f"a second look at settled leads wants to write: {told}"
