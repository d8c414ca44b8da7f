"""Sign-in by OAuth against the emulated public app: one renewal for all, kept, told when lost."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from tests.integration.hubspot_connector.conftest import Portal, SandboxTime

from leadpact.errors import FixSettings, SignIn, Stop, WaitUntil
from leadpact.ports.connector import WriteRow, Written
from leadpact_app.store.vault import StateTurn, StateVault
from leadpact_hubspot import spec
from leadpact_hubspot.connector import HubSpotConnector
from leadpact_hubspot.settings import HubSpotSettings, OAuthRefresh, PrivateToken
from leadpact_sandbox.hubspot import HubSpot

KEY = base64.b64encode(b"k" * 32).decode()
RENEW = "POST /oauth/v3/token"
HALF_AN_HOUR = 1800

SignedIn = Callable[..., HubSpotConnector]


@pytest.fixture
def signed_in(portal: Portal, tmp_path: Path) -> SignedIn:
    """Connects by OAuth, each time as a new process would."""

    def connect(key: str = KEY, **more: Any) -> HubSpotConnector:
        app = portal.hubspot.app_details()
        said = {
            name: more.pop(name, app[name])
            for name in ("client_id", "client_secret", "refresh_token")
        }
        vault = StateVault(str(tmp_path / "state.db"), "default", SecretStr(key), portal.time)
        connector = spec.connect(
            HubSpotSettings(base_url=portal.base_url, **said, **more),
            clock=portal.time,
            call_budget=portal.budget,
            token_vault=vault,
            crm_name="hub",
            count_call=lambda _crm, route: portal.routes.append(route),
        )
        portal.made.append(connector)
        return connector

    return connect


class PatientTime(SandboxTime):
    """Waits a moment of real time, too, for what another thread does over HTTP."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        Event().wait(0.05)


def renewals(portal: Portal) -> int:
    """How often the portal was asked for a new token since this was last asked."""
    return sum(count for route, count in portal.calls().items() if route.endswith("/token"))


def rotating(portal: Portal) -> None:
    portal.world.switches["hubspot.9.refresh_token_rotates"] = True


def test_the_identity_is_the_public_apps_and_its_writes_are_ours(
    portal: Portal, signed_in: SignedIn
) -> None:
    connector = signed_in()
    identity = connector.identity()
    assert identity.id == str(portal.hubspot.portal_id)
    assert identity.actor_ids == {str(portal.hubspot.app_details()["app_id"])}
    (who,) = portal.people(1)
    connector.write("contacts", [WriteRow("set", who, {"firstname": "Ada"})])
    (row, *_) = connector.history("contacts", [who], ["firstname"])[who]
    assert (row.value, row.author.kind) == ("Ada", "ours")


@pytest.mark.parametrize("api", ["v3", "2026-03"])
def test_a_token_is_renewed_a_minute_before_it_expires_and_no_earlier(
    portal: Portal, signed_in: SignedIn, api: str
) -> None:
    connector = signed_in(api=api)
    connector.identity()
    assert renewals(portal) == 1
    portal.world.clock.advance(HALF_AN_HOUR - 90)
    connector.schema(["contacts"])
    assert renewals(portal) == 0
    portal.world.clock.advance(60)
    connector.schema(["contacts"])
    assert renewals(portal) == 1
    assert f"POST /oauth/{api}/token" in portal.routes


def test_two_threads_and_another_process_at_one_expiry_renew_once(
    portal: Portal, signed_in: SignedIn
) -> None:
    rotating(portal)
    portal.time = PatientTime(portal.world)
    connectors = [signed_in(), signed_in()]
    connectors[0].identity()
    assert connectors[1].identity() == connectors[0].identity()
    assert renewals(portal) == 1, "the second process takes what the first one stored"
    portal.world.clock.advance(HALF_AN_HOUR)
    together = Barrier(4)

    def look(connector: HubSpotConnector) -> None:
        together.wait()
        connector.schema(["contacts"])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(look, connectors * 2))
    assert renewals(portal) == 1


def test_a_token_that_was_replaced_survives_a_restart(portal: Portal, signed_in: SignedIn) -> None:
    rotating(portal)
    signed_in().identity()
    portal.world.clock.advance(HALF_AN_HOUR)
    # The settings still hold the first refresh token, which the portal no longer takes.
    signed_in().identity()
    portal.world.clock.advance(HALF_AN_HOUR)
    signed_in().identity()
    assert renewals(portal) == 3


def test_without_a_key_or_under_another_one_nothing_is_asked(
    portal: Portal, signed_in: SignedIn
) -> None:
    signed_in().identity()
    renewals(portal)
    with pytest.raises(FixSettings) as told:
        signed_in(key=base64.b64encode(b"x" * 32).decode()).identity()
    assert told.value.code == "state_key_wrong"
    app = portal.hubspot.app_details()
    names = ("client_id", "client_secret", "refresh_token")
    with pytest.raises(FixSettings) as missing:
        spec.connect(
            HubSpotSettings(base_url=portal.base_url, **{name: app[name] for name in names}),
            clock=portal.time,
            call_budget=portal.budget,
            token_vault=None,
            crm_name="hub",
        )
    assert missing.value.code == "state_key_missing"
    assert portal.calls() == {}


def test_a_lost_answer_is_asked_for_again_where_tokens_last(
    portal: Portal, signed_in: SignedIn
) -> None:
    portal.fault(RENEW, "lost_answer")
    signed_in().identity()
    assert renewals(portal) == 2


