"""S70, S85, R36: what a task says of a lead is what the lead did and is called, whatever stands in its name."""

from __future__ import annotations

from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.test_rules_handoff import (
    BOB,
    agreed,
    asks_for_a_demo,
    desk,
    tasks,
)

from leadpact.pact.handoff import TaskRule

__all__ = ["desk"]


def test_a_customers_request_is_named_though_it_did_something_else_after_it(desk: Desk) -> None:
    contact = desk.contact(lifecyclestage="customer", leadpact_stage="customer")
    desk.lead(OwnerId=BOB.id, leadpact_stage__c="customer", Status="Working - Contacted")
    desk.sync()
    desk.sync()
    asks_for_a_demo(desk, contact)
    desk.later(minutes=1)
    desk.put(contact, last_pricing_page_view=desk.world.now.isoformat())
    desk.sync()
    ((_person, _key, said),) = tasks(desk)
    assert "Customer: Asked for a demo" in str(said["subject"])


def test_what_looks_like_a_word_of_ours_in_a_name_stays_as_it_is(desk: Desk) -> None:
    contact = desk.contact(firstname="{why}", lastname="{company}")
    desk.lead(OwnerId=BOB.id, FirstName="{why}", LastName="{company}")
    desk.sync()
    desk.sync()
    asks_for_a_demo(desk, contact)
    desk.sync()
    ((_person, _key, said),) = tasks(desk)
    assert "{why} {company}" in str(said["subject"])


def test_brackets_in_a_name_and_a_company_are_told_whole(desk: Desk) -> None:
    agreed(desk, task=TaskRule(subject="Answer {name} ({company}): {why}"))
    names = {"firstname": "Ann (Annie)", "lastname": "Doe: CEO", "company": "Acme (UK)"}
    contact = desk.contact(**names)
    desk.lead(OwnerId=BOB.id, FirstName="Ann (Annie)", LastName="Doe: CEO", Company="Acme (UK)")
    desk.sync()
    desk.sync()
    asks_for_a_demo(desk, contact)
    desk.sync()
    ((_person, _key, said),) = tasks(desk)
    assert said["subject"] == "Answer Ann (Annie) Doe: CEO (Acme (UK)): Asked for a demo"


def test_no_empty_brackets_where_the_company_is_not_known(desk: Desk) -> None:
    agreed(desk, must_have=(), task=TaskRule(subject="Answer {name} ({company}): {why}"))
    contact = desk.contact(company="")
    desk.lead(OwnerId=BOB.id, Company="")
    desk.sync()
    desk.sync()
    asks_for_a_demo(desk, contact)
    desk.sync()
    ((_person, _key, said),) = tasks(desk)
    assert said["subject"] == "Answer Ann Doe: Asked for a demo"


def test_who_only_looked_is_to_be_learned_about_first(desk: Desk) -> None:
    """S68, S69: clicks are a reason to learn fit; the task says the ways out of the first touch."""
    agreed(desk, must_have=())
    contact = desk.contact(jobtitle="", company="Acme")
    lead = desk.lead(OwnerId=BOB.id, Company="Acme", Title="", NumberOfEmployees=120)
    desk.sync()
    desk.sync()
    now = desk.world.now.isoformat()
    desk.put(contact, last_demo_page_view=now, last_pricing_page_view=now)
    desk.sync()
    assert desk.stage(lead).stage == "mql"
    ((_person, _key, said),) = tasks(desk)
    body = str(said["body"])
    assert (
        "They looked, they did not ask: learn whether they fit before you pitch. Ask: What is their role"
        in body
    )
    assert "At first touch: do they fit? Then book the demo" in body

    asks_for_a_demo(desk, contact)
    desk.sync()
    asked = str(tasks(desk)[-1][2]["body"])
    assert "They asked: answer that first." in asked
    assert "They looked" not in asked
