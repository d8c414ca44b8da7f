"""Deals as evidence, and fields of a contact's primary company, against the emulated portal."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from pydantic import ValidationError
from tests.integration.hubspot_connector.conftest import Portal

from leadpact.errors import FixSettings
from leadpact.model.record import Gone, MovedTo, Record
from leadpact.ports.connector import Refused, WriteRow, Written
from leadpact_hubspot.connector import HubSpotConnector, capabilities
from leadpact_hubspot.diagnose import PROVISION_SCOPE, SCOPES
from leadpact_hubspot.settings import HubSpotSettings

OPEN, WON, LOST = "qualifiedtobuy", "closedwon", "closedlost"
DEALS_READ = "POST /crm/v3/objects/deals/batch/read"
OF_DEALS = "POST /crm/v4/associations/deals/{to}/batch/read"
OF_CONTACTS = "POST /crm/v4/associations/contacts/{to}/batch/read"
PIPELINES = "GET /crm/v3/pipelines/deals"
CONTACTS_READ = "POST /crm/v3/objects/contacts/batch/read"
TO_COMPANIES = "POST /crm/v4/associations/contacts/{to}/batch/read"
COMPANIES_READ = "POST /crm/v3/objects/companies/batch/read"
EVIDENCE = ("leadpact:contact_ids", "leadpact:is_open", "leadpact:is_won")


@pytest.fixture
def evidence(portal: Portal) -> HubSpotConnector:
    return portal.connect(deals=True)


def call(portal: Portal, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {portal.hubspot.token}"}
    answer = requests.request(method, portal.base_url + path, json=body, headers=headers, timeout=5)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def link(portal: Portal, kind: str, one: str, to: str, other: str) -> None:
    call(portal, "PUT", f"/crm/v4/objects/{kind}/{one}/associations/default/{to}/{other}")


def deal(portal: Portal, stage: str, *contacts: str, pipeline: str = "default") -> str:
    told = {"dealname": "D", "pipeline": pipeline, "dealstage": stage}
    made = str(portal.hubspot.create("deals", told, "person:1")["id"])
    for contact in contacts:
        link(portal, "deals", made, "contacts", contact)
    return made


def told(seen: object) -> tuple[Any, ...]:
    assert isinstance(seen, Record), seen
    return tuple(seen.fields[name] for name in EVIDENCE)


def test_deals_are_evidence_only_where_they_are_wanted(portal: Portal) -> None:
    connector = portal.connect()
    assert connector.capabilities.evidence_kinds == ()
    assert connector.capabilities.subscribed == ("contacts",)
    for ask in (
        lambda: connector.fetch("deals", ["1"], []),
        lambda: connector.find("deals", "contact", ["1"], []),
        lambda: connector.changes("deals", ""),
    ):
        with pytest.raises(FixSettings, match="LEADPACT_HUBSPOT__DEALS"):
            ask()
    wanted = capabilities(HubSpotSettings(token="pat-x", deals=True))
    assert (wanted.evidence_kinds, wanted.subscribed) == (("deals",), ("contacts", "deals"))
    assert portal.calls() == {}


@pytest.mark.parametrize("switch", [True, False])
def test_a_deal_says_whose_it_is_and_whether_it_is_open_or_won(
    portal: Portal, evidence: HubSpotConnector, switch: bool
) -> None:
    portal.world.switches["hubspot.6.deals_tell_closed_won"] = switch
    portal.world.switches["hubspot.6.batch_read_without_links_is_207"] = switch
    ids = portal.people(2)
    deals = [deal(portal, OPEN, *ids), deal(portal, WON, ids[0]), deal(portal, LOST)]
    opened, won, lost = evidence.fetch("deals", deals, ["dealname"])
    assert told(opened) == (";".join(ids), True, False)
    assert told(won) == (ids[0], False, True)
    assert told(lost) == ("", False, False)
    assert isinstance(opened, Record)
    assert set(opened.fields) == {"dealname", *EVIDENCE}


def test_a_pipeline_of_the_accounts_own_is_read_by_probability(
    portal: Portal, evidence: HubSpotConnector
) -> None:
    (who,) = portal.people(1)
    evidence.fetch("deals", [deal(portal, OPEN, who)], [])
    stages = [
        {"label": "Signed", "displayOrder": 0, "metadata": {"probability": "1.0"}},
        {"label": "Nearly", "displayOrder": 1, "metadata": {"probability": "0.9"}},
        {"label": "Gone", "displayOrder": 2, "metadata": {"probability": "0.0"}},
    ]
    body = {"label": "Partners", "displayOrder": 1, "stages": stages}
    made = call(portal, "POST", "/crm/v3/pipelines/deals", body)
    by_label = {one["label"]: one["id"] for one in made["stages"]}
    ids = [deal(portal, by_label[one], who, pipeline=made["id"]) for one in by_label]
    seen = [told(one)[1:] for one in evidence.fetch("deals", ids, [])]
    assert dict(zip(by_label, seen, strict=True)) == {
        "Signed": (False, True),
        "Nearly": (True, False),
        "Gone": (False, False),
    }


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"probability": "1.0"}, (False, True)),
        ({"probability": "1.0", "isClosed": "true"}, (False, True)),
        ({"probability": "0.0", "isClosed": "true"}, (False, False)),
        ({"probability": "0.0", "isClosed": "false"}, (True, False)),
        ({"probability": "soon"}, (True, False)),
        ({}, (True, False)),
    ],
)
def test_a_stage_is_read_by_what_hubspot_says_of_it(
    portal: Portal,
    evidence: HubSpotConnector,
    monkeypatch: pytest.MonkeyPatch,
    metadata: dict[str, str],
    expected: tuple[bool, bool],
) -> None:
    rows = [{"id": "default", "stages": [{"id": OPEN, "metadata": metadata}]}]
    monkeypatch.setattr(evidence._client, "pipelines", lambda: {"results": rows})
    (seen,) = evidence.fetch("deals", [deal(portal, OPEN)], [])
    assert told(seen)[1:] == expected


def test_a_stage_that_is_new_is_looked_up_once_and_a_vanished_one_read_off_the_deal(
    portal: Portal, evidence: HubSpotConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = [deal(portal, OPEN), deal(portal, WON)]
    asked: list[int] = []

    def none_left() -> dict[str, Any]:
        asked.append(1)
        return {"results": []}

    monkeypatch.setattr(evidence._client, "pipelines", none_left)
    for _ in range(2):
        seen = [told(one)[1:] for one in evidence.fetch("deals", deals, [])]
        assert seen == [(True, False), (False, True)]
    assert len(asked) == 2, "once for each stage that is not known"
    portal.world.clock.advance(3_601)
    evidence.fetch("deals", deals[:1], [])
    assert len(asked) == 3


def test_deals_are_found_by_their_contacts_in_few_calls(
    portal: Portal, evidence: HubSpotConnector
) -> None:
    ids = portal.people(130)
    deals = [deal(portal, OPEN, ids[0], ids[1]), deal(portal, WON, ids[129])]
    portal.calls()
    found = evidence.find("deals", "contact", ids, [])
    assert sorted(one.ref.id for one in found) == sorted(deals)
    assert portal.calls() == {OF_CONTACTS: 1, DEALS_READ: 1, OF_DEALS: 1, PIPELINES: 1}
    assert evidence.find("deals", "contact", ids[2:9], []) == []
    assert portal.calls() == {OF_CONTACTS: 1}
    evidence.find("deals", "contact", ids[:1], [])
    assert PIPELINES not in portal.calls()
    with pytest.raises(FixSettings):
        evidence.find("deals", "dealname", ["D"], [])


def test_more_contacts_than_one_page_of_associations_holds_all_come(
    portal: Portal, evidence: HubSpotConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = evidence._client
    pages: dict[str, dict[str, Any]] = {
        "": {"to": [{"toObjectId": 1}], "paging": {"next": {"after": "7"}}},
        "7": {"to": [{"toObjectId": "2"}, {"toObjectId": 1}]},
    }

    def linked(kind: str, to: str, inputs: list[dict[str, str]]) -> dict[str, Any]:
        del kind, to
        rows = [{"from": {"id": one["id"]}, **pages[one.get("after", "")]} for one in inputs]
        return {"results": rows}

    monkeypatch.setattr(client, "linked", linked)
    (seen,) = evidence.fetch("deals", [deal(portal, OPEN)], [])
    assert told(seen)[0] == "1;2"


def test_archived_and_merged_deals_are_gone_and_moved(
    portal: Portal, evidence: HubSpotConnector
) -> None:
    (who,) = portal.people(1)
    gone, kept, other = (deal(portal, OPEN, who) for _ in range(3))
    portal.hubspot.archive("deals", gone, "person:1")
    heir = str(portal.hubspot.merge("deals", kept, other)["id"])
    seen = evidence.fetch("deals", [gone, kept, heir], [])
    assert [type(one) for one in seen] == [Gone, MovedTo, Record]
    assert [one.ref.id for one in evidence.find("deals", "contact", [who], [])] == [heir]


def test_the_feed_of_deals_names_what_changed_and_is_quiet_in_one_call(
    portal: Portal, evidence: HubSpotConnector
) -> None:
    (who,) = portal.people(1)
    deals = [deal(portal, OPEN, who) for _ in range(3)]
    portal.settle()
    cursor, seen = "", []
    while True:
        page = evidence.changes("deals", cursor)
        seen += [(one.ref.kind, one.ref.id) for one in page.changes]
        cursor = page.cursor
        if page.done:
            break
    assert set(seen) == {("deals", one) for one in deals}
    portal.world.clock.advance(600)
    while (page := evidence.changes("deals", cursor)).changes:
        cursor = page.cursor
    portal.hubspot.edit("deals", deals[1], {"dealstage": WON}, "person:1")
    portal.settle()
    page = evidence.changes("deals", page.cursor)
    assert [one.ref.id for one in page.changes] == [deals[1]]
    portal.world.clock.advance(600)
    cursor = evidence.changes("deals", page.cursor).cursor
    portal.calls()
    assert evidence.changes("deals", cursor).changes == ()
    assert sum(portal.calls().values()) == 1


def test_deals_by_dated_paths(portal: Portal) -> None:
    connector = portal.connect(deals=True, api="2026-03")
    (who,) = portal.people(1)
    made = deal(portal, WON, who)
    assert [told(one) for one in connector.find("deals", "contact", [who], [])] == [
        (who, False, True)
    ]
    assert connector.record_url(connector.fetch("deals", [made], [])[0].ref).endswith(f"0-3/{made}")
    assert "POST /crm/associations/2026-03/contacts/deals/batch/read" in portal.routes
    assert "GET /crm/pipelines/2026-03/deals" in portal.routes


def test_what_is_switched_on_needs_its_scopes(portal: Portal) -> None:
    needed = frozenset({*SCOPES, PROVISION_SCOPE})
    portal.hubspot.grant("pat-eu1-poor", needed)
    plain = portal.connect(token="pat-eu1-poor").diagnose({})
    assert [one.level for one in plain if one.topic == "rights"] == ["ok"]
    more = portal.connect(token="pat-eu1-poor", deals=True, company_fields="industry")
    missing = [one.sentence for one in more.diagnose({}) if one.code == "scope_missing"]
    assert len(missing) == 3
    assert "crm.objects.deals.read is missing: no deal supports a stage" in missing[0]


COMPANY = ["company.industry", "company.numberofemployees", "company.domain"]


@pytest.fixture
def employed(portal: Portal) -> tuple[HubSpotConnector, list[str], str]:
    """A connector that may read three properties of companies, three contacts, the company of the first two."""
    connector = portal.connect(company_fields="industry, numberofemployees,domain,nonsense")
    ids = portal.people(3)
    told = {
        "name": "Acme",
        "industry": "BANKING",
        "numberofemployees": "120",
        "domain": "acme.example",
    }
    company = str(portal.hubspot.create("companies", told, "person:1")["id"])
    for who in ids[:2]:
        link(portal, "contacts", who, "companies", company)
    portal.calls()
    return connector, ids, company


def test_the_primary_companys_fields_cost_two_calls_more_and_only_where_asked(
    portal: Portal, employed: tuple[HubSpotConnector, list[str], str]
) -> None:
    connector, ids, _ = employed
    seen = connector.fetch("contacts", ids, ["firstname", *COMPANY])
    assert portal.calls() == {CONTACTS_READ: 1, TO_COMPANIES: 1, COMPANIES_READ: 1}
    firm = dict(zip(COMPANY, ("BANKING", "120", "acme.example"), strict=True))
    rows = [one.fields for one in seen if isinstance(one, Record)]
    assert rows == [
        {"firstname": "P", **firm},
        {"firstname": "P", **firm},
        {"firstname": "P", **dict.fromkeys(COMPANY)},
    ]
    connector.fetch("contacts", ids, ["firstname"])
    assert portal.calls() == {CONTACTS_READ: 1}
    connector.fetch("contacts", ids[2:], COMPANY)
    assert portal.calls() == {CONTACTS_READ: 1, TO_COMPANIES: 1}
    found = connector.find("contacts", "email", ["p0@firm0.example"], COMPANY[:1])
    assert [dict(one.fields) for one in found] == [{"company.industry": "BANKING"}]


def test_of_several_companies_the_primary_one_tells_and_without_one_nothing_is_known(
    portal: Portal,
    employed: tuple[HubSpotConnector, list[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connector, ids, company = employed
    other = str(portal.hubspot.create("companies", {"industry": "RETAIL"}, "person:1")["id"])
    link(portal, "contacts", ids[0], "companies", other)

    def shown() -> dict[str, Any]:
        (seen,) = connector.fetch("contacts", ids[:1], ["company.industry"])
        assert isinstance(seen, Record)
        return dict(seen.fields)

    for primary, industry in ((other, "RETAIL"), (company, "BANKING")):
        path = f"/crm/v4/objects/contacts/{ids[0]}/associations/companies/{primary}"
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
        call(portal, "PUT", path, types)
        assert shown() == {"company.industry": industry}
    whole = connector._client.linked

    def without_primary(kind: str, to: str, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        answer = whole(kind, to, inputs)
        for each in answer["results"][0]["to"]:
            each["associationTypes"] = [{"typeId": 279}]
        return answer

    monkeypatch.setattr(connector._client, "linked", without_primary)
    assert shown() == {}


def test_a_company_that_is_gone_leaves_its_fields_unknown(
    portal: Portal,
    employed: tuple[HubSpotConnector, list[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connector, ids, _ = employed
    answer = {"status": "COMPLETE", "results": [], "errors": []}
    whole = connector._client.batch_read
    monkeypatch.setattr(
        connector._client,
        "batch_read",
        lambda body, kind="contacts": answer if kind == "companies" else whole(body, kind),
    )
    (seen,) = connector.fetch("contacts", ids[:1], COMPANY)
    assert isinstance(seen, Record)
    assert seen.fields == {}


def test_the_schema_shows_them_as_read_only_and_others_are_refused(
    portal: Portal, employed: tuple[HubSpotConnector, list[str], str]
) -> None:
    connector, ids, _ = employed
    fields = connector.schema(["contacts"])["contacts"].fields
    assert set(COMPANY) <= set(fields)
    assert "company.nonsense" not in fields
    assert not any(fields[name].updateable or fields[name].createable for name in COMPANY)
    assert fields["company.numberofemployees"].type == "number"
    for names in (["company.annualrevenue"], ["company.a/b"]):
        with pytest.raises(FixSettings) as told:
            connector.fetch("contacts", ids, names)
        assert told.value.code == "bad_field"
    assert "company.industry" not in portal.connect().schema(["contacts"])["contacts"].fields
    with pytest.raises(ValidationError, match="API name"):
        HubSpotSettings(token="pat-x", company_fields="industry,a/b")


def test_associations_are_one_call_and_a_lost_answer_is_told(
    portal: Portal, connector: HubSpotConnector
) -> None:
    ids = portal.people(100)
    company = str(portal.hubspot.create("companies", {"name": "Acme"}, "person:1")["id"])
    rows = [WriteRow("associate", who, {"companies": company}) for who in ids]
    portal.calls()
    assert all(isinstance(one, Written) for one in connector.write("contacts", rows))
    route = "POST /crm/v4/associations/contacts/{to}/batch/associate/default"
    assert portal.calls() == {route: 1}
    portal.fault(route, "lost_answer")
    lost = connector.write("contacts", rows[:2])
    assert [isinstance(one, Refused) and one.unknown for one in lost] == [True, True]
    assert portal.calls() == {route: 1}
    for fields in ({}, {"deals": "1"}, {"companies": company, "deals": "1"}, {"companies": None}):
        (refused,) = connector.write("contacts", [WriteRow("associate", ids[0], fields)])
        assert isinstance(refused, Refused)
        assert refused.error.code in {"op_not_offered", "bad_id"}
    assert portal.calls() == {}
