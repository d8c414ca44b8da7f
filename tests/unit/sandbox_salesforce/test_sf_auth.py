"""Sign-in, sessions and the daily limit (facts salesforce §5, §9)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed.model import Company
from leadpact_sandbox.world import World

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

TOKEN = "/services/oauth2/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def ask(desk: Desk, auth: Any = None, **form: str) -> requests.Response:
    return requests.post(desk.url + TOKEN, data=form, auth=auth, timeout=10)


def test_client_credentials_by_form_or_basic_give_a_working_session(desk: Desk) -> None:
    """§9: no expires_in; instance_url and the org id come with the token; calls are free."""
    known = desk.salesforce.connection(desk.url)
    form = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    by_form = ask(desk, grant_type="client_credentials", **form)
    by_basic = ask(desk, auth=tuple(form.values()), grant_type="client_credentials")
    assert by_form.status_code == by_basic.status_code == 200
    body = by_basic.json()
    assert "expires_in" not in body
    assert body["instance_url"] == desk.url
    assert body["access_token"] != by_form.json()["access_token"]
    org_id, user_id = body["id"].split("/")[-2:]
    desk.use(body["access_token"])
    info = desk.get("/services/oauth2/userinfo").json()
    assert (info["organization_id"], info["user_id"]) == (org_id, user_id)
    assert user_id == desk.salesforce.staff["staff:int"]
    assert desk.get("/limits").headers["Sforce-Limit-Info"] == "api-usage=1/100000"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "no_such_grant"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_id": "known"}, "invalid_client"),
        ({"grant_type": JWT_BEARER, "assertion": "a.b.c"}, "invalid_grant"),
    ],
)
def test_a_refused_grant_is_an_object_not_an_array(
    desk: Desk, form: dict[str, str], error: str
) -> None:
    if form.get("client_id") == "known":
        form = {**form, "client_id": desk.salesforce.connection(desk.url)["client_id"]}
    response = ask(desk, **form)
    assert response.status_code == 400
    assert response.json()["error"] == error
    assert response.json()["error_description"]


def test_grants_that_the_sandbox_lacks_are_501(desk: Desk) -> None:
    response = ask(desk, grant_type="refresh_token", refresh_token="x")
    assert (response.status_code, response.json()["error"]) == (501, "not_implemented")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@pytest.mark.parametrize(
    ("changed", "description"),
    [
        ({}, None),
        ({"exp": "text"}, None),
        ({"aud": "https://login.salesforce.com"}, None),
        ({"aud": "https://elsewhere.example"}, "audience is invalid"),
        ({"exp": -10}, "expired authorization code"),
        ({"exp": 3_600}, "expired authorization code"),
        ({"sub": "nobody@halden.example"}, "user hasn't approved this consumer"),
        ({"sub": "greta@halden.example"}, "user hasn't approved this consumer"),
        ({"iss": "other"}, "client identifier invalid"),
    ],
)
def test_jwt_bearer_is_verified(
    desk: Desk, key: rsa.RSAPrivateKey, changed: dict[str, Any], description: str | None
) -> None:
    """§9: RS256 by a registered key, audience, at most three minutes, a known active user."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    desk.salesforce.register_key(public)
    claims: dict[str, Any] = {
        "iss": desk.salesforce.connection(desk.url)["client_id"],
        "sub": "sam@halden.example",
        "aud": desk.url,
        **changed,
    }
    seconds = changed.get("exp", 120)
    expires = int(time.time()) + (120 if isinstance(seconds, str) else seconds)
    claims["exp"] = str(expires) if isinstance(seconds, str) else expires
    if isinstance(claims["exp"], str):
        # simple-salesforce sends exp as text, which PyJWT's own encode would not.
        signed = jwt.api_jws.PyJWS().encode(json.dumps(claims).encode(), key, algorithm="RS256")
    else:
        signed = jwt.encode(claims, key, algorithm="RS256")
    response = ask(desk, grant_type=JWT_BEARER, assertion=signed)
    if description is None:
        assert response.status_code == 200, response.text
        desk.use(response.json()["access_token"])
        made = desk.lead()
        assert desk.row("Lead", made)["LastModifiedById"] == desk.salesforce.staff["staff:rep"]
    else:
        assert response.status_code == 400
        assert response.json()["error_description"] == description


