"""A ``requests`` session that keeps connections and calls allowed hosts only (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from leadpact_webapi.hosts import check_base_url, host_allowed, is_loopback

__all__ = [
    "NO_RETRIES",
    "GuardedSession",
    "build_session",
    "check_base_url",
    "host_allowed",
    "is_loopback",
]

NO_RETRIES = Retry(total=False)
"""Raises the first error as it is and follows no redirect; ``retry.py`` is the only retry layer."""


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
        ca_file: Path | None = None,
    ) -> None:
        super().__init__()
        self.trust_env = False
        if ca_file is not None:
            self.verify = str(ca_file)
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
        url = urlsplit(request.url or "")
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
    ca_file: Path | None = None,
) -> requests.Session:
    """A guarded session (:class:`GuardedSession`).

    Args:
        pool: connections kept per host; as many threads may call at once without reconnecting.
        timeout: seconds to connect, seconds between bytes of the answer.
        allow_hosts: as in :func:`check_base_url`.
        loopback_http: accept plain http on loopback.
        on_call: told (method, path) of each call right before it is sent.
        headers: sent with every call.
        ca_file: PEM file of the authorities to trust instead of the usual ones.
    """
    session = GuardedSession(
        pool=pool,
        timeout=timeout,
        allow_hosts=allow_hosts,
        loopback_http=loopback_http,
        on_call=on_call,
        ca_file=ca_file,
    )
    if headers:
        session.headers.update(headers)
    return session
