"""What an operator sets for one HubSpot account."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from leadpact.errors import FixSettings
from leadpact_webapi.certificates import check_ca_file
from leadpact_webapi.hosts import check_base_url

HOSTS = ("*.hubapi.com", "*.hubspot.com")
HOT_DATES: Final = (
    "recent_conversion_date",
    "hs_v2_date_entered_current_stage",
    "hubspot_owner_assigneddate",
    "engagements_last_meeting_booked",
)
"""Dates of a contact that change with what sales waits for: a form, a stage, an owner, a meeting (facts §4, §7)."""
_STRICT = ConfigDict(frozen=True, extra="forbid")


class PrivateToken(BaseModel):
    """A token that lasts until someone revokes it: ``pat-...`` of a private app or a service key."""

    model_config = _STRICT
    token: SecretStr


class OAuthRefresh(BaseModel):
    """OAuth of a public app: access tokens of half an hour, made by a refresh token (facts §9)."""

    model_config = _STRICT
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


SignInWay: TypeAlias = PrivateToken | OAuthRefresh

_WAYS: Final = (
    "a token (token: private app or service key) or OAuth (client_id, client_secret, refresh_token)"
)


class HubSpotSettings(BaseModel):
    """Settings of one HubSpot account, signed in with a token or by OAuth; :meth:`sign_in` tells which.

    Attributes:
        base_url: where the API is; plain http on loopback only.
        token: ``pat-...``; legacy private apps and service keys use the same header (facts §9).
        client_id, client_secret, refresh_token: of a public app; instead of ``token``. Needs a token vault.
        app_id: the app that the token belongs to, if HubSpot does not tell it: our own writes are
            known by it in field histories.
        burst_per_10s: calls in ten seconds, search aside; 100 on Free and Starter (facts §3).
        search_per_s: searches in a second; HubSpot allows 5, one is left to others.
        share: the part of the two windows above that leadpact takes, 0 to 1.
        feed_overlap_s: how far back a change feed looks, since search shows changes late (R1).
        allow_host: further hosts that may be called.
        ca_file: PEM file of the certificate authorities to trust instead of the usual ones, where a
            proxy of the company's own opens TLS.
        deals: read deals as evidence of stages; costs one call per page of leads and one per cycle.
        company_fields: properties of a contact's primary company that a mapping may read as ``company.<name>``.
        hot_dates: dates of a contact that change with what sales waits for; the hot lane searches for them.
        api: path family, ``v3`` or the dated ``2026-03`` (facts §10).
    """

    model_config = _STRICT

    base_url: str = "https://api.hubapi.com"
    token: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    app_id: str = Field(default="", pattern=r"^\d{0,20}$")
    burst_per_10s: int = Field(default=190, ge=1, le=10_000)
    search_per_s: int = Field(default=4, ge=1, le=50)
    share: float = Field(default=1.0, gt=0, le=1)
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60)
    timeout_s: float = Field(default=30.0, gt=0, le=300)
    feed_overlap_s: int = Field(default=60, ge=0, le=86_400)
    pool: int = Field(default=16, ge=1, le=64)
    allow_host: tuple[str, ...] = ()
    ca_file: Path | None = None
    deals: bool = False
    company_fields: tuple[str, ...] = ()
    hot_dates: tuple[str, ...] = HOT_DATES
    api: Literal["v3", "2026-03"] = "v3"

    @field_validator("allow_host", "company_fields", "hot_dates", mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        """The environment gives a list as text with commas."""
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return given

    @field_validator("company_fields", "hot_dates")
    @classmethod
    def _property_names(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if not (name.isascii() and name.isidentifier()):
                raise ValueError(f"{name[:60]!r} is not the API name of a HubSpot property")
        return given

    @field_validator("client_secret", "refresh_token", "ca_file", mode="before")
    @classmethod
    def _blank_is_absent(cls, given: Any) -> Any:
        return None if isinstance(given, str) and not given.strip() else given

    @field_validator("token", "client_secret", "refresh_token")
    @classmethod
    def _usable_secret(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        text = "absent" if given is None else given.get_secret_value()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            what = "token" if info.field_name == "token" else str(info.field_name)
            raise FixSettings(
                f"The HubSpot {what} is empty or holds characters that no {what} has; "
                "copy it again from the private app, service key or public app.",
                code="bad_token",
            )
        return given

    @model_validator(mode="after")
    def _one_complete_way(self) -> HubSpotSettings:
        check_base_url(self.base_url, (*HOSTS, *self.allow_host))
        if self.ca_file is not None:
            check_ca_file(self.ca_file)
        self.sign_in()
        return self

    def sign_in(self) -> SignInWay:
        """The one way to sign in that these settings hold.

        Raises:
            ValueError: none, more than one, or an incomplete one; names what is missing.
        """
        oauth = ("client_id", "client_secret", "refresh_token")
        missing = [name for name in oauth if not getattr(self, name)]
        if len(missing) == len(oauth):
            if self.token is None:
                raise ValueError(f"no sign-in is set; give {_WAYS}")
            return PrivateToken(token=self.token)
        if self.token is not None:
            raise ValueError(f"two ways to sign in are mixed; give one: {_WAYS}")
        if not (self.client_id and self.client_secret and self.refresh_token):
            raise ValueError(f"to sign in by OAuth, {' and '.join(missing)} must be set too")
        return OAuthRefresh(
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
        )
