"""Tokens of public apps: made, refreshed, looked into, revoked (facts §9)."""

from __future__ import annotations

from urllib.parse import parse_qs

from leadpact_sandbox.hubspot.apps import ACCESS_S, Consent
from leadpact_sandbox.hubspot.calls import Answer, Call
from leadpact_sandbox.hubspot.errors import ApiError, invalid
from leadpact_sandbox.hubspot.portal import Grant, Portal

_REFUSED = {
    "BAD_REFRESH_TOKEN": ("invalid_grant", "refresh token is invalid, expired or revoked"),
    "BAD_AUTH_CODE": ("invalid_grant", "missing or unknown auth code"),
    "BAD_CLIENT_ID": ("invalid_client", "missing or unknown client id"),
    "BAD_CLIENT_SECRET": ("invalid_client", "missing or invalid client secret"),
    "BAD_GRANT_TYPE": ("unsupported_grant_type", "missing or unknown grant type"),
    "BAD_HINT": ("invalid_request", "token_type_hint is access_token or refresh_token"),
}


class OAuth:
    """The endpoints of ``/oauth/v1``, ``/oauth/v3`` and ``/oauth/2026-03``."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def token_v1(self, call: Call) -> Answer:
        """POST token, the former shape: no scopes, no account."""
        made = self._made(call)
        short = ("token_type", "refresh_token", "access_token", "expires_in")
        return Answer(200, {name: made[name] for name in short})

    def token(self, call: Call) -> Answer:
        """POST token: by refresh token or by code."""
        return Answer(200, self._made(call))

    def _made(self, call: Call) -> dict[str, object]:
        portal, app = self._portal, self._portal.app
        sent = self._client_form(call)
        kind = sent.get("grant_type")
        if kind == "refresh_token":
            token = sent.get("refresh_token", "")
            consent = app.refresh_tokens.get(token)
            if consent is None:
                raise self._refusal("BAD_REFRESH_TOKEN")
            if portal.world.switch("hubspot.9.refresh_token_rotates", False):
                del app.refresh_tokens[token]
                token = self._refresh_token(consent)
        elif kind == "authorization_code":
            found = app.codes.pop(sent.get("code", ""), None)
            if found is None:
                raise self._refusal("BAD_AUTH_CODE")
            consent = found
            token = self._refresh_token(consent)
        else:
            raise self._refusal("BAD_GRANT_TYPE")
        access = app.fresh("access")
        expires_ms = call.now_ms + ACCESS_S * 1000
        portal.grants[access] = Grant(app.id, consent.user_id, consent.scopes, expires_ms, "oauth")
        return {
            "token_type": "bearer",
            "refresh_token": token,
            "access_token": access,
            "hub_id": portal.id,
            "scopes": sorted(consent.scopes),
            "expires_in": ACCESS_S,
        }

    def _refresh_token(self, consent: Consent) -> str:
        token = self._portal.app.fresh("eu1")
        self._portal.app.refresh_tokens[token] = consent
        return token

    def introspect(self, call: Call) -> Answer:
        """POST token/introspect: whose token it is, and whether it is in force."""
        sent = self._client_form(call)
        hint = sent.get("token_type_hint", "access_token")
        if hint not in {"access_token", "refresh_token"}:
            raise self._refusal("BAD_HINT")
        token = sent.get(hint) or sent.get("token", "")
        body = self._about_access(token, call) if hint == "access_token" else self._about(token)
        if body is None:
            return Answer(200, {"active": False})
        return Answer(200, {"active": True, "token": token, **body, "token_use": hint})

    def _about(self, token: str) -> dict[str, object] | None:
        consent = self._portal.app.refresh_tokens.get(token)
        return None if consent is None else self._whose(consent)

    def _about_access(self, token: str, call: Call) -> dict[str, object] | None:
        grant = self._portal.grants.get(token)
        if grant is None or grant.kind != "oauth" or grant.expires_ms is None:
            return None
        left = grant.expires_ms - call.now_ms
        if left <= 0:
            return None
        return {**self._whose(Consent(grant.user_id, grant.scopes)), "expires_in": left // 1000}

    def _whose(self, consent: Consent) -> dict[str, object]:
        return {
            "hub_id": self._portal.id,
            "user_id": consent.user_id,
            "client_id": self._portal.app.client_id,
            "app_id": self._portal.app.id,
            "user": "admin@halden.example",
            "hub_domain": "halden.example",
            "scopes": sorted(consent.scopes),
            "token_type": "Bearer",
        }

    def revoke(self, call: Call) -> Answer:
        """POST token/revoke: 200, also for a token that nobody has (RFC 7009)."""
        sent = self._client_form(call)
        for name in ("token", "refresh_token", "access_token"):
            token = sent.get(name, "")
            self._portal.app.refresh_tokens.pop(token, None)
            if token in self._portal.grants and self._portal.grants[token].kind == "oauth":
                del self._portal.grants[token]
        return Answer(200, {})

    # -- the former endpoints ---------------------------------------------------------------------

    def access_v1(self, call: Call) -> Answer:
        """GET access-tokens/{token}."""
        token = call.path["token"]
        found = self._about_access(token, call)
        if found is None:
            raise self._refusal("BAD_ACCESS_TOKEN", 404)
        return Answer(200, {"token": token, **found, "token_type": "access"})

    def refresh_v1(self, call: Call) -> Answer:
        """GET refresh-tokens/{token}."""
        token = call.path["token"]
        found = self._about(token)
        if found is None:
            raise self._refusal("BAD_REFRESH_TOKEN", 404)
        return Answer(200, {"token": token, **found, "token_type": "refresh"})

    def revoke_v1(self, call: Call) -> Answer:
        """DELETE refresh-tokens/{token}: 204."""
        if self._portal.app.refresh_tokens.pop(call.path["token"], None) is None:
            raise self._refusal("BAD_REFRESH_TOKEN", 404)
        return Answer(204)

    # -- parts ------------------------------------------------------------------------------------

    def _client_form(self, call: Call) -> dict[str, str]:
        app = self._portal.app
        text = call.raw.decode("utf-8", "replace")
        try:
            sent = {name: found[-1] for name, found in parse_qs(text, max_num_fields=100).items()}
        except ValueError as failure:
            raise invalid(str(failure)) from None
        if sent.get("client_id") != app.client_id:
            raise self._refusal("BAD_CLIENT_ID")
        if sent.get("client_secret") != app.client_secret:
            raise self._refusal("BAD_CLIENT_SECRET")
        return sent

    def _refusal(self, status: str, code: int | None = None) -> ApiError:
        error, message = _REFUSED.get(status, ("invalid_request", "the token is not known"))
        if code is None:
            plain = self._portal.world.switch("hubspot.9.refused_grant_is_400", True)
            code = 400 if plain else 401
        return ApiError(
            code,
            {
                "error": error,
                "error_description": message,
                "status": status,
                "message": message,
            },
        )
