"""Which hosts are called, and how (DESIGN §7)."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from leadpact.errors import FixSettings
from leadpact_webapi.session import build_session, check_base_url

HOSTS = ("*.salesforce.com", "crm.test")


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.my.salesforce.com",
        "https://ACME.my.SalesForce.com.",
        "https://crm.test:8443",
        "http://127.0.0.1:8701",
        "http://[::1]:8701",
        "http://localhost:8701",
    ],
)
def test_allowed_addresses(url: str) -> None:
    assert check_base_url(url + "/", HOSTS) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://salesforce.com", "host_not_allowed"),
        ("https://.salesforce.com", "host_not_allowed"),
        ("https://notsalesforce.com", "host_not_allowed"),
        ("https://acme.salesforce.com.evil.example", "host_not_allowed"),
        ("https://sub.crm.test", "host_not_allowed"),
        ("https://127.0.0.1.evil.example", "host_not_allowed"),
        ("http://acme.my.salesforce.com", "plain_http"),
        ("https://evil.example\\.salesforce.com", "bad_url"),
        ("https://acme.salesforce.com@evil.example", "bad_url"),
        ("https://evil.example\n.salesforce.com", "bad_url"),
        ("https://ácme.salesforce.com", "bad_url"),
        ("https://acme.salesforce.com?x=1", "bad_url"),
        ("https://acme.salesforce.com#x", "bad_url"),
        ("https://acme.salesforce.com:port", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("acme.salesforce.com", "bad_url"),
        ("https://", "bad_url"),
        ("https://[::1", "bad_url"),
    ],
)
def test_refused_addresses(url: str, code: str) -> None:
    with pytest.raises(FixSettings) as caught:
        check_base_url(url, HOSTS)
    assert caught.value.code == code


def test_loopback_http_can_be_switched_off() -> None:
    with pytest.raises(FixSettings) as caught:
        check_base_url("http://localhost:1", HOSTS, loopback_http=False)
    assert caught.value.code == "plain_http"


def session(calls: list[tuple[str, str]]) -> Any:
    return build_session(
        pool=4,
        timeout=(1.5, 9.0),
        allow_hosts=HOSTS,
        loopback_http=True,
        on_call=lambda method, path: calls.append((method, path)),
        headers={"X-Of": "ours"},
    )


@responses.activate
def test_calls_are_told_have_a_time_out_and_follow_no_redirect() -> None:
    calls: list[tuple[str, str]] = []
    responses.get("https://crm.test/a", status=302, headers={"Location": "https://crm.test/b"})

    answer = session(calls).get("https://crm.test/a?q=1")

    assert answer.status_code == 302
    assert calls == [("GET", "/a")]
    sent: Any = responses.calls[0].request
    assert sent.req_kwargs["timeout"] == (1.5, 9.0)
    assert sent.headers["X-Of"] == "ours"


@responses.activate
def test_a_host_that_is_not_allowed_is_never_called() -> None:
    calls: list[tuple[str, str]] = []
    with pytest.raises(FixSettings):
        session(calls).get("https://evil.example/")
    with pytest.raises(FixSettings):
        session(calls).post("http://crm.test/")
    assert calls == []
    assert len(responses.calls) == 0


@responses.activate
def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine crm.test login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    responses.get("https://crm.test/a")

    session([]).get("https://crm.test/a", headers={"Authorization": "Bearer t"})

    sent: Any = responses.calls[0].request
    assert sent.headers["Authorization"] == "Bearer t"
    assert not sent.req_kwargs["proxies"]


def test_the_pool_keeps_connections_and_repeats_nothing() -> None:
    adapter = session([]).get_adapter("https://crm.test")
    assert adapter._pool_maxsize == 4
    assert adapter.max_retries.total is False
