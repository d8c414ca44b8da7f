"""The apps of the portal beside the private one: a public app with OAuth, and a service key (facts §9)."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

ACCESS_S = 1800


@dataclass(slots=True)
class Consent:
    """What a refresh token stands for: that this user let the app in, with these scopes."""

    user_id: int
    scopes: frozenset[str]


@dataclass(slots=True)
class PublicApp:
    """A public app that the portal has installed.

    Attributes:
        developer_key: of the developer account, for webhooks (facts §8 "Setup by API").
        refresh_tokens: those in force, by token.
        codes: authorization codes that nobody has used yet.
        issued: how many tokens were made, so that each is another one.
    """

    id: int
    client_id: str
    client_secret: str
    developer_key: str
    refresh_token: str
    service_key: str
    code: str
    refresh_tokens: dict[str, Consent] = field(default_factory=dict)
    codes: dict[str, Consent] = field(default_factory=dict)
    issued: int = 0

    def begin(self, scopes: frozenset[str]) -> None:
        """As it was installed: one refresh token, one code."""
        consent = Consent(90_000_001, scopes)
        self.refresh_tokens = {self.refresh_token: consent}
        self.codes = {self.code: consent}
        self.issued = 0

    def fresh(self, prefix: str) -> str:
        """A token that nobody has."""
        self.issued += 1
        return f"{prefix}-{uuid.uuid5(uuid.UUID(self.client_id), str(self.issued))}"


def public_app(seed: int) -> PublicApp:
    """The app that follows from the seed."""
    rng = random.Random(seed + 8_790)

    def drawn() -> str:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))

    return PublicApp(
        id=4_000_000 + rng.randrange(900_000),
        client_id=drawn(),
        client_secret=drawn(),
        developer_key=f"eu1-{drawn()}",
        refresh_token=f"eu1-{drawn()}",
        service_key=f"pat-eu1-{drawn()}",
        code=f"eu1-{drawn()}",
    )
