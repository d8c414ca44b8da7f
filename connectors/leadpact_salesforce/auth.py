"""The three ways to sign in; each fetches a token, none refreshes in silence (facts §9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
import requests

from leadpact.errors import FixSettings, SignIn
from leadpact.ports.clock import Clock
from leadpact_salesforce import errors
from leadpact_salesforce.objects import id18, is_id
from leadpact_salesforce.settings import AccessToken, ClientCredentials, JwtBearer, SignInWay
from leadpact_webapi.oauth import Token
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import call_with_retry
from leadpact_webapi.session import check_base_url

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105
_ASSERTION_LIFE: Final = timedelta(seconds=150)
"""Salesforce takes at most three minutes."""
_IDENTITY = re.compile(r"/id/(00D[A-Za-z0-9]{12,15})/(005[A-Za-z0-9]{12,15})$")
_SENTENCES: Final[Mapping[str, str]] = {
    "invalid_client_id": "Salesforce does not know this client_id.",
    "invalid_client": "Salesforce refuses the client_id or client_secret.",
    "invalid_grant": "Salesforce refuses the sign-in; the detail names what it misses.",
    "unsupported_grant_type": "The app in Salesforce does not allow this kind of sign-in.",
    "inactive_user": "The person that leadpact signs in as is not active in Salesforce.",
    "inactive_org": "The Salesforce org is locked or closed.",
}


def identity_in(url: str) -> tuple[str, str] | None:
    """(org id, user id) in 18 characters from an identity URL ``…/id/00D…/005…``."""
    found = _IDENTITY.search(url)
    if found is None or not (is_id(found[1]) and is_id(found[2])):
        return None
    return id18(found[1]), id18(found[2])


class TokenFetcher:
    """Signs in when called; what ``TokenSource`` fetches with.

    Args:
        way: how.
        session: the guarded session; token calls are free of the day's budget (facts §5).
        clock: dates assertions, waits between tries.
        allow_hosts: hosts that a reply's ``instance_url`` may name.
        org_id: the org that it must be, "" = the one that answers first, from then on.
        on_moved: told the ``instance_url`` that a reply names.
    """

    def __init__(
        self,
        way: SignInWay,
        session: requests.Session,
        *,
        clock: Clock,
        allow_hosts: tuple[str, ...],
        org_id: str,
        on_moved: Callable[[str], None],
    ) -> None:
        self._way = way
        self._session = session
        self._clock = clock
        self._allow_hosts = allow_hosts
        self._org_id = id18(org_id) if org_id else ""
        self._on_moved = on_moved
        self._first_used = False
        self.user_id = ""

    @property
    def org_id(self) -> str:
        """The org, as far as known: from the settings or from a token reply; else ""."""
        return self._org_id

    def settle_org(self, org_id: str) -> None:
        """Hold on to the org that this is.

        Raises:
            FixSettings: ``wrong_org``; a token must never write into another org (R39).
        """
        found = id18(org_id)
        if self._org_id and found != self._org_id:
            raise FixSettings(
                f"This sign-in belongs to the Salesforce org {found}, not to {self._org_id}.",
                code="wrong_org",
            )
        self._org_id = found

    def __call__(self) -> Token:
        """A new token.

        Raises:
            SignIn: refused, or no way to get another one.
            WaitUntil: Salesforce could not be reached.
            FixSettings: the reply names another org or a host that may not be called.
        """
        way = self._way
        first = way.first if isinstance(way, ClientCredentials) else way
        if isinstance(first, AccessToken) and not self._first_used:
            self._first_used = True
            self._on_moved(first.instance_url)
            return Token(first.access_token.get_secret_value(), instance_url=first.instance_url)
        if isinstance(way, AccessToken):
            raise SignIn(
                "The Salesforce access token has expired or was revoked; make a new one, or set "
                "client_id, client_secret and login_url so that leadpact can.",
                code="token_refused",
            )
        form = _client_credentials(way) if isinstance(way, ClientCredentials) else self._jwt(way)
        reply = call_with_retry(
            lambda: self._ask(way.login_url, form), safe=True, clock=self._clock
        )
        return self._token(reply, way.login_url)

    def _token(self, reply: Mapping[str, Any], login_url: str) -> Token:
        token, instance_url = reply.get("access_token"), reply.get("instance_url") or login_url
        if not isinstance(token, str) or not token:
            raise SignIn("Salesforce's sign-in reply holds no token.", code="token_missing")
        address = check_base_url(str(instance_url), self._allow_hosts)
        who = identity_in(str(reply.get("id") or ""))
        if who is not None:
            self.settle_org(who[0])
            self.user_id = who[1]
        self._on_moved(address)
        return Token(token, instance_url=address)

    def _ask(self, login_url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = self._session.post(login_url + TOKEN_PATH, data=dict(form))
            body = answer.content
        except errors.NETWORK_ERRORS as error:
            raise errors.of_network(error) from error
        try:
            reply = orjson.loads(body)
        except orjson.JSONDecodeError:
            reply = answer.text
        if answer.status_code == 200 and isinstance(reply, dict):
            return reply
        word = str(reply.get("error") or "") if isinstance(reply, dict) else ""
        if word and answer.status_code < 500:
            raise SignIn(
                _SENTENCES.get(word, "Salesforce refuses the sign-in; the detail says why."),
                code=word[:40],
                detail=redact(f"{answer.status_code} {reply.get('error_description') or ''}"),
            )
        raise errors.of_call(answer.status_code, reply)

    def _jwt(self, way: JwtBearer) -> Mapping[str, str]:
        import jwt

        claims = {
            "iss": way.client_id,
            "sub": way.username,
            "aud": way.audience,
            "exp": int((self._clock.now() + _ASSERTION_LIFE).timestamp()),
        }
        try:
            key = way.private_key_file.read_bytes()
            assertion = jwt.encode(claims, key, algorithm="RS256")
        except OSError as error:
            raise FixSettings(
                f"The private key {way.private_key_file} cannot be read.", code="private_key"
            ) from error
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise FixSettings(
                f"{way.private_key_file} holds no RSA private key in PEM form without a password.",
                code="private_key",
            ) from error
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return {"grant_type": grant, "assertion": assertion}


def _client_credentials(way: ClientCredentials) -> Mapping[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": way.client_id,
        "client_secret": way.client_secret.get_secret_value(),
    }
