"""Reading by id and by key: conversions, merges, deletes, hidden fields (R4, R23, R24, R26)."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.unit.salesforce.acme import (
    ACME,
    LEAD_STATUSES,
    ORG,
    ROBOT,
    Reply,
    acme,
    describe,
    lead_id,
    on,
    page,
    query_of,
    refusal,
    reply,
    sent,
)

from leadpact.errors import FixSettings, Stop
from leadpact.model.record import Gone, MovedTo, Record
from leadpact.ports.bin import KnowsItsBin
from leadpact_salesforce.objects import EXTERNAL_ID_FIELD as OUR_ID

CONTACT = "0035g00000000CdAAI"
ACCOUNT = "0015g00000000CdAAI"
DEAL = "0065g00000000CdAAI"


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "attributes": {"type": "Lead"},
        "Id": lead_id(number),
        "SystemModstamp": "2026-11-21T09:00:00.000+0000",
        "CreatedDate": "2026-01-01T08:00:00.000+0000",
        "LastModifiedById": ROBOT,
        "IsDeleted": False,
        "IsConverted": False,
        **more,
    }


def collection(mocked: responses.RequestsMock, rows: list[dict[str, Any]]) -> None:
    """Reads by id answer what was asked for and is there, in order, else null."""
    by_id = {each["Id"]: each for each in rows}

    def answer(request: Any) -> Reply:
        import orjson

        return reply([by_id.get(each) for each in orjson.loads(request.body)["ids"]])

    on(mocked, "POST", "composite/sobjects/Lead", answer)


def test_200_leads_are_one_call_in_the_order_asked(mocked: responses.RequestsMock) -> None:
    collection(mocked, [row(number, Company=f"Firm {number}") for number in range(200)])
    ids = [lead_id(number) for number in reversed(range(200))]
    found = acme().connector.fetch("Lead", ids, ["Company"])
    assert [each.ref.id for each in found] == ids
    first = found[0]
    assert isinstance(first, Record)
    assert first.fields["Company"] == "Firm 199"
    assert first.version == "2026-11-21T09:00:00.000Z"
    assert first.modified_by == ROBOT
    assert first.created_at is not None
    assert first.created_at.isoformat() == "2026-01-01T08:00:00+00:00"
    assert len(mocked.calls) == 1
    assert {"Id", "SystemModstamp", "IsConverted", "ConvertedContactId", "Company"} <= set(
        sent(mocked.calls[0])["fields"]
    )


def test_a_repeated_or_short_id_is_asked_for_once(mocked: responses.RequestsMock) -> None:
    collection(mocked, [row(1)])
    found = acme().connector.fetch("Lead", [lead_id(1), lead_id(1)[:15]], [])
    assert [each.ref.id for each in found] == [lead_id(1)] * 2
    assert sent(mocked.calls[0])["ids"] == [lead_id(1)]


def test_a_converted_lead_leads_on_and_stays_readable(mocked: responses.RequestsMock) -> None:
    became = {"ConvertedContactId": CONTACT, "ConvertedAccountId": ACCOUNT}
    collection(
        mocked,
        [
            row(1, IsConverted=True, **became, ConvertedOpportunityId=DEAL, Company="Acme"),
            row(2, IsConverted=True, **became, ConvertedOpportunityId=None),
        ],
    )
    full, bare = acme().connector.fetch("Lead", [lead_id(1), lead_id(2)], ["Company"])
    assert isinstance(full, MovedTo)
    assert isinstance(bare, MovedTo)
    assert full.how == "converted"
    assert [(ref.kind, ref.id) for ref in full.to] == [
        ("Contact", CONTACT),
        ("Account", ACCOUNT),
        ("Opportunity", DEAL),
    ]
    assert [ref.kind for ref in bare.to] == ["Contact", "Account"]
    assert full.record is not None
    assert full.record.fields["Company"] == "Acme"


def test_what_is_missing_was_deleted_merged_or_never_there(mocked: responses.RequestsMock) -> None:
    collection(mocked, [row(1)])
    bin_rows = [
        {"Id": lead_id(2), "IsDeleted": True, "MasterRecordId": None},
        {"Id": lead_id(3), "IsDeleted": True, "MasterRecordId": lead_id(1)},
    ]
    on(mocked, "GET", "queryAll/", lambda _: reply(page(bin_rows)))
    alive, deleted, merged, never, junk = acme().connector.fetch(
        "Lead", [*map(lead_id, (1, 2, 3, 4)), "x' OR Id != null"], []
    )
    assert isinstance(alive, Record)
    assert isinstance(deleted, Gone)
    assert isinstance(merged, MovedTo)
    assert (merged.how, [ref.id for ref in merged.to]) == ("merged", [lead_id(1)])
    assert isinstance(never, Gone)
    assert isinstance(junk, Gone)
    assert len(mocked.calls) == 2
    assert "OR" not in query_of(mocked.calls[1].request)


def test_what_bore_our_id_is_found_in_the_recycle_bin(mocked: responses.RequestsMock) -> None:
    gone = [{"Id": lead_id(2), OUR_ID: "ours-2", "IsDeleted": True}]
    on(mocked, "GET", "queryAll/", lambda _: reply(page(gone)))
    connector = acme().connector
    assert isinstance(connector, KnowsItsBin)
    assert connector.once_bore("Lead", ["ours-1", "ours-2"]) == {"ours-2": lead_id(2)}
    assert connector.once_bore("Lead", []) == {}
    assert len(mocked.calls) == 1
    asked = query_of(mocked.calls[0].request)
    assert f"IsDeleted = true AND {OUR_ID} IN ('ours-1','ours-2')" in asked


def test_200_missing_ids_stay_within_the_advised_address(mocked: responses.RequestsMock) -> None:
    collection(mocked, [])
    on(mocked, "GET", "queryAll/", lambda _: reply(page([])))
    found = acme().connector.fetch("Lead", [lead_id(number) for number in range(200)], [])
    assert all(isinstance(each, Gone) for each in found)
    assert all(len(call.request.url or "") <= 2_000 for call in mocked.calls)


def test_a_lead_restored_between_two_reads_is_not_gone(mocked: responses.RequestsMock) -> None:
    answers = iter([[None], [row(1)]])
    on(mocked, "POST", "composite/sobjects/Lead", lambda _: reply(next(answers)))
    restored = {"Id": lead_id(1), "IsDeleted": False, "MasterRecordId": None}
    on(mocked, "GET", "queryAll/", lambda _: reply(page([restored])))
    assert isinstance(acme().connector.fetch("Lead", [lead_id(1)], [])[0], Record)


def test_a_hidden_field_is_unknown_and_costs_the_read_nothing_else(
    mocked: responses.RequestsMock,
) -> None:
    asked: list[list[str]] = []

    def answer(request: Any) -> Reply:
        import orjson

        asked.append(orjson.loads(request.body)["fields"])
        if "Score__c" in asked[-1]:
            return refusal("INVALID_FIELD", "No such column 'Score__c' on entity 'Lead'")
        return reply([row(1, Company="Acme")])

    on(mocked, "POST", "composite/sobjects/Lead", answer)
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead", "Company")))
    on(mocked, "GET", "query/", lambda _: reply(LEAD_STATUSES))
    it = acme()
    record = it.connector.fetch("Lead", [lead_id(1)], ["Company", "Score__c"])[0]
    assert isinstance(record, Record)
    assert record.fields["Company"] == "Acme"
    assert "Score__c" not in record.fields
    it.connector.fetch("Lead", [lead_id(1)], ["Company", "Score__c"])
    # The second read knows, and does not ask for it again.
    assert ["Score__c" in each for each in asked] == [True, False, False]


def test_a_field_of_a_parent_is_lifted_out_of_it(mocked: responses.RequestsMock) -> None:
    rows = [row(1, Account={"attributes": {}, "Name": "Acme"}), row(2, Account=None)]
    collection(mocked, rows)
    first, second = acme().connector.fetch("Lead", [lead_id(1), lead_id(2)], ["Account.Name"])
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.fields["Account.Name"] == "Acme"
    assert second.fields["Account.Name"] is None


def test_people_are_found_by_e_mail_whatever_its_case_and_cannot_break_out(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "GET", "query/", lambda _: reply(page([row(1, IsConverted=True)])))
    values = ["O'Neil@Example.com", "o'neil@example.com", " ", "x') OR Name LIKE ('%", "a\x00b"]
    found = acme().connector.find("Lead", "Email", values, ["Email"])
    statement = query_of(mocked.calls[0].request)
    assert statement.endswith(r"WHERE Email IN ('o\'neil@example.com','x\') OR Name LIKE (\'%')")
    assert [record.fields["IsConverted"] for record in found] == [True]
    assert len(mocked.calls) == 1


def test_200_addresses_are_one_call_beside_many_mapped_fields(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "GET", "query/", lambda _: reply(page([row(1)])))
    values = [f"person.{n}@company-{n}.example" for n in range(200)]
    acme().connector.find("Lead", "Email", values, ["Company", "City", "Phone", "Title"] * 6)
    statements = [query_of(call.request) for call in mocked.calls]
    assert len(statements) == 1
    assert all(f"'{one}'" in "".join(statements) for one in values)
    # 16,384 bytes are refused, headers and a token of some 2,000 bytes among them.
    assert all(len(call.request.url or "") < 11_000 for call in mocked.calls)


def test_nothing_to_look_for_asks_nobody(mocked: responses.RequestsMock) -> None:
    it = acme()
    assert list(it.connector.find("Lead", "Email", ["", "  "], ["Email"])) == []
    assert list(it.connector.find("Opportunity", "contact", ["junk"], [])) == []
    assert len(mocked.calls) == 0


def test_a_key_that_is_no_name_is_refused(mocked: responses.RequestsMock) -> None:
    with pytest.raises(FixSettings):
        acme().connector.find("Lead", "Email = null OR Email", ["a@b.example"], [])
    assert len(mocked.calls) == 0


def test_a_hidden_match_key_stops_instead_of_finding_nobody(mocked: responses.RequestsMock) -> None:
    no_column = refusal("INVALID_FIELD", "No such column 'Email' on entity 'Lead'")

    def answer(request: Any) -> Reply:
        return reply(LEAD_STATUSES) if "LeadStatus" in query_of(request) else no_column

    on(mocked, "GET", "query/", answer)
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead", "Company")))
    it = acme()
    with pytest.raises(FixSettings) as refused:
        it.connector.find("Lead", "Email", ["a@b.example"], ["Company"])
    assert refused.value.code == "key_hidden"
    # Our own id is another matter: before provision no record can have one.
    assert list(it.connector.find("Lead", "leadpact_lead_id__c", ["k"], ["Company"])) == []


def deal(**more: Any) -> dict[str, Any]:
    stamps = {"SystemModstamp": "2026-11-21T09:00:00.000+0000", "IsDeleted": False}
    return {"Id": DEAL, **stamps, "StageName": "Prospecting", **more}


@pytest.mark.parametrize(
    ("closed", "won", "state"),
    [
        (False, False, (True, False, False)),
        (True, True, (False, True, False)),
        (True, False, (False, False, True)),
    ],
)
def test_opportunities_say_whose_they_are_and_how_they_stand(
    mocked: responses.RequestsMock, closed: bool, won: bool, state: tuple[bool, bool, bool]
) -> None:
    roles = page([{"ContactId": CONTACT}, {"ContactId": CONTACT}, {"ContactId": "0035"}])
    found = deal(IsClosed=closed, IsWon=won, OpportunityContactRoles=roles)
    on(mocked, "GET", "query/", lambda _: reply(page([found])))
    it = acme()
    by_id = it.connector.fetch("Opportunity", [DEAL], ["StageName"])[0]
    by_contact = it.connector.find("Opportunity", "contact", [CONTACT], ["StageName"])[0]
    for record in (by_id, by_contact):
        assert isinstance(record, Record)
        assert record.fields["leadpact:contact_ids"] == f"{CONTACT};0035"
        names = ("leadpact:is_open", "leadpact:is_won", "leadpact:is_lost")
        assert tuple(record.fields[name] for name in names) == state
    statement = query_of(mocked.calls[1].request)
    assert "(SELECT ContactId FROM OpportunityContactRoles) FROM Opportunity" in statement
    assert statement.endswith(
        f"Id IN (SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId IN ('{CONTACT}'))"
    )


def test_an_opportunity_of_nobody_and_one_that_is_gone(mocked: responses.RequestsMock) -> None:
    found = deal(IsClosed=False, IsWon=False, OpportunityContactRoles=None)
    on(mocked, "GET", "query/", lambda _: reply(page([found])))
    on(mocked, "GET", "queryAll/", lambda _: reply(page([])))
    other = "0065g00000000XxAAI"
    record, gone = acme().connector.fetch("Opportunity", [DEAL, other], [])
    assert isinstance(record, Record)
    assert record.fields["leadpact:contact_ids"] == ""
    assert isinstance(gone, Gone)


def history(mocked: responses.RequestsMock, user: dict[str, Any] | None, **settings: Any) -> Any:
    modified = {"LastModifiedDate": "2026-11-21T08:00:00.000+0000", "LastModifiedById": user_id(1)}
    collection(mocked, [row(1, Status="Working - Contacted", **modified)])
    users = page([user] if user else [])
    on(mocked, "GET", "query/", lambda asked: reply(page([]) if untracked(asked) else users))
    on(
        mocked,
        "GET",
        f"{ACME}/services/oauth2/userinfo",
        lambda _: reply({"organization_id": ORG, "user_id": ROBOT}),
    )
    token = {"instance_url": ACME, "access_token": "t"}
    found = acme(**token, **settings).connector.history("Lead", [lead_id(1)], ["Status", "No__c"])
    (change,) = found[lead_id(1)]
    assert (change.field, change.value) == ("Status", "Working - Contacted")
    assert change.at.isoformat() == "2026-11-21T08:00:00+00:00"
    return change.author


def untracked(asked: Any) -> bool:
    """Whether the field history is asked for, of which an org without tracking keeps none."""
    return "FROM LeadHistory" in query_of(asked)


def user_id(number: int) -> str:
    return f"0055g000000000{number}AAA"


@pytest.mark.parametrize(
    ("user", "settings", "kind", "team"),
    [
        ({"UserType": "Standard", "Department": "Marketing"}, {}, "person", "Marketing"),
        ({"UserType": "AutomatedProcess", "Department": None}, {}, "workflow", None),
        (
            {"UserType": "Standard", "Username": "Loader@acme.example"},
            {"import_users": "loader@acme.example"},
            "import",
            None,
        ),
        ({"UserType": "Standard"}, {"integration_users": user_id(1)[:15]}, "integration", None),
        (None, {}, "unknown", None),
    ],
)
def test_who_changed_a_record_last(
    mocked: responses.RequestsMock,
    user: dict[str, Any] | None,
    settings: dict[str, str],
    kind: str,
    team: str | None,
) -> None:
    author = history(mocked, {"Id": user_id(1), **user} if user else None, **settings)
    assert (author.kind, author.team, author.id) == (kind, team, user_id(1))


def test_our_own_changes_are_ours(mocked: responses.RequestsMock) -> None:
    modified = {"LastModifiedDate": "2026-11-21T08:00:00.000+0000", "LastModifiedById": ROBOT}
    collection(mocked, [row(1, Status="x", **modified)])
    on(mocked, "GET", "query/", lambda _: refusal("INVALID_TYPE"))
    on(
        mocked,
        "GET",
        f"{ACME}/services/oauth2/userinfo",
        lambda _: reply({"organization_id": ORG, "user_id": ROBOT[:15]}),
    )
    found = acme().connector.history("Lead", [lead_id(1), "junk"], ["Status"])
    assert found[lead_id(1)][0].author.kind == "ours"
    assert found[lead_id(1)][0].inferred, "an org that hides its history names the last modifier"
    assert found["junk"] == ()


def test_kinds_that_are_not_read_are_refused(mocked: responses.RequestsMock) -> None:
    with pytest.raises(Stop):
        acme().connector.fetch("User", [lead_id(1)], ["Name"])
    assert len(mocked.calls) == 0
