"""Token endpoint: client credentials and JWT bearer, with OAuth's error object (facts salesforce §9)."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.requests import Request
from starlette.responses import Response

from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.sessions import Sessions

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_UNCOVERED_GRANTS = ("refresh_token", "authorization_code", "password", "device")
_LONGEST_JWT = timedelta(minutes=3)
_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


class Refused(Exception):
    """The token endpoint's refusal: ``error`` and ``error_description``."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.status = status
        self.error = error
        self.description = description


def answer(content: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(
        orjson.dumps(content), status, {"content-type": "application/json;charset=UTF-8"}
    )


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def token_answer(org: Org, sessions: Sessions, request: Request, body: bytes) -> Response:
    """Answer ``POST /services/oauth2/token``; free of the daily limit [b]."""
    try:
        user_id = _user_of_grant(org, sessions, request, body)
    except Refused as refusal:
        told = {"error": refusal.error, "error_description": refusal.description}
        return answer(told, refusal.status)
    token = sessions.issue(user_id)
    base = _base(request)
    issued = str(int(org.world.clock.now().timestamp() * 1000))
    identity = f"{base}/id/{org.org_id}/{user_id}"
    secret = sessions.client_secret.encode()
    signature = hmac.digest(secret, (identity + issued).encode(), "sha256")
    return answer(
        {
            "access_token": token,
            "signature": base64.b64encode(signature).decode(),
            "scope": "api",
            "instance_url": base,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }
    )


def _user_of_grant(org: Org, sessions: Sessions, request: Request, body: bytes) -> str:
    try:
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    except ValueError:
        form = {}
    grant = form.get("grant_type")
    if grant == JWT_GRANT:
        return _jwt_user(org, sessions, request, form.get("assertion", ""))
    if grant in _UNCOVERED_GRANTS:
        raise Refused("not_implemented", f"The sandbox does not cover the grant {grant}", 501)
    if grant != "client_credentials":
        raise Refused("unsupported_grant_type", "grant type not supported")
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused("invalid_client", "invalid client credentials") from None
    if client != sessions.client_id:
        raise Refused("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), sessions.client_secret.encode()):
        raise Refused("invalid_client", "invalid client credentials")
    if not org.integration_id:
        raise Refused("invalid_grant", "no client credentials user enabled")
    return org.integration_id


def _part(text: str) -> Any:
    return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _signed(sessions: Sessions, message: bytes, signature: bytes) -> bool:
    for pem in sessions.public_keys:
        key = load_pem_public_key(pem)
        if not isinstance(key, RSAPublicKey):
            continue
        try:
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return True
    return False


def _jwt_user(org: Org, sessions: Sessions, request: Request, assertion: str) -> str:
    pieces = assertion.split(".")
    try:
        header, claims = _part(pieces[0]), _part(pieces[1])
        signature = base64.urlsafe_b64decode(pieces[2] + "=" * (-len(pieces[2]) % 4))
        expires = datetime.fromtimestamp(int(claims["exp"]), UTC)
        issuer, subject, audience = claims["iss"], claims["sub"], claims["aud"]
        algorithm = header["alg"]
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError):
        raise Refused("invalid_grant", "invalid assertion") from None
    if len(pieces) != 3 or algorithm != "RS256":
        raise Refused("invalid_grant", "invalid assertion")
    if issuer != sessions.client_id:
        raise Refused("invalid_client_id", "client identifier invalid")
    if not _signed(sessions, f"{pieces[0]}.{pieces[1]}".encode(), signature):
        raise Refused("invalid_grant", "invalid assertion")
    if audience not in (*_LOGIN_HOSTS, _base(request)):
        raise Refused("invalid_grant", "audience is invalid")
    # A client signs by its own clock, which need not follow the sandbox's: either one will do.
    clocks = (org.world.clock.now(), datetime.now(UTC))
    if not any(now <= expires <= now + _LONGEST_JWT for now in clocks):
        raise Refused("invalid_grant", "expired authorization code")
    for record_id in org.tables["User"].equal("Username", str(subject)):
        row = org.tables["User"].rows[record_id]
        if row.get("IsActive") and row["UserType"] == "Standard":
            return record_id
    raise Refused("invalid_grant", "user hasn't approved this consumer")


def userinfo(org: Org, user_id: str, request: Request) -> dict[str, Any]:
    """The body of ``GET /services/oauth2/userinfo``."""
    row = org.tables["User"].rows[user_id]
    base = _base(request)
    return {
        "sub": f"{base}/id/{org.org_id}/{user_id}",
        "user_id": user_id,
        "organization_id": org.org_id,
        "preferred_username": row["Username"],
        "nickname": row["Alias"],
        "name": row["Name"],
        "email": row.get("Email"),
        "email_verified": True,
        "given_name": row.get("FirstName"),
        "family_name": row["LastName"],
        "zoneinfo": row["TimeZoneSidKey"],
        "active": bool(row.get("IsActive")),
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "updated_at": row["SystemModstamp"],
        "profile": f"{base}/{user_id}",
        "urls": {
            "rest": f"{base}/services/data/v{{version}}/",
            "sobjects": f"{base}/services/data/v{{version}}/sobjects/",
            "query": f"{base}/services/data/v{{version}}/query/",
        },
    }


def identity(org: Org, user_id: str, request: Request) -> dict[str, Any]:
    """The body of the identity URL ``/id/{org}/{user}``."""
    told = userinfo(org, user_id, request)
    base = _base(request)
    return {
        "id": told["sub"],
        "asserted_user": True,
        "user_id": user_id,
        "organization_id": org.org_id,
        "username": told["preferred_username"],
        "nick_name": told["nickname"],
        "display_name": told["name"],
        "email": told["email"],
        "email_verified": True,
        "first_name": told["given_name"],
        "last_name": told["family_name"],
        "timezone": told["zoneinfo"],
        "status": {"created_date": None, "body": None},
        "urls": {
            **told["urls"],
            "enterprise": f"{base}/services/Soap/c/{{version}}/{org.org_id[:15]}",
            "partner": f"{base}/services/Soap/u/{{version}}/{org.org_id[:15]}",
            "profile": f"{base}/{user_id}",
        },
        "active": told["active"],
        "user_type": told["user_type"],
        "language": told["language"],
        "locale": told["locale"],
        "utcOffset": told["utcOffset"],
        "last_modified_date": told["updated_at"],
        "is_app_installed": True,
    }
