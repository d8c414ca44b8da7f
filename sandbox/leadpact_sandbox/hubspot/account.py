"""Who this account and this token are, and how much of the day is used (facts §9)."""

from __future__ import annotations

from leadpact_sandbox.hubspot.calls import Answer, Call, text_part
from leadpact_sandbox.hubspot.errors import bad_token, not_covered
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso, to_ms


class Account:
    """Account information and the introspection of private-app tokens."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def details(self, call: Call) -> Answer:  # noqa: ARG002
        """GET details."""
        return Answer(
            200,
            {
                "portalId": self._portal.id,
                "accountType": "STANDARD",
                "timeZone": "UTC",
                "companyCurrency": "EUR",
                "additionalCurrencies": [],
                "utcOffset": "+00:00",
                "utcOffsetMilliseconds": 0,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "eu1",
            },
        )

    def schemas(self, call: Call) -> Answer:  # noqa: ARG002
        """GET the definitions of custom objects: this account has none."""
        return Answer(200, {"results": []})

    def define(self, call: Call) -> Answer:  # noqa: ARG002
        """POST a definition of custom objects: not covered."""
        raise not_covered("custom objects")

    def usage(self, call: Call) -> Answer:
        """GET daily usage of private apps."""
        limits = self._portal.limits
        row = {
            "name": "private-apps-api-calls-daily",
            "usageLimit": limits.daily_limit,
            "currentUsage": limits.daily.used(),
            "collectedAt": iso(call.now_ms),
            "fetchStatus": "SUCCESS",
            "resetsAt": iso(to_ms(limits.daily.resets_at())),
        }
        return Answer(200, {"results": [row]})

    def token(self, call: Call) -> Answer:
        """POST introspection: no Authorization header, the token is in the body."""
        key = text_part(call.json(), "tokenKey", needed=True)
        grant = self._portal.grants.get(key or "")
        if grant is None:
            raise bad_token("The token is not one of a private app of this account.")
        return Answer(
            200,
            {
                "userId": grant.user_id,
                "hubId": self._portal.id,
                "appId": grant.app_id,
                "scopes": sorted(grant.scopes),
            },
        )
