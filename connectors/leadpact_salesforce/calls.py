"""How a call goes to Salesforce: through simple-salesforce's URLs and calls; no policy beyond sign-in.

simple-salesforce builds every URL with https, sets no time-out, and renews tokens without a lock or
end (facts §11); so it is handed a guarded session, a header with the token of each call, and an
adapter that speaks plain http to loopback.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

from leadpact.errors import FixSettings, SetAside, WaitUntil
from leadpact.ports.budget import CallBudget
from leadpact.ports.clock import Clock
from leadpact_salesforce import errors, limits
from leadpact_salesforce.auth import TokenFetcher
from leadpact_salesforce.settings import SalesforceSettings
from leadpact_webapi.oauth import Token, TokenSource
from leadpact_webapi.retry import ANSWER_LOST, SIGNED_IN_AGAIN, call_with_retry
from leadpact_webapi.session import NO_RETRIES, build_session
from leadpact_webapi.timing import Listening

Answer = TypeVar("Answer")
Send = Callable[[Salesforce, dict[str, Any]], Answer]

_IN_PATH: Final = (
    (re.compile(r"/v\d+\.\d+(?=/|$)"), "/{version}"),
    (re.compile(r"(?<=/Soap/u)/\d+\.\d+$"), "/{version}"),
    (re.compile(r"(?<=/jobs/)(ingest|query)/[A-Za-z0-9]{15,18}(?=/|$)"), r"\1/{id}"),
    (re.compile(r"(?<=/query)/[A-Za-z0-9-]+$|(?<=/queryAll)/[A-Za-z0-9-]+$"), "/{locator}"),
    (re.compile(r"(?<=/)0[A-Za-z0-9]{14}(?:[A-Za-z0-9]{3})?(?=/|$)"), "{id}"),
)


class LoopbackHttp(HTTPAdapter):
    """Sends what simple-salesforce addressed to ``https://`` of a loopback host as plain http."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send it with the scheme that the settings gave."""
        request.url = "http" + (request.url or "").removeprefix("https")
        return super().send(request, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query; ``more`` is the path of the next one; ``at`` the server's own instant."""

    rows: Sequence[dict[str, Any]]
    more: str
    at: datetime | None


def route_of(path: str) -> str:
    """The path as a template, for counting."""
    for pattern, template in _IN_PATH:
        path = pattern.sub(template, path)
    return path.rstrip("/") or "/"


class SalesforceCalls:
    """One org, one token, one pool of connections, for all threads.

    Args:
        crm: the side's name, for the budget and the counts.
        count_call: told (crm, "METHOD route") of each HTTP call.
    """

    def __init__(
        self,
        settings: SalesforceSettings,
        *,
        clock: Clock,
        call_budget: CallBudget,
        crm: str,
        count_call: Callable[[str, str], None] | None = None,
    ) -> None:
        self._settings = settings
        self.api_version = settings.api_version
        self._clock = clock
        self._budget = call_budget
        self._crm = crm
        self._count = count_call
        self._sf: Salesforce | None = None
        self._sf_lock = threading.Lock()
        self.told_at: tuple[str, datetime] | None = None
        self.session = build_session(
            pool=limits.POOL,
            timeout=(settings.connect_timeout_s, settings.timeout_s),
            allow_hosts=settings.allowed_hosts,
            loopback_http=True,
            on_call=self._counted,
            # FALSE on all: absent means that assignment rules run on updates too (facts §6).
            headers={"Sforce-Auto-Assign": "FALSE", "Sforce-Call-Options": "client=leadpact"},
            ca_file=settings.ca_file,
        )
        self.session.hooks["response"].append(self._heard)
        self.fetcher = TokenFetcher(
            settings.sign_in(),
            self.session,
            clock=clock,
            allow_hosts=settings.allowed_hosts,
            org_id=settings.org_id,
            on_moved=self._reach,
        )
        self.tokens = TokenSource(self.fetcher, clock)

    def close(self) -> None:
        """Give back connections."""
        self.session.close()

    def _page(
        self,
        path: str,
        *,
        params: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        answer = self._call("GET", path, params=params, headers=headers, safe=True)
        found, response = answer
        if not isinstance(found, dict) or not isinstance(found.get("records"), list):
            raise WaitUntil("Salesforce's answer to a query is cut.", code=ANSWER_LOST)
        more = "" if found.get("done", True) else str(found.get("nextRecordsUrl") or "")
        return Page(found["records"], more, _server_time(response))

    def _json(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        safe: bool,
    ) -> Any:
        return self._call(method, path, body, params=params, safe=safe)[0]

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool,
    ) -> tuple[Any, requests.Response]:
        """Raw JSON: simple-salesforce's own parsing costs ten times as much (PERFORMANCE)."""
        payload = None if body is None else orjson.dumps(body)

        def send(sf: Salesforce, own: dict[str, Any]) -> tuple[Any, requests.Response]:
            url = f"https://{sf.sf_instance}{path}" if path.startswith("/") else sf.base_url + path
            response = sf._call_salesforce(
                method,
                url,
                name=path,
                params=params,
                data=payload,
                headers={**own, **(headers or {})},
            )
            content = response.content
            return (orjson.loads(content) if content else None), response

        return self.exchange(send, safe=safe)

    def exchange(self, send: Send[Answer], *, safe: bool) -> Answer:
        """Send with a token, and again where that is allowed; errors come out by remedy."""
        try:
            return call_with_retry(lambda: self._signed(send), safe=safe, clock=self._clock)
        except SetAside as refused:
            if not safe:
                raise
            raise errors.of_read(refused) from refused

    def _signed(self, send: Send[Answer]) -> Answer:
        """Send once, and once more with a new token where the old one had expired."""
        token = self.tokens.held()
        try:
            return self.once(send, token)
        except SalesforceExpiredSession as expired:
            if not errors.token_expired(expired.content):
                raise errors.policy(expired.content) from None
        self.tokens.refresh(if_still=token.value)
        if isinstance(self._clock, Listening):
            self._clock.met(SIGNED_IN_AGAIN)
        try:
            return self.once(send, self.tokens.held())
        except SalesforceExpiredSession as refused:
            raise errors.of_call(401, refused.content) from None

    def once(self, send: Send[Answer], token: Token) -> Answer:
        """Send once with this token.

        Raises:
            SalesforceExpiredSession: the token is not good; all else by remedy.
        """
        self._budget.spend(self._crm)
        # X-PrettyPrint is simple-salesforce's; None takes it out, and a third of the bytes with it.
        headers = {"Authorization": f"Bearer {token.value}", "X-PrettyPrint": None}
        try:
            return send(self._salesforce(token), headers)
        except SalesforceExpiredSession:
            raise
        except SalesforceError as error:
            raise errors.of_call(error.status, error.content) from None
        except errors.NETWORK_ERRORS as error:
            raise errors.of_network(error) from None
        except orjson.JSONDecodeError as error:
            raise errors.of_network(error) from None

    def _salesforce(self, token: Token) -> Salesforce:
        sf = self._sf
        if sf is None:
            with self._sf_lock:
                sf = self._sf
                if sf is None:
                    # The token goes with each call; simple-salesforce must not keep one.
                    sf = Salesforce(
                        instance_url=token.instance_url,
                        session_id="unused",
                        session=self.session,
                        version=self._settings.api_version,
                    )
                    self._sf = sf
        return sf

    def _reach(self, instance_url: str) -> None:
        """Make ready for the address that a sign-in named; a later one may name another."""
        parts = urlsplit(instance_url)
        if parts.hostname is None or ":" in parts.hostname:
            raise FixSettings(
                "Name the host of Salesforce's address, or 127.0.0.1.", code="bad_url"
            )
        prefix = f"https://{parts.netloc}/"
        if parts.scheme == "http" and prefix not in self.session.adapters:
            self.session.mount(
                prefix, LoopbackHttp(pool_maxsize=limits.POOL, max_retries=NO_RETRIES)
            )
        with self._sf_lock:
            self._sf = None

    def _counted(self, method: str, path: str) -> None:
        if self._count is not None:
            self._count(self._crm, f"{method} {route_of(path)}")

    def _heard(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self.told_at = (response.headers.get("Date") or "", self._clock.now())
        told = limits.usage(response.headers.get("Sforce-Limit-Info", ""))
        if told is not None:
            used, limit = told
            # A rolling day: there is no instant at which it begins anew (facts §5).
            self._budget.correct(
                self._crm, limit=limit, remaining=max(limit - used, 0), resets_at=None
            )


def _server_time(response: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
