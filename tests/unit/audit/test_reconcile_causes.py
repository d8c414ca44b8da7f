"""What reconcile says of each sort of difference, found in both CRMs after real cycles (R40, issue 5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP
from tests.unit.audit.audited import audit, causes
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.past_desk import MARCH, PastDesk
from tests.unit.sync_rules.test_rules_forgotten import forget
from tests.unit.sync_rules.test_rules_scope import scoped
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.audit.reconcile import Difference
from leadpact.errors import SetAside
from leadpact.model.link import WorkItem
from leadpact.model.record import Author, ChangePage, FieldChange
from leadpact.ports.past import Past
from leadpact.ports.state_store import StateChanges

MQL = "marketingqualifiedlead"


def agreed(**fields: str) -> tuple[Desk, Row, Row]:
    """One MQL in both CRMs, synced until nothing is left to do."""
    desk = Desk()
    contact, lead = desk.contact(lifecyclestage=MQL, **fields), desk.lead()
    desk.sync()
    desk.sync()
    desk.sync()
    return desk, contact, lead


def only(told: list[Difference]) -> Difference:
    assert len(told) == 1, told
    return told[0]


def test_two_crms_that_agree_have_no_difference() -> None:
    desk, _contact, _lead = agreed()
    tally, told = audit(desk)
    assert told == []
    assert (tally.leads, tally.agreed, tally.unexplained()) == (1, 1, 0)
    counted = {one.stage: dict(one.counts) for one in tally.by_stage(desk.pact.stages)}
    assert counted == {"mql": {"hubspot": 1, "salesforce": 1}}


def test_an_edit_since_the_last_sync_is_the_window_and_the_next_sync_closes_it() -> None:
    desk, contact, lead = agreed()
    desk.put(lead, Status="Working - Contacted")
    tally, told = audit(desk)
    one = only(told)
    assert (one.cause, one.turn, one.fields) == ("window", "plan", ("stage",))
    assert set(one.records) == {contact.ref, lead.ref}
    assert one.shown["salesforce"].native == "sal"
    assert tally.repairable == [desk.link(lead).id]
    assert tally.unexplained("native") == tally.unexplained() == 0
    desk.sync()
    assert audit(desk)[1] == []


def test_a_field_that_differs_is_drift_of_that_field() -> None:
    desk, contact, _lead = agreed()
    desk.put(contact, jobtitle="Head of Revenue")
    tally, told = audit(desk)
    assert only(told).fields == ("title",)
    assert dict(tally.drift) == {"title": 1}


def test_a_change_that_every_feed_missed_has_drifted() -> None:
    desk, contact, lead = agreed()
    desk.put(contact, jobtitle="Head of Revenue")
    desk.later(minutes=30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            desk.world.hubspot, "changes", lambda _kind, since: ChangePage((), since, True)
        )
        desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.fields) == ("drifted", "plan", ("title",))
    now = desk.world.now
    work = [WorkItem(desk.link(contact).id, "only", now, now)]
    desk.store.commit(StateChanges(work=work), None, now)
    desk.sync()
    assert lead.fields["Title"] == "Head of Revenue"
    assert audit(desk)[1] == []


def test_somebody_who_was_erased_is_out_of_scope_and_never_taken_up() -> None:
    desk, contact, lead = agreed()
    forget(desk, contact)
    desk.sync()
    tally, told = audit(desk, take_up=True)
    assert causes(told) == dict.fromkeys((contact.ref, lead.ref), "out_of_scope")
    assert tally.repairable == []


def test_so_is_a_record_that_has_their_address_beside_another() -> None:
    desk, contact, lead = agreed()
    forget(desk, contact)
    again = desk.contact(email="ann@home.example")
    merged = desk.world.hubspot.merge(again, contact, MARKETER)
    for _until_settled in range(2):
        desk.sync()
    desk.later(hours=1)
    desk.sync()
    tally, told = audit(desk, take_up=True)
    assert causes(told) == dict.fromkeys((merged.ref, lead.ref), "out_of_scope")
    assert tally.repairable == []


def test_a_status_without_a_row_is_unmapped_whenever_it_came() -> None:
    desk, contact, _lead = agreed()
    desk.put(contact, lifecyclestage="other")
    assert only(audit(desk)[1]).cause == "status_unmapped"
    desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn) == ("status_unmapped", "settings")


def test_what_waits_for_a_person_is_held_with_its_question() -> None:
    desk, contact, _lead = agreed()
    desk.put(contact, email="other@acme.example")
    desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.code) == ("held", "review", "field_changed")
    assert one.hold == desk.holds(contact)["field_changed"].id
    assert "email" in one.fields


def test_a_refused_write_bears_the_family_that_hubspot_names() -> None:
    desk, contact, _lead = agreed()
    desk.put(contact, jobtitle="Head of Revenue")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.world.salesforce, "refusal", lambda *_row: _validation_rule())
        desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.code) == ("write_refused", "crm", "validation_rule")
    assert one.family == "Custom code"
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in one.why


def _validation_rule() -> SetAside:
    return SetAside(
        "A validation rule of the org refuses the record as it would become.",
        fields=("Title",),
        code="validation_rule",
        detail="FIELD_CUSTOM_VALIDATION_EXCEPTION no",
    )


def test_a_person_below_the_stage_of_creation_is_out_of_scope_there() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="lead")
    desk.sync()
    desk.sync()
    tally, told = audit(desk)
    one = only(told)
    assert (one.cause, one.turn, one.fields) == ("out_of_scope", "nobody", ())
    assert "one is made from MQL on" in one.why
    assert one.records == (contact.ref,)
    assert tally.unexplained() == tally.unexplained("native") == 0


def test_a_person_who_was_there_before_go_live_gets_no_contact() -> None:
    desk = Desk()
    desk.world.now -= timedelta(days=1)
    lead = desk.lead()
    desk.world.now += timedelta(days=1)
    desk.sync()
    desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.records) == ("out_of_scope", "nobody", (lead.ref,))
    assert "new since 2 Mar 2026" in one.why


def test_whom_the_mappings_scope_leaves_out_is_out_of_scope_whatever_differs() -> None:
    desk, contact, lead = agreed(country="Norway")
    desk.scoped = scoped()
    desk.put(lead, Country="Brazil", Status="Working - Contacted")
    stranger = desk.lead(Email="eva@acme.example", LastName="Roe", Country="Brazil")
    tally, told = audit(desk, take_up=True)
    assert causes(told) == dict.fromkeys((contact.ref, lead.ref, stranger.ref), "out_of_scope")
    assert tally.repairable == []
    assert all("country is brazil" in one.why for one in told)


def test_a_deleted_record_is_deleted_before_and_after_the_sync() -> None:
    desk, contact, lead = agreed()
    desk.later(minutes=1)
    lead.gone = True
    desk.world.salesforce.put(lead, {}, REP)
    fresh = only(audit(desk)[1])
    assert (fresh.cause, fresh.turn) == ("deleted", "plan")
    desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.code) == ("deleted", "review", "deleted_in_salesforce")
    assert one.records == (contact.ref,)


def test_a_lead_that_was_converted_is_converted_until_it_is_followed() -> None:
    desk, contact, lead = agreed()
    desk.put(lead, Status="Working - Contacted")
    desk.sync()
    desk.sync()
    desk.later(minutes=1)
    became = desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=True)
    tally, told = audit(desk)
    one = only(told)
    assert (one.cause, one.turn) == ("converted", "plan")
    assert set(one.records) == {contact.ref, became.ref}
    assert tally.unexplained() == tally.unexplained("native") == 0
    desk.sync()
    desk.sync()
    assert not [one for one in audit(desk)[1] if one.cause == "converted"]


def test_a_second_record_of_a_person_is_a_duplicate_and_nothing_else() -> None:
    desk, _contact, lead = agreed()
    second = desk.lead()
    desk.sync()
    desk.sync()
    tally, told = audit(desk)
    found = causes(told)
    spare = second if found.get(second.ref) == "duplicate" else lead
    assert found == {spare.ref: "duplicate"}
    assert only(told).turn == "crm"
    assert tally.unexplained() == tally.unexplained("native") == 0


def test_a_record_that_no_sync_has_seen_is_the_window_and_can_be_taken_up() -> None:
    desk, _contact, _lead = agreed()
    new = desk.contact(email="new@acme.example", lastname="Roe", lifecyclestage="lead")
    one = only(audit(desk)[1])
    assert (one.cause, one.link_id, one.records) == ("window", "", (new.ref,))
    tally, _told = audit(desk, take_up=True)
    assert tally.repairable == [desk.link(new).id]
    assert desk.store.count("due", desk.world.now) == 1


def test_before_the_first_plan_is_approved_all_of_it_is_not_synced_yet() -> None:
    desk = Desk()
    desk.go_live = None
    desk.contact(lifecyclestage=MQL, jobtitle="CEO")
    desk.lead(Title="CFO")
    tally, told = audit(desk)
    assert {one.cause for one in told} == {"window"}
    assert tally.unexplained() == 0


def test_one_crm_alone_is_held_against_the_agreement() -> None:
    desk = Desk(("hubspot",))
    contact = desk.contact(lifecyclestage=MQL)
    for _until_settled in range(3):
        desk.sync()
    tally, told = audit(desk)
    assert (told, tally.agreed, tally.unexplained()) == ([], 1, 0)
    desk.put(contact, lifecyclestage="salesqualifiedlead")
    one = only(audit(desk)[1])
    assert (one.cause, one.fields, one.records) == ("window", ("stage",), (contact.ref,))


def test_what_an_undo_put_back_is_held_and_no_plan_takes_it() -> None:
    desk = UndoDesk()
    contact, _lead = desk.contact(jobtitle="Head of Sales", lifecyclestage=MQL), desk.lead()
    desk.sync()
    desk.undo()
    for _until_settled in range(3):
        desk.sync()
    tally, told = audit(desk)
    assert {(one.cause, one.code) for one in told} == {("held", "undone")}
    assert tally.repairable == []
    assert f"release {desk.link(contact).id[:8]}" in only(told).mend


def test_native_stages_that_a_backfill_left_are_as_asked() -> None:
    desk = PastDesk()
    contact, _lead = desk.contact(lifecyclestage="lead"), desk.lead()
    desk.sync()
    desk.sync()
    standing = Past((FieldChange("lifecyclestage", MQL, MARCH, Author("unknown")),), (), {})
    desk._past = lambda effect: (  # type: ignore[method-assign]
        (one, standing if effect.crm == "hubspot" else Past((), (), {})) for one in effect.ids
    )
    desk.fill()
    for _until_settled in range(3):
        desk.sync()
    assert (desk.stage(contact).stage, desk.stage(contact).native_left) == ("mql", True)
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.fields) == ("out_of_scope", "nobody", ("native_stage",))
    assert "--native-stages" in one.mend


def test_native_stages_that_a_backfill_left_are_no_drift_beside_what_an_undo_put_back() -> None:
    class BothDesk(PastDesk, UndoDesk):
        pass

    desk = BothDesk()
    contact = desk.contact(lifecyclestage="lead", jobtitle="Head of Sales")
    desk.lead()
    desk.sync()
    contact.gone = True
    desk.put(contact)
    desk.undo(fields=("title",))
    contact.gone = False
    desk.put(contact)
    desk.sync()
    standing = Past((FieldChange("lifecyclestage", MQL, MARCH, Author("unknown")),), (), {})
    desk._past = lambda effect: (  # type: ignore[method-assign]
        (one, standing if effect.crm == "hubspot" else Past((), (), {})) for one in effect.ids
    )
    desk.fill()
    for _until_settled in range(3):
        desk.sync()
    assert (desk.stage(contact).stage, desk.stage(contact).native_left) == ("mql", True)
    tally, told = audit(desk)
    one = only(told)
    assert (one.cause, one.code, one.fields) == ("held", "undone", ("native_stage", "title"))
    assert tally.repairable == []


@pytest.mark.parametrize("why", ["somebody who was erased", "out of the mapping's scope"])
def test_beside_a_record_that_is_nobodys_none_is_due(why: str) -> None:
    desk = Desk()
    if "scope" in why:
        desk.scoped = scoped()
    lead = desk.lead(Country="Brazil", Email="" if "erased" in why else "ann@acme.example")
    if "erased" in why:
        desk.sync()
        forget(desk, lead)
        desk.put(lead, Email="ann@acme.example")
    contact = desk.contact(lifecyclestage=MQL)
    for _until_settled in range(3):
        desk.sync()
    assert len(desk.world.salesforce.live()) == 1
    _tally, told = audit(desk)
    (one,) = (each for each in told if contact.ref in each.records)
    assert (one.cause, one.turn) == ("out_of_scope", "nobody")
    assert why in one.why


def test_what_was_undone_is_no_drift_where_the_other_record_is_out_of_scope() -> None:
    desk = UndoDesk()
    desk.scoped = scoped()
    desk.lead(Country="Brazil")
    contact = desk.contact(lifecyclestage=MQL)
    desk.sync()
    desk.undo()
    for _until_settled in range(3):
        desk.sync()
    assert contact.fields["leadpact_stage"] is None
    tally, told = audit(desk)
    assert {(one.cause, one.turn) for one in told} == {("out_of_scope", "nobody")}
    assert tally.repairable == []


def test_a_value_that_nobody_says_any_more_is_no_drift() -> None:
    """Only Leads have a number of employees: of a Contact HubSpot shows none, and none is written there."""
    desk, contact, lead = agreed()
    desk.put(lead, NumberOfEmployees=3)
    desk.sync()
    desk.sync()
    desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
    desk.later(minutes=1)
    for _until_settled in range(3):
        desk.sync()
    contact.fields["numemployees"] = None
    assert audit(desk)[1] == []


def test_a_reason_that_waits_with_its_stage_is_held() -> None:
    desk, _contact, lead = agreed(country="Norway")
    desk.scoped = scoped()
    desk.sync()
    desk.put(lead, Country="Brazil", leadpact_rejection_reason__c="bad_timing")
    desk.sync()
    desk.put(lead, Country="Norway")
    desk.sync()
    one = only(audit(desk)[1])
    assert (one.cause, one.turn, one.code) == ("held", "review", "stages_differ")


def test_a_stage_field_that_cannot_be_seen_leaves_nothing_unexplained() -> None:
    desk = Desk()
    desk.contact(lifecyclestage="lead")
    desk.world.salesforce.make("Contact", {"Email": "ann@acme.example", "LastName": "Doe"}, 0, REP)
    for _until_settled in range(3):
        desk.sync()
    desk.world.salesforce.hidden = frozenset({"leadpact_stage__c"})
    tally, _told = audit(desk)
    assert (tally.unexplained(), tally.unexplained("native")) == (0, 0)
