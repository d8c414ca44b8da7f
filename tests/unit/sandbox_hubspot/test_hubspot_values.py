"""What a property takes and how it is stored: facts/hubspot.md §1 "Errors", §5."""

from __future__ import annotations

import orjson
import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

PREFIX = "Property values were not valid: "
PROPERTIES = "/crm/v3/properties/contacts"


@pytest.fixture
def typed(client: Client) -> Client:
    for name, kind, field_type in (
        ("a_number", "number", "number"),
        ("a_date", "date", "date"),
        ("a_moment", "datetime", "date"),
        ("a_bool", "bool", "booleancheckbox"),
        ("a_text", "string", "textarea"),
    ):
        body = {"name": name, "label": name, "groupName": "engagement", "type": kind}
        assert client.post(PROPERTIES, {**body, "fieldType": field_type}).status == 201
    return client


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("a_number", "12.50", "12.50"),
        ("a_number", 3, "3"),
        ("a_number", "-1e3", "-1e3"),
        ("a_date", "2026-03-01", "2026-03-01"),
        ("a_date", "1772323200000", "2026-03-01"),
        ("a_moment", "2026-03-01T10:00:00.250+02:00", "2026-03-01T08:00:00.250Z"),
        ("a_moment", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("a_moment", "1772323200001", "2026-03-01T00:00:00.001Z"),
        ("a_moment", "2026-03-01", "2026-03-01T00:00:00Z"),
        ("a_bool", True, "true"),
        ("a_text", "x" * 65_536, "x" * 65_536),
        ("a_text", "  spaces stay ", "  spaces stay "),
        ("hs_buying_role", "CHAMPION;END_USER;CHAMPION", "CHAMPION;END_USER"),
        ("lifecyclestage", "opportunity", "opportunity"),
        ("email", " Zoë@Example.com ", "zoë@example.com"),
    ],
)
def test_stored_form(typed: Client, name: str, sent: object, stored: str) -> None:
    number = typed.made(**{name: sent})
    assert typed.values(number, name)[name] == stored


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("a_number", "12,5", "INVALID_INTEGER"),
        ("a_number", "NaN", "INVALID_INTEGER"),
        ("a_number", "٣x", "INVALID_INTEGER"),
        ("a_date", "2026-03-01T10:00:00Z", "INVALID_DATE"),
        ("a_date", "1772323200001", "INVALID_DATE"),
        ("a_date", "soon", "INVALID_DATE"),
        ("a_moment", "soon", "INVALID_LONG"),
        ("a_moment", "9" * 30, "INVALID_LONG"),
        ("a_moment", "-99999999999999", "INVALID_LONG"),
        ("a_bool", "yes", "INVALID_OPTION"),
        ("a_text", "x" * 65_537, "PROPERTY_VALUE_TOO_LONG"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("hs_lead_status", "sal", "INVALID_OPTION"),
        ("hs_buying_role", "CHAMPION;KING", "INVALID_OPTION"),
        ("hubspot_owner_id", "1", "INVALID_OPTION"),
        ("email", "no-address", "INVALID_EMAIL"),
        ("email", "a@b", "INVALID_EMAIL"),
        ("hs_additional_emails", "a@example.com;b", "INVALID_EMAIL"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("num_conversion_events", "4", "READ_ONLY_VALUE"),
        ("hubspotscore", "40", "READ_ONLY_VALUE"),
        ("hs_lifecyclestage_lead_date", "2026-01-01", "READ_ONLY_VALUE"),
        ("not_a_property", "x", "PROPERTY_DOESNT_EXIST"),
    ],
)
def test_refused_values(typed: Client, name: str, sent: object, code: str) -> None:
    answer = typed.post(CONTACTS, {"properties": {name: sent}})
    assert answer.status == 400
    assert answer.body["errors"][0]["code"] == code
    assert answer.body["errors"][0]["context"] == {"propertyName": [name]}


def test_all_bad_properties_are_listed_in_both_forms(client: Client) -> None:
    """§1: the message holds a JSON array, ``errors`` repeats it."""
    answer = client.post(
        CONTACTS, {"properties": {"nope": "1", "createdate": "1", "email": "x", "city": "Oslo"}}
    )
    assert answer.body["category"] == "VALIDATION_ERROR"
    assert answer.body["message"].startswith(PREFIX)
    listed = orjson.loads(answer.body["message"].removeprefix(PREFIX))
    assert [(row["name"], row["error"], row["isValid"]) for row in listed] == [
        ("nope", "PROPERTY_DOESNT_EXIST", False),
        ("createdate", "READ_ONLY_VALUE", False),
        ("email", "INVALID_EMAIL", False),
    ]
    assert [row["code"] for row in answer.body["errors"]] == [row["error"] for row in listed]


def test_an_invalid_option_names_the_allowed_ones(client: Client) -> None:
    answer = client.post(CONTACTS, {"properties": {"hs_lead_status": "MAYBE"}})
    message = answer.body["errors"][0]["message"]
    assert message.startswith("MAYBE was not one of the allowed options: [NEW, OPEN,")
    assert message.endswith("BAD_TIMING]")


def test_a_refused_write_changes_nothing(client: Client) -> None:
    number = client.made(city="Oslo")
    client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "Rom", "nope": "1"}})
    assert client.values(number, "city")["city"] == "Oslo"


def test_a_leading_semicolon_appends_to_a_multiple_choice(client: Client) -> None:
    """§1 "Multi-checkbox append"."""
    number = client.made(hs_buying_role="CHAMPION")
    client.patch(f"{CONTACTS}/{number}", {"properties": {"hs_buying_role": ";END_USER"}})
    assert client.values(number, "hs_buying_role")["hs_buying_role"] == "CHAMPION;END_USER"
    client.patch(f"{CONTACTS}/{number}", {"properties": {"hs_buying_role": "BLOCKER"}})
    assert client.values(number, "hs_buying_role")["hs_buying_role"] == "BLOCKER"
