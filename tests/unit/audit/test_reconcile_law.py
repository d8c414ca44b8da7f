"""Laws of a reconciliation, over states and records of every shape: one cause each, whatever the order (R40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.agreement import mapping, pact

from leadpact.audit.reconcile import CAUSES, Ground, Standing, expected, shown_by
from leadpact.audit.reconcile_causes import differences, records_of
from leadpact.audit.reconcile_counts import Tally
from leadpact.model.handoff import Handoff
from leadpact.model.link import Failure, Hold, Link, Side
from leadpact.model.record import Gone, MovedTo, Native, Observation, Record, RecordRef
from leadpact.model.schema import KindSchema
from leadpact.model.stage import StageState

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
SYNCED, SINCE = "2026-03-05T08:00:00.000Z", "2026-03-05T08:59:00.000Z"
STAGES = ("lead", "mql", "sal", "recycled", "")
STATES = ("live", "duplicate", "gone", "buried", "replaced", "converted", "merged")
HOLDS = ("", "stage", "title", "email")
HOLD_CAUSES = ("stages_differ", "role_address", "several_records_one_person", "deleted_in_hubspot")
_WAITS: tuple[Literal["waiting", "answered"], ...] = ("waiting", "answered")
REFS = (
    RecordRef("hubspot", "contacts", "1"),
    RecordRef("hubspot", "contacts", "2"),
    RecordRef("salesforce", "Lead", "00Q1"),
    RecordRef("salesforce", "Contact", "0031"),
)
GROUND = Ground(
    mapping=mapping(),
    pact=pact(),
    crms=("hubspot", "salesforce"),
    schemas={key: KindSchema(key[1], key[1]) for key in mapping().kind_rules},
    labels={},
    go_live=NOW - timedelta(days=9),
    synced_at=NOW - timedelta(minutes=30),
)


def fields_of(ref: RecordRef, stage: str, title: str) -> dict[str, Native]:
    table = mapping().stage_table(ref.crm, ref.kind)
    names = (*table.stage_fields, mapping().fields["email"].sides[ref.crm, ref.kind].field)
    fields: dict[str, Native] = dict.fromkeys(names)
    if stage:
        fields |= table.projection(stage, current={}) | {table.own_field: stage}
    fields[mapping().fields["title"].sides[ref.crm, ref.kind].field] = title or None
    return fields


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    agreed = draw(st.sampled_from(STAGES))
    link = Link(
        "link",
        base={"title": draw(st.sampled_from(("", "CEO"))) or None, "email": "ann@acme.example"},
        stage=StageState(agreed, NOW) if agreed else None,
        adopted=draw(st.booleans()),
    )
    sides: list[Side] = []
    seen: dict[RecordRef, Observation] = {}
    for ref in draw(st.lists(st.sampled_from(REFS), unique=True, min_size=1)):
        state = draw(st.sampled_from(STATES))
        first = not any(one.primary and one.ref.crm == ref.crm for one in sides)
        primary = first and state == "live"
        sides.append(Side(ref, "link", primary=primary, state=state, version=SYNCED + "+"))  # type: ignore[arg-type]
        what = draw(st.sampled_from(("record", "record", "gone", "moved")))
        if what == "gone":
            seen[ref] = Gone(ref)
        elif what == "moved" and ref.kind == "Lead":
            seen[ref] = MovedTo(ref, "converted", (REFS[3],))
        elif state not in ("converted", "merged"):
            stage = draw(st.sampled_from((*STAGES, agreed)))
            fields = fields_of(ref, stage, draw(st.sampled_from(("", "CEO"))))
            if draw(st.booleans()) and ref.kind == "contacts":
                fields["lifecyclestage"] = "other"
            seen[ref] = Record(ref, fields, draw(st.sampled_from((SYNCED, SINCE))))
    holds = [
        Hold(str(number), "link", name, cause, "why", {}, NOW, "run", status=status)
        for number, (name, cause, status) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(HOLDS),
                        st.sampled_from(HOLD_CAUSES),
                        st.sampled_from(_WAITS),
                    ),
                    max_size=2,
                )
            )
        )
    ]
    failures = [
        Failure("link", crm, REFS[2], "row_refused", "", "No", (), "", 1, NOW, NOW, None)
        for crm in draw(st.sets(st.sampled_from(("hubspot", "salesforce")), max_size=1))
    ]
    handoffs = [Handoff("h", "link", "mql", NOW)] if draw(st.booleans()) else []
    return Standing(link, sides, seen, holds, failures, handoffs)


@settings(max_examples=100, deadline=None)
@given(standings(), st.randoms())
def test_every_record_that_differs_has_one_cause_and_order_says_nothing(
    standing: Standing, dice: Random
) -> None:
    found = differences(GROUND, standing)
    told = [ref for one in found for ref in one.records]
    assert len(told) == len(set(told)), "a record with two causes"
    assert all(one.cause in CAUSES and one.why and one.mend for one in found)
    shuffled = _shuffled(standing, dice)
    assert differences(GROUND, shuffled) == found


def _shuffled(standing: Standing, dice: Random) -> Standing:
    sides = list(standing.sides)
    dice.shuffle(sides)
    return Standing(
        standing.link,
        sides,
        dict(reversed(list(standing.seen.items()))),
        list(reversed(standing.holds)),
        list(reversed(standing.failures)),
        list(reversed(standing.handoffs)),
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(standings(), max_size=4))
def test_what_the_counts_part_by_is_the_differences_and_nothing_else(
    leads: list[Standing],
) -> None:
    tally = Tally(GROUND.crms)
    for standing in leads:
        for record in records_of(standing):
            said = shown_by(GROUND, record, expected(GROUND, standing))
            tally.count(record.ref.crm, record.ref.kind, said)
        for one in differences(GROUND, standing):
            tally.add(one)
    assert tally.unexplained("stage") == 0
    assert tally.unexplained("native") == 0


@given(st.sampled_from(STAGES[:-1]), st.sampled_from(("", "CEO")))
def test_records_that_show_what_was_agreed_have_no_difference(stage: str, title: str) -> None:
    refs = (REFS[0], REFS[2])
    standing = Standing(
        Link("link", base={"title": title or None}, stage=StageState(stage, NOW), adopted=True),
        [Side(ref, "link", version=SYNCED + "+") for ref in refs],
        {ref: Record(ref, fields_of(ref, stage, title), SINCE) for ref in refs},
        [Hold("1", "link", "phone", "values_differ", "why", {}, NOW, "run")],
    )
    assert differences(GROUND, standing) == []


MAIL = {"email": "ann@acme.example", "Email": "ann@acme.example"}


def alone(*sides: Side, stage: str = "mql", handoffs: Sequence[Handoff] = ()) -> Standing:
    """A lead with a contact as agreed, and these sides in Salesforce."""
    made = NOW - timedelta(days=1)
    contact = Record(REFS[0], fields_of(REFS[0], stage, "") | MAIL, SYNCED, created_at=made)
    base = {"title": None, "email": "ann@acme.example"}
    link = Link("link", base=base, stage=StageState(stage, NOW), adopted=True)
    here = Side(REFS[0], "link", version=SYNCED + "+")
    return Standing(link, [here, *sides], {REFS[0]: contact}, handoffs=handoffs)


@pytest.mark.parametrize(
    ("standing", "cause", "turn"),
    [
        (alone(), "not_created", "plan"),
        (alone(stage="lead"), "out_of_scope", "nobody"),
        (alone(handoffs=[Handoff("h", "link", "mql", NOW)]), "pending_handoff", "sync"),
        (
            alone(handoffs=[Handoff("h", "link", "mql", NOW, step="unowned", why="No owner.")]),
            "pending_handoff",
            "crm",
        ),
        (alone(Side(REFS[2], "link", state="converted")), "converted", "crm"),
        (alone(Side(REFS[2], "link", state="gone")), "deleted", "review"),
        (alone(Side(REFS[2], "link", state="buried")), "deleted", "nobody"),
        (alone(Side(REFS[2], "link", state="replaced")), "deleted", "plan"),
    ],
)
def test_why_a_crm_has_no_record(standing: Standing, cause: str, turn: str) -> None:
    (one,) = differences(GROUND, standing)
    assert (one.cause, one.turn, one.records) == (cause, turn, (REFS[0],))


def test_what_another_sync_writes_is_left_to_it() -> None:
    left = {("hubspot", "contacts"): frozenset({"lifecyclestage"})}
    ground = replace(GROUND, mapping=replace(mapping(), left_alone=left))
    standing = alone()
    contact = standing.seen[REFS[0]]
    assert isinstance(contact, Record)
    moved = replace(contact, fields={**contact.fields, "lifecyclestage": "customer"})
    lead = Record(REFS[2], fields_of(REFS[2], "mql", "") | MAIL, SYNCED)
    both = Standing(
        standing.link,
        [*standing.sides, Side(REFS[2], "link", version=SYNCED + "+")],
        {REFS[0]: moved, REFS[2]: lead},
    )
    (one,) = differences(ground, both)
    assert (one.cause, one.fields, one.turn) == ("out_of_scope", ("native_stage",), "nobody")
    (told,) = differences(GROUND, both)
    assert (told.cause, told.fields) == ("drifted", ("stage",))
