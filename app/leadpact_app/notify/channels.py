"""The channels of the settings: which addresses are taken, and what each makes of plain text. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from leadpact.errors import FixSettings
from leadpact.model.notice import Notice

SCHEMES: Final = {
    "slack": "slack",
    "workflows": "teams",
    "mailtos": "mail",
    "mailto": "mail",
    "jsons": "webhook",
    "json": "webhook",
}
"""URL schemes that are taken → the sort of channel."""
PLAIN: Final = frozenset({"mailto", "json"})
"""Those that speak without TLS, on this machine only."""
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST: Final = {"slack": 2900, "teams": 20_000, "mail": 60_000, "webhook": 60_000}
_TEAMS_MARKUP = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "*": "∗", "`": "'"})
_OPTIONS: Final = {
    "slack": {"blocks": "yes", "footer": "no", "image": "no", "format": "text"},
    "teams": {"image": "no", "format": "text"},
    "mail": {"format": "text"},
    "webhook": {"format": "text"},
}
_TIMEOUTS: Final = {"cto": "4.0", "rto": "6.0"}


@dataclass(frozen=True, slots=True)
class Channel:
    """One address. ``url`` holds its secrets and is never shown."""

    name: str
    sort: str
    url: str

    def address(self, recipient: str = "") -> str:
        """The address to send to: as plain text, without marks of others, and to this person where it is mail."""
        parts = urlsplit(self.url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked |= {**_TIMEOUTS, **_OPTIONS[self.sort]}
        if self.sort == "mail" and recipient:
            asked["to"] = recipient
        query = urlencode(asked, quote_via=quote)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))

    def text(self, notice: Notice) -> tuple[str, str]:
        """(title, body) as this channel takes plain text: nothing that a lead typed is markup there."""
        title = " ".join(notice.subject.split())[:240]
        lines = [notice.body, notice.link_url, f"[leadpact {notice.ref}]"]
        body = "\n".join(line for line in lines if line)
        most = _LONGEST[self.sort]
        if len(body) > most:
            tail = "\n".join(("…", *filter(None, lines[1:])))
            body = body[: most - len(tail) - 1] + "\n" + tail
        if self.sort == "teams":
            # Its cards read some markup in every text, and names between <at> as mentions.
            title, body = title.translate(_TEAMS_MARKUP), body.translate(_TEAMS_MARKUP)
            body = body.replace("\n", "\n\n")
        return title, body


def channels_of(addresses: Mapping[str, str]) -> dict[str, Channel]:
    """The channels of the settings.

    Args:
        addresses: name → address, a secret each.

    Raises:
        FixSettings: ``channel_name`` or ``channel_address``, without the address itself.
    """
    found: dict[str, Channel] = {}
    for name, url in addresses.items():
        if not _NAME.fullmatch(name):
            raise FixSettings(
                f"LEADPACT_NOTIFY__{name.upper()[:40]}: a channel's name has small letters, digits and _.",
                code="channel_name",
            )
        found[name] = Channel(name, _sort(name, url), url)
    return found


def _sort(name: str, url: str) -> str:
    scheme, _, rest = url.partition("://")
    scheme = scheme.strip().lower()
    if scheme not in SCHEMES or not rest:
        known = ", ".join(f"{one}://" for one in SCHEMES)
        raise FixSettings(
            f"LEADPACT_NOTIFY__{name.upper()}: its address begins with none of {known}.",
            code="channel_address",
        )
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        host = ""
    if scheme in PLAIN and host not in LOOPBACK:
        raise FixSettings(
            f"LEADPACT_NOTIFY__{name.upper()}: {scheme}:// goes unencrypted, which is for this machine only; "
            f"write {scheme}s://.",
            code="channel_address",
        )
    return SCHEMES[scheme]
