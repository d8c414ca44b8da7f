"""Which hosts may be called, and a ``requests`` session that calls no other (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import LocationParseError
from urllib3.util import Retry, parse_url

from leadpact.errors import FixSettings

NO_RETRIES = Retry(total=False)
"""Raises the first error as it is and follows no redirect; ``retry.py`` is the only retry layer."""

_DEFAULT_PORTS = {"https": 443, "http": 80}


def is_loopback(host: str) -> bool:
    """Whether this host name or address can only be this machine."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost":
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def host_allowed(host: str, allow_hosts: Sequence[str]) -> bool:
    """Whether the host is loopback, named, or below a named suffix such as ``*.salesforce.com``."""
    if is_loopback(host):
        return True
    name = host.rstrip(".").lower()
    for pattern in allow_hosts:
        wanted = pattern.rstrip(".").lower()
        if wanted.startswith("*."):
            if name.endswith(wanted[1:]) and len(name) > len(wanted) - 1:
                return True
        elif name == wanted:
            return True
    return False


def check_base_url(url: str, allow_hosts: Sequence[str], *, loopback_http: bool = True) -> str:
    """The address without a trailing slash, if leadpact may call it.

    Args:
        url: what a setting or a CRM's reply (``instance_url``) says.
        allow_hosts: exact host names and suffix patterns (``*.hubapi.com``); loopback is always in.
        loopback_http: accept plain http where the host is loopback.

    Raises:
        FixSettings: ``bad_url``, ``host_not_allowed`` or ``plain_http``.
    """
    if not url.isascii() or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise FixSettings("The CRM's address holds characters that no address has.", code="bad_url")
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise FixSettings("The CRM's address cannot be read as a URL.", code="bad_url") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.host:
        raise FixSettings("The CRM's address must be of the form https://host.", code="bad_url")
    if parts.auth or parts.query or parts.fragment:
        raise FixSettings(
            "The CRM's address must hold no sign-in, query or fragment.", code="bad_url"
        )
    if not host_allowed(parts.host, allow_hosts):
        raise FixSettings(
            f"The host {parts.host} is not one that leadpact may call; "
            "if it is yours, add it to allow_host of this CRM.",
            code="host_not_allowed",
        )
    if parts.scheme == "http" and not (loopback_http and is_loopback(parts.host)):
        raise FixSettings(
            f"Plain http is allowed on loopback only; use https://{parts.host}.", code="plain_http"
        )
    return url.rstrip("/")


class GuardedSession(requests.Session):
    """Keeps connections, always has a time-out, follows no redirect, calls allowed hosts only.

    The environment is not consulted: a ``.netrc`` or proxy variable must not change who gets the
    token.
    """

    def __init__(
        self,
        *,
        pool: int,
        timeout: tuple[float, float],
        allow_hosts: Sequence[str],
        loopback_http: bool,
        on_call: Callable[[str, str], None],
    ) -> None:
        super().__init__()
        self.trust_env = False
        self._timeout = timeout
        self._allow_hosts = tuple(allow_hosts)
        self._loopback_http = loopback_http
        self._on_call = on_call
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool, max_retries=NO_RETRIES)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, always: a redirect comes back as the answer it is."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request after checking where it goes.

        Raises:
            FixSettings: the host is not allowed, or plain http off loopback.
        """
        url = parse_url(request.url or "")
        check_base_url(
            f"{url.scheme}://{url.netloc}", self._allow_hosts, loopback_http=self._loopback_http
        )
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        self._on_call(request.method or "", url.path or "/")
        return super().send(request, **kwargs)


def build_session(
    *,
    pool: int,
    timeout: tuple[float, float],
    allow_hosts: Sequence[str],
    loopback_http: bool,
    on_call: Callable[[str, str], None],
    headers: Mapping[str, str] | None = None,
) -> requests.Session:
    """A guarded session (:class:`GuardedSession`).

    Args:
        pool: connections kept per host; as many threads may call at once without reconnecting.
        timeout: seconds to connect, seconds between bytes of the answer.
        allow_hosts: as in :func:`check_base_url`.
        loopback_http: accept plain http on loopback.
        on_call: told (method, path) of each call right before it is sent.
        headers: sent with every call.
    """
    session = GuardedSession(
        pool=pool,
        timeout=timeout,
        allow_hosts=allow_hosts,
        loopback_http=loopback_http,
        on_call=on_call,
    )
    if headers:
        session.headers.update(headers)
    return session
