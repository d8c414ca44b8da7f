"""Which hosts a connector may call (DESIGN §7); imports no HTTP library, so settings can ask."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from leadpact.errors import FixSettings


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
    # Two URL readers can differ on such characters, and then check one host and call another.
    if not url.isascii() or any(c.isspace() or not c.isprintable() or c in "\\@" for c in url):
        raise FixSettings("The CRM's address holds characters that no address has.", code="bad_url")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FixSettings("The CRM's address cannot be read as a URL.", code="bad_url") from error
    if parts.scheme not in {"https", "http"} or not host:
        raise FixSettings("The CRM's address must be of the form https://host.", code="bad_url")
    if parts.query or parts.fragment:
        raise FixSettings("The CRM's address must hold no query or fragment.", code="bad_url")
    if not host_allowed(host, allow_hosts):
        raise FixSettings(
            f"The host {host} is not one that leadpact may call; "
            "if it is yours, add it to allow_host of this CRM.",
            code="host_not_allowed",
        )
    if parts.scheme == "http" and not (loopback_http and is_loopback(host)):
        raise FixSettings(
            f"Plain http is allowed on loopback only; use https://{host}.", code="plain_http"
        )
    return url.rstrip("/")
