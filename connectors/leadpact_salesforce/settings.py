"""Settings of one org: address, sign-in, time-outs. Secrets never come from YAML (DESIGN §7)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from leadpact.errors import FixSettings
from leadpact_salesforce.objects import is_field_name
from leadpact_webapi.certificates import check_ca_file
from leadpact_webapi.hosts import check_base_url

HOSTS: Final = ("*.salesforce.com",)
_LISTS = (
    "allow_host",
    "account_fields",
    "integration_users",
    "import_users",
    "workflow_users",
)
_STRICT = ConfigDict(frozen=True, extra="forbid")


class AccessToken(BaseModel):
    """A token made elsewhere; when it ends, someone must bring a new one."""

    model_config = _STRICT
    instance_url: str
    access_token: SecretStr


class ClientCredentials(BaseModel):
    """OAuth client credentials at the org's My Domain (facts §9).

    ``first`` is a token to begin with, so that one that is still good costs no sign-in.
    """

    model_config = _STRICT
    login_url: str
    client_id: str
    client_secret: SecretStr
    first: AccessToken | None = None


class JwtBearer(BaseModel):
    """OAuth JWT bearer, signed with a private key whose certificate the org knows (facts §9)."""

    model_config = _STRICT
    login_url: str
    client_id: str
    username: str
    private_key_file: Path
    audience: str


SignInWay: TypeAlias = AccessToken | ClientCredentials | JwtBearer

_WAYS: Final = (
    "a token (instance_url, access_token), client credentials (login_url, client_id, client_secret; "
    "a token may be given with them) or JWT bearer (login_url, client_id, username, private_key_file)"
)


class SalesforceSettings(BaseModel):
    """The table ``salesforce`` of the settings; environment ``LEADPACT_SALESFORCE__…``.

    Attributes:
        org_id: the org that this must be, 15 or 18 characters; blank = whichever the sign-in gives.
        timeout_s: seconds between bytes of an answer; ``connect_timeout_s`` to connect.
        allow_host: hosts beyond ``*.salesforce.com`` that may be called.
        ca_file: PEM file of the certificate authorities to trust instead of the usual ones, where a
            proxy of the company's own opens TLS.
        account_fields: fields of a Contact's Account that a mapping may read as ``Account.<name>``.
        integration_users, import_users, workflow_users: ids or usernames of the org's people that
            are not people: Salesforce's record shows who wrote it last, not by which means (R12).
    """

    model_config = _STRICT

    instance_url: str = ""
    access_token: SecretStr | None = None
    login_url: str = ""
    client_id: str = ""
    client_secret: SecretStr | None = None
    username: str = ""
    private_key_file: Path | None = None
    audience: str = ""
    org_id: str = ""
    api_version: str = "66.0"
    timeout_s: float = Field(default=60.0, gt=0, le=600)
    connect_timeout_s: float = Field(default=10.0, gt=0, le=120)
    allow_host: tuple[str, ...] = ()
    ca_file: Path | None = None
    account_fields: tuple[str, ...] = ()
    integration_users: tuple[str, ...] = ()
    import_users: tuple[str, ...] = ()
    workflow_users: tuple[str, ...] = ()

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        """The environment gives lists as text with commas."""
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return given

    @field_validator("access_token", "client_secret", "private_key_file", "ca_file", mode="before")
    @classmethod
    def _blank_is_absent(cls, given: Any) -> Any:
        return None if isinstance(given, str) and not given.strip() else given

    @field_validator("api_version")
    @classmethod
    def _known_version(cls, given: str) -> str:
        number = given.removeprefix("v")
        # Below 46 an upsert of an existing record answers nothing (facts §1); below 41 is retired.
        if not re.fullmatch(r"\d{2,3}\.0", number) or float(number) < 46:
            raise ValueError("use an API version such as 66.0, not below 46.0")
        return number

    @field_validator("account_fields")
    @classmethod
    def _field_names(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if "." in name or not is_field_name(name):
                raise ValueError(f"{name[:60]!r} is not the API name of a field of Account")
        return given

    @field_validator("org_id")
    @classmethod
    def _org_id_shape(cls, given: str) -> str:
        if given and not re.fullmatch(r"00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?", given):
            raise ValueError("an org id begins with 00D and has 15 or 18 characters")
        return given

    @model_validator(mode="after")
    def _one_complete_way(self) -> SalesforceSettings:
        for url in filter(None, (self.instance_url, self.login_url)):
            try:
                check_base_url(url, self.allowed_hosts)
            except FixSettings as error:
                raise ValueError(error.message) from error
        if self.ca_file is not None:
            check_ca_file(self.ca_file)
        self.sign_in()
        return self

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Hosts that may be called, beside loopback."""
        return (*HOSTS, *self.allow_host)

    def sign_in(self) -> SignInWay:
        """The one way to sign in that these settings hold.

        Raises:
            ValueError: none, more than one, or an incomplete one; names what is missing.
        """
        token = self._token()
        if self.private_key_file or self.username:
            return self._jwt_bearer(token)
        if self.client_id or self.client_secret or self.login_url:
            if not (self.login_url and self.client_id and self.client_secret):
                raise self._lacks("client credentials", "login_url", "client_id", "client_secret")
            return ClientCredentials(
                login_url=self.login_url.rstrip("/"),
                client_id=self.client_id,
                client_secret=self.client_secret,
                first=token,
            )
        if token is None:
            raise ValueError(f"no sign-in is set; give {_WAYS}")
        return token

    def _token(self) -> AccessToken | None:
        if self.access_token and self.instance_url:
            return AccessToken(
                instance_url=self.instance_url.rstrip("/"), access_token=self.access_token
            )
        # An address beside another way to sign in only tells where people open records.
        alone = not (self.client_id or self.login_url or self.username)
        if self.access_token or (self.instance_url and alone):
            raise self._lacks("a token", "instance_url", "access_token")
        return None

    def _jwt_bearer(self, token: AccessToken | None) -> JwtBearer:
        if token or self.client_secret:
            raise ValueError(f"two ways to sign in are mixed; give one: {_WAYS}")
        if not (self.login_url and self.client_id and self.username and self.private_key_file):
            raise self._lacks(
                "JWT bearer", "login_url", "client_id", "username", "private_key_file"
            )
        return JwtBearer(
            login_url=self.login_url.rstrip("/"),
            client_id=self.client_id,
            username=self.username,
            private_key_file=self.private_key_file,
            audience=self.audience or _audience(self.login_url),
        )

    def _lacks(self, way: str, *names: str) -> ValueError:
        missing = [name for name in names if not getattr(self, name)]
        return ValueError(f"to sign in with {way}, {' and '.join(missing)} must be set too")


def _audience(login_url: str) -> str:
    """``aud`` of the assertion is the login or test host, never a My Domain (facts §9)."""
    host = urlsplit(login_url).hostname or ""
    if not host.endswith(".salesforce.com"):
        return login_url.rstrip("/")
    sandbox = host == "test.salesforce.com" or ".sandbox." in host
    return "https://test.salesforce.com" if sandbox else "https://login.salesforce.com"
