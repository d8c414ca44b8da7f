"""One token for all threads: fetched by one of them, renewed before it expires."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from leadpact_webapi.timing import Timing

RENEW_BEFORE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token.

    Attributes:
        value: what goes into the ``Authorization`` header; kept out of ``repr``.
        expires_at: aware, UTC; None where the sign-in did not say.
        instance_url: the address the sign-in named for calls, if it named one.
    """

    value: str = field(repr=False)
    expires_at: datetime | None = None
    instance_url: str = ""


class TokenSource:
    """Holds the token; of the threads that find it missing or refused, one fetches, others wait.

    Args:
        fetch: signs in and hands back a new token; raises ``SignIn`` or ``WaitUntil``, which every
            waiting thread's own attempt then meets for itself.
        clock: tells the time.
    """

    def __init__(self, fetch: Callable[[], Token], clock: Timing) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Token | None = None

    def held(self) -> Token:
        """The whole token, fetched if there is none or it is about to expire."""
        token = self._held
        if token is None or self._expiring(token):
            with self._lock:
                if self._held is None or self._expiring(self._held):
                    self._held = self._fetch()
                return self._held
        return token

    def token(self) -> str:
        """The value of :meth:`held`."""
        return self.held().value

    def refresh(self, if_still: str) -> str:
        """A token other than the refused one; fetched only if no other thread did so meanwhile."""
        with self._lock:
            if self._held is None or self._held.value == if_still:
                self._held = self._fetch()
            return self._held.value

    def _expiring(self, token: Token) -> bool:
        return token.expires_at is not None and self._clock.now() >= token.expires_at - RENEW_BEFORE
