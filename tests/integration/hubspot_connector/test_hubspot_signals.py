"""Counters of contacts as signals: what they cost, and what a merge leaves of them (R8, R35; facts §7)."""

from __future__ import annotations

from typing import Any

import pytest

from leadpact.errors import FixSettings
from leadpact.ports.signals import GivesSignals

FORMS = "form_submissions"
SEARCH = "POST /crm/v3/objects/contacts/search"
READ = "POST /crm/v3/objects/contacts/batch/read"


def told(connector: GivesSignals, source: str, since: str = "") -> tuple[list[Any], str]:
    found: list[Any] = []
    done = False
    while not done:
        page = connector.signals(source, since)
        found += page.signals
        since, done = page.cursor, page.done
    return found, since


def submit(portal: Any, who: str, number: int, form: str) -> None:
    at = portal.world.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {
        "num_conversion_events": str(number),
        "recent_conversion_date": at,
        "recent_conversion_event_name": form,
    }
    portal.hubspot.edit("contacts", who, fields, "workflow:1")


def test_each_submission_has_its_form_and_a_page_costs_one_read_per_fifty(
    portal: Any, connector: Any
) -> None:
    who, *_others = portal.people(60)
    submit(portal, who, 1, "Download form")
    portal.world.clock.advance(86_400)
    _, cursor = told(connector, FORMS)
    _, cursor = told(connector, FORMS, cursor)
    portal.world.clock.advance(3_600)
    _, cursor = told(connector, FORMS, cursor)
    submit(portal, who, 2, "Demo request form")
    portal.world.clock.advance(60)
    portal.calls()
    found, cursor = told(connector, FORMS, cursor)
    assert portal.calls() == {SEARCH: 1, READ: 1}
    assert [(act.asset, act.quality) for act in found] == [
        ("Download form", "exact"),
        ("Demo request form", "exact"),
    ]
    portal.world.clock.advance(3_600)
    _, cursor = told(connector, FORMS, cursor)
    portal.calls()
    assert told(connector, FORMS, cursor)[0] == []
    assert portal.calls() == {SEARCH: 1}


def test_who_never_did_it_is_not_read_with_history_when_all_are_listed(
    portal: Any, connector: Any
) -> None:
    one, _other, *rest = portal.people(120)
    submit(portal, one, 1, "Download form")
    portal.hubspot.edit("contacts", rest[0], {"num_conversion_events": "0"}, "workflow:1")
    portal.world.clock.advance(60)
    connector.signal_sources()
    portal.calls()
    found, _cursor = told(connector, FORMS)
    assert [act.ref.id for act in found] == [one]
    assert portal.calls() == {SEARCH: 1, "GET /crm/v3/objects/contacts": 2, READ: 1}


def test_after_a_merge_the_dated_acts_stand_and_nobody_did_more_than_before(
    portal: Any, connector: Any
) -> None:
    one, other = portal.people(2)
    submit(portal, one, 1, "Download form")
    portal.world.clock.advance(3_600)
    submit(portal, other, 1, "Demo request form")
    portal.world.clock.advance(3_600)
    submit(portal, other, 2, "Contact form")
    before = {act.at for act in told(connector, FORMS)[0]}
    portal.world.clock.advance(3_600)
    merged = portal.hubspot.merge("contacts", one, other)["id"]
    portal.world.clock.advance(60)
    after = told(connector, FORMS)[0]
    assert {act.ref.id for act in after} == {str(merged)}
    assert {act.at for act in after if act.quality == "exact"} == before
    assert [act for act in after if act.quality == "sampled"] == []


def test_a_source_whose_property_the_account_has_not_is_unreadable(
    portal: Any, connector: Any
) -> None:
    del portal.hubspot._portal.catalog.live["hs_email_click"]
    names = {one.name: one for one in connector.signal_sources()}
    assert not names["email_clicks"].readable
    assert "hs_email_click" in names["email_clicks"].why_not
    assert names[FORMS].readable
    with pytest.raises(FixSettings) as caught:
        connector.signals("email_clicks", "")
    assert caught.value.code == "signal_source_unreadable"
    notes = [one for one in connector.diagnose({}) if one.code == "signal_source_unreadable"]
    assert len(notes) == 1
    assert "Clicks in marketing mails" in notes[0].sentence
