"""How leadpact signs in to HubSpot, and as whom (facts §9).

Private-app tokens and service keys are static: there is nothing to refresh, and a 401 is final. OAuth is in ``oauth``.
"""

from __future__ import annotations

from collections.abc import Callable

from leadpact.errors import FixSettings, LeadpactError, SignIn, Stop, WaitUntil
from leadpact.ports.clock import Clock
from leadpact.ports.connector import CrmIdentity
from leadpact.ports.vault import TokenVault
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.oauth import HubSpotSignIn, LastingToken, OAuthSignIn
from leadpact_hubspot.settings import HubSpotSettings, PrivateToken


def signed_in_by(
    settings: HubSpotSettings,
    *,
    clock: Clock,
    vault: TokenVault | None,
    crm_name: str,
    count_call: Callable[[str, str], None],
) -> HubSpotSignIn:
    """The sign-in that the settings hold; nothing is called yet.

    Raises:
        FixSettings: ``state_key_missing``: a refresh token that HubSpot replaces could not be kept.
    """
    way = settings.sign_in()
    if isinstance(way, PrivateToken):
        return LastingToken(way.token.get_secret_value())
    if vault is None:
        raise FixSettings(
            "Sign-in to HubSpot by OAuth needs LEADPACT_STATE_KEY: HubSpot may replace the refresh token, and "
            "leadpact keeps the new one encrypted. Make a key with `openssl rand -base64 32`.",
            code="state_key_missing",
        )
    return OAuthSignIn(
        way, settings, clock=clock, vault=vault, crm_name=crm_name, count_call=count_call
    )


def read_identity(client: HubSpotClient, settings: HubSpotSettings, crm_name: str) -> CrmIdentity:
    """Ask HubSpot which portal this is and which app the token belongs to.

    Service keys belong to no app that HubSpot would tell; then ``app_id`` of the settings is all there is.

    Raises:
        SignIn: the token is bad.
        Stop: the answer names no portal.
    """
    details = client.account_details()
    portal = str(details.get("portalId") or "")
    if not portal.isdigit():
        raise Stop("HubSpot does not say which portal this is.", code="unexpected_answer")
    actors = {settings.app_id} if settings.app_id else {_app_id(client)}
    return CrmIdentity(
        crm=crm_name,
        id=portal,
        name=f"HubSpot portal {portal}",
        zone=str(details.get("timeZone") or "UTC"),
        production=str(details.get("accountType", "STANDARD")) == "STANDARD",
        actor_ids=frozenset(actors - {""}),
    )


def _app_id(client: HubSpotClient) -> str:
    try:
        return str(client.token_info().get("appId") or "")
    except (SignIn, WaitUntil):
        raise
    except LeadpactError:
        # No introspection for this kind of token: our own writes then count as an integration's.
        return ""
