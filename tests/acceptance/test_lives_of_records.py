"""Records that are deleted, merged, converted, and a state that is lost, on both emulators through the real clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.agreement import shown
from tests.acceptance.town import LIFTED, Town
from tests.sandboxes import running_world

from leadpact.audit import explain
from leadpact.model.link import WorkItem
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import Person

DAY_S = 24 * 3600


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all lives; each test takes people of its own."""
    with running_world(60, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("lives"), world.settings())
        with town.pair() as pair:
            town.go_live(pair)
        yield town


def holds(pair: Pair, ref: RecordRef) -> dict[str, Any]:
    link_id = pair.store.link_ids([ref])[ref]
    return {one.cause: one for one in pair.store.holds(link_ids=[link_id], waiting_only=True)}


def answer(pair: Pair, ref: RecordRef, cause: str, words: str) -> None:
    now = pair.clock.now()
    hold = holds(pair, ref)[cause]
    pair.store.commit(
        StateChanges(
            holds=[replace(hold, status="answered", answer=words)],
            work=[WorkItem(hold.link_id, "review", now, now)],
        ),
        None,
        now,
    )


def sync(town: Town, pair: Pair, seconds: float = 15 * 60) -> None:
    town.later(seconds)
    report = pair.run_cycle(limits=LIFTED)
    assert report.status == "done", report.note


def contact_of(one: Person) -> RecordRef:
    return RecordRef("hubspot", "contacts", one.hs_contact)


def delete_lead(town: Town, one: Person) -> None:
    by = town.staff().rep
    town.world.control("/salesforce/delete", {"object": "Lead", "id": one.sf_lead, "by": by})


def free(town: Town, number: int) -> Person:
    """Somebody nobody else of this file works on, with a plain address."""
    shared = ("info@", "sales@", "office@", "kontakt@")
    plain = [one for one in town.people("mql", "sal", "sql") if not one.email.startswith(shared)]
    return plain[number]


def test_a_deleted_lead_is_made_anew_when_a_person_says_so(town: Town) -> None:
    one = free(town, 0)
    with town.pair() as pair:
        before = shown(town.world)
        delete_lead(town, one)
        sync(town, pair)
        assert holds(pair, contact_of(one)).keys() == {"deleted_in_salesforce"}
        sync(town, pair)
        assert len(shown(town.world).leads) == len(before.leads) - 1

        answer(pair, contact_of(one), "deleted_in_salesforce", "accept")
        sync(town, pair)
        now = shown(town.world)
        (made,) = now.leads.keys() - before.leads.keys()
        assert now.leads[made]["leadpact_lead_id__c"] != one.lead_id
        assert (
            now.leads[made]["leadpact_lead_id__c"]
            == now.hubspot[one.hs_contact]["leadpact_lead_id"]
        )
        assert now.leads[made]["Email"] == one.email
        sync(town, pair)
        assert shown(town.world).leads.keys() == now.leads.keys()


def test_merged_in_hubspot_the_leads_follow_at_once(town: Town) -> None:
    one = free(town, 2)
    with town.pair() as pair:
        other = town.world.control(
            "/hubspot/create",
            {
                "object": "contacts",
                "properties": {"email": f"second.{one.email}", "lastname": one.name.split()[-1]},
                "by": town.staff().marketer,
            },
        )
        sync(town, pair)
        merged = town.world.control(
            "/hubspot/merge",
            {"object": "contacts", "primary": one.hs_contact, "other": str(other["id"])},
        )
        sync(town, pair)
        sync(town, pair)
        new = RecordRef("hubspot", "contacts", str(merged["id"]))
        lead = RecordRef("salesforce", "Lead", one.sf_lead)
        ids = pair.store.link_ids([new, lead, contact_of(one)])
        assert len(set(ids.values())) == 1
        assert "several_records_one_person" not in holds(pair, new)
        town.world.edit_contact(new.id, {"city": "Bodø"}, town.staff().marketer)
        sync(town, pair)
        assert shown(town.world).leads[one.sf_lead]["City"] == "Bodø"


