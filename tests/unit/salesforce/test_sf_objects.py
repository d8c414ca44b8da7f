from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, quote_plus

import pytest
from requests import Request
from urllib3.util import parse_url

from leadpact.errors import FixSettings, SetAside
from leadpact_salesforce import soql
from leadpact_salesforce.calls import route_of
from leadpact_salesforce.limits import usage
from leadpact_salesforce.objects import id18, instant, stamp_text, version_of


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("00Q5g00000AbCdE", "00Q5g00000AbCdEEAV"),
        ("001000000000001", "001000000000001AAA"),
        ("00QABCDEFGHIJKL", "00QABCDEFGHIJKL255"),
    ],
)
def test_an_id_of_15_characters_gets_its_three_check_characters(short: str, long: str) -> None:
    assert id18(short) == long
    assert id18(long) == long


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00Q",
        "00Q5g00000AbCdE'",
        "https://evil.example/00Q5g00000AbCdE",
        "../../../query?q=x",
        "00Q5g00000AbCdE\n",
        "00Q5g00000ÄbCdE",
        "00Q5g00000AbCdEEA",
    ],
)
def test_what_has_not_the_shape_of_an_id_goes_nowhere(text: str) -> None:
    with pytest.raises(SetAside) as refused:
        id18(text)
    assert refused.value.code == "bad_id"


def test_stamps_become_fixed_width_utc() -> None:
    assert version_of("2026-11-21T10:00:00.000+0000") == "2026-11-21T10:00:00.000Z"
    assert version_of("2026-11-21T12:00:00.000+0200") == "2026-11-21T10:00:00.000Z"
    assert version_of("2026-11-21T10:00:00Z") == "2026-11-21T10:00:00.000Z"
    assert instant("2026-11-21T10:00:00.000+0000") == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert stamp_text(datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)) == "2026-01-02T03:04:05.678Z"


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("o'neil@example.com", r"'o\'neil@example.com'"),
        ("x\\' OR Id != null", r"'x\\\' OR Id != null'"),
        ("a\nb", r"'a\nb'"),
        ("%_", "'%_'"),
    ],
)
def test_texts_cannot_leave_their_quotes(value: str, literal: str) -> None:
    assert soql.text(value) == literal


@pytest.mark.parametrize("name", ["Email FROM User", "Email--", "", "a.b.c", "1Email", "Emäil"])
def test_names_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(FixSettings) as refused:
        soql.select(["Id", name], "Lead")
    assert refused.value.code == "field_name_invalid"


def test_values_that_no_text_field_can_hold_are_not_looked_for() -> None:
    assert not soql.searchable("  ")
    assert not soql.searchable("a\x00b")
    assert soql.searchable("名前@example.com")


def test_statements_hold_at_most_60_values_and_stay_short() -> None:
    literals = [soql.text(f"person.{n}@a-company-with-a-long-name.example") for n in range(200)]
    head = "SELECT Id FROM Lead WHERE Email"
    made = list(soql.in_groups(head, literals))
    assert [text for each in made for text in each.split("(")[1].rstrip(")").split(",")] == literals
    assert all(len(soql.as_parameter(each)) <= 1_882 for each in made)
    short = list(soql.in_groups(head, ["'a'"] * 61))
    assert [each.count("'a'") for each in short] == [60, 1]


@pytest.mark.parametrize("said", ["a b+c@d-e_f.example", "o\\'neil~%/&=;,", "名前@例え.jp", " "])
def test_a_literal_takes_as_much_of_an_address_as_it_is_sent_as(said: str) -> None:
    assert soql.in_address(soql.text(said)) == len(soql.as_parameter(soql.text(said))) - len("q=")


@pytest.mark.parametrize(
    "said", ["a b+c@d-e_f.example", "o\\'neil~%/&=;,#", "名前@例え.jp", "%20", '<">']
)
def test_a_query_is_sent_as_it_was_written(said: str) -> None:
    query = f"SELECT Id, Email FROM Lead WHERE Email IN ({soql.text(said)}) AND A__c >= 1"
    address = Request("GET", "https://acme.example/query/", params=soql.as_parameter(query))
    sent = parse_url(address.prepare().url or "")
    assert parse_qs(sent.query, strict_parsing=True) == {"q": [query]}
    assert not sent.fragment


def test_ids_and_addresses_are_sent_without_a_percent_sign() -> None:
    """Each one costs a walk through the whole address, character by character, in two libraries."""
    listed = ",".join([soql.text("ada.o-neil_1@example.com"), *soql.ids(["00Q5g00000AbCdEEAV"])])
    assert "%" not in soql.as_parameter(f"SELECT Id, A__c FROM Lead WHERE Email IN ({listed})")


def test_a_page_of_leads_is_one_query_and_stays_below_what_is_refused() -> None:
    head = f"{soql.select([f'A_Mapped_Field_{n}__c' for n in range(40)], 'Lead')} WHERE Email"
    usual = [soql.text(f"person.{n}@the-company.example") for n in range(200)]
    assert len(list(soql.in_pages(head, usual))) == 1
    long = [soql.text(f"{n}{'x' * 75}@example.com") for n in range(200)]
    made = list(soql.in_pages(head, long))
    assert "".join(made).count("@") == 200
    assert all(len(quote_plus(each)) < 13_500 for each in made), "quoted on the way, too"


def test_a_long_list_of_fields_leaves_one_value_to_each_statement() -> None:
    head = soql.select([f"A_Field_With_A_Long_Name_{n}__c" for n in range(80)], "Lead")
    made = list(soql.in_groups(f"{head} WHERE Email", ["'a'", "'b'"]))
    assert len(made) == 2


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/services/data/v66.0/query/", "/services/data/{version}/query"),
        ("/services/data/v66.0/queryAll/01gxx-2000", "/services/data/{version}/queryAll/{locator}"),
        (
            "/services/data/v66.0/composite/sobjects/Lead/leadpact_lead_id__c",
            "/services/data/{version}/composite/sobjects/Lead/leadpact_lead_id__c",
        ),
        (
            "/services/data/v66.0/tooling/sobjects/CustomField/00N5g00000AbCdEEAV",
            "/services/data/{version}/tooling/sobjects/CustomField/{id}",
        ),
        ("/services/oauth2/token", "/services/oauth2/token"),
    ],
)
def test_calls_are_counted_by_route(path: str, route: str) -> None:
    assert route_of(path) == route


def test_the_days_usage_is_read_beside_the_apps_own() -> None:
    assert usage("api-usage=18/5000; per-app-api-usage=17/250(appName=x)") == (18, 5000)
    assert usage("per-app-api-usage=17/250(appName=x)") is None
    assert usage("") is None