def test_a_lost_answer_to_a_renewal_that_replaced_the_token_is_told_as_that(
    portal: Portal, signed_in: SignedIn
) -> None:
    rotating(portal)
    portal.fault(RENEW, "lost_answer")
    connector = signed_in()
    with pytest.raises(SignIn) as told:
        connector.identity()
    assert told.value.code == "refresh_answer_lost"
    assert "UTC was lost" in told.value.message
    # Said again after a restart, and cured by a new refresh token without touching the state.
    with pytest.raises(SignIn) as again:
        signed_in().identity()
    assert again.value.code == "refresh_answer_lost"
    portal.world.faults.replace([])
    signed_in(refresh_token=authorized_again(portal.hubspot)).identity()


def test_a_renewal_that_could_not_be_sent_loses_nothing(
    portal: Portal, signed_in: SignedIn
) -> None:
    rotating(portal)
    portal.fault(RENEW, "unavailable", rate=1.0)
    with pytest.raises(WaitUntil):
        signed_in().identity()
    portal.world.faults.replace([])
    signed_in().identity()


def test_a_refused_token_is_renewed_once_and_the_call_goes_through(
    portal: Portal, signed_in: SignedIn
) -> None:
    connector = signed_in()
    connector.identity()
    (who,) = portal.people(1)
    portal.calls()
    revoke_access(portal.hubspot)
    (result,) = connector.write("contacts", [WriteRow("set", who, {"firstname": "Ada"})])
    assert isinstance(result, Written)
    assert renewals(portal) == 1


def test_a_401_that_a_new_token_does_not_cure_never_loops(
    portal: Portal, signed_in: SignedIn
) -> None:
    connector = signed_in()
    connector.identity()
    portal.calls()
    portal.fault("GET /crm/v3/properties", "expired_token", rate=1.0)
    for _ in range(3):
        with pytest.raises(SignIn):
            connector.schema(["contacts"])
    assert renewals(portal) == 1
    portal.world.faults.replace([])
    connector.schema(["contacts"])
    revoke_access(portal.hubspot)
    connector.schema(["contacts"])
    assert renewals(portal) == 1


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("client_id", "client_refused"),
        ("client_secret", "client_refused"),
        ("refresh_token", "refresh_token_refused"),
    ],
)
@pytest.mark.parametrize("plain", [True, False])
def test_what_the_app_refuses_is_a_matter_of_signing_in_and_holds_no_secret(
    portal: Portal, signed_in: SignedIn, setting: str, code: str, plain: bool
) -> None:
    portal.world.switches["hubspot.9.refused_grant_is_400"] = plain
    with pytest.raises(SignIn) as told:
        signed_in(**{setting: "eu1-nobody-knows-this"}).identity()
    assert told.value.code == code
    assert "nobody" not in f"{told.value} {told.value.detail}"
    assert renewals(portal) == 1


def test_no_secret_shows_in_the_settings_or_the_state(
    portal: Portal, signed_in: SignedIn, tmp_path: Path
) -> None:
    signed_in().identity()
    app = portal.hubspot.app_details()
    settings = HubSpotSettings(
        client_id=str(app["client_id"]),
        client_secret=SecretStr(str(app["client_secret"])),
        refresh_token=SecretStr(str(app["refresh_token"])),
    )
    raw = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    for secret in (app["client_secret"], app["refresh_token"]):
        assert str(secret) not in repr(settings)
        assert str(secret).encode() not in raw


def test_each_way_to_sign_in_has_its_own_type_and_mixed_ones_are_refused() -> None:
    oauth = {"client_id": "a", "client_secret": "b", "refresh_token": "c"}
    assert isinstance(HubSpotSettings(token="pat-x").sign_in(), PrivateToken)
    assert isinstance(HubSpotSettings(**oauth).sign_in(), OAuthRefresh)
    for given, named in (
        ({}, "no sign-in is set"),
        ({**oauth, "token": "pat-x"}, "mixed"),
        ({**oauth, "refresh_token": " "}, "refresh_token must be set too"),
        ({"client_id": "a"}, "client_secret and refresh_token must be set too"),
    ):
        with pytest.raises(ValidationError, match=named):
            HubSpotSettings(**given)
    with pytest.raises(FixSettings, match="refresh_token"):
        HubSpotSettings(**{**oauth, "refresh_token": "two words"})


def authorized_again(hubspot: HubSpot) -> str:
    """A refresh token of a new consent."""
    app = hubspot._portal.app
    token = app.fresh("eu1")
    app.refresh_tokens[token] = next(iter(app.codes.values()))
    return token


def revoke_access(hubspot: HubSpot) -> None:
    """Every access token of the app is refused from now on."""
    grants = hubspot._portal.grants
    for token in [one for one, grant in grants.items() if grant.kind == "oauth"]:
        del grants[token]


def test_a_state_that_cannot_be_written_stops_before_anything_is_asked(
    portal: Portal, signed_in: SignedIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotating(portal)
    connector = signed_in()
    connector.identity()
    portal.calls()
    portal.world.clock.advance(HALF_AN_HOUR)
    written, left = StateTurn.store, [1, 0]

    def full(self: StateTurn, text: str) -> None:
        if left.pop() if left else True:
            written(self, text)
            return
        raise Stop("The disk is full.", code="state_unwritable")

    monkeypatch.setattr(StateTurn, "store", full)
    with pytest.raises(Stop):
        connector.schema(["contacts"])
    assert portal.calls() == {}
    left[:] = [0, 1]
    with pytest.raises(Stop):
        connector.schema(["contacts"])
    # The new token was in hand and could not be kept: it is kept first thing, and nothing is asked again.
    connector.schema(["contacts"])
    assert renewals(portal) == 1
    portal.world.clock.advance(HALF_AN_HOUR)
    with closing(signed_in()) as restarted:
        restarted.identity()
