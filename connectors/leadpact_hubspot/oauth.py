"""Sign-in by OAuth: renewed before it expires, by one alone, and kept before it is used (facts §9).

A refresh token may be replaced with every renewal, and HubSpot takes the former one back then. So the vault learns
that a renewal is asked for before it is, and the new tokens before anyone uses them. Where an answer is lost,
the former token is tried once more; if HubSpot no longer takes it, the error says that this is what happened.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlencode

import orjson
import urllib3

from leadpact.errors import LeadpactError, SignIn, WaitUntil
from leadpact.ports.clock import Clock
from leadpact.ports.vault import TokenTurn, TokenVault
from leadpact_hubspot import errors
from leadpact_hubspot.objects import Json
from leadpact_hubspot.settings import HubSpotSettings, OAuthRefresh
from leadpact_webapi.oauth import RENEW_BEFORE, Token, TokenSource
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import ANSWER_LOST, call_with_retry

REFUSED: Final = "refresh_token_refused"
LOST: Final = "refresh_answer_lost"
TRIES: Final = 2
AGAIN: Final = "authorize the app for the account again and set the new refresh_token."

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "BAD_REFRESH_TOKEN": (
        REFUSED,
        "HubSpot refuses the refresh token: the app was removed from the account, or the token is another app's; "
        + AGAIN,
    ),
    "BAD_CLIENT_ID": (
        "client_refused",
        "HubSpot knows no app with this client_id; correct client_id.",
    ),
    "BAD_CLIENT_SECRET": (
        "client_refused",
        "HubSpot refuses the app's client_secret; copy it again from the app's settings.",
    ),
}


class HubSpotSignIn(Protocol):
    """Where the client has its token from."""

    def token(self) -> str:
        """The token for the next call."""
        ...

    def instead_of(self, refused: str) -> str | None:
        """Another token after a 401, for one more try; None where there is none to be had."""
        ...

    def worked(self, token: str) -> None:
        """HubSpot has taken this token."""
        ...


class LastingToken:
    """A private app's token or a service key: nothing to renew, a 401 is final."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def instead_of(self, refused: str) -> None:
        """None: there is no other."""

    def worked(self, token: str) -> None:
        """Nothing to note."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the vault holds of a sign-in.

    Attributes:
        asked_at: when a renewal was asked for whose answer has not come; "" where none is open.
    """

    refresh_token: str
    access_token: str = ""
    expires_at: str = ""
    asked_at: str = ""

    def lasts(self, now: datetime) -> bool:
        """Whether the access token can be used for a while yet."""
        return bool(self.access_token) and (
            now < datetime.fromisoformat(self.expires_at) - RENEW_BEFORE
        )


