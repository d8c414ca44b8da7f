"""Sessions and the connected client: two hours from the last use (facts salesforce §9)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.world import World

LIFE = timedelta(hours=2)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
EXPIRED = "Session expired or invalid"


@dataclass(slots=True)
class Session:
    """Who a token stands for and when it was last used."""

    user_id: str
    used: datetime


class Sessions:
    """Tokens of the org and the one client that may ask for them; the same for the same seed.

    Args:
        world: its seed decides client id, secret and every token.
        org: whose id begins each token.
    """

    def __init__(self, world: World, org: Org) -> None:
        self._world = world
        self._org = org
        self._random = random.Random(f"salesforce sessions {world.seed}")
        self.client_id = "3MVG9" + self._letters(80)
        self.client_secret = self._letters(64)
        self._first = self._letters(80)
        self.public_keys: list[bytes] = []
        self._sessions: dict[str, Session] = {}

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))

    def begin(self, org: Org) -> None:
        """Forget all sessions but the one that the sandbox hands out when it starts."""
        self._org = org
        self._sessions = {self.first_token: Session(org.integration_id, self._world.clock.now())}

    @property
    def first_token(self) -> str:
        """The token that the sandbox prints: a session of the integration user."""
        return f"{self._org.org_id[:15]}!AQ{self._first}"

    def issue(self, user_id: str) -> str:
        """A new session of a user."""
        token = f"{self._org.org_id[:15]}!AQ{self._letters(80)}"
        self._sessions[token] = Session(user_id, self._world.clock.now())
        return token

    def user_of(self, token: str) -> str:
        """The user of a live session; its two hours begin anew.

        The switch ``salesforce.9.session_slides`` off counts them from sign-in instead.

        Raises:
            ApiError: 401 INVALID_SESSION_ID for a token that is unknown or has expired.
        """
        session = self._sessions.get(token)
        now = self._world.clock.now()
        if session is None or now - session.used >= LIFE:
            self._sessions.pop(token, None)
            raise ApiError(401, "INVALID_SESSION_ID", EXPIRED)
        if self._world.switch("salesforce.9.session_slides", True):
            session.used = now
        return session.user_id

    def end(self, token: str) -> None:
        """End a session before its time."""
        self._sessions.pop(token, None)
