"""Writing to an emulated org: rows by themselves, upserts, sign-in (R2, R14, facts §1-2)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.integration.salesforce_connector.conftest import Org

from leadpact.errors import SetAside, SignIn, WaitUntil
from leadpact.model.record import Record
from leadpact.ports.connector import Connector, Refused, WriteResult, WriteRow, Written
from leadpact_sandbox.world import Fault

COLLECTION = "PATCH /services/data/{version}/composite/sobjects"
FIELDS = ["Company", "Status", "Email", "leadpact_score__c", "leadpact_reason__c", "OwnerId"]


def titles(ids: Sequence[str], title: str = "CEO") -> list[WriteRow]:
    return [WriteRow("set", each, {"Title": title}) for each in ids]


def aside(result: WriteResult) -> SetAside:
    assert isinstance(result, Refused)
    assert isinstance(result.error, SetAside)
    return result.error


def read(connector: Connector, record_id: str, field: str) -> object:
    (seen,) = connector.fetch("Lead", [record_id], [field])
    assert isinstance(seen, Record)
    return seen.fields[field]


def test_200_leads_are_one_read_and_one_write(org: Org, connector: Connector) -> None:
    ids = org.leads(200)
    rows = [WriteRow("set", each, {"leadpact_score__c": 61}) for each in ids]
    assert all(isinstance(each, Written) for each in connector.write("Lead", rows))
    seen = connector.fetch("Lead", ids, ["leadpact_score__c"])
    assert all(isinstance(each, Record) and each.fields["leadpact_score__c"] == 61 for each in seen)
    assert org.calls() == {"PATCH composite/sobjects": 1, "POST composite/sobjects/Lead": 1}
    assert org.budget.spent >= 2
    assert org.budget.told


def test_refused_rows_name_their_cause_and_the_others_are_written(
    org: Org, connector: Connector
) -> None:
    ids = org.leads(6)
    org.salesforce.convert(ids[1], "Closed - Converted", by=org.by("person:ann"))
    org.salesforce.delete("Lead", ids[2], org.by("person:ann"))
    results = connector.write(
        "Lead",
        [
            WriteRow("set", ids[0], {"Company": "X" * 256}),
            WriteRow("set", ids[1], {"Title": "CEO"}),
            WriteRow("set", ids[2], {"Title": "CEO"}),
            WriteRow("set", ids[3], {"leadpact_reason__c": "never heard of"}),
            WriteRow("set", ids[4], {"Email": "no address"}),
            WriteRow("set", ids[5], {"Title": "CEO", "leadpact_reason__c": "bad_timing"}),
        ],
    )
    assert [aside(each).code for each in results[:5]] == [
        "value_too_long",
        "lead_converted",
        "record_deleted",
        "picklist_value_unknown",
        "email_invalid",
    ]
    assert aside(results[0]).fields == ("Company",)
    assert isinstance(results[5], Written)
    assert read(connector, ids[5], "leadpact_reason__c") == "bad_timing"


def test_one_row_of_the_wrong_type_spoils_none_of_the_others(
    org: Org, connector: Connector
) -> None:
    ids = org.leads(200)
    rows = titles(ids)
    rows[150] = WriteRow("set", ids[150], {"NumberOfEmployees": "many"})
    results = connector.write("Lead", rows)
    refused = [place for place, each in enumerate(results) if isinstance(each, Refused)]
    assert refused == [150]
    assert aside(results[150]).code == "value_refused"


def test_a_locked_row_may_be_tried_again(org: Org, connector: Connector) -> None:
    ids = org.leads(5)
    org.fault(COLLECTION, "row_lock")
    results = connector.write("Lead", titles(ids))
    locked = [each for each in results if isinstance(each, Refused)]
    assert len(locked) == 1
    assert (aside(locked[0]).code, aside(locked[0]).transient) == ("row_locked", True)
    assert all(isinstance(each, Written) for each in connector.write("Lead", titles(ids)))


def test_a_status_that_must_not_be_written_never_arrives(org: Org, connector: Connector) -> None:
    first, second, third = org.leads(3)
    results = connector.write(
        "Lead",
        [
            WriteRow("set", first, {"Status": "Closed - Converted"}),
            WriteRow("set", second, {"Status": "Some day"}),
            WriteRow("set", third, {"Status": "Working - Contacted"}),
        ],
    )
    assert [aside(each).code for each in results[:2]] == [
        "converted_status",
        "picklist_value_unknown",
    ]
    assert read(connector, first, "Status") == read(connector, second, "Status")
    assert read(connector, third, "Status") == "Working - Contacted"


@pytest.mark.parametrize(("fault", "done"), [("lost_answer", True), ("cut_body", True)])
def test_a_lost_answer_is_told_as_unknown_though_the_write_was_done(
    org: Org, connector: Connector, fault: str, done: bool
) -> None:
    (lead,) = org.leads(1)
    org.fault(COLLECTION, fault)
    (result,) = connector.write("Lead", titles([lead]))
    assert isinstance(result, Refused)
    assert result.unknown
    assert (read(connector, lead, "Title") == "CEO") is done
    assert org.calls()["PATCH composite/sobjects"] == 1


def test_an_upsert_that_is_repeated_makes_no_second_record(org: Org, connector: Connector) -> None:
    fields = {"LastName": "New", "Company": "Firm", "Email": "New@Firm.example"}
    row = WriteRow("make", "", fields, "7d0c-key")
    org.fault("PATCH /services/data/{version}/composite/sobjects/Lead/{field}", "lost_answer")
    (lost,) = connector.write("Lead", [row])
    (again,) = connector.write("Lead", [row])
    assert isinstance(lost, Refused)
    assert lost.unknown
    assert isinstance(again, Written)
    assert not again.created
    found = connector.find("Lead", "leadpact_lead_id__c", ["7D0C-KEY"], ["Email"])
    assert [(each.ref.id, each.fields["Email"]) for each in found] == [
        (again.id, "new@firm.example")
    ]


def test_nothing_is_made_before_our_external_id_is_there(org: Org) -> None:
    fields = {"LastName": "New", "Company": "Firm"}
    bare = org.connect()
    results = bare.write("Lead", [WriteRow("make", "", fields, f"k{n}") for n in range(30)])
    assert {aside(each).code for each in results} == {"field_unknown"}
    assert list(bare.find("Lead", "leadpact_lead_id__c", ["k1"], ["Company"])) == []


def test_a_duplicate_value_is_set_aside_without_telling_whose(
    org: Org, connector: Connector
) -> None:
    first, second = org.leads(2)
    rows = [WriteRow("set", each, {"leadpact_lead_id__c": "same"}) for each in (first, second)]
    results = connector.write("Lead", rows)
    assert isinstance(results[0], Written)
    assert aside(results[1]).code == "duplicate_value"


def test_a_duplicate_rule_of_the_org_is_never_overridden(org: Org, connector: Connector) -> None:
    (first,) = org.leads(1)
    org.world.switches["salesforce.6.duplicate_rules"] = True
    fields = {"LastName": "Person 0", "Company": "Firm", "Email": "p0@firm.example"}
    (result,) = connector.write("Lead", [WriteRow("make", "", fields, "new-key")])
    assert aside(result).code == "duplicate_rule"
    # A collection does not say which one; the row alone does.
    assert aside(result).records == (("Lead", first),)
    (found,) = connector.find("Lead", "Email", ["p0@firm.example"], ["Email"])
    assert found.ref.id == first


def test_the_schema_foretells_how_a_value_comes_back(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    sent: dict[str, str | float] = {
        "Email": " Jane@Firm.Example ",
        "Title": " CEO ",
        "City": "",
        "leadpact_scored_at__c": "2026-11-21T10:00:00.999Z",
        "leadpact_score__c": 61.4,
    }
    (done,) = connector.write("Lead", [WriteRow("set", lead, sent)])
    assert isinstance(done, Written)
    (seen,) = connector.fetch("Lead", [lead], list(sent))
    assert isinstance(seen, Record)
    assert {name: seen.fields[name] for name in sent} == {
        "Email": "jane@firm.example",
        "Title": "CEO",
        "City": None,
        "leadpact_scored_at__c": "2026-11-21T10:00:00.000+0000",
        "leadpact_score__c": 61.0,
    }
    fields = connector.schema(["Lead"])["Lead"].fields
    assert fields["Email"].normalises >= {"lower", "trim"}
    assert fields["City"].normalises >= {"blank_is_null"}
    assert fields["leadpact_scored_at__c"].normalises >= {"whole_seconds"}
    assert fields["leadpact_score__c"].scale == 0


@pytest.mark.parametrize("fault", ["unavailable", "html_503"])
def test_a_write_goes_again_where_nothing_was_done(
    org: Org, connector: Connector, fault: str
) -> None:
    (lead,) = org.leads(1)
    org.fault(COLLECTION, fault)
    assert isinstance(connector.write("Lead", titles([lead]))[0], Written)


def test_the_days_limit_is_left_to_the_engine(org: Org, connector: Connector) -> None:
    org.fault(COLLECTION, "daily_limit")
    with pytest.raises(WaitUntil) as refused:
        connector.write("Lead", titles(org.leads(1)))
    assert refused.value.code == "daily_limit"


def test_a_token_that_expires_midway_is_renewed_once_for_all_threads(org: Org) -> None:
    told = org.salesforce.connection(org.base_url)
    connector = org.connect(**told)
    ids = org.leads(8)
    connector.fetch("Lead", ids, [])
    org.world.clock.advance(3 * 3600)
    org.calls()
    seen: list[object] = []
    threads = [
        threading.Thread(target=lambda: seen.extend(connector.fetch("Lead", ids, [])))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 48
    assert org.calls()["POST /services/oauth2/token"] == 1


def test_a_token_of_its_own_that_expired_asks_for_a_new_one(org: Org, connector: Connector) -> None:
    org.world.clock.advance(3 * 3600)
    with pytest.raises(SignIn) as refused:
        connector.changes("Lead", "")
    assert refused.value.code == "token_refused"
    assert sum(org.calls().values()) == 1


def test_a_policy_is_not_renewed_away(org: Org) -> None:
    connector = org.connect(**org.salesforce.connection(org.base_url))
    org.world.faults.replace([Fault("salesforce", "*", "policy_401", rate=1.0)])
    with pytest.raises(SignIn) as refused:
        connector.changes("Lead", "")
    assert refused.value.code == "sign_in_policy"
    assert sum(org.calls().values()) == 1


def test_a_wrong_secret_and_a_wrong_token_are_sign_in_errors(org: Org) -> None:
    told = org.salesforce.connection(org.base_url)
    client = {key: told[key] for key in ("client_id", "login_url")}
    for settings in (
        {**client, "client_secret": "wrong"},
        {"instance_url": org.base_url, "access_token": "wrong"},
    ):
        with pytest.raises(SignIn):
            org.connect(**settings).identity()


def test_a_signed_assertion_signs_in(org: Org, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    org.salesforce.register_key(public)
    told = org.salesforce.connection(org.base_url)
    connector = org.connect(
        client_id=told["client_id"],
        login_url=org.base_url,
        username="bot@acme.example",
        private_key_file=pem,
    )
    assert connector.identity().actor_ids == {org.salesforce.staff["bot"]}


def test_no_assignment_rule_moves_the_owner(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    org.world.switches["salesforce.6.assignment_rules"] = True
    owner = read(connector, lead, "OwnerId")
    connector.write("Lead", titles([lead]))
    assert read(connector, lead, "OwnerId") == owner
