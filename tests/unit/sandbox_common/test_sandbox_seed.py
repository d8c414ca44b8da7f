"""The seeded company is the same for the same numbers, believable, and made of nobody real."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from leadpact_sandbox.seed import generate
from leadpact_sandbox.seed.model import QUEUE_KEY, Company, Person
from leadpact_sandbox.seed.names import CULTURES

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RESERVED = (".example", ".test", "example.com", "example.org")
STATUSES = {
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
}


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(1_000, 7, NOON)


def test_the_same_numbers_make_the_same_people(company: Company) -> None:
    assert generate(1_000, 7, NOON) == company
    assert generate(1_000, 7, NOON + timedelta(hours=11)) == company
    assert generate(1_000, 8, NOON).people != company.people


def test_a_later_day_moves_the_dates_and_nothing_else(company: Company) -> None:
    later = generate(1_000, 7, NOON + timedelta(days=3))
    for person, moved in zip(company.people, later.people, strict=True):
        assert moved.email == person.email
        assert moved.created_at - person.created_at == timedelta(days=3)


@pytest.mark.parametrize("leads", [0, 1, 2, 37])
def test_any_number_of_people_can_be_asked_for(leads: int) -> None:
    assert len(generate(leads, 7, NOON).people) == leads


def test_a_negative_number_and_a_naive_instant_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        generate(-1, 7, NOON)
    with pytest.raises(ValueError, match="zone"):
        generate(1, 7, NOON.replace(tzinfo=None))


def test_shares_of_the_crms_are_as_promised(company: Company) -> None:
    where = Counter((person.in_hubspot, person.in_salesforce) for person in company.people)
    assert 560 <= where[True, True] <= 640
    assert where[True, False] > 4 * where[False, True] > 100
    assert where[False, False] == 0


def test_every_address_is_reserved_and_hubspot_knows_it_once(company: Company) -> None:
    addresses = [person.email for person in company.people if person.email]
    assert all(address.lower().endswith(RESERVED) for address in addresses)
    assert all(staff.email.endswith(RESERVED) for staff in company.staff)
    hubspot = [p.email.lower() for p in company.people if p.in_hubspot and p.email]
    assert len(hubspot) == len(set(hubspot))


def test_salesforce_gets_what_it_requires(company: Company) -> None:
    for person in company.people:
        assert person.in_salesforce == (person.salesforce_status is not None)
        if person.in_salesforce:
            assert person.last_name
            assert person.company
            assert person.salesforce_status in STATUSES
            assert person.salesforce_owner
        assert (person.converted is not None) == (person.salesforce_status == "Closed - Converted")


def test_converted_leads_are_owned_by_people_not_by_the_queue(company: Company) -> None:
    converted = [person for person in company.people if person.converted]
    assert {person.converted for person in converted} == {"contact", "opportunity", "won", "lost"}
    assert all(person.salesforce_owner != QUEUE_KEY for person in converted)


def test_owners_are_staff_or_the_queue(company: Company) -> None:
    keys = {staff.key for staff in company.staff}
    owners = {person.hubspot_owner for person in company.people} - {None}
    assert owners <= keys
    assert {person.salesforce_owner for person in company.people} - {None} <= keys | {QUEUE_KEY}
    assert {staff.team for staff in company.staff} == {"Marketing", "Sales", "RevOps"}
    assert sum(staff.integration for staff in company.staff) == 1
    assert any(not staff.active for staff in company.staff)


def test_dates_lie_before_the_seed_and_signals_after_the_person(company: Company) -> None:
    for person in company.people:
        assert person.created_at <= company.as_of
        assert person.created_at.microsecond == 0
        instants = [signal.at for signal in person.signals]
        assert instants == sorted(instants)
        assert all(person.created_at <= at < company.as_of for at in instants)
        assert all(at.microsecond == 0 for at in instants)
        if not person.in_hubspot:
            assert person.signals == ()


def test_every_kind_of_signal_occurs_and_assets_where_they_belong(company: Company) -> None:
    signals = [signal for person in company.people for signal in person.signals]
    assert len({signal.name for signal in signals}) == 8
    for signal in signals:
        assert (signal.asset is not None) == (signal.name in ("gated_download", "webinar"))


def test_some_leads_are_ready_for_marketing_to_qualify(company: Company) -> None:
    fresh = company.as_of - timedelta(days=21)
    ready = [
        person
        for person in company.people
        if person.hubspot_stage == "lead"
        and sum(s.at > fresh and s.name in ("pricing_page", "demo_page") for s in person.signals)
        > 1
    ]
    assert len(ready) >= 10


def test_names_come_in_many_scripts(company: Company) -> None:
    scripts = {
        unicodedata.name(person.last_name[0]).split()[0]
        for person in company.people
        if person.last_name
    }
    assert scripts >= {
        "LATIN",
        "CYRILLIC",
        "GREEK",
        "ARABIC",
        "HEBREW",
        "CJK",
        "HANGUL",
        "DEVANAGARI",
    }


def test_second_leads_name_an_open_one_of_the_same_person(company: Company) -> None:
    by_key = {person.key: person for person in company.people}
    seconds = [person for person in company.people if person.duplicate_of]
    assert len(seconds) >= 5
    for second in seconds:
        first = by_key[second.duplicate_of or ""]
        assert second.email
        assert first.email
        assert second.email.lower() == first.email.lower()
        assert first.in_salesforce
        assert not second.in_hubspot
        assert second.created_at >= first.created_at
    assert any(by_key[p.duplicate_of or ""].email != p.email for p in seconds)


def disagrees(person: Person) -> bool:
    """True if no reading of the default stage tables gives both CRMs one stage."""
    agreed = {
        ("subscriber", None, None),
        ("lead", None, None),
        ("marketingqualifiedlead", "Open - Not Contacted", None),
        ("marketingqualifiedlead", "Working - Contacted", None),
        ("salesqualifiedlead", "Working - Contacted", None),
        ("salesqualifiedlead", "Closed - Converted", "contact"),
        ("opportunity", "Closed - Converted", "opportunity"),
        ("customer", "Closed - Converted", "won"),
        ("evangelist", "Closed - Converted", "won"),
        ("lead", "Closed - Converted", "lost"),
        ("lead", "Closed - Not Converted", None),
        ("marketingqualifiedlead", "Closed - Not Converted", None),
        ("lead", "Open - Not Contacted", None),
    }
    unworked = person.hubspot_lead_status == "NEW" and person.salesforce_status != (
        "Open - Not Contacted"
    )
    stage = (person.hubspot_stage, person.salesforce_status, person.converted)
    return stage not in agreed or unworked


def test_a_few_stages_differ_between_the_crms(company: Company) -> None:
    both = [person for person in company.people if person.in_hubspot and person.in_salesforce]
    share = sum(map(disagrees, both)) / len(both)
    assert 0.03 <= share <= 0.09


def test_blanks_students_rivals_and_free_mail_occur(company: Company) -> None:
    people = company.people
    assert any(person.email is None for person in people)
    assert any(person.first_name is None for person in people)
    assert any(person.title is None for person in people)
    assert any(person.employees is None for person in people)
    assert any(person.title == "Student" for person in people)
    assert any((person.email or "").endswith("@rival.example") for person in people)
    assert any((person.email or "").endswith("@gmail.example") for person in people)
    assert any((person.email or "").startswith("info@") for person in people)
    assert any(person.opted_out for person in people)


def test_no_value_is_longer_than_salesforce_stores(company: Company) -> None:
    for person in company.people:
        assert len(person.first_name or "") <= 40
        assert len(person.last_name or "") <= 80
        assert len(person.company or "") <= 255
        assert len(person.email or "") <= 80
        assert len(person.title or "") <= 128
        assert len(person.phone or "") <= 40


def test_names_have_a_plain_form_for_addresses() -> None:
    for culture in CULTURES:
        for written, plain in (*culture.given, *culture.family, *culture.companies):
            assert written == written.strip() != ""
            assert plain.isascii()
            assert plain.replace("-", "").isalnum()


def test_making_people_takes_time_in_proportion_to_their_number() -> None:
    began = time.process_time()
    generate(1_000, 7, NOON)
    small = time.process_time() - began
    began = time.process_time()
    generate(10_000, 7, NOON)
    # A quadratic search for free addresses or firms would be 100 times, not 10.
    assert time.process_time() - began < max(small, 0.01) * 40
