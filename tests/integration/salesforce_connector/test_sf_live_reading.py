"""Reading an emulated org: R1, R4, R23, R24, R26; facts/salesforce.md §2, §3, §6."""

from __future__ import annotations

import pytest
from tests.integration.salesforce_connector.conftest import Org, ids_of, listed

from leadpact.errors import WaitUntil
from leadpact.model.record import Gone, MovedTo, Record
from leadpact.ports.bin import KnowsItsBin
from leadpact.ports.connector import Connector
from leadpact_sandbox.world import Fault

CONVERTED = "Closed - Converted"
QUERY = "GET /services/data/{version}/query"


def test_identity_names_the_org_and_our_own_person(org: Org, connector: Connector) -> None:
    told = connector.identity()
    assert told.id == org.salesforce.org.org_id
    assert not told.production
    assert told.actor_ids == {org.salesforce.staff["bot"]}


def test_15000_leads_of_one_stamp_are_all_listed(org: Org, connector: Connector) -> None:
    made = org.leads(1)
    template = org.salesforce.org.tables["Lead"].rows[made[0]]
    for _ in range(14_999):
        record_id = org.salesforce.org.mint("Lead")
        org.salesforce.org.write("Lead", {**template, "Id": record_id})
        made.append(record_id)
    changes, cursor = listed(connector, "Lead")
    assert ids_of(changes) == sorted(made)
    assert len({change.version for change in changes}) == 1
    assert sum(org.calls().values()) == 8
    again, _ = listed(connector, "Lead", cursor)
    assert len(again) == 15_000


def test_a_lost_page_address_neither_loses_nor_repeats_a_tie(
    org: Org, connector: Connector
) -> None:
    template = org.salesforce.org.tables["Lead"].rows[org.leads(1)[0]]
    for _ in range(4_499):
        org.salesforce.org.write("Lead", {**template, "Id": org.salesforce.org.mint("Lead")})
    first = connector.changes("Lead", "")
    org.world.clock.advance(3 * 24 * 3600)
    # After two days the address is gone; a session ends sooner.
    renewed = org.connect(
        **{
            key: value
            for key, value in org.salesforce.connection(org.base_url).items()
            if key not in ("instance_url", "access_token")
        }
    )
    rest, _ = listed(renewed, "Lead", first.cursor)
    assert len(set(ids_of(first.changes)) | set(ids_of(rest))) == 4_500
    assert len(first.changes) + len(rest) == 4_500


def test_a_quiet_cycle_is_one_call_for_each_kind(org: Org, connector: Connector) -> None:
    org.leads(3)
    cursors = {kind: listed(connector, kind)[1] for kind in connector.capabilities.subscribed}
    org.calls()
    for kind, cursor in cursors.items():
        listed(connector, kind, cursor)
    assert org.calls() == {"GET queryAll": 2, "GET sobjects/Opportunity/updated": 1}


def test_a_row_that_surfaces_late_is_seen_by_the_look_back(org: Org, connector: Connector) -> None:
    org.leads(1)
    _, cursor = listed(connector, "Lead")
    late = dict(org.salesforce.org.tables["Lead"].rows[org.leads(1)[0]])
    before = org.salesforce.org.now()
    org.world.clock.advance(540)
    org.leads(1)
    _, cursor = listed(connector, "Lead", cursor)
    # Stamped nine minutes ago, committed only now.
    late_id = org.salesforce.org.mint("Lead")
    org.salesforce.org.write("Lead", {**late, "Id": late_id, "SystemModstamp": before})
    found, _ = listed(connector, "Lead", cursor)
    assert late_id in ids_of(found)


