"""Whatever is sent, the answer is Salesforce's own: never a 500, never a stack trace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadpact_sandbox.salesforce.catalog import FULL_ACCESS
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.formula import Facts, compiled
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.rows import delete, insert, update
from leadpact_sandbox.salesforce.schema_setup import default_catalog
from leadpact_sandbox.salesforce.seeding import Seeding
from leadpact_sandbox.salesforce.soql.answer import Engine
from leadpact_sandbox.world import World

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

    from leadpact_sandbox.seed.model import Company

FEW = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SOQL = (
    "SELECT Id, Owner.Name, (SELECT ContactId FROM OpportunityContactRoles) FROM Opportunity "
    "WHERE (SystemModstamp = 2026-11-21T10:00:00Z AND Id > '006Dn0000000001') OR "
    "(NOT Name LIKE 'a\\'%') AND Amount >= -1.5 AND CloseDate IN (2026-01-01, null) "
    "GROUP BY StageName ORDER BY Name DESC NULLS LAST, COUNT(Id) LIMIT 10 OFFSET 5"
)
TOKENS = [
    *re.findall(r"\w+|[^\w\s]", SOQL),
    "LAST_N_DAYS:3",
    "LAST_N_YEARS:9999",
    "TODAY",
    "FIELDS(ALL)",
    "COUNT()",
    "MIN(Name)",
    "\\",
    "'open",
    "0001-01-01T00:00:00+14:00",
    "9" * 30,
    "FOR VIEW",
    "HAVING",
    "TYPEOF Owner WHEN User THEN Name ELSE Id END",
    "CALENDAR_YEAR(",
    "convertTimezone(CreatedDate)",
    "INCLUDES ('a;b')",
    "USING SCOPE mine",
    "COUNT_DISTINCT(",
    "Lead",
    "l.Name",
    "true",
]


@pytest.fixture
def org(company: Company) -> Org:
    made = Org(World())
    Seeding(made, company).fill()
    return made


def ask(org: Org, soql: str) -> None:
    """Answered, or refused with a 4xx or 501; any other exception fails the test."""
    refused: ApiError | None = None
    try:
        Engine(org, FULL_ACCESS, "66.0", include_deleted=True).answer(soql)
    except ApiError as error:
        refused = error
    assert refused is None or 400 <= refused.status < 500 or refused.status == 501
    assert refused is None or refused.message


@FEW
@given(words=st.lists(st.sampled_from(TOKENS), max_size=25))
def test_any_row_of_tokens_is_answered_or_refused(org: Org, words: list[str]) -> None:
    ask(org, "SELECT Id FROM Lead WHERE " + " ".join(words))
    ask(org, "SELECT " + " ".join(words) + " FROM Opportunity")


@FEW
@given(at=st.integers(0, len(SOQL)), gone=st.integers(0, 20), new=st.text(max_size=5))
def test_any_mutation_of_a_query_is_answered_or_refused(
    org: Org, at: int, gone: int, new: str
) -> None:
    ask(org, SOQL[:at] + new + SOQL[at + gone :])


def test_deep_nesting_is_refused(org: Org) -> None:
    for soql in (
        "(" * 3_000,
        "NOT " * 3_000 + "Name = 'a'",
        "(" * 3_000 + "Name = 'a'" + ")" * 3_000,
    ):
        with pytest.raises(ApiError) as refused:
            Engine(org, FULL_ACCESS, "66.0", include_deleted=True).answer(
                "SELECT Id FROM Lead WHERE " + soql
            )
        assert refused.value.code == "MALFORMED_QUERY"


FORMULA = (
    "AND(ISPICKVAL(Status, 'x'), OR(ISBLANK(Phone), NOT(ISCHANGED(Email))), LEN(Company) > 1 + 2 * 3, "
    "CASE(Rating, 'Hot', 1, 0) = 1, PRIORVALUE(NumberOfEmployees) / 0 <> 2 || $User.Alias = 'a')"
)


@FEW
@given(at=st.integers(0, len(FORMULA)), gone=st.integers(0, 20), new=st.text(max_size=5))
def test_any_mutation_of_a_formula_is_compiled_and_run_or_refused(
    org: Org, at: int, gone: int, new: str
) -> None:
    lead = org.catalog.objects["Lead"]
    row = next(org.tables["Lead"].all_rows())
    refused: ApiError | None = None
    try:
        compiled(org, lead, FORMULA[:at] + new + FORMULA[at + gone :])(Facts(org, row, row, {}))
    except ApiError as error:
        refused = error
    assert refused is None or refused.status in (400, 501)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from([*default_catalog().objects["Lead"].fields, "Owner", "attributes", ""])


@FEW
@given(sent=st.dictionaries(NAMES, JSON, max_size=6))
def test_any_values_make_a_lead_or_are_refused(org: Org, sent: dict[str, Any]) -> None:
    lead = org.catalog.objects["Lead"]
    count = len(org.tables["Lead"])
    body = {"LastName": "a", "Company": "b", **sent}
    refused: ApiError | None = None
    try:
        insert(org, lead, body, org.api_caller(org.integration_id))
    except ApiError as error:
        refused = error
    assert refused is None or refused.status in (400, 501)
    assert len(org.tables["Lead"]) == count + (refused is None)


OBJECTS = [each.name for each in default_catalog().objects.values() if "create" in each.verbs]
LIKELY = st.sampled_from(
    [
        *("Prospecting", "2026-11-05", "2026-11-05T09:00:00Z", "Lead.Email", "Lead", "Sent"),
        *("00QDn0000000001MAA", "001Dn0000000001", "701Dn0000000001", 1, 20_000, True, None, ""),
    ]
)


@settings(FEW, max_examples=150)
@given(data=st.data())
def test_any_values_make_a_record_or_are_refused(org: Org, data: st.DataObject) -> None:
    owner = org.catalog.objects[data.draw(st.sampled_from(OBJECTS))]
    names = st.sampled_from([each.name for each in owner.fields.values() if each.createable])
    sent = data.draw(st.dictionaries(names, LIKELY | JSON, max_size=8))
    caller = org.api_caller(org.integration_id)
    refused: ApiError | None = None
    try:
        made = insert(org, owner, sent, caller)
        update(org, owner, made, sent, caller)
        delete(org, owner, made, caller)
    except ApiError as error:
        refused = error
    assert refused is None or refused.status in (400, 501)


@settings(FEW, max_examples=40)
@given(body=JSON)
def test_any_json_is_answered_over_http(desk: Desk, body: Any) -> None:
    for method, path in (
        ("POST", "/composite/sobjects"),
        ("PATCH", "/composite/sobjects/Lead/Id"),
        ("POST", "/composite/sobjects/Lead"),
        ("POST", "/tooling/sobjects/CustomField"),
        ("POST", "/tooling/sobjects/ValidationRule"),
        ("POST", "/tooling/sobjects/RecordType"),
    ):
        assert desk.call(method, path, body).status_code == 400
    wrapped: dict[str, Any] = {
        "records": [{"attributes": {"type": "Lead"}, "LastName": body, "Company": "b"}]
    }
    assert desk.call("POST", "/composite/sobjects", wrapped).status_code in (200, 400, 501)
    wrapped = {
        "FullName": "Lead.X__c",
        "Metadata": {"type": "Picklist", "label": "X", "valueSet": body},
    }
    assert desk.call("POST", "/tooling/sobjects/CustomField", wrapped).status_code == 400
