"""The first promise: no edit of a person is lost unseen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tests.simulation.agreement import mapping
from tests.simulation.buttons import of_erased
from tests.simulation.crm_rows import Row
from tests.simulation.driver import Driver
from tests.simulation.weather import OPTIONS
from tests.simulation.world import Edit, canonical, canonical_names

from leadpact.model.link import Intent
from leadpact.model.record import Known, RecordRef, Unknown

REJECTIONS = ("Closed - Not Converted", "UNQUALIFIED", "BAD_TIMING")
RENAMED = {(field, old): new for _crm, _kind, field, old, new in OPTIONS}
OTHER = {"hubspot": "salesforce", "salesforce": "hubspot"}


def lost_edits(driver: Driver) -> Iterator[str]:
    """Last edits per record and field that stand nowhere and that no journal, history or hold names."""
    last: dict[tuple[RecordRef, str], Edit] = {}
    for edit in driver.world.edits:
        last[edit.ref, edit.native] = edit
    for (ref, native), edit in sorted(last.items()):
        row = driver.world.crms[ref.crm].rows[ref]
        if of_erased(driver, row) and not driver.store.link_ids([ref]):
            continue  # who was erased is nobody's any more (R27)
        if row.gone or row.became or _near_miss(driver, edit) or _deleted_since(edit, row):
            continue
        name = canonical_names(ref).get(native)
        if name is not None:
            yield from _field(driver, edit, row, name)
        elif _is_stage_field(ref, native) and not edit.seeded:
            yield from _stage(driver, edit, row)


def _near_miss(driver: Driver, edit: Edit) -> bool:
    """It was typed between our last look and our write (R7: measured, not to be closed)."""
    return any(
        one.ref == edit.ref and one.native == edit.native and one.at == edit.at
        for one in driver.world.near_misses
    )


def _deleted_since(edit: Edit, row: Row) -> bool:
    """A deletion beats an edit before it, and a restore brings no base back (R26)."""
    return any(shot.gone and shot.at >= edit.at for shot in row.shots)


def _fresh(driver: Driver, edit: Edit, row: Row) -> bool:
    """The record was not yet, or no longer, the one that is agreed on: made, restored or a duplicate."""
    since = max((shot.at for shot in row.shots if shot.gone and shot.at <= edit.at), default=None)
    standing = driver.watch.standing.get(edit.ref, [])
    before = [one for one in standing if one[0] <= edit.at and (since is None or one[0] > since)]
    after = [one for one in standing if one[0] > edit.at]
    return not before or not before[-1][1] or not all(agreed for _at, agreed, _link in after)


def _joined_since(driver: Driver, edit: Edit) -> bool:
    """Two leads became one after it was typed: what the records of both show then has no base (R6, R25)."""
    link_id = driver.store.link_ids([edit.ref]).get(edit.ref)
    return any(at > edit.at and into == link_id for at, into in driver.watch.folds)


def _field(driver: Driver, edit: Edit, row: Row, name: str) -> Iterator[str]:
    typed = canonical(edit.ref, name, edit.native, edit.value)
    shown = canonical(edit.ref, name, edit.native, row.fields[edit.native])
    if isinstance(typed, Unknown) or typed == shown or name == "email_opt_out":
        return
    overrulers = [
        intent
        for intent in _journal(driver, edit)
        if canonical(edit.ref, name, edit.native, intent.before.get(edit.native)) == typed
    ]
    told = f"{name} {typed!r} typed at {edit.at:%H:%M:%S} on {edit.ref}"
    if not overrulers:
        yield f"{told} is lost: {shown!r} stands there, and no journal holds what it replaced"
        return
    answered = driver.answered.get((edit.ref, name))
    if answered is not None and answered >= edit.at:
        return  # the operator said what stands
    if _fresh(driver, edit, row):
        return  # nothing that a record shows before it was ever agreed on is an edit (R6, R24, R26)
    by = canonical(edit.ref, name, edit.native, overrulers[-1].wanted[edit.native])
    rivals = _rivals(driver, edit, name)
    if _joined_since(driver, edit):
        rivals |= _shown_beside(driver, edit, name)
    if by not in rivals and name != "employees":
        yield f"{told} was replaced by {by!r}, which nobody typed in the other CRM"


def _rivals(driver: Driver, edit: Edit, name: str) -> set[Known]:
    """What the other CRM could say against it: values typed there, and those that a restored record or
    a duplicate brought back (R23, R26)."""
    found = {
        canonical(one.ref, name, one.native, one.value)
        for one in driver.world.edits
        if one.person == edit.person
        and one.ref.crm != edit.ref.crm
        and canonical_names(one.ref).get(one.native) == name
    }
    others = [
        row
        for row in driver.world.crms[OTHER[edit.ref.crm]].rows.values()
        if row.person == edit.person and row.ref.kind != "Opportunity"
    ]
    for row in others:
        if len(others) > 1 or any(shot.gone for shot in row.shots):
            natives = {n: native for native, n in canonical_names(row.ref).items()}
            if name in natives:
                found |= {
                    canonical(row.ref, name, natives[name], shot.fields.get(natives[name]))
                    for shot in row.shots
                }
    return found


def _shown_beside(driver: Driver, edit: Edit, name: str) -> set[Known]:
    """What further records of this person in the same CRM have shown: of two leads made one, any may be settled on."""
    found: set[Known] = set()
    for row in driver.world.crms[edit.ref.crm].rows.values():
        natives = {n: native for native, n in canonical_names(row.ref).items()}
        if row.person == edit.person and row.ref != edit.ref and name in natives:
            shown = {shot.fields.get(natives[name]) for shot in row.shots}
            found |= {canonical(row.ref, name, natives[name], one) for one in shown}
    return found


def _journal(driver: Driver, edit: Edit) -> list[Intent]:
    return [
        intent
        for intent in driver.watch.intents.values()
        if intent.ref == edit.ref
        and edit.native in intent.wanted
        and driver.watch.committed[intent.id] >= edit.at
    ]


def _is_stage_field(ref: RecordRef, native: str) -> bool:
    table = mapping().stage_table(ref.crm, ref.kind)
    return native in (table.own_field, *table.native_fields)


def _said_before(driver: Driver, edit: Edit) -> bool:
    """Typed again as it stood, while we were setting it back: the history holds the first time."""
    earlier = (one for one in driver.world.edits if one.ref == edit.ref and one.at < edit.at)
    same = any((one.native, one.value) == (edit.native, edit.value) for one in earlier)
    return same and any(intent.op == "reset" for intent in _journal(driver, edit))


def _stage(driver: Driver, edit: Edit, row: Row) -> Iterator[str]:
    """A stage that was typed stands, or the lead's history says what came of it."""
    typed, shown = edit.value or "", row.fields[edit.native] or ""
    if not typed or typed == shown:
        return
    own = mapping().stage_table(edit.ref.crm, edit.ref.kind).own_field
    if _said_before(driver, edit):
        return
    if _fresh(driver, edit, row) and edit.native != own and typed not in REJECTIONS:
        return  # native fields of a record new to its lead are where the CRM starts its records
    known_as = (typed, RENAMED.get((edit.native, str(typed)), typed))
    overrulers = [
        intent for intent in _journal(driver, edit) if intent.before.get(edit.native) in known_as
    ]
    if not overrulers:
        yield (
            f"{edit.native} {typed!r} typed at {edit.at:%H:%M:%S} on {edit.ref} is lost: "
            f"{shown!r} stands there, and no journal holds what it replaced"
        )
        return
    link_id = driver.store.link_ids([edit.ref]).get(edit.ref)
    if link_id is None:
        yield f"{edit.ref} belongs to no link"
        return
    # A lead that replaced it and became part of this one then has told of it under its own id (R25).
    by = {intent.link_id for intent in overrulers}
    links = (link_id, *(one.id for one in driver.store.joined(link_id) if one.id in by))
    told = [
        one
        for one in chain.from_iterable(driver.store.transitions(each) for each in links)
        if driver.watch.committed[one.id] >= edit.at
        and one.result in ("accepted", "refused", "overtaken", "adopted")
    ]
    held = any(one.field == "stage" for one in driver.store.holds(link_ids=[link_id]))
    answered = driver.answered.get((edit.ref, "stage"))
    if answered is not None and answered >= edit.at:
        return  # the operator said what stands
    if not told and not held:
        yield (
            f"{edit.native} {typed!r} typed at {edit.at:%H:%M:%S} on {edit.ref} was replaced by "
            f"{shown!r}, and the lead's history says nothing of it"
        )
