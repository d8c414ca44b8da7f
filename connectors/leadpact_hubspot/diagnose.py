"""What HubSpot tells of the account, the token and the automations beside leadpact (facts §3, §4, §9, §10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from leadpact.errors import LeadpactError, SignIn, WaitUntil
from leadpact.ports.diagnosis import Diagnosis, skew_told
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.history import AUTHORS
from leadpact_hubspot.native import SOURCE as NATIVE_SOURCE
from leadpact_hubspot.objects import HISTORY_BATCH, MODIFIED, OBJECT_ID, STAGE, Json
from leadpact_hubspot.settings import HubSpotSettings
from leadpact_webapi.skew import skew_s

SCOPES: Final[dict[str, str]] = {
    "crm.objects.contacts.read": "contacts cannot be read",
    "crm.objects.contacts.write": "no contact can be written",
    "crm.schemas.contacts.read": "the live schema cannot be read",
    "crm.objects.owners.read": "nobody's team is known, so who moved a stage cannot be told",
}
"""Scopes without which no cycle runs, and what goes without them."""
DEALS_SCOPE: Final = {"crm.objects.deals.read": "no deal supports a stage"}
COMPANY_SCOPES: Final[dict[str, str]] = {
    "crm.objects.companies.read": "no field of a company can be read",
    "crm.schemas.companies.read": "the properties of companies cannot be told",
}
"""Scopes that only what the settings switch on needs."""
PROVISION_SCOPE: Final = "crm.schemas.contacts.write"
GRANT: Final = (
    "In HubSpot: Settings, Integrations, Private Apps (or Service Keys), the one whose token this is, Scopes: tick "
    "it and save. The token stays the same. Signed in by OAuth: add it to the public app and install that anew."
)
UNSUPPORTED: Final = {"v3": date(2027, 9, 1), "2026-03": date(2027, 9, 1)}
"""From when HubSpot no longer mends each family of paths (facts §10)."""
LITTLE_LEFT: Final = 0.1


def diagnose(
    client: HubSpotClient, settings: HubSpotSettings, today: datetime
) -> Iterator[Diagnosis]:
    """Everything, one finding after another; what the token may not see is a finding, too."""
    yield from _rights(client, scopes_for(settings))
    yield _version(settings, today.astimezone(UTC).date())
    yield _budget(client)
    told = client.told_at
    yield skew_told("HubSpot", skew_s(*told) if told else None)
    yield from _automation(client)


def scopes_for(settings: HubSpotSettings) -> dict[str, str]:
    """The scopes that these settings need, and what goes without each."""
    companies = COMPANY_SCOPES if settings.company_fields else {}
    return {**SCOPES, **(DEALS_SCOPE if settings.deals else {}), **companies}


def _rights(client: HubSpotClient, scopes: dict[str, str]) -> Iterator[Diagnosis]:
    try:
        granted = client.token_info().get("scopes")
    except (SignIn, WaitUntil):
        raise
    except LeadpactError:
        granted = None
    if not isinstance(granted, list):
        yield Diagnosis(
            "rights",
            "note",
            "HubSpot does not tell the scopes of this kind of token; what is missing shows when it is needed.",
            f"It needs {', '.join([*scopes, PROVISION_SCOPE])}.",
            code="scopes_untold",
        )
        return
    for scope, costs in scopes.items():
        if scope not in granted:
            yield Diagnosis(
                "rights",
                "error",
                f"The scope {scope} is missing: {costs}.",
                GRANT,
                "sign in",
                "scope_missing",
            )
    if PROVISION_SCOPE not in granted:
        yield Diagnosis(
            "rights",
            "warning",
            f"The scope {PROVISION_SCOPE} is missing: `leadpact provision` can make no field.",
            GRANT,
            code="scope_missing",
        )
    if {*scopes, PROVISION_SCOPE} <= set(granted):
        yield Diagnosis("rights", "ok", "The token has every scope that leadpact needs.")


def _version(settings: HubSpotSettings, today: date) -> Diagnosis:
    ends = UNSUPPORTED[settings.api]
    named = f"{ends:%B %Y}"
    if today >= ends:
        return Diagnosis(
            "version",
            "warning",
            f"HubSpot has not mended the paths {settings.api} since {named}.",
            "Upgrade leadpact to one that knows a newer family of paths.",
            code="version_unsupported",
        )
    if settings.api == "v3":
        return Diagnosis(
            "version",
            "note",
            f"HubSpot supports the paths v3 until {named}.",
            "Set LEADPACT_HUBSPOT__API=2026-03 to use the dated ones.",
            code="version_ends",
        )
    return Diagnosis("version", "ok", f"HubSpot supports the paths {settings.api} until {named}.")


def _budget(client: HubSpotClient) -> Diagnosis:
    try:
        rows: list[Json] = client.usage().get("results") or []
    except (SignIn, WaitUntil):
        raise
    except LeadpactError:
        rows = []
    limit = int(rows[0].get("usageLimit") or 0) if rows else 0
    if not limit:
        return Diagnosis(
            "budget",
            "note",
            "HubSpot does not tell how many calls are left today.",
            code="budget_untold",
        )
    left = max(limit - int(rows[0].get("currentUsage") or 0), 0)
    said = f"{left:,} of {limit:,} calls are left today, until midnight in the account's zone."
    if not left:
        return Diagnosis(
            "budget",
            "error",
            said,
            "Wait until then, or buy more calls.",
            "wait",
            "day_used_up",
        )
    if left < limit * LITTLE_LEFT:
        return Diagnosis(
            "budget",
            "warning",
            said,
            "Find what else calls so often, or lower LEADPACT_DAY_SHARE.",
            code="budget_low",
        )
    return Diagnosis("budget", "ok", said)


def _automation(client: HubSpotClient) -> Iterator[Diagnosis]:
    """Who sets the lifecycle stage, by the histories of the contacts that changed last."""
    found = client.search(
        {
            "filterGroups": [{"filters": [{"propertyName": STAGE, "operator": "HAS_PROPERTY"}]}],
            "sorts": [{"propertyName": MODIFIED, "direction": "DESCENDING"}],
            "properties": [OBJECT_ID],
            "limit": HISTORY_BATCH,
        }
    )
    ids = [str(row["id"]) for row in found.get("results") or []]
    if not ids:
        return
    answer = client.batch_read(
        {
            "properties": [],
            "propertiesWithHistory": [STAGE],
            "inputs": [{"id": one} for one in ids],
        }
    )
    setters: Counter[tuple[str, str]] = Counter()
    for row in answer.get("results") or []:
        for version in (row.get("propertiesWithHistory") or {}).get(STAGE) or []:
            source = str(version.get("sourceType") or "")
            if AUTHORS.get(source) == "workflow" or source == NATIVE_SOURCE:
                label = str(version.get("sourceLabel") or version.get("sourceId") or source)
                setters[source, label] += 1
    for (source, label), count in setters.most_common(5):
        yield Diagnosis(
            "automation",
            "warning",
            f"{label!r} ({source}) has set the lifecycle stage {count} times on the {len(ids)} contacts that changed "
            "last: an automation is refused wherever no opportunity supports it, and put back.",
            "Take the stage out of it, so that leadpact alone moves it.",
            code="stage_automation",
        )
    if not setters:
        yield Diagnosis(
            "automation",
            "ok",
            f"No automation has set the lifecycle stage of the {len(ids)} contacts that changed last.",
        )