def test_what_happened_comes_with_the_feed_and_by_id(org: Org, connector: Connector) -> None:
    kept, loser, doomed, ripe, bare = org.leads(5)
    _, cursor = listed(connector, "Lead")
    for each in (doomed, loser, kept):
        org.edit("Lead", each, leadpact_lead_id__c=f"ours-{each}")
    org.salesforce.delete("Lead", doomed, org.by("person:ann"))
    org.salesforce.merge("Lead", kept, loser, org.by("person:ann"))
    ours = {f"ours-{each}": each for each in (doomed, loser)}
    assert isinstance(connector, KnowsItsBin)
    assert connector.once_bore("Lead", [*ours, f"ours-{kept}"]) == ours
    rep = org.by("person:ann")
    deal = org.salesforce.convert(ripe, CONVERTED, opportunity="New business", by=rep)
    org.salesforce.convert(bare, CONVERTED, by=rep)
    changes, _ = listed(connector, "Lead", cursor)
    how = {change.ref.id: change.how for change in changes}
    assert how == {
        kept: "changed",
        loser: "merged",
        doomed: "deleted",
        ripe: "converted",
        bare: "converted",
    }
    org.calls()
    never = "00Q" + ripe[3:6] + "0ZZZZZZZZ"
    seen = connector.fetch("Lead", [kept, loser, doomed, ripe, bare, never], ["Company", "Status"])
    assert org.calls() == {"POST composite/sobjects/Lead": 1, "GET queryAll": 1}
    assert isinstance(seen[0], Record)
    assert isinstance(seen[1], MovedTo)
    assert (seen[1].how, [ref.id for ref in seen[1].to]) == ("merged", [kept])
    assert isinstance(seen[2], Gone)
    assert isinstance(seen[3], MovedTo)
    assert [ref.kind for ref in seen[3].to] == ["Contact", "Account", "Opportunity"]
    assert seen[3].to[0].id == deal["ConvertedContactId"]
    assert seen[3].record is not None
    assert seen[3].record.fields["Status"] == CONVERTED
    assert isinstance(seen[4], MovedTo)
    assert [ref.kind for ref in seen[4].to] == ["Contact", "Account"]
    assert isinstance(seen[5], Gone)


def test_an_org_without_collection_reads_is_read_by_query(org: Org, connector: Connector) -> None:
    ids = org.leads(130)
    org.salesforce.convert(ids[3], CONVERTED, by=org.by("person:ann"))
    org.salesforce.delete("Lead", ids[4], org.by("person:ann"))
    org.world.switches["salesforce.2.collection_read"] = False
    seen = connector.fetch("Lead", ids, ["Company"])
    assert [each.ref.id for each in seen] == ids
    assert isinstance(seen[3], MovedTo)
    assert isinstance(seen[4], Gone)
    assert sum(isinstance(each, Record) for each in seen) == 128
    org.calls()
    connector.fetch("Lead", ids[5:], ["Company"])
    assert org.calls() == {"GET query": 1}


def test_opportunities_are_found_by_contact_and_say_how_they_stand(
    org: Org, connector: Connector
) -> None:
    (lead,) = org.leads(1)
    _, cursor = listed(connector, "Opportunity")
    rep = org.by("person:ann")
    made = org.salesforce.convert(lead, CONVERTED, opportunity="New business", by=rep)
    contact, deal = str(made["ConvertedContactId"]), str(made["ConvertedOpportunityId"])
    (found,) = connector.find("Opportunity", "contact", [contact], ["StageName"])
    assert found.ref.id == deal
    assert found.fields["leadpact:contact_ids"] == contact
    assert found.fields["leadpact:is_open"] is True
    org.edit("Opportunity", deal, StageName="Closed Won")
    changes, cursor = listed(connector, "Opportunity", cursor)
    assert ids_of(changes) == [deal]
    (won,) = connector.fetch("Opportunity", [deal], ["StageName"])
    assert isinstance(won, Record)
    assert (won.fields["leadpact:is_won"], won.fields["leadpact:is_open"]) == (True, False)
    org.world.clock.advance(120)
    listed(connector, "Opportunity", listed(connector, "Opportunity", cursor)[1])
    org.world.clock.advance(120)
    quiet = listed(connector, "Opportunity", listed(connector, "Opportunity", cursor)[1])
    assert quiet[0] == []


def test_people_are_found_whatever_the_case_converted_ones_too(
    org: Org, connector: Connector
) -> None:
    first, second, ripe = org.leads(3)
    org.salesforce.delete("Lead", second, org.by("person:ann"))
    org.salesforce.convert(ripe, CONVERTED, by=org.by("person:ann"))
    values = ["P0@Firm.example", "p1@firm.example", "p2@FIRM.example", "o'neil') OR Id != null --"]
    found = connector.find("Lead", "Email", values, ["Email"])
    assert {record.ref.id: record.fields["IsConverted"] for record in found} == {
        first: False,
        ripe: True,
    }
    assert list(connector.find("Lead", "Email", [r"x\' OR Name LIKE '%"], ["Email"])) == []


