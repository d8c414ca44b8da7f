"""What an operator sets for one HubSpot account."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from leadpact.errors import FixSettings
from leadpact_webapi.hosts import check_base_url

HOSTS = ("*.hubapi.com", "*.hubspot.com")


class HubSpotSettings(BaseModel):
    """Settings of one HubSpot account, signed in with a private-app token or a service key.

    Attributes:
        base_url: where the API is; plain http on loopback only.
        token: ``pat-...``; legacy private apps and service keys use the same header (facts §9).
        app_id: the app that the token belongs to, if HubSpot does not tell it: our own writes are
            known by it in field histories.
        burst_per_10s: calls in ten seconds, search aside; 100 on Free and Starter (facts §3).
        search_per_s: searches in a second; HubSpot allows 5, one is left to others.
        share: the part of the two windows above that leadpact takes, 0 to 1.
        feed_overlap_s: how far back a change feed looks, since search shows changes late (R1).
        allow_host: further hosts that may be called.
        api: path family, ``v3`` or the dated ``2026-03`` (facts §10).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = "https://api.hubapi.com"
    token: SecretStr
    app_id: str = Field(default="", pattern=r"^\d{0,20}$")
    burst_per_10s: int = Field(default=190, ge=1, le=1000)
    search_per_s: int = Field(default=4, ge=1, le=50)
    share: float = Field(default=1.0, gt=0, le=1)
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60)
    timeout_s: float = Field(default=30.0, gt=0, le=300)
    feed_overlap_s: int = Field(default=60, ge=0, le=86_400)
    pool: int = Field(default=16, ge=1, le=64)
    allow_host: tuple[str, ...] = ()
    api: Literal["v3", "2026-03"] = "v3"

    @field_validator("allow_host", mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        """The environment gives a list as text with commas."""
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return given

    @field_validator("token")
    @classmethod
    def _usable_token(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise FixSettings(
                "The HubSpot token is empty or holds characters that no token has; "
                "copy it again from the private app or service key.",
                code="bad_token",
            )
        return token

    @model_validator(mode="after")
    def _allowed_host(self) -> HubSpotSettings:
        check_base_url(self.base_url, (*HOSTS, *self.allow_host))
        return self