class OAuthSignIn:
    """The access token of a public app, shared by all threads and, through the vault, by all processes.

    Args:
        vault: keeps the refresh token when HubSpot replaces it.
        count_call: told (crm_name, "METHOD route") before each call.
    """

    def __init__(
        self,
        way: OAuthRefresh,
        settings: HubSpotSettings,
        *,
        clock: Clock,
        vault: TokenVault,
        crm_name: str,
        count_call: Callable[[str, str], None],
    ) -> None:
        self._way = way
        self._clock = clock
        self._vault = vault
        self._crm = crm_name
        self._count = count_call
        release = "v3" if settings.api == "v3" else settings.api
        self._path = f"/oauth/{release}/token"
        self._url = settings.base_url.rstrip("/") + self._path
        connect, read = settings.connect_timeout_s, settings.timeout_s
        self._timeout = urllib3.Timeout(connect=connect, read=read)
        self._lasts = timedelta(seconds=TRIES * (connect + read) + 10)
        trusted = str(settings.ca_file) if settings.ca_file else None
        self._http = urllib3.PoolManager(maxsize=2, retries=False, ca_certs=trusted)
        self._tokens = TokenSource(self._fetch, clock)
        self._given = ""
        self._unsaved: Kept | None = None
        self._noted = threading.Lock()
        self._doubted = ""
        self._source = _digest(way.client_id, way.refresh_token.get_secret_value())

    def token(self) -> str:
        """The access token, renewed a minute before it expires.

        Raises:
            SignIn: HubSpot refuses the renewal.
            WaitUntil: HubSpot cannot be reached, or another process is renewing it.
            FixSettings: what is stored was encrypted under another key.
        """
        return self._tokens.token()

    def instead_of(self, refused: str) -> str | None:
        """Another token, once: one that was renewed because of a 401 and meets another is not renewed again."""
        with self._noted:
            if refused == self._doubted:
                return None
        other = self._tokens.refresh(if_still=refused)
        with self._noted:
            self._doubted = other
        return other

    def worked(self, token: str) -> None:
        """A 401 from now on is news again."""
        if self._doubted == token:
            with self._noted:
                self._doubted = ""

    def introspect(self, token: str) -> Json:
        """What HubSpot says of an access token: app, account, scopes.

        Raises:
            SignIn, WaitUntil, Stop: by remedy.
        """
        form = {**self._client(), "token_type_hint": "access_token", "token": token}
        return call_with_retry(
            lambda: self._post(form, "/introspect"), safe=True, clock=self._clock
        )

    def close(self) -> None:
        """Close the kept connections."""
        self._http.clear()

    def _fetch(self) -> Token:
        with self._vault.turn(self._crm, self._source, self._lasts) as turn:
            kept = self._known(turn)
            if kept.lasts(self._clock.now()) and kept.access_token != self._given:
                # Another process has renewed it meanwhile.
                return self._hand_out(kept)
            turn.store(_text(replace(kept, asked_at=self._clock.now().isoformat())))
            lost = [kept.asked_at] if kept.asked_at else []
            try:
                reply = call_with_retry(
                    lambda: self._renew(kept.refresh_token, lost),
                    safe=True,
                    clock=self._clock,
                    attempts=TRIES,
                )
            except LeadpactError as error:
                turn.store(_text(replace(kept, asked_at=lost[0] if lost else "")))
                if lost and isinstance(error, SignIn) and error.code == REFUSED:
                    raise _lost(lost[0], error) from None
                raise
            self._unsaved = renewed = self._kept(reply, kept.refresh_token)
            self._save(turn)
        return self._hand_out(renewed)

    def _known(self, turn: TokenTurn) -> Kept:
        """The newest tokens; what could not be stored when it came is stored first."""
        if self._unsaved is not None:
            kept = self._unsaved
            self._save(turn)
            return kept
        text = turn.load()
        return _read(text) if text else Kept(self._way.refresh_token.get_secret_value())

    def _save(self, turn: TokenTurn) -> None:
        if self._unsaved is not None:
            turn.store(_text(self._unsaved))
            self._unsaved = None

    def _hand_out(self, kept: Kept) -> Token:
        self._given = kept.access_token
        return Token(kept.access_token, datetime.fromisoformat(kept.expires_at))

    def _renew(self, refresh_token: str, lost: list[str]) -> Json:
        asked_at = self._clock.now().isoformat()
        try:
            return self._post(
                {**self._client(), "grant_type": "refresh_token", "refresh_token": refresh_token}
            )
        except WaitUntil as error:
            if error.code == ANSWER_LOST:
                lost.append(asked_at)
            raise

    def _kept(self, reply: Json, former: str) -> Kept:
        token, seconds = reply.get("access_token"), reply.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise SignIn(
                "HubSpot's sign-in reply holds no token; check base_url.", code="token_missing"
            )
        return Kept(
            # A reply without one leaves the former in force (RFC 6749 §6).
            refresh_token=str(reply.get("refresh_token") or former),
            access_token=token,
            expires_at=(self._clock.now() + timedelta(seconds=seconds)).isoformat(),
        )

    def _client(self) -> dict[str, str]:
        return {
            "client_id": self._way.client_id,
            "client_secret": self._way.client_secret.get_secret_value(),
        }

    def _post(self, form: Mapping[str, str], rest: str = "") -> Json:
        self._count(self._crm, f"POST {self._path}{rest}")
        try:
            answer = self._http.request(
                "POST",
                self._url + rest,
                body=urlencode(form),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                    "User-Agent": "leadpact",
                },
                timeout=self._timeout,
                redirect=False,
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as e:
            raise errors.network(e, sent=False) from None
        except urllib3.exceptions.HTTPError as error:
            raise errors.network(error, sent=True) from None
        try:
            content = orjson.loads(answer.data)
        except orjson.JSONDecodeError as error:
            if answer.status == 200:
                raise errors.network(error, sent=True) from None
            content = {}
        if answer.status == 200 and isinstance(content, dict):
            return content
        word = str(content.get("status") or "") if isinstance(content, dict) else ""
        told = _SENTENCES.get(word)
        if told is not None:
            detail = redact(f"HTTP {answer.status}; {content.get('message') or ''}")
            raise SignIn(told[1], code=told[0], detail=detail)
        raise errors.from_answer(answer.status, answer.data, answer.headers)


def _lost(asked_at: str, error: SignIn) -> SignIn:
    at = datetime.fromisoformat(asked_at).astimezone(UTC)
    return SignIn(
        f"HubSpot's answer to a renewal of {at:%Y-%m-%d %H:%M} UTC was lost, and the refresh token that leadpact "
        f"has is no longer taken: the answer probably held the one that replaced it. Please {AGAIN}",
        code=LOST,
        detail=error.detail,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _text(kept: Kept) -> str:
    return orjson.dumps(asdict(kept)).decode()


def _read(text: str) -> Kept:
    return Kept(**orjson.loads(text))
