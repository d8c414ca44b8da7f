"""How a call goes: kept connections, no redirects, every answer a remedy (facts §3, §11)."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from leadpact.errors import FixSettings, LeadpactError, SignIn, Stop, WaitUntil
from leadpact.model.record import FieldChange, Gone, MovedTo
from leadpact_hubspot import errors
from leadpact_hubspot.objects import epoch_ms, instant, path_for, stamp, wire
from leadpact_hubspot.settings import HubSpotSettings

TOKEN = "pat-eu1-11111111-2222-3333-4444-555555555555"


def test_calls_share_one_connection_and_carry_the_token_in_the_header_only(server: Any) -> None:
    connector = server.connect()
    for _ in range(5):
        server.answer = lambda _asked: (207, {"results": []})
        connector.history("contacts", ["1"], ["email"])
    server.answer = lambda _asked: (401, b"")
    with pytest.raises(SignIn):
        connector.fetch("contacts", ["1"], ["email"])

    assert server.connections == 1
    assert {one.headers["Authorization"] for one in server.asked} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in one.path for one in server.asked)
    connector.close()


def test_a_redirect_is_not_followed(server: Any) -> None:
    server.headers = {"Location": f"{server.url}/elsewhere"}
    server.answer = lambda _asked: (302, b"")

    with pytest.raises(FixSettings) as caught:
        server.connect().fetch("contacts", ["1"], ["email"])

    assert caught.value.code == "redirected"
    assert len(server.asked) == 1


def test_a_page_in_another_encoding_is_still_an_outage(server: Any) -> None:
    server.answer = lambda _asked: (503, "<h1>Wartungsarbeiten für später</h1>".encode("latin-1"))
    with pytest.raises(WaitUntil) as caught:
        server.connect().fetch("contacts", ["1"], ["email"])
    assert caught.value.code == "crm_unavailable"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": ['])
def test_a_200_that_is_no_object_is_a_lost_answer(server: Any, body: bytes) -> None:
    server.answer = lambda _asked: (200, body)
    with pytest.raises(WaitUntil) as caught:
        server.connect().fetch("contacts", ["1"], ["email"])
    assert caught.value.code == "answer_lost"


def test_retry_after_is_honoured(server: Any) -> None:
    server.headers = {"Retry-After": "37"}
    server.answer = lambda _asked: (429, {"policyName": "SECONDLY"})
    with pytest.raises(WaitUntil) as caught:
        server.connect().fetch("contacts", ["1"], ["email"])
    assert caught.value.seconds == 37
    assert len(server.asked) == 1


def test_dated_paths_serve_every_endpoint(server: Any) -> None:
    connector = server.connect(api="2026-03")
    server.answer = lambda _asked: (200, {"results": []})
    connector.changes("contacts", "")
    connector.schema(["contacts"])
    connector.history("contacts", ["1"], ["email"])

    assert [one.path.split("?")[0] for one in server.asked] == [
        "/crm/objects/2026-03/contacts/search",
        "/crm/objects/2026-03/contacts",
        "/crm/properties/2026-03/contacts",
        "/crm/objects/2026-03/contacts/batch/read",
    ]
    assert server.routes[0] == "POST /crm/objects/2026-03/contacts/search"
    assert path_for("v3", "/crm/v3/owners/") == "/crm/v3/owners/"


def test_an_old_id_that_a_batch_leaves_out_is_asked_for_alone(server: Any) -> None:
    def answer(asked: Any) -> tuple[int, Any]:
        if asked.method == "POST":
            return 200, {"results": []}
        if "/5" in asked.path:
            return 200, {"id": "77", "properties": {}, "updatedAt": "2026-11-21T10:00:00Z"}
        return 404, {"status": "error", "message": "resource not found"}

    server.answer = answer

    moved, gone = server.connect().fetch("contacts", ["5", "6"], ["email"])

    assert isinstance(moved, MovedTo)
    assert moved.to[0].id == "77"
    assert isinstance(gone, Gone)
    assert server.routes.count("GET /crm/v3/objects/contacts/{id}") == 2


def test_history_of_an_unknown_source_is_unknown(server: Any) -> None:
    entry = {"value": "a", "timestamp": "2026-11-21T10:00:00Z", "sourceType": "NEWFANGLED"}
    row = {"id": "1", "properties": {}, "propertiesWithHistory": {"email": [entry]}}
    server.answer = lambda _asked: (200, {"results": [row]})

    (change,) = server.connect().history("contacts", ["1"], ["email"])["1"]

    assert isinstance(change, FieldChange)
    assert str(change.author) == "unknown:NEWFANGLED"


def test_without_introspection_the_app_of_the_settings_is_ours(server: Any) -> None:
    def answer(asked: Any) -> tuple[int, Any]:
        if "details" in asked.path:
            return 200, {"portalId": 9, "accountType": "SANDBOX"}
        return 404, {}

    server.answer = answer

    assert server.connect().identity().actor_ids == frozenset()
    known = server.connect(app_id="321").identity()
    assert known.actor_ids == {"321"}
    assert (known.id, known.zone, known.production) == ("9", "UTC", False)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, b'{"category":"INVALID_AUTHENTICATION"}', SignIn, "token_refused"),
        (403, b"{}", SignIn, "forbidden"),
        (404, b"<html>", FixSettings, "not_hubspot"),
        (423, b"{}", WaitUntil, "throttled"),
        (429, b'{"policyName":"DAILY"}', WaitUntil, "daily_limit"),
        (429, b'{"category":"RATE_LIMITS"}', WaitUntil, "throttled"),
        (477, b"{}", WaitUntil, "account_moving"),
        (500, b"{}", WaitUntil, "answer_lost"),
        (501, b"{}", Stop, "not_covered"),
        (502, b"<html>", WaitUntil, "answer_lost"),
        (503, b"", WaitUntil, "crm_unavailable"),
        (521, b"", WaitUntil, "crm_unavailable"),
        (524, b"", WaitUntil, "answer_lost"),
        (418, b"", Stop, "unexpected_answer"),
    ],
)
def test_the_table_of_remedies(
    status: int, body: bytes, kind: type[LeadpactError], code: str
) -> None:
    error = errors.from_answer(status, body)
    assert type(error) is kind
    assert error.code == code
    assert f"{status}" in f"{error.detail} {error.message}"


def test_errors_hold_no_address_number_or_token() -> None:
    message = f"jo@firm.example called +49 30 1234567 with {TOKEN}"
    error = errors.from_answer(400, f'{{"message":"{message}"}}'.encode())
    told = f"{error.message} {error.detail}"
    assert "firm.example" not in told
    assert "1234567" not in told
    assert TOKEN not in told


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"base_url": "https://hubapi.com.evil.example"}, "host_not_allowed"),
        ({"base_url": "https://evilhubapi.com"}, "host_not_allowed"),
        ({"base_url": "http://api.hubapi.com"}, "plain_http"),
        ({"base_url": "https://api.hubapi.com@evil.example"}, "bad_url"),
        ({"base_url": "ftp://127.0.0.1"}, "bad_url"),
        ({"token": ""}, "bad_token"),
        ({"token": "pat\nX-Evil: 1"}, "bad_token"),
    ],
)
def test_settings_are_refused_before_anything_is_called(changes: dict[str, str], code: str) -> None:
    with pytest.raises(FixSettings) as caught:
        HubSpotSettings.model_validate({"token": TOKEN, **changes})
    assert caught.value.code == code


def test_settings_show_no_token_and_take_another_host_when_named() -> None:
    settings = HubSpotSettings.model_validate(
        {"token": TOKEN, "base_url": "https://hub.test/", "allow_host": ("hub.test",)}
    )
    assert TOKEN not in repr(settings)


def test_the_entry_point_loads_no_client() -> None:
    code = (
        "import sys, leadpact_hubspot;"
        "bad = [m for m in ('hubspot', 'requests', 'urllib3', 'pyrate_limiter', 'tenacity')"
        " if m in sys.modules]; sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=_env(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _env() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path)}


def test_stamps_and_values_in_both_directions() -> None:
    assert stamp("2026-11-21T10:00:00Z") == "2026-11-21T10:00:00.000Z"
    assert stamp("2026-11-21T12:00:00.5+02:00") == "2026-11-21T10:00:00.500Z"
    assert stamp("1795255200007") == stamp("2026-11-21T10:00:00.007Z")
    assert epoch_ms("2026-11-21T10:00:00.007Z") == 1795255200007
    assert instant("2026-11-21").tzinfo is not None
    assert [wire(value) for value in (None, True, False, 3, 3.0, 2.5, "x")] == [
        "", "true", "false", "3", "3", "2.5", "x"
    ]  # fmt: skip