def test_an_assertion_of_another_key_is_refused(desk: Desk, key: rsa.RSAPrivateKey) -> None:
    claims = {
        "iss": desk.salesforce.connection(desk.url)["client_id"],
        "sub": "sam@halden.example",
        "aud": desk.url,
        "exp": int(time.time()) + 60,
    }
    signed = jwt.encode(claims, key, algorithm="RS256")
    assert ask(desk, grant_type=JWT_BEARER, assertion=signed).status_code == 400


def unauthorised(response: requests.Response) -> str:
    assert response.status_code == 401
    (error,) = response.json()
    assert error["errorCode"] == "INVALID_SESSION_ID"
    message: str = error["message"]
    return message


def test_a_missing_or_unknown_token_is_401(desk: Desk) -> None:
    for token in ("", "junk"):
        desk.use(token)
        assert unauthorised(desk.query("SELECT Id FROM Lead")) == "Session expired or invalid"
        assert unauthorised(desk.get("/sobjects/Nope")) == "Session expired or invalid"
    assert desk.get("/services/oauth2/userinfo").status_code == 403


def test_a_session_ends_two_hours_after_its_last_use_and_a_reset_revives_it(desk: Desk) -> None:
    for _ in range(3):
        desk.world.clock.advance(3_600)
        assert desk.get("/limits").status_code == 200
    desk.world.clock.advance(7_200)
    assert unauthorised(desk.get("/limits")) == "Session expired or invalid"
    desk.salesforce.reset()
    assert desk.get("/limits").status_code == 200
    desk.world.switches["salesforce.9.session_slides"] = False
    desk.world.clock.advance(3_600)
    assert desk.get("/limits").status_code == 200
    desk.world.clock.advance(3_600)
    unauthorised(desk.get("/limits"))


def test_an_expired_session_stays_expired_and_a_policy_refusal_does_not(desk: Desk) -> None:
    """§1: refresh cures the first; the second text must fail, not loop."""
    desk.strike("policy_401")
    assert "not valid for use with the REST API" in unauthorised(desk.get("/limits"))
    assert desk.get("/limits").status_code == 200
    desk.strike("expired_token")
    assert unauthorised(desk.get("/limits")) == "Session expired or invalid"
    unauthorised(desk.get("/limits"))


def test_the_daily_limit_ends_in_403_and_frees_after_a_day(desk: Desk, company: Company) -> None:
    """§5: the header counts up; then REQUEST_LIMIT_EXCEEDED, without Retry-After."""
    world = World(limits=0.00003)
    salesforce = Salesforce(world)
    salesforce.load(company)
    desk.salesforce.app, salesforce.app = salesforce.app, desk.salesforce.app
    desk.use(salesforce.connection(desk.url)["access_token"])
    headers = [desk.get("/limits").headers["Sforce-Limit-Info"] for _ in range(3)]
    assert headers == ["api-usage=1/3", "api-usage=2/3", "api-usage=3/3"]
    refused = desk.get("/limits")
    assert refused.status_code == 403
    assert refused.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert "Retry-After" not in refused.headers
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=3/3"
    world.clock.advance(90_000)
    token = {"Authorization": f"Bearer {salesforce._sessions.issue(salesforce.org.integration_id)}"}
    assert desk.call("GET", "/limits", headers=token).status_code == 200


def test_limits_tell_what_is_left(desk: Desk) -> None:
    assert desk.get("/limits").json()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}


def test_two_orgs_of_one_seed_have_the_same_credentials(desk: Desk) -> None:
    one, two, other = (Salesforce(World(seed=seed)).connection("x") for seed in (7, 7, 8))
    assert one == two
    assert one["client_secret"] != other["client_secret"]


def test_faults_of_sessions_and_rows_do_not_strike_the_sign_in(desk: Desk) -> None:
    known = desk.salesforce.connection(desk.url)
    form = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    for fault, status in (("expired_token", 200), ("row_lock", 200), ("unavailable", 503)):
        desk.strike(fault)
        assert ask(desk, grant_type="client_credentials", **form).status_code == status
