"""What explain tells besides the story: scores of another day, names of people, why a CRM has no record (R37)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from tests.simulation.agreement import mapping, pact
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.test_rules_tombstones import delete

from leadpact.audit.absent import Age, absent
from leadpact.errors import FixSettings, WaitUntil
from leadpact.model.decided import Activation
from leadpact.model.owner import Owner
from leadpact.model.stage import StageState
from leadpact.pact import load_pact
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Limits
from leadpact_app.cli.explain_more import buried_words, instant_of, people_in, score_at
from leadpact_mappings import default_text

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


class Owners:
    """A CRM that names one person."""

    def owners(self, ids: Collection[str], emails: Collection[str] = ()) -> Sequence[Owner]:
        del emails
        return [Owner("0057", "Omar Haddad")] if "0057" in ids else []


class Silent:
    """A CRM that cannot be reached."""

    def owners(self, ids: Collection[str], emails: Collection[str] = ()) -> Sequence[Owner]:
        raise WaitUntil("down")


def test_ids_are_shown_by_name_and_unknown_ones_stay() -> None:
    crms = cast(Any, {"salesforce": Owners(), "hubspot": Silent()})
    texts = ["sales (person 0057)", "Contested by person:0057", "salesforce:0057", "person:0099"]
    people = people_in(texts, crms)
    assert [people.say(text) for text in texts] == [
        "sales (Omar Haddad)",
        "Contested by Omar Haddad",
        "Omar Haddad",
        "person:0099",
    ]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOW),
        ("2026-03-05", datetime(2026, 3, 5, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2026-03-05T10:07Z", datetime(2026, 3, 5, 10, 7, tzinfo=UTC)),
        ("2026-03-05T10:07", datetime(2026, 3, 5, 10, 7, tzinfo=UTC)),
        ("2026-03-05T10:07+02:00", datetime(2026, 3, 5, 8, 7, tzinfo=UTC)),
    ],
)
def test_a_day_is_meant_to_its_end(text: str, at: datetime) -> None:
    assert instant_of(text, NOW) == at


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(FixSettings, match="not 'yesterday'"):
        instant_of("yesterday", NOW)


def scored() -> tuple[Desk, str, datetime]:
    """A lead of 55 points, a new agreement, and 40 days on; the instant lies before both."""
    desk = Desk()
    contact = desk.contact(lifecyclestage="lead", jobtitle="Marketing Manager")
    desk.lead(NumberOfEmployees=120)
    desk.sync()
    desk.put(contact, last_webinar_attended=desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    desk.sync()
    then = desk.world.now
    desk.later(days=40)
    desk.pact = load_pact(default_text("pact.yaml").replace("points: 20\n", "points: 30\n"))
    desk.put(contact, last_gated_download=desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    desk.sync()
    return desk, desk.link(contact).id, then


def test_a_score_is_made_again_under_the_agreement_of_its_day() -> None:
    desk, link_id, then = scored()
    ran = [
        Activation("a", then - timedelta(days=9), pact().hash, "1.0", "first", pact().text),
        Activation("b", then, desk.pact.hash, "1.1", "evidence", desk.pact.text),
    ]
    desk.store.commit(StateChanges(activations=ran), None, desk.world.now)
    found = score_at(desk.store, desk.pact, link_id, then, now=False)
    assert found is not None
    assert (found.same, found.card.total, found.card.pact_hash) == (True, 5500, pact().hash)
    assert "+20 Attended a webinar, 2 Mar 2026; counts until 31 May 2026" in found.lines
    assert "Missing: 5 more points to reach 60" in found.lines
    later = score_at(desk.store, desk.pact, link_id, desk.world.now, now=False)
    assert later is not None
    assert later.same
    assert later.card.pact_hash == desk.pact.hash
    assert score_at(desk.store, desk.pact, link_id, then - timedelta(days=9), now=False) is None


def test_an_agreement_whose_text_is_lost_is_told() -> None:
    desk, link_id, then = scored()
    with pytest.raises(FixSettings, match=f"under the agreement {pact().hash}"):
        score_at(desk.store, desk.pact, link_id, then, now=False)


def test_what_was_erased_is_not_passed_off_as_the_same() -> None:
    desk, link_id, then = scored()
    kept = desk.store.decided_scores(link_id, then, 1)[0]
    desk.store.commit(StateChanges(decided=[replace(kept, engagement=4000)]), None, then)
    found = score_at(desk.store, pact(), link_id, then, now=False)
    assert found is not None
    assert not found.same
    assert "does not come out the same any more" in found.lines[2]


def absent_in(
    desk: Desk,
    link_id: str,
    *,
    live: bool = True,
    held: bool = True,
    age: Age | None = None,
    **base: Any,
) -> tuple[str, ...]:
    link = desk.store.links([link_id])[link_id]
    link = replace(link, base={**link.base, **base})
    sides = desk.store.sides([link_id])[link_id]
    holds = desk.store.holds(link_ids=[link_id]) if held else ()
    names = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
    return absent(link, sides, holds, mapping(), pact(), live=live, names=names, age=age)


def test_why_a_crm_has_no_record_is_told() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="lead")
    desk.sync()
    link_id = desk.link(contact).id
    assert absent_in(desk, link_id) == (
        "No record in Salesforce: one is made from MQL on, and it is Lead.",
    )
    assert "not approved yet" in absent_in(desk, link_id, live=False)[0]
    desk.put(contact, leadpact_stage="mql", email="")
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    assert "waits for a person first" in absent_in(desk, link_id)[0]


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ({"email_opt_out": True}, "the person opted out of e-mail"),
        ({"email": None}, "there is no e-mail address, without which none is made"),
        ({"company": ""}, "company must be known first"),
        ({}, "the next sync makes it, or says why not"),
    ],
)
def test_each_hindrance_of_a_new_record_is_told(base: dict[str, Any], why: str) -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
    desk.sync(dry=False, approved=False)
    desk.go_live = None
    desk.sync(limits=Limits())
    link_id = next(iter(desk.store.page_of_links("", 1)))
    link = desk.store.links([link_id])[link_id]
    state = StageState("mql", desk.world.now)
    known = {"email": "ann@acme.example", "company": "Acme", "last_name": "Doe", **base}
    desk.store.commit(
        StateChanges(links=[replace(link, stage=state, base=known)]), None, desk.world.now
    )
    assert contact.ref.id
    told = absent_in(desk, link_id, held=False, **base)
    assert told == (f"No record in Salesforce: {why}.",)


LIVE = datetime(2026, 3, 1, 9, tzinfo=UTC)
BEFORE, AFTER = LIVE - timedelta(days=1), LIVE + timedelta(days=1)
OLDER = "it is older than go-live on 1 Mar 2026, and nobody from before is made there"


@pytest.mark.parametrize(
    ("age", "why"),
    [
        ({"made": BEFORE, "seen_first": AFTER}, OLDER),
        ({"seen_first": BEFORE}, OLDER),
        ({"made": AFTER, "seen_first": AFTER}, "the next sync makes it, or says why not"),
        (
            {"seen_first": AFTER},
            "makes it if its record was made after go-live on 1 Mar 2026, and else never",
        ),
    ],
)
def test_who_is_older_than_go_live_is_not_promised_a_contact(age: dict[str, Any], why: str) -> None:
    desk = Desk()
    lead = desk.lead(Status="Open - Not Contacted")
    desk.go_live = None
    desk.sync(limits=Limits())
    (link_id,) = desk.store.page_of_links("", 1)
    link = desk.store.links([link_id])[link_id]
    known = {"email": "ann@acme.example", "company": "Acme", "last_name": "Doe"}
    state = StageState("mql", desk.world.now)
    changed = replace(link, stage=state, base=known)
    desk.store.commit(StateChanges(links=[changed]), None, desk.world.now)
    assert lead.ref.crm == "salesforce"
    (told,) = absent_in(desk, link_id, held=False, age=Age(LIVE, **age))
    assert told.startswith("No record in HubSpot: ")
    assert why in told


def test_both_records_there_is_nothing_to_tell() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="lead")
    desk.lead()
    desk.sync()
    assert absent_in(desk, desk.link(contact).id) == ()


def test_a_deleted_person_is_known_by_a_digest_of_the_address() -> None:
    desk = Desk(("salesforce",))
    lead = desk.lead()
    desk.sync()
    delete(desk, lead)
    desk.sync()
    assert desk.link(lead).status == "tombstone"
    told = buried_words(desk.store, "desk", ["Ann@Acme.example", ""])
    assert len(told) == 1
    assert "was deleted on 2 Mar 2026" in told[0]
    assert buried_words(desk.store, "desk", ["bob@acme.example"]) == []
    assert buried_words(desk.store, "another pair", ["ann@acme.example"]) == []