def test_600_addresses_never_make_too_long_a_call(org: Org, connector: Connector) -> None:
    made = org.leads(600)
    values = [f"p{number}@firm.example" for number in range(600)]
    found = connector.find("Lead", "Email", values, ["Email", "Company", "Title"])
    assert len({record.ref.id for record in found}) == len(made)
    assert org.calls().keys() == {"GET query"}


def test_a_field_whose_grant_is_taken_away_becomes_unknown(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    fields = ["Company", "leadpact_score__c"]
    (seen,) = connector.fetch("Lead", [lead], fields)
    assert isinstance(seen, Record)
    assert seen.fields["leadpact_score__c"] is None
    table = org.salesforce.org.tables["FieldPermissions"]
    for row in list(table.all_rows()):
        if row["Field"] == "Lead.leadpact_score__c":
            org.salesforce.org.erase("FieldPermissions", row["Id"])
    (blind,) = connector.fetch("Lead", [lead], fields)
    assert isinstance(blind, Record)
    assert "leadpact_score__c" not in blind.fields
    assert blind.fields["Company"] == "Firm"
    assert "leadpact_score__c" not in connector.schema(["Lead"])["Lead"].fields


@pytest.mark.parametrize(
    ("by", "kind", "team"),
    [
        ("person:max", "person", "Marketing"),
        ("person:ann", "person", "Sales"),
        ("workflow:7", "workflow", None),
        ("integration:bot", "ours", None),
    ],
)
def test_the_last_author_of_a_lead(
    org: Org, connector: Connector, by: str, kind: str, team: str | None
) -> None:
    (lead,) = org.leads(1)
    org.edit("Lead", lead, by=by, Status="Working - Contacted")
    (change,) = connector.history("Lead", [lead], ["Status"])[lead]
    assert change.value == "Working - Contacted"
    assert (change.author.kind, change.author.team) == (kind, team)


def test_people_of_the_org_that_are_imports_are_named_in_the_settings(org: Org) -> None:
    (lead,) = org.leads(1)
    org.edit("Lead", lead, by="import:9", Status="Working - Contacted")
    told = org.salesforce.connection(org.base_url)
    connector = org.connect(
        instance_url=told["instance_url"],
        access_token=told["access_token"],
        import_users="data.import@acme.example",
    )
    (change,) = connector.history("Lead", [lead], ["Status"])[lead]
    assert change.author.kind == "import"


def test_the_live_schema_tells_what_may_be_written(connector: Connector) -> None:
    schema = connector.schema(["Lead", "Contact", "Opportunity"])
    lead = schema["Lead"].fields
    assert lead["Email"].normalises == {"lower", "trim", "blank_is_null"}
    assert lead["leadpact_scored_at__c"].normalises == {"whole_seconds", "blank_is_null"}
    assert (lead["LastName"].required, lead["LastName"].max_length) == (True, 80)
    assert (lead["leadpact_score__c"].type, lead["leadpact_score__c"].scale) == ("number", 0)
    assert lead["leadpact_lead_id__c"].unique
    reason = lead["leadpact_reason__c"]
    assert (reason.restricted, [value.value for value in reason.picklist]) == (
        True,
        ["bad_timing", "no_budget"],
    )
    status = lead["Status"]
    assert status.restricted
    labels = {value.value: value.label for value in status.picklist if value.active}
    assert labels[CONVERTED] == f"{CONVERTED} (by conversion only)"
    assert labels["Working - Contacted"] == "Working - Contacted"
    assert not lead["IsConverted"].updateable
    assert not schema["Opportunity"].fields["IsWon"].updateable


@pytest.mark.parametrize("fault", ["lost_answer", "cut_body", "html_503", "server_error"])
def test_a_read_that_fails_once_is_read_again(org: Org, connector: Connector, fault: str) -> None:
    (lead,) = org.leads(1)
    org.fault("POST /services/data/{version}/composite/sobjects/Lead", fault)
    assert isinstance(connector.fetch("Lead", [lead], ["Company"])[0], Record)
    assert org.calls() == {"POST composite/sobjects/Lead": 2}


def test_an_org_that_is_down_is_waited_for_by_the_engine(org: Org, connector: Connector) -> None:
    org.world.faults.replace([Fault("salesforce", "*", "html_503", rate=1.0)])
    with pytest.raises(WaitUntil) as refused:
        connector.changes("Lead", "")
    assert refused.value.code == "crm_unavailable"
    assert all(seconds <= 2 for seconds in org.time.slept)
