"""Batches that HubSpot refuses as a whole: good rows are written, bad ones set aside (facts §1)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from leadpact.errors import SetAside
from leadpact.ports.connector import Refused, WriteRow, Written

BAD = "NO_SUCH"


def rows(count: int, bad: set[int], field: str = "hs_lead_status") -> list[WriteRow]:
    made = []
    for at in range(count):
        fields = {"firstname": "A"}
        if at % 2 or at in bad:
            fields[field] = BAD if at in bad else "OPEN"
        made.append(WriteRow("set", str(1000 + at), fields))
    return made


def taken(asked: Any) -> dict[str, Any]:
    """A 200 for all inputs, in another order than they were sent."""
    results = [
        {"id": one["id"], "properties": one["properties"], "updatedAt": "2026-11-21T10:00:00Z"}
        for one in reversed(asked.body["inputs"])
    ]
    return {"status": "COMPLETE", "results": results}


def refused_as_a_whole(names: bool, quotes: bool) -> Any:
    """Answers 400 for any batch with a bad row; says little or much about it."""

    def answer(asked: Any) -> tuple[int, Any]:
        sent = [one["properties"].get("hs_lead_status") for one in asked.body["inputs"]]
        if BAD not in sent:
            return 200, taken(asked)
        told = f'"{BAD}" was not one of the allowed options: [OPEN]' if quotes else "not allowed"
        listed = [{"isValid": False, "message": told, "error": "INVALID_OPTION"}]
        if names:
            listed[0]["name"] = "hs_lead_status"
        message = "Property values were not valid: " + orjson.dumps(listed).decode()
        return 400, {"status": "error", "message": message, "category": "VALIDATION_ERROR"}

    return answer


@pytest.mark.parametrize(
    ("names", "quotes", "most_calls"), [(True, True, 2), (True, False, 15), (False, False, 16)]
)
def test_one_poisoned_row_in_a_hundred_is_found(
    server: Any, names: bool, quotes: bool, most_calls: int
) -> None:
    server.answer = refused_as_a_whole(names, quotes)

    results = server.connect().write("contacts", rows(100, {42}))

    assert [at for at, one in enumerate(results) if isinstance(one, Refused)] == [42]
    assert [one.id for one in results if isinstance(one, Written)] == [
        str(1000 + at) for at in range(100) if at != 42
    ]
    refused = results[42]
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, SetAside)
    assert refused.error.fields == (("hs_lead_status",) if names else ())
    assert len(server.asked) <= most_calls


def test_every_row_poisoned_alike_costs_one_call(server: Any) -> None:
    server.answer = refused_as_a_whole(names=True, quotes=True)

    results = server.connect().write("contacts", rows(100, set(range(100))))

    assert all(isinstance(one, Refused) for one in results)
    assert len(server.asked) == 1


def test_a_refusal_that_names_the_inputs_is_believed(server: Any) -> None:
    def answer(asked: Any) -> tuple[int, Any]:
        traces = [one["objectWriteTraceId"] for one in asked.body["inputs"]]
        if "3" in traces:
            context = {"objectWriteTraceId": ["3"]}
            row = {"message": "no", "context": context}
            return 409, {"category": "CONFLICT", "message": "Existing ID: 7", "errors": [row]}
        return 200, taken(asked)

    server.answer = answer

    results = server.connect().write("contacts", rows(10, set()))

    assert [at for at, one in enumerate(results) if isinstance(one, Refused)] == [3]
    assert len(server.asked) == 2


def test_a_207_without_trace_ids_still_finds_the_missing_row(server: Any) -> None:
    def answer(asked: Any) -> tuple[int, Any]:
        body = taken(asked)
        body["results"] = [one for one in body["results"] if one["id"] not in {"1001", "1002"}]
        missing = {"category": "OBJECT_NOT_FOUND", "message": "?", "context": {"ids": ["1001"]}}
        return 207, {**body, "numErrors": 1, "errors": [missing]}

    server.answer = answer

    results = server.connect().write("contacts", rows(4, set()))

    codes = [one.error.code if isinstance(one, Refused) else "" for one in results]
    assert codes == ["", "record_missing", "record_moved", ""]
    assert results[0].version == "2026-11-21T10:00:00.000Z"


def test_trouble_in_the_middle_of_splitting_leaves_no_row_without_a_result(server: Any) -> None:
    answer = refused_as_a_whole(names=False, quotes=False)

    def failing(asked: Any) -> tuple[int, Any]:
        return (403, {}) if len(server.asked) > 2 else answer(asked)

    server.answer = failing

    results = server.connect().write("contacts", rows(40, {5}))

    assert len(results) == 40
    assert {one.error.code for one in results if isinstance(one, Refused)} == {"forbidden"}
    assert not any(one.unknown for one in results if isinstance(one, Refused))


def test_the_second_duplicate_form_names_its_field_and_no_address(server: Any) -> None:
    message = (
        "Cannot set PropertyValueCoordinates{portalId=1, objectTypeId=ObjectTypeId"
        "{legacyObjectType=CONTACT}, propertyName=email, value=jo@firm.example} on 1000. "
        "1005 already has that value."
    )
    server.answer = lambda asked: (400, {"category": "VALIDATION_ERROR", "message": message})

    (result,) = server.connect().write("contacts", [WriteRow("set", "1000", {"email": "x"})])

    assert isinstance(result, Refused)
    assert isinstance(result.error, SetAside)
    assert (result.error.code, result.error.fields) == ("value_taken", ("email",))
    assert "jo@firm" not in f"{result.error.message} {result.error.detail}"
    assert "1005" in result.error.detail
