"""Both connectors, through their real clients, over TLS as the real CRMs speak it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.integration.sandbox.conftest import RunningSandbox, start_sandbox

from leadpact.errors import FixSettings
from leadpact.ports.connector import Connector, ConnectorSpec
from leadpact_app.store.vault import StateVault
from leadpact_hubspot import spec as hubspot
from leadpact_salesforce import spec as salesforce

KEY = SecretStr(base64.b64encode(b"k" * 32).decode())
SPECS: dict[str, ConnectorSpec] = {"hubspot": hubspot, "salesforce": salesforce}
WAYS = {
    "token": ("hubspot", ("base_url",)),
    "refresh_token": ("hubspot", ("base_url", "client_id", "client_secret")),
    "access_token": ("salesforce", ("instance_url",)),
    "client_secret": ("salesforce", ("login_url", "client_id")),
}
"""Each way to sign in that opens connections of its own, and what it needs beside."""


class Now:
    """This machine's clock; nothing here waits."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")


class Endless:
    """A budget that never ends."""

    def spend(self, crm: str, calls: int = 1) -> None:
        pass

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        pass


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """Both CRMs with certificates of an authority that this machine does not know."""
    folder = tmp_path_factory.mktemp("certificates")
    running = start_sandbox("--port", "0", "--leads", "3", "--seed", "7", "--tls", str(folder))
    yield running
    running.process.kill()  # its clean end is proved elsewhere
    running.process.communicate()


@pytest.fixture
def signed_in(over_tls: RunningSandbox, tmp_path: Path) -> Iterator[Callable[..., Connector]]:
    """Connects in the named way; ``trusting`` is the authority's file, or None."""
    with ExitStack() as stack:

        def connect(way: str, trusting: str | None) -> Connector:
            crm, others = WAYS[way]
            known = over_tls.ready[crm]
            if way == "refresh_token":
                known |= over_tls.control("GET", "/hubspot/app")
            given = {name: known[name] for name in (way, *others)}
            spec = SPECS[crm]
            connector = spec.connect(
                spec.settings_type(**given, ca_file=trusting),
                clock=Now(),
                call_budget=Endless(),
                token_vault=StateVault(str(tmp_path / "state.db"), "default", KEY, Now()),
                crm_name=crm,
            )
            stack.callback(connector.close)
            return connector

        yield connect


@pytest.mark.parametrize("way", WAYS)
def test_each_sign_in_reads_where_the_authority_is_trusted(
    way: str, signed_in: Callable[..., Connector], over_tls: RunningSandbox
) -> None:
    connector = signed_in(way, over_tls.ready["hubspot"]["ca_file"])
    assert connector.identity().id


@pytest.mark.parametrize("way", WAYS)
def test_an_authority_that_nobody_knows_is_refused_with_what_to_set(
    way: str, signed_in: Callable[..., Connector]
) -> None:
    with pytest.raises(FixSettings, match="ca_file") as caught:
        signed_in(way, None).identity()
    assert caught.value.code == "certificate_refused"
    assert "CERTIFICATE_VERIFY_FAILED" in caught.value.detail


@pytest.mark.parametrize("held", [None, b"", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_file_without_certificates_is_refused_before_anything_is_called(
    held: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    if held is not None:
        path.write_bytes(held)
    for crm, given in (
        (hubspot, {"token": "pat-eu1-1"}),
        (salesforce, {"instance_url": "https://acme.my.salesforce.com", "access_token": "t"}),
    ):
        with pytest.raises(FixSettings, match=r"ca\.pem") as caught:
            crm.settings_type(**given, ca_file=str(path))
        assert caught.value.code == "ca_file"


def test_the_private_key_is_the_servers_alone(over_tls: RunningSandbox) -> None:
    authority = Path(over_tls.ready["salesforce"]["ca_file"])
    chain = authority.with_name("server.pem")
    assert b"PRIVATE KEY" not in authority.read_bytes()
    assert b"PRIVATE KEY" in chain.read_bytes()
    assert chain.stat().st_mode & 0o077 == 0
