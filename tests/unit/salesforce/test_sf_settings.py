from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leadpact_salesforce import spec
from leadpact_salesforce.settings import (
    AccessToken,
    ClientCredentials,
    JwtBearer,
    SalesforceSettings,
)

TOKEN = {"instance_url": "https://acme.my.salesforce.com", "access_token": "t"}
CLIENT = {"login_url": "https://acme.my.salesforce.com", "client_id": "c", "client_secret": "s"}
JWT = {
    "login_url": "https://acme--uat.sandbox.my.salesforce.com",
    "client_id": "c",
    "username": "robot@acme.example",
    "private_key_file": "key.pem",
}


@pytest.mark.parametrize(
    ("given", "way"), [(TOKEN, AccessToken), (CLIENT, ClientCredentials), (JWT, JwtBearer)]
)
def test_each_complete_set_of_settings_is_its_own_way_to_sign_in(
    given: dict[str, Any], way: type
) -> None:
    assert isinstance(SalesforceSettings(**given).sign_in(), way)


def test_a_token_beside_client_credentials_is_used_until_it_ends() -> None:
    way = SalesforceSettings(**TOKEN, **CLIENT).sign_in()
    assert isinstance(way, ClientCredentials)
    assert way.first is not None
    assert way.first.access_token.get_secret_value() == "t"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "no sign-in is set"),
        ({"access_token": "t"}, "instance_url must be set too"),
        ({"instance_url": "https://acme.my.salesforce.com"}, "access_token must be set too"),
        ({"client_id": "c", "client_secret": "s"}, "login_url must be set too"),
        ({**JWT, "private_key_file": ""}, "private_key_file must be set too"),
        ({**JWT, **TOKEN}, "two ways to sign in are mixed"),
        ({**JWT, "client_secret": "s"}, "two ways to sign in are mixed"),
    ],
)
def test_mixed_or_incomplete_sign_ins_name_what_is_wrong(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SalesforceSettings(**given)


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com.evil.example",
        "https://evil.example",
        "https://someone@acme.my.salesforce.com",
        "ftp://127.0.0.1",
    ],
)
def test_addresses_that_must_not_get_the_token_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        SalesforceSettings(instance_url=url, access_token="t")


def test_a_host_of_ones_own_can_be_allowed() -> None:
    given = SalesforceSettings(
        instance_url="https://crm.acme.example", access_token="t", allow_host="crm.acme.example"
    )
    assert given.allowed_hosts == ("*.salesforce.com", "crm.acme.example")


def test_plain_http_is_for_loopback() -> None:
    way = SalesforceSettings(instance_url="http://127.0.0.1:8701/", access_token="t").sign_in()
    assert isinstance(way, AccessToken)
    assert way.instance_url == "http://127.0.0.1:8701"


@pytest.mark.parametrize("version", ["45.0", "66", "x", "66.0/../"])
def test_versions_that_answer_otherwise_are_refused(version: str) -> None:
    with pytest.raises(ValidationError, match="API version"):
        SalesforceSettings(**TOKEN, api_version=version)


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("http://127.0.0.1:8701", "http://127.0.0.1:8701"),
    ],
)
def test_the_assertion_is_meant_for_the_login_host_never_for_my_domain(
    login_url: str, audience: str
) -> None:
    way = SalesforceSettings(**{**JWT, "login_url": login_url}).sign_in()
    assert isinstance(way, JwtBearer)
    assert way.audience == audience


def test_secrets_do_not_show() -> None:
    shown = repr(SalesforceSettings(**{**CLIENT, "client_secret": "very-secret"}))
    assert "very-secret" not in shown


def test_unknown_settings_are_refused_and_lists_come_as_text_too() -> None:
    with pytest.raises(ValidationError, match="instanceurl"):
        SalesforceSettings(**TOKEN, instanceurl="x")
    assert SalesforceSettings(**TOKEN, import_users="a@b.example, c@d.example").import_users == (
        "a@b.example",
        "c@d.example",
    )


def test_capabilities_need_no_connection() -> None:
    told = spec.capabilities(SalesforceSettings(**TOKEN))
    assert told.person_kinds == ("Contact", "Lead")
    assert (told.write_batch, told.fetch_batch, told.find_batch) == (200, 500, 200)
    assert told.frozen_when_converted
    assert not told.answers_values


def test_importing_the_connector_brings_no_client() -> None:
    roots = [str(Path(each)) for each in sys.path if each]
    script = (
        f"import sys; sys.path[:0] = {roots!r}\n"
        "import leadpact_salesforce as s\n"
        "s.spec.capabilities(None)\n"
        "assert not {'simple_salesforce', 'zeep', 'requests'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
