"""Bulk 2.0 against an emulated org: streamed both ways, told by key, never waited for (facts §4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tests.integration.salesforce_connector.conftest import WANTED, Org

from leadpact.errors import FixSettings, SetAside, SignIn, Stop, WaitUntil
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written
from leadpact_salesforce.bulk import Bulk
from leadpact_salesforce.bulk_job import BulkJob
from leadpact_sandbox.world import Fault

INGEST = "/services/data/{version}/jobs/ingest"


@pytest.fixture
def bulk(connector: Any) -> Bulk:
    return connector.bulk  # type: ignore[no-any-return]


def never(row: WriteRow, refused: Refused) -> None:
    raise AssertionError(f"{row} {refused}")


def run(
    org: Org, bulk: Bulk, op: Any, fields: Sequence[str], rows: Sequence[WriteRow], **more: Any
) -> dict[str, WriteResult]:
    """Upload, close, wait, and all outcomes by key."""
    found: dict[str, WriteResult] = {}
    for job in bulk.upload("Lead", op, fields, iter(rows), **{"refused": never, **more}):
        bulk.close(job)
        org.world.clock.advance(60)
        assert bulk.finished(job).state == "JobComplete"
        found.update(bulk.outcomes(job))
    return found


def made(count: int) -> list[WriteRow]:
    return [
        WriteRow("make", "", {"LastName": f"Łoś {n}", "Company": 'A "B", C\r\nD'}, f"key-{n}")
        for n in range(count)
    ]


def test_records_are_made_once_and_found_by_key(org: Org, bulk: Bulk, connector: Any) -> None:
    first = run(org, bulk, "make", ["LastName", "Company"], made(30))
    again = run(org, bulk, "make", ["LastName", "Company"], made(30))
    assert set(first) == set(again) == {f"key-{n}" for n in range(30)}
    for key, result in first.items():
        assert isinstance(result, Written)
        assert result.created
        assert again[key] == Written(result.id, created=False)
    (seen,) = connector.find("Lead", "leadpact_lead_id__c", ["key-7"], ["LastName", "Company"])
    assert (seen.fields["LastName"], seen.fields["Company"]) == ("Łoś 7", 'A "B", C\r\nD')


def test_none_and_blank_clear_and_what_is_left_out_stays(
    org: Org, bulk: Bulk, connector: Any
) -> None:
    ids = org.leads(3, Title="CEO", City="Bonn")
    rows = [
        WriteRow("set", ids[0], {"Title": None, "leadpact_score__c": 61}),
        WriteRow("set", ids[1], {"Title": "  "}),
        WriteRow("set", ids[2][:15], {"City": "Trier"}),
    ]
    found = run(org, bulk, "set", ["Title", "City", "leadpact_score__c"], rows)
    assert found == {each: Written(each) for each in ids}
    seen = connector.fetch("Lead", ids, ["Title", "City", "leadpact_score__c"])
    assert [
        [each.fields[name] for name in ("Title", "City", "leadpact_score__c")] for each in seen
    ] == [
        [None, "Bonn", 61],
        [None, "Bonn", None],
        ["CEO", "Trier", None],
    ]


def test_refused_rows_come_by_their_remedy(org: Org, bulk: Bulk) -> None:
    ids = org.leads(4)
    org.salesforce.convert(ids[1], "Closed - Converted", by=org.by("person:ann"))
    org.salesforce.delete("Lead", ids[2], org.by("person:ann"))
    rows = [
        WriteRow("set", ids[0], {"leadpact_reason__c": "no_budget"}),
        WriteRow("set", ids[1], {"leadpact_reason__c": "no_budget"}),
        WriteRow("set", ids[2], {"leadpact_reason__c": "no_budget"}),
        WriteRow("set", ids[3], {"leadpact_reason__c": "no such"}),
    ]
    found = run(org, bulk, "set", ["leadpact_reason__c"], rows)
    codes = {key: each.error.code for key, each in found.items() if isinstance(each, Refused)}
    assert codes == {
        ids[1]: "lead_converted",
        ids[2]: "record_deleted",
        ids[3]: "picklist_value_unknown",
    }
    refused = found[ids[3]]
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, SetAside)
    assert refused.error.fields == ("leadpact_reason__c",)


def test_a_locked_row_may_succeed_later(org: Org, bulk: Bulk) -> None:
    ids = org.leads(3)
    org.fault(f"PATCH {INGEST}/{{id}}", "row_lock")
    found = run(
        org, bulk, "set", ["Title"], [WriteRow("set", each, {"Title": "x"}) for each in ids]
    )
    (locked,) = [each for each in found.values() if isinstance(each, Refused)]
    assert isinstance(locked.error, SetAside)
    assert (locked.error.code, locked.error.transient) == ("row_locked", True)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (WriteRow("set", "no id", {}), "bad_id"),
        (WriteRow("make", "", {}, "k"), "op_not_offered"),
        (WriteRow("set", "00Q000000000001", {"Title": "#N/A"}), "value_refused"),
        (WriteRow("set", "00Q000000000001", {"Title": "x" * 131_073}), "value_too_long"),
        (WriteRow("set", "00Q000000000001", {"Title": "\ud800"}), "value_refused"),
        (WriteRow("set", "00Q000000000001", {"Title": float("nan")}), "value_refused"),
        (WriteRow("set", "00Q000000000001", {"City": "x"}), "field_name_invalid"),
        (WriteRow("set", "00Q000000000001", {"Status": "Nope"}), "picklist_value_unknown"),
        (WriteRow("set", "00Q000000000001", {"Status": "Closed - Converted"}), "converted_status"),
    ],
)
def test_a_row_that_bulk_would_misread_is_not_sent(
    org: Org, bulk: Bulk, row: WriteRow, code: str
) -> None:
    (good,) = org.leads(1)
    told: list[str] = []
    rows = [row, WriteRow("set", good, {"Title": "x"}), WriteRow("set", good, {"Title": "y"})]
    found = run(
        org,
        bulk,
        "set",
        ["Title", "Status"],
        rows,
        refused=lambda _row, refused: told.append(refused.error.code),
    )
    assert told == [code, "row_repeated"]
    assert found == {good: Written(good)}


def test_nothing_to_send_makes_no_job(org: Org, bulk: Bulk) -> None:
    assert run(org, bulk, "set", ["Title"], []) == {}
    assert not any("jobs" in route for route in org.calls())


def test_what_is_too_much_for_one_job_goes_into_the_next(org: Org, connector: Any) -> None:
    bulk = Bulk(connector._client, connector._schema, org.time, job_bytes=400)
    jobs: list[BulkJob] = []
    for job in bulk.upload("Lead", "make", ["LastName", "Company"], made(30), refused=never):
        bulk.close(job)
        jobs.append(job)
    org.world.clock.advance(60)
    assert len(jobs) > 2
    assert sum(job.rows for job in jobs) == 30
    assert all(job.size <= 400 for job in jobs)
    found = dict(pair for job in jobs for pair in bulk.outcomes(job))
    assert set(found) == {f"key-{n}" for n in range(30)}


def test_the_upload_takes_rows_as_it_goes(org: Org, bulk: Bulk) -> None:
    taken: list[int] = []

    def rows() -> Iterator[WriteRow]:
        for number, row in enumerate(made(20_000)):
            taken.append(number)
            yield row

    upload = bulk.upload("Lead", "make", ["LastName", "Company"], rows(), refused=never)
    assert taken == []
    job = next(upload)
    assert (job.rows, len(taken)) == (20_000, 20_000)
    bulk.abort(job)
    assert bulk.finished(job).state == "Aborted"
    bulk.abort(job)
    bulk.forget(job)


def test_a_running_job_is_a_wait_never_a_sleep(org: Org, bulk: Bulk) -> None:
    (lead,) = org.leads(1)
    (job,) = bulk.upload("Lead", "set", ["Title"], [WriteRow("set", lead, {})], refused=never)
    with pytest.raises(WaitUntil) as waiting:
        bulk.finished(job)
    assert waiting.value.code == "bulk_running"
    assert waiting.value.seconds is not None
    assert sum(org.time.slept) <= 2
    bulk.close(job)
    bulk.close(job)
    assert bulk.finished(job).done == 1


def test_an_aborted_job_tells_what_it_left(
    org: Org, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadpact_sandbox.salesforce.bulk.ingest.BATCH_ROWS", 2)
    ids = org.leads(5)
    rows = [WriteRow("set", each, {"Title": "x"}) for each in ids]
    (job,) = bulk.upload("Lead", "set", ["Title"], rows, refused=never)
    bulk.close(job)
    org.world.clock.advance(0.55)
    bulk.abort(job)
    found = dict(bulk.outcomes(job))
    left = [key for key, each in found.items() if isinstance(each, Refused)]
    assert set(found) == set(ids)
    assert len(left) == 3
    assert {found[each].error.code for each in left} == {"bulk_not_processed"}  # type: ignore[union-attr]


@pytest.mark.parametrize("fault", ["server_error", "lost_answer", "cut_body"])
def test_an_upload_that_fails_leaves_no_job_to_begin(org: Org, bulk: Bulk, fault: str) -> None:
    (lead,) = org.leads(1)
    org.fault(f"PUT {INGEST}/{{id}}/batches", fault)
    with pytest.raises(WaitUntil) as waiting:
        list(bulk.upload("Lead", "set", ["Title"], [WriteRow("set", lead, {})], refused=never))
    assert waiting.value.code == "answer_lost"
    assert org.calls()["PATCH jobs/ingest/{id}"] == 1


def test_a_session_that_ends_before_an_upload_asks_to_begin_anew(org: Org) -> None:
    told = org.salesforce.connection(org.base_url)
    names = ("login_url", "client_id", "client_secret")
    signed: Any = org.connect(**{name: told[name] for name in names})
    signed.provision(WANTED, dry_run=False)
    (lead,) = org.leads(1)
    org.fault(f"PUT {INGEST}/{{id}}/batches", "expired_token")
    rows = [WriteRow("set", lead, {"Title": "x"})]
    org.calls()
    with pytest.raises(WaitUntil) as waiting:
        list(signed.bulk.upload("Lead", "set", ["Title"], rows, refused=never))
    assert (waiting.value.code, waiting.value.seconds) == ("session_ended", 0)
    calls = org.calls()
    assert (calls["POST /services/oauth2/token"], calls["PATCH jobs/ingest/{id}"]) == (1, 1)
    assert run(org, signed.bulk, "set", ["Title"], rows) == {lead: Written(lead)}


def test_a_policy_is_no_expiry(org: Org, bulk: Bulk) -> None:
    (lead,) = org.leads(1)
    org.fault(f"PUT {INGEST}/{{id}}/batches", "policy_401")
    with pytest.raises(SignIn):
        list(bulk.upload("Lead", "set", ["Title"], [WriteRow("set", lead, {})], refused=never))


def test_a_close_whose_answer_is_lost_is_looked_up(org: Org, bulk: Bulk) -> None:
    (lead,) = org.leads(1)
    (job,) = bulk.upload("Lead", "set", ["Title"], [WriteRow("set", lead, {})], refused=never)
    org.fault(f"PATCH {INGEST}/{{id}}", "lost_answer")
    bulk.close(job)
    org.world.clock.advance(60)
    assert bulk.finished(job).state == "JobComplete"


def test_results_that_are_cut_come_again(org: Org, bulk: Bulk) -> None:
    rows = made(20)
    (job,) = bulk.upload("Lead", "make", ["LastName", "Company"], rows, refused=never)
    bulk.close(job)
    org.world.clock.advance(60)
    org.fault(f"GET {INGEST}/{{id}}/successfulResults", "cut_body")
    with pytest.raises(WaitUntil) as waiting:
        list(bulk.outcomes(job))
    assert waiting.value.code == "answer_lost"
    assert len(dict(bulk.outcomes(job))) == 20


def test_a_field_that_the_org_does_not_show_is_said_before_anything_is_sent(
    org: Org, bulk: Bulk
) -> None:
    with pytest.raises(FixSettings, match="Nope__c"):
        list(bulk.upload("Lead", "set", ["Nope__c"], [], refused=never))
    with pytest.raises(Stop):
        list(bulk.upload("Opportunity", "set", ["Name"], [], refused=never))


def test_a_job_that_salesforce_gives_up_says_why(org: Org, bulk: Bulk, connector: Any) -> None:
    (lead,) = org.leads(1)
    rows = [WriteRow("set", lead, {"leadpact_score__c": 1})]
    (job,) = bulk.upload("Lead", "set", ["leadpact_score__c"], rows, refused=never)
    org.salesforce.org.catalog.objects["Lead"].fields.pop("leadpact_score__c")
    org.salesforce.org.catalog.objects["Lead"]._lower.pop("leadpact_score__c")
    bulk.close(job)
    org.world.clock.advance(60)
    ended = bulk.finished(job)
    assert ended.state == "Failed"
    assert ended.error is not None
    assert (ended.error.code, "leadpact_score__c" in ended.error.message) == ("field_unknown", True)
    # Nothing was read of such a file: no row comes back.
    assert list(bulk.outcomes(job)) == []


def test_a_query_is_read_page_by_page(
    org: Org, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadpact_salesforce.bulk.BULK_PAGE", 3)
    ids = org.leads(7, City="Łódź", Description='a "b"\r\nc, d')
    job = bulk.ask("SELECT Id, City, Title, Owner.Name, Description FROM Lead")
    org.world.clock.advance(60)
    assert bulk.finished(job).done == 7
    org.calls()
    found = list(bulk.rows(job))
    assert org.calls() == {"GET jobs/query/{id}/results": 3}
    assert sorted(each["Id"] for each in found) == sorted(ids)
    assert found[0] | {"Id": ""} == {
        "Id": "",
        "City": "Łódź",
        "Title": "",
        "Owner.Name": "Ann Rep",
        "Description": 'a "b"\r\nc, d',
    }
    bulk.forget(job)


def test_calls_are_counted_by_template(org: Org, bulk: Bulk) -> None:
    (lead,) = org.leads(1)
    run(org, bulk, "set", ["Title"], [WriteRow("set", lead, {"Title": "x"})])
    routes = {each.replace("/services/data/{version}/", "") for each in org.routes}
    assert "PUT jobs/ingest/{id}/batches" in routes
    assert "GET jobs/ingest/{id}/failedResults" in routes


def test_an_outage_while_polling_is_a_wait(org: Org, bulk: Bulk) -> None:
    (lead,) = org.leads(1)
    (job,) = bulk.upload("Lead", "set", ["Title"], [WriteRow("set", lead, {})], refused=never)
    org.world.faults.replace([Fault("salesforce", f"GET {INGEST}/{{id}}", "unavailable", rate=1.0)])
    with pytest.raises(WaitUntil) as waiting:
        bulk.finished(job)
    assert waiting.value.code == "crm_unavailable"


def test_a_mass_write_gives_one_result_per_row_in_their_order(org: Org, connector: Any) -> None:
    new = connector.begin_mass("Lead", made(5))
    org.world.clock.advance(60)
    ids = [one.id for one in connector.mass_results(new)]
    assert len(set(ids)) == 5

    rows = [
        WriteRow("set", ids[3], {"City": "Łódź"}),
        WriteRow("set", ids[0], {"Status": "No such status"}),
        WriteRow("set", ids[1], {"LastName": "Other", "City": "Oslo"}),
        WriteRow("reset_blank", ids[2], {"City": None}),
    ]
    ticket = connector.begin_mass("Lead", rows)
    assert len(ticket.jobs) == 1, "one upload for all rows, whatever fields each names"
    org.world.clock.advance(60)
    results = connector.mass_results(ticket)
    assert [isinstance(one, Written) for one in results] == [True, False, True, False]
    assert results[0].id == ids[3]
    assert results[1].error.remedy == "set aside"
    first, second = connector.fetch("Lead", [ids[3], ids[1]], ["City", "LastName"])
    assert (first.fields["City"], first.fields["LastName"]) == ("Łódź", "Łoś 3")
    assert (second.fields["City"], second.fields["LastName"]) == ("Oslo", "Other")
