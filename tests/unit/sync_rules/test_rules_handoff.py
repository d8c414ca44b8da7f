"""R18, R31, R34, S83, S84: a lead is handed over once, to somebody who can take it, and both CRMs say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk, Killed

from leadpact.model.handoff import Handoff
from leadpact.model.owner import Owner
from leadpact.pact.handoff import HandoffRules, TaskRule
from leadpact.ports.notifier import Delivery
from leadpact.sync.effects import Commit, Effect, Write

ANN = Owner("7001", "Ann Rep", "ann.rep@acme.example", zone="Europe/Vienna")
BOB = Owner("7002", "Bob Rep", "bob.rep@acme.example")
EVE = Owner("7003", "Eve Former", "eve@acme.example", active=False)
QUEUE = Owner("7009", "Inbound", kind="queue")
MARKETING_ANN = Owner("41", "Ann Rep", "ann.rep@acme.example")
RULES = HandoffRules(
    on=frozenset({"mql", "pql", "fast_lane"}),
    must_have=(("last_name",), ("email", "phone")),
    task=TaskRule(),
    notify={"handoff": ("owner",), "held": ("marketing",)},
)
EVERY = frozenset({"owner", "marketing"})


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.channels = EVERY
    made.world.salesforce.tasks.staff = {one.id: one for one in (ANN, BOB, EVE, QUEUE)}
    made.world.hubspot.tasks.staff = {MARKETING_ANN.id: MARKETING_ANN}
    agreed(made)
    return made


def agreed(desk: Desk, **changed: Any) -> None:
    """What the pact says of handoffs."""
    desk.pact = replace(desk.pact, handoff=replace(RULES, **changed))


def known(desk: Desk, owner: Owner = ANN, **fields: Any) -> tuple[Row, Row]:
    """A person in both CRMs, seen before and unchanged since."""
    contact = desk.contact(**fields)
    lead = desk.lead(OwnerId=owner.id)
    desk.sync()
    desk.sync()
    return contact, lead


def asks_for_a_demo(desk: Desk, contact: Row) -> None:
    desk.put(contact, last_demo_request=desk.world.now.isoformat())


def tasks(desk: Desk) -> list[tuple[str, str, dict[str, Any]]]:
    return list(desk.world.salesforce.tasks.made.values())


def the_handoff(desk: Desk) -> Handoff:
    (only,) = (one for one in desk.store._handoffs.values() if one.cause != "taken")
    return only


class TestHandingOver:
    def test_a_demo_request_reaches_the_owner_at_once_and_marketing_sees_it(
        self, desk: Desk
    ) -> None:
        contact, lead = known(desk)
        asks_for_a_demo(desk, contact)

        report = desk.sync()

        ((person, key, said),) = tasks(desk)
        assert person == lead.ref.id
        assert said["owner"] == ANN.id
        assert said["urgent"] is True
        assert "demo" in str(said["subject"]).lower()
        handed = the_handoff(desk)
        assert (handed.step, handed.id, handed.owner) == ("done", key, f"salesforce:{ANN.id}")
        assert report.counts["handed_over"] == 1
        assert str(contact.fields["leadpact_handoff"]).startswith("Handed over to Ann Rep at ")
        assert contact.fields["hubspot_owner_id"] == MARKETING_ANN.id
        (notice,) = desk.notices
        assert (notice.kind, notice.to, notice.owner) == ("handoff", "owner", handed.owner)
        assert notice.link_url.endswith(lead.ref.id)

    def test_what_is_told_has_all_that_a_rep_needs(self, desk: Desk) -> None:
        contact, _lead = known(desk, jobtitle="Head of Sales", phone="+43 1 000")
        desk.put(
            contact,
            last_gated_download=desk.world.now.isoformat(),
            last_gated_download_asset="Pricing <b>guide</b>",
        )
        asks_for_a_demo(desk, contact)
        desk.sync()

        ((_person, _key, said),) = tasks(desk)
        body = str(said["body"])
        for told in (
            "Why now: Asked for a demo",
            "First contact due ",
            "Their topic: Pricing <b>guide</b>",
            "Ann Doe · Head of Sales",
            "Reach: ann@acme.example · ",
            "Consent: no opt-out",
            "Grade ",
            "What they did:",
        ):
            assert told in body, told
        (notice,) = desk.notices
        assert all(line in notice.body for line in body.splitlines())

    def test_quiet_cycles_make_no_second_task_and_write_nothing(self, desk: Desk) -> None:
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        desk.sync()
        told = len(desk.notices)
        for _ in range(3):
            desk.sync()
            assert not any(op == "announce" for _crm, op, _fields in desk.writes())
        assert len(tasks(desk)) == 1
        assert len(desk.notices) == told

    def test_hubspot_shows_pending_until_salesforce_was_read_back(self, desk: Desk) -> None:
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        seen: list[str] = []

        def look(effect: Effect) -> None:
            if isinstance(effect, Write) and effect.rows[0].op == "announce":
                seen.append(str(contact.fields["leadpact_handoff"]))

        desk.before = look
        desk.sync()
        assert seen == ["Pending: Salesforce has not taken it yet."]

    def test_nothing_is_handed_over_at_first_sight_of_what_was_there(self, desk: Desk) -> None:
        desk.contact(last_demo_request="2020-01-02", lifecyclestage="marketingqualifiedlead")
        desk.lead(OwnerId=ANN.id)
        for _ in range(3):
            desk.sync()
        assert tasks(desk) == []

    def test_a_pact_without_handoffs_hands_nothing_over(self, desk: Desk) -> None:
        agreed(desk, on=frozenset())
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert tasks(desk) == []
        assert not contact.fields["leadpact_handoff"]

    def test_without_tasks_the_message_alone_goes(self, desk: Desk) -> None:
        agreed(desk, task=None)
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert tasks(desk) == []
        assert [one.kind for one in desk.notices] == ["handoff"]
        assert the_handoff(desk).step == "done"

    def test_consent_that_a_crm_does_not_show_is_said_to_be_unknown(self, desk: Desk) -> None:
        contact, _lead = known(desk)
        desk.world.hubspot.hidden |= {"hs_email_optout"}
        asks_for_a_demo(desk, contact)
        desk.sync()
        ((_person, _key, said),) = tasks(desk)
        assert "Consent unknown (HubSpot does not show it): ask before you mail." in str(
            said["body"]
        )

    def test_a_customers_demo_request_goes_to_whoever_owns_the_record(self, desk: Desk) -> None:
        contact = desk.contact(lifecyclestage="customer", leadpact_stage="customer")
        lead = desk.lead(OwnerId=BOB.id, leadpact_stage__c="customer", Status="Working - Contacted")
        desk.sync()
        desk.sync()
        assert desk.stage(lead).stage == "customer"
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert desk.stage(lead).stage == "customer"
        ((person, _key, said),) = tasks(desk)
        assert (person, said["owner"]) == (lead.ref.id, BOB.id)
        assert "Customer: Asked for a demo" in str(said["subject"])
        desk.sync()
        assert len(tasks(desk)) == 1

    def test_a_competitors_demo_request_goes_nowhere(self, desk: Desk) -> None:
        contact = desk.contact(email="ann@rival.example")
        desk.lead(OwnerId=ANN.id, Email="ann@rival.example")
        desk.sync()
        desk.sync()
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert tasks(desk) == []
        assert desk.notices == []

    def test_with_one_crm_alone_the_task_is_left_there(self) -> None:
        desk = Desk(("hubspot",))
        agreed(desk)
        desk.world.hubspot.tasks.staff = {MARKETING_ANN.id: MARKETING_ANN}
        contact = desk.contact(hubspot_owner_id=MARKETING_ANN.id)
        desk.sync()
        desk.sync()
        asks_for_a_demo(desk, contact)
        desk.sync()
        ((person, _key, said),) = desk.world.hubspot.tasks.made.values()
        assert (person, said["owner"]) == (contact.ref.id, MARKETING_ANN.id)
        assert str(contact.fields["leadpact_handoff"]).startswith("Handed over to Ann Rep")


class TestCrashes:
    @pytest.mark.parametrize("after_the_write", [False, True])
    def test_a_cycle_killed_around_the_task_leaves_one_task(
        self, desk: Desk, after_the_write: bool
    ) -> None:
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        written = False

        def die(effect: Effect) -> None:
            nonlocal written
            if isinstance(effect, Write) and effect.rows[0].op == "announce":
                if not after_the_write:
                    raise Killed
                written = True
            elif written and isinstance(effect, Commit):
                raise Killed

        desk.before = die
        with pytest.raises(Killed):
            desk.sync()
        desk.before = lambda _effect: None
        assert len(tasks(desk)) == int(after_the_write)

        desk.sync()
        desk.sync()

        assert len(tasks(desk)) == 1
        assert the_handoff(desk).step == "done"
        assert str(contact.fields["leadpact_handoff"]).startswith("Handed over to Ann Rep")
        assert len([one for one in desk.notices if one.kind == "handoff"]) == 1


class TestOwners:
    def test_an_owner_who_left_gives_way_to_the_fallback_and_the_record_says_so(
        self, desk: Desk
    ) -> None:
        agreed(desk, fallback_owner=BOB.email)
        contact, lead = known(desk, EVE)
        asks_for_a_demo(desk, contact)
        report = desk.sync()
        ((_person, _key, said),) = tasks(desk)
        assert said["owner"] == BOB.id
        assert lead.fields["OwnerId"] == BOB.id
        assert report.counts["handoffs_to_fallback"] == 1

    def test_a_queue_keeps_its_lead_and_the_fallback_gets_the_task(self, desk: Desk) -> None:
        agreed(desk, fallback_owner=BOB.email)
        contact, lead = known(desk, QUEUE)
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert tasks(desk)[0][2]["owner"] == BOB.id
        assert lead.fields["OwnerId"] == QUEUE.id

    def test_nobody_to_take_it_is_said_to_marketing_until_somebody_does(self, desk: Desk) -> None:
        contact, lead = known(desk, EVE)
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert tasks(desk) == []
        assert "Eve Former is not active any more" in str(contact.fields["leadpact_handoff"])
        assert [one.to for one in desk.notices] == ["marketing"]

        desk.put(lead, OwnerId=ANN.id)
        desk.sync()

        assert tasks(desk)[0][2]["owner"] == ANN.id
        assert str(contact.fields["leadpact_handoff"]).startswith("Handed over to Ann Rep")

    def test_a_round_robin_sets_the_owner_and_leaves_out_who_left(self, desk: Desk) -> None:
        agreed(desk, reps=(EVE.email, BOB.email))
        contact, lead = known(desk, ANN)
        asks_for_a_demo(desk, contact)
        desk.sync()
        assert lead.fields["OwnerId"] == BOB.id
        assert tasks(desk)[0][2]["owner"] == BOB.id


class TestWaiting:
    def test_a_missing_must_have_field_holds_it_with_the_question_to_ask(self, desk: Desk) -> None:
        agreed(desk, must_have=(("website",), ("phone",)))
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        desk.sync()
        (held,) = desk.store.holds(waiting_only=True)
        assert held.cause == "handoff_lacks_fields"
        assert "Website, phone are missing. Ask: What is the company's website?" in held.why
        assert tasks(desk) == []
        assert str(contact.fields["leadpact_handoff"]).startswith("Held: Website, phone")

        desk.put(contact, website="https://acme.example", phone="+43 1 000")
        desk.sync()

        assert desk.store.holds(waiting_only=True) == []
        assert len(tasks(desk)) == 1

    def test_a_rep_gets_so_many_a_day_the_hottest_first_and_the_rest_the_next_day(
        self, desk: Desk
    ) -> None:
        agreed(desk, per_rep_per_day=2)
        rows = []
        for number in range(4):
            address = f"p{number}@firm{number}.example"
            name = f"Doe{number}"
            rows.append(desk.contact(email=address, lastname=name))
            desk.lead(Email=address, LastName=name, OwnerId=ANN.id)
        desk.sync()
        desk.sync()
        for number, contact in enumerate(rows):
            if number >= 2:
                desk.put(contact, last_pricing_page_view=desk.world.now.isoformat())
            asks_for_a_demo(desk, contact)

        report = desk.sync()

        assert len(tasks(desk)) == 2
        assert report.counts["handoffs_capped"] == 2
        subjects = " ".join(str(said["subject"]) for _p, _k, said in tasks(desk))
        assert "Doe2" in subjects
        assert "Doe3" in subjects
        assert "has had 2 handoffs today" in str(rows[0].fields["leadpact_handoff"])

        desk.world.now += timedelta(days=1)
        desk.sync()
        desk.sync()
        assert len(tasks(desk)) == 4

    def test_a_lead_that_moved_on_is_not_handed_over_any_more(self, desk: Desk) -> None:
        contact, lead = known(desk, EVE)
        asks_for_a_demo(desk, contact)
        desk.sync()
        desk.put(lead, Status="Working - Contacted", OwnerId=ANN.id)
        desk.sync()
        assert tasks(desk) == []
        assert the_handoff(desk).step == "dropped"


class TestNotices:
    def test_a_channel_that_fails_is_tried_again_and_never_stops_the_sync(self, desk: Desk) -> None:
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        desk.deliver = lambda _notice: Delivery(sent=False, error="it answered 503")

        report = desk.sync()

        assert report.status == "done"
        assert report.counts["notices_put_off"] == 1
        assert len(tasks(desk)) == 1
        desk.deliver = lambda _notice: Delivery(sent=True)
        report = desk.sync()
        assert report.counts["notices_sent"] == 1
        (notice,) = desk.store.notices()
        assert (notice.state, notice.attempts, notice.body) == ("sent", 2, "")

    def test_after_many_tries_it_is_given_up_and_stays_listed(self, desk: Desk) -> None:
        contact, _lead = known(desk)
        asks_for_a_demo(desk, contact)
        desk.deliver = lambda _notice: Delivery(sent=False, error="it answered 503")
        for _ in range(9):
            desk.sync()
            desk.world.now += timedelta(days=2)
        (notice,) = desk.store.notices(state="given_up")
        assert notice.error == "it answered 503"
        assert notice.body
