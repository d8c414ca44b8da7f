"""Lead conversion by SOAP against an emulated org: once, whatever happens (DESIGN §4 *convert*)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.salesforce_connector.conftest import Org

from leadpact.errors import SetAside, SignIn, WaitUntil
from leadpact.ports.connector import Connector, Refused, WriteResult, WriteRow, Written
from leadpact_sandbox.world import Fault

SOAP = "POST /services/Soap/u/{version}"
STATUS = "Closed - Converted"


def convert(connector: Connector, *rows: WriteRow) -> list[WriteResult]:
    return list(connector.write("Lead", rows))


def row(lead: str, **fields: Any) -> WriteRow:
    return WriteRow("convert", lead, fields)


def code(result: WriteResult) -> str:
    assert isinstance(result, Refused)
    assert isinstance(result.error, SetAside)
    return result.error.code


def contacts(org: Org) -> int:
    return len(org.salesforce.org.tables["Contact"])


def test_a_lead_is_converted_without_an_opportunity_unless_named(
    org: Org, connector: Connector
) -> None:
    plain, named = org.leads(2)
    one, two = convert(connector, row(plain), row(named, opportunityName='R&D <"1">'))
    assert isinstance(one, Written)
    assert isinstance(two, Written)
    lead = org.salesforce.org.tables["Lead"].rows[plain]
    assert (lead["Status"], one.id) == (STATUS, plain)
    assert one.fields == {
        "IsConverted": True,
        "ConvertedContactId": lead["ConvertedContactId"],
        "ConvertedAccountId": lead["ConvertedAccountId"],
    }
    opportunity = two.fields["ConvertedOpportunityId"]
    assert org.salesforce.org.tables["Opportunity"].rows[str(opportunity)]["Name"] == 'R&D <"1">'
    assert org.calls() == {
        "POST composite/sobjects/Lead": 1,
        SOAP.replace("/services/data/{version}/", ""): 1,
    }


def test_a_lead_that_is_converted_is_not_converted_again(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    (first,) = convert(connector, row(lead))
    before = contacts(org)
    org.calls()
    (again,) = convert(connector, row(lead))
    assert again == first
    assert contacts(org) == before
    assert SOAP not in org.calls()


def test_into_records_that_exist(org: Org, connector: Connector) -> None:
    account = org.make("Account", Name="Held")
    contact = org.make("Contact", LastName="Held", AccountId=account)
    (lead,) = org.leads(1, Title="CEO")
    (done,) = convert(connector, row(lead, contactId=contact[:15], accountId=account))
    assert isinstance(done, Written)
    assert done.fields["ConvertedContactId"] == contact
    held = org.salesforce.org.tables["Contact"].rows[contact]
    assert (held["LastName"], held["Title"]) == ("Held", "CEO")
    other = org.make("Contact", LastName="Other", AccountId=account)
    (meant,) = convert(connector, row(lead, contactId=other, accountId=account))
    assert code(meant) == "lead_converted"


def test_each_lead_fails_by_itself(org: Org, connector: Connector) -> None:
    good, queued, gone, unknown, status, lonely, odd = org.leads(7)
    org.edit("Lead", queued, OwnerId=org.salesforce.org.queue_id)
    org.salesforce.delete("Lead", gone, org.by("person:ann"))
    org.salesforce.erase("Lead", unknown)
    results = convert(
        connector,
        row(good),
        row(queued),
        row(gone),
        row(unknown),
        row(status, convertedStatus="Working - Contacted"),
        row(lonely, contactId="003000000000001"),
        row(odd, Title="x"),
        row("no id"),
        row(odd, opportunityName="\x00"),
        WriteRow("set", odd, {"Title": "x"}),
    )
    assert isinstance(results[0], Written)
    assert [code(each) for each in results[1:9]] == [
        "reference_invalid",
        "record_not_found",
        "record_not_found",
        "picklist_value_unknown",
        "required_missing",
        "field_name_invalid",
        "bad_id",
        "value_refused",
    ]
    assert isinstance(results[9], Written)


def test_a_queue_gives_its_lead_to_an_owner(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    org.edit("Lead", lead, OwnerId=org.salesforce.org.queue_id)
    (done,) = convert(connector, row(lead, ownerId=org.salesforce.staff["ann"]))
    assert isinstance(done, Written)


def test_contacts_are_not_converted(org: Org, connector: Connector) -> None:
    (refused,) = connector.write("Contact", [WriteRow("convert", "003000000000001", {})])
    assert code(refused) == "op_not_offered"


@pytest.mark.parametrize("fault", ["lost_answer", "cut_body", "server_error"])
def test_a_lost_answer_is_unknown_and_settled_by_reading(
    org: Org, connector: Connector, fault: str
) -> None:
    (lead,) = org.leads(1)
    org.fault(SOAP, fault)
    (lost,) = convert(connector, row(lead))
    assert isinstance(lost, Refused)
    assert lost.unknown
    before = contacts(org)
    (again,) = convert(connector, row(lead))
    assert isinstance(again, Written)
    assert contacts(org) == (before if fault != "server_error" else before + 1)


def test_an_outage_and_a_limit_are_waits_and_nothing_was_done(
    org: Org, connector: Connector
) -> None:
    (lead,) = org.leads(1)
    org.world.faults.replace([Fault("salesforce", SOAP, "unavailable", rate=1.0)])
    with pytest.raises(WaitUntil) as waiting:
        convert(connector, row(lead))
    assert waiting.value.code == "crm_unavailable"
    org.fault(SOAP, "daily_limit")
    with pytest.raises(WaitUntil) as waiting:
        convert(connector, row(lead))
    assert waiting.value.code == "daily_limit"
    assert contacts(org) == 0


def test_a_locked_lead_may_be_converted_later(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    org.fault(SOAP, "row_lock")
    (locked,) = convert(connector, row(lead))
    assert code(locked) == "row_locked"


def test_an_expired_session_is_renewed(org: Org, connector: Connector) -> None:
    told = org.salesforce.connection(org.base_url)
    names = ("login_url", "client_id", "client_secret")
    signed = org.connect(**{name: told[name] for name in names})
    (lead,) = org.leads(1)
    org.fault(SOAP, "expired_token")
    (done,) = convert(signed, row(lead))
    assert isinstance(done, Written)
    (other,) = org.leads(1)
    org.fault(SOAP, "expired_token")
    with pytest.raises(SignIn):
        convert(connector, row(other))


def test_a_hundred_go_in_one_call(org: Org, connector: Connector) -> None:
    ids = org.leads(101)
    results = convert(connector, *(row(each) for each in ids))
    assert all(isinstance(each, Written) for each in results)
    assert org.calls()[SOAP] == 2
