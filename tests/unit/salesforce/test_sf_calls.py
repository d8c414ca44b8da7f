"""Sign-in, refusals of whole calls, limits and lost answers: facts/salesforce.md §1, §5, §9."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
import responses
from tests.unit.salesforce.acme import (
    ACME,
    DATA,
    ORG,
    ROBOT,
    Reply,
    acme,
    on,
    page,
    refusal,
    reply,
)
from urllib3.exceptions import NewConnectionError, ProtocolError

from leadpact.errors import FixSettings, LeadpactError, SignIn, Stop, WaitUntil

TOKEN_URL = f"{ACME}/services/oauth2/token"
CLIENT: dict[str, Any] = {"login_url": ACME, "client_id": "c", "client_secret": "s3cret"}
ORG_ROW = {"Id": ORG, "Name": "Acme", "IsSandbox": True, "TimeZoneSidKey": "Europe/Berlin"}
EXPIRED = refusal("INVALID_SESSION_ID", "Session expired or invalid", 401)


def token_reply(number: int, org: str = ORG, instance: str = ACME) -> dict[str, str]:
    return {
        "access_token": f"token{number}",
        "instance_url": instance,
        "id": f"https://login.salesforce.com/id/{org}/{ROBOT}",
    }


def test_identity_tells_the_org_and_as_whom_we_write(mocked: responses.RequestsMock) -> None:
    it = acme()
    on(mocked, "GET", "query/", lambda _: reply(page([ORG_ROW])))
    on(
        mocked,
        "GET",
        f"{ACME}/services/oauth2/userinfo",
        lambda _: reply({"organization_id": ORG, "user_id": ROBOT}),
    )
    told = it.connector.identity()
    assert (told.id, told.name, told.zone, told.production) == (ORG, "Acme", "Europe/Berlin", False)
    assert told.actor_ids == {ROBOT}
    assert it.counted == ["GET /services/data/{version}/query", "GET /services/oauth2/userinfo"]
    assert it.purse.spent == 2


def test_every_call_says_who_we_are_and_runs_no_assignment_rule(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "GET", "queryAll/", lambda _: reply(page([])))
    acme().connector.changes("Lead", "")
    headers = mocked.calls[0].request.headers
    assert headers["Sforce-Auto-Assign"] == "FALSE"
    assert headers["Sforce-Call-Options"] == "client=leadpact"
    assert headers["Authorization"] == "Bearer 00Dtoken!one"
    assert "X-PrettyPrint" not in headers


def test_client_credentials_sign_in_once_and_use_the_address_of_the_reply(
    mocked: responses.RequestsMock,
) -> None:
    moved = "https://acme--uat.sandbox.my.salesforce.com"
    mocked.post(TOKEN_URL, json=token_reply(1, instance=moved))
    on(
        mocked,
        "GET",
        f"{moved}/services/data/v66.0/query/",
        lambda _: reply(page([ORG_ROW])),
    )
    it = acme(**CLIENT)
    assert it.connector.identity().actor_ids == {ROBOT}
    assert it.connector.identity().id == ORG
    assert sum(call.request.url == TOKEN_URL for call in mocked.calls) == 1
    assert "grant_type=client_credentials" in str(mocked.calls[0].request.body)


@pytest.mark.parametrize(
    "instance", ["https://evil.example", "http://acme.my.salesforce.com", "https://a@b.example"]
)
def test_a_sign_in_that_names_a_foreign_host_is_refused(
    mocked: responses.RequestsMock, instance: str
) -> None:
    mocked.post(TOKEN_URL, json=token_reply(1, instance=instance))
    with pytest.raises(FixSettings):
        acme(**CLIENT).connector.identity()
    assert len(mocked.calls) == 1


def test_a_token_of_another_org_writes_nothing(mocked: responses.RequestsMock) -> None:
    mocked.post(TOKEN_URL, json=token_reply(1))
    it = acme(**CLIENT, org_id="00D5g0000099999")
    with pytest.raises(FixSettings) as refused:
        it.connector.identity()
    assert refused.value.code == "wrong_org"


def test_a_wrong_secret_is_a_sign_in_error_that_does_not_tell_it(
    mocked: responses.RequestsMock,
) -> None:
    body = {"error": "invalid_client", "error_description": "invalid client credentials s3cret"}
    mocked.post(TOKEN_URL, status=400, json=body)
    with pytest.raises(SignIn) as refused:
        acme(**CLIENT).connector.changes("Lead", "")
    assert refused.value.code == "invalid_client"
    assert "client_secret" in refused.value.message
    assert len(mocked.calls) == 1


def test_a_jwt_assertion_is_signed_for_the_login_host(
    mocked: responses.RequestsMock, tmp_path: Any
) -> None:
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    mocked.post(TOKEN_URL, json=token_reply(1))
    on(mocked, "GET", "query/", lambda _: reply(page([ORG_ROW])))
    robot = "robot@acme.example"
    it = acme(login_url=ACME, client_id="app", username=robot, private_key_file=pem)
    assert it.connector.identity().id == ORG
    assertion = str(mocked.calls[0].request.body).split("assertion=")[1].split("&")[0]
    claims = jwt.decode(
        assertion,
        key.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
        options={"verify_exp": False},
    )
    assert (claims["iss"], claims["sub"]) == ("app", robot)
    assert 0 < claims["exp"] - it.clock.now().timestamp() <= 180


@pytest.mark.parametrize("content", [b"no key", None])
def test_a_private_key_that_is_none_is_a_setting_to_fix(
    tmp_path: Any, content: bytes | None
) -> None:
    pem = tmp_path / "key.pem"
    if content is not None:
        pem.write_bytes(content)
    it = acme(login_url=ACME, client_id="a", username="r@acme.example", private_key_file=pem)
    with pytest.raises(FixSettings) as refused:
        it.connector.changes("Lead", "")
    assert refused.value.code == "private_key"


def test_many_threads_meeting_one_expiry_sign_in_once(mocked: responses.RequestsMock) -> None:
    issued: list[str] = []

    def token(_: Any) -> Reply:
        issued.append(f"token{len(issued) + 1}")
        return reply({**token_reply(0), "access_token": issued[-1]})

    all_met = threading.Barrier(8)

    def rows(request: Any) -> Reply:
        if request.headers["Authorization"] == "Bearer token1":
            all_met.wait(timeout=10)
            return EXPIRED
        return reply(page([]))

    on(mocked, "POST", TOKEN_URL, token)
    on(mocked, "GET", "queryAll/", rows)
    it = acme(**CLIENT)
    threads = [threading.Thread(target=it.connector.changes, args=("Lead", "")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert issued == ["token1", "token2"]


def test_an_expired_token_without_means_to_renew_it_asks_for_a_new_one(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "GET", "queryAll/", lambda _: EXPIRED)
    with pytest.raises(SignIn) as refused:
        acme().connector.changes("Lead", "")
    assert "make a new one" in refused.value.message
    assert len(mocked.calls) == 1


@pytest.mark.parametrize(
    "message", ["This session is not valid for use with the REST API", "Blocked by app policy"]
)
def test_a_policy_is_not_taken_for_expiry(mocked: responses.RequestsMock, message: str) -> None:
    mocked.post(TOKEN_URL, json=token_reply(1))
    on(mocked, "GET", "queryAll/", lambda _: refusal("INVALID_SESSION_ID", message, 401))
    with pytest.raises(SignIn) as refused:
        acme(**CLIENT).connector.changes("Lead", "")
    assert refused.value.code == "sign_in_policy"
    assert len(mocked.calls) == 2


def test_a_token_that_is_refused_again_and_again_ends(mocked: responses.RequestsMock) -> None:
    mocked.post(TOKEN_URL, json=token_reply(1))
    on(mocked, "GET", "queryAll/", lambda _: EXPIRED)
    with pytest.raises(SignIn) as refused:
        acme(**CLIENT).connector.changes("Lead", "")
    assert refused.value.code == "token_refused"
    assert [call.request.method for call in mocked.calls] == ["POST", "GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("answer", "kind", "code", "calls"),
    [
        (refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests", 403), WaitUntil, "daily_limit", 1),
        (
            refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API)", 403),
            WaitUntil,
            "concurrent_limit",
            1,
        ),
        (refusal("API_DISABLED_FOR_ORG", status=403), SignIn, "api_disabled", 1),
        (refusal("INSUFFICIENT_ACCESS", status=403), SignIn, "rights_missing", 1),
        (
            refusal("INVALID_TYPE", "sObject type 'Lead' is not supported"),
            SignIn,
            "rights_missing",
            1,
        ),
        (refusal("UNSUPPORTED_API_VERSION", status=410), FixSettings, "api_version", 1),
        (refusal("MALFORMED_QUERY"), Stop, "query_refused", 1),
        (refusal("NOT_FOUND", status=404), FixSettings, "address_unknown", 1),
        (reply("<html>not here", 404), FixSettings, "address_unknown", 1),
        (refusal("INVALID_FIELD"), FixSettings, "field_unknown", 1),
        (refusal("UNABLE_TO_LOCK_ROW"), WaitUntil, "row_locked", 1),
        (refusal("NEW_CODE_OF_NEXT_YEAR"), Stop, "call_refused", 1),
        (reply("<html><h1>Down for maintenance</h1>", 503), WaitUntil, "crm_unavailable", 4),
        (refusal("SERVER_UNAVAILABLE", status=503), WaitUntil, "crm_unavailable", 4),
        (refusal("UNKNOWN_EXCEPTION", status=500), WaitUntil, "answer_lost", 4),
        (reply("<html>Bad gateway", 502), WaitUntil, "answer_lost", 4),
        (reply('{"totalSize":1,"done":true,"recor', 200), WaitUntil, "answer_lost", 4),
        (reply({"done": True}), WaitUntil, "answer_lost", 1),
        (reply("URI too long", 414), Stop, "address_too_long", 1),
        (reply("moved", 302, {"Location": "https://evil.example/"}), Stop, "call_refused", 1),
    ],
)
def test_each_refusal_of_a_read_has_its_remedy(
    mocked: responses.RequestsMock,
    answer: Reply,
    kind: type[LeadpactError],
    code: str,
    calls: int,
) -> None:
    on(mocked, "GET", "queryAll/", lambda _: answer)
    it = acme()
    with pytest.raises(kind) as refused:
        it.connector.changes("Lead", "")
    assert refused.value.code == code
    assert len(mocked.calls) == calls
    assert all(seconds <= 2 for seconds in it.clock.slept)


def test_the_wait_for_the_days_limit_is_left_to_the_engine(mocked: responses.RequestsMock) -> None:
    on(mocked, "GET", "queryAll/", lambda _: refusal("REQUEST_LIMIT_EXCEEDED", "Total", 403))
    it = acme()
    with pytest.raises(WaitUntil) as refused:
        it.connector.changes("Lead", "")
    assert refused.value.seconds == 900
    assert it.clock.slept == []


def test_the_budget_hears_of_every_answer_also_of_refusals(mocked: responses.RequestsMock) -> None:
    headers = {"Sforce-Limit-Info": "api-usage=14998/15000"}
    on(mocked, "GET", "queryAll/", lambda _: reply([{"errorCode": "X"}], 400, headers))
    it = acme()
    with pytest.raises(Stop):
        it.connector.changes("Lead", "")
    assert it.purse.told == [(15000, 2)]


def test_a_connection_that_was_never_made_is_told_from_an_answer_that_was_lost(
    mocked: responses.RequestsMock,
) -> None:
    mocked.get(f"{DATA}/queryAll/", body=NewConnectionError(None, "refused"))  # type: ignore[arg-type]
    mocked.get(
        f"{DATA}/queryAll/",
        body=requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())),
    )
    it = acme()
    with pytest.raises(WaitUntil) as refused:
        it.connector.changes("Lead", "")
    assert refused.value.code == "answer_lost"
    mocked.reset()
    mocked.get(f"{DATA}/queryAll/", body=NewConnectionError(None, "refused"))  # type: ignore[arg-type]
    with pytest.raises(WaitUntil) as refused:
        it.connector.changes("Lead", "")
    assert refused.value.code == "crm_unreachable"


def test_an_object_that_is_not_there_is_named(mocked: responses.RequestsMock) -> None:
    on(mocked, "GET", "sobjects/Leed/describe", lambda _: refusal("NOT_FOUND", status=404))
    it = acme()
    for kind, code in (("Leed", "kind_unknown"), ("../query", "kind_unknown")):
        with pytest.raises(FixSettings) as refused:
            it.connector.schema([kind])
        assert refused.value.code == code
    assert len(mocked.calls) == 1


def test_errors_tell_no_person(mocked: responses.RequestsMock) -> None:
    message = "bad value jane@person.example +49 30 1234567 Bearer 00DsecretToken"
    on(mocked, "GET", "queryAll/", lambda _: refusal("SOMETHING", message))
    with pytest.raises(Stop) as refused:
        acme().connector.changes("Lead", "")
    told = refused.value.detail + refused.value.message
    assert "jane@" not in told
    assert "1234567" not in told
    assert "secretToken" not in told


def test_a_url_of_a_record_names_what_it_is_given_and_nothing_else() -> None:
    from leadpact.model.record import RecordRef

    it = acme()
    url = it.connector.record_url(RecordRef("salesforce", "Lead", "001000000000001"))
    assert url == f"{ACME}/lightning/r/Lead/001000000000001AAA/view"
    for kind, record_id in (("Lead", "../x"), ("Lead/../..", "001000000000001")):
        with pytest.raises(Stop):
            it.connector.record_url(RecordRef("salesforce", kind, record_id))