def test_converted_into_a_linked_contact_the_other_contact_is_a_duplicate(town: Town) -> None:
    one, other = free(town, 3), free(town, 4)
    staff = town.staff()
    convert = {"status": "Closed - Converted", "by": staff.executive}
    with town.pair() as pair:
        town.world.control("/salesforce/convert", {"lead": one.sf_lead, **convert})
        sync(town, pair)
        contact = next(
            row["ConvertedContactId"]
            for key, row in shown(town.world).leads.items()
            if key == one.sf_lead
        )
        person = RecordRef("salesforce", "Contact", contact)
        account = town.world.query(f"SELECT AccountId FROM Contact WHERE Id = '{contact}'")
        town.world.control(
            "/salesforce/convert",
            {
                "lead": other.sf_lead,
                "contact": contact,
                "account": account[0]["AccountId"],
                **convert,
            },
        )
        sync(town, pair)
        ids = pair.store.link_ids([person, contact_of(one), contact_of(other)])
        assert len(set(ids.values())) == 1
        assert ids[person] == one.lead_id
        assert "several_records_one_person" in holds(pair, person)
        before = shown(town.world)
        at = {"last_demo_request": town.world.get("/clock")["now"][:19] + "Z"}
        town.world.edit_contact(other.hs_contact, at, "workflow:7101")
        sync(town, pair)
        now = shown(town.world)
        assert now.leads.keys() == before.leads.keys()
        unwritten, stood = dict(now.hubspot[other.hs_contact]), before.hubspot[other.hs_contact]
        assert unwritten == {**stood, "lastmodifieddate": unwritten["lastmodifieddate"]}
        story = explain(pair.store, pair.pact, one.lead_id)
        assert story is not None
        assert [each.link.id for each in story.joined] == [other.lead_id]


def test_without_its_state_it_links_by_our_id_and_makes_nobody_twice(town: Town) -> None:
    one = free(town, 5)
    with town.pair() as pair:
        town.world.edit_lead(one.sf_lead, {"Email": f"new.{one.email}"}, town.staff().rep)
        sync(town, pair)
        town.until_quiet(pair)
    before = shown(town.world)
    for file in Path(town.folder).glob("state.db*"):
        file.unlink()
    with town.pair() as pair:
        town.begin(pair)
        report = pair.run_cycle(limits=LIFTED)
        assert report.status == "done", report.note
        town.answer_differences(pair)
        town.until_quiet(pair)
        now = shown(town.world)
        assert now.leads.keys() == before.leads.keys()
        assert now.contacts.keys() == before.contacts.keys()
        assert now.hubspot.keys() == before.hubspot.keys()
        for key, row in before.hubspot.items():
            assert now.hubspot[key]["leadpact_lead_id"] == row["leadpact_lead_id"]
        ids = pair.store.link_ids([contact_of(one), RecordRef("salesforce", "Lead", one.sf_lead)])
        assert len(ids) == 2
        assert len(set(ids.values())) == 1


def test_an_archived_contact_shows_in_the_daily_sweep(town: Town) -> None:
    # The last life: so long a time ends the session by which this file reads Salesforce.
    one, by = free(town, 1), town.staff().marketer
    with town.pair() as pair:
        sync(town, pair, 2 * DAY_S)
        town.world.control(
            "/hubspot/archive",
            {"object": "contacts", "id": one.hs_contact, "by": by},
        )
        sync(town, pair)
        assert holds(pair, RecordRef("salesforce", "Lead", one.sf_lead)) == {}
        town.later(DAY_S)
        report = pair.run_cycle(limits=LIFTED)
        assert report.counts["sweep_calls_hubspot"] == 1
        told = pair.calls.by_crm()["hubspot"]
        assert told["GET /crm/v3/objects/contacts?archived=true"] >= 1
        assert "deleted_in_hubspot" in holds(pair, RecordRef("salesforce", "Lead", one.sf_lead))
