"""What Salesforce tells of the org, of this sign-in's rights and of automations (facts §0, §5, §6, §7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from leadpact.errors import FixSettings, SetAside, SignIn
from leadpact.ports.diagnosis import Diagnosis, skew_told, sources_told
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.history import LEAD_HISTORY, Authors
from leadpact_salesforce.objects import LEAD, PEOPLE, id18
from leadpact_salesforce.schema import STATUS
from leadpact_salesforce.settings import SalesforceSettings
from leadpact_salesforce.signals import SignalReader
from leadpact_webapi.skew import skew_s

EVIDENCE: Final = "Opportunity"
_OBJECT: Final = (
    "In Salesforce: Setup, Permission Sets, the one of this sign-in, Object Settings, {kind}: tick "
)
GRANT_OBJECT: Final = _OBJECT + "{right}."
GRANT_FIELD: Final = _OBJECT + "Read and Edit of the field; or take it out of the mapping."
GRANT_SETUP: Final = (
    "In Salesforce: Setup, Permission Sets, the one of this sign-in, System Permissions: tick View Setup "
    "and Configuration."
)
TRACK: Final = (
    "In Salesforce: Setup, Object Manager, Lead, Fields & Relationships, Set History Tracking: tick Status "
    "and our stage."
)
_RIGHTS: Final = (("queryable", "Read"), ("createable", "Create"), ("updateable", "Edit"))
_OLD: Final = 40.0
"""Up to this version calls are unsupported from Summer '27 and gone with Summer '28 (facts §0)."""
_BEHIND: Final = 9.0
"""Versions behind the newest (three years) from which on an upgrade is due."""
LITTLE_LEFT: Final = 0.1
_HISTORY_ROWS: Final = 200


def diagnose(
    client: SalesforceClient,
    settings: SalesforceSettings,
    authors: Authors,
    signals: SignalReader,
    fields: Mapping[str, Sequence[str]],
) -> Iterator[Diagnosis]:
    """Everything, one finding after another; what this sign-in may not see is a finding, too."""
    version = _version(client, settings)
    yield version
    if version.level == "error":
        return
    yield from _rights(client, fields)
    yield from sources_told(signals.sources())
    yield _budget(client)
    told = client.told_at
    yield skew_told("Salesforce", skew_s(*told) if told else None)
    yield _automation(client, authors)


def _rights(client: SalesforceClient, fields: Mapping[str, Sequence[str]]) -> Iterator[Diagnosis]:
    complete = True
    for kind in [*(kind for kind in PEOPLE if kind in fields), EVIDENCE]:
        described = _described(client, kind)
        needed = _RIGHTS if kind in PEOPLE else _RIGHTS[:1]
        for word, right in needed:
            if described.get(word):
                continue
            complete = False
            reads_only = kind == EVIDENCE
            costs = (
                "no opportunity is seen, so none makes anybody an opportunity or a customer"
                if reads_only
                else f"leadpact cannot {right.lower()} {kind} records"
            )
            yield Diagnosis(
                "rights",
                "warning" if reads_only else "error",
                f"This sign-in lacks the right {right} on {kind}: {costs}.",
                GRANT_OBJECT.format(kind=kind, right=right),
                "" if reads_only else "sign in",
                "right_missing",
            )
        names = {str(row["name"]).lower(): row for row in described.get("fields") or ()}
        for name in fields.get(kind, ()) if names else ():
            # Fields of a parent stand in the schema, against which the mapping is checked anyway.
            if "." in name:
                continue
            if name.lower() not in names and not name.lower().startswith("leadpact_"):
                complete = False
                yield Diagnosis(
                    "rights",
                    "error",
                    f"{kind}.{name} is mapped and not visible: it is not there, or field-level security hides it.",
                    GRANT_FIELD.format(kind=kind),
                    "sign in",
                    "field_hidden",
                )
    if complete:
        yield Diagnosis(
            "rights", "ok", "This sign-in may read and write all that the mapping names."
        )


def _described(client: SalesforceClient, kind: str) -> Mapping[str, Any]:
    try:
        return client.describe(kind)
    except (FixSettings, SetAside):
        return {}


def _version(client: SalesforceClient, settings: SalesforceSettings) -> Diagnosis:
    ours = float(settings.api_version)
    status, rows = client.ask("GET", "/services/data/")
    known = (
        sorted(float(row["version"]) for row in rows)
        if status == 200 and isinstance(rows, list)
        else []
    )
    if known and ours not in known:
        return Diagnosis(
            "version",
            "error",
            f"This org does not speak API version {ours:.1f}; it speaks {known[0]:.1f} to {known[-1]:.1f}.",
            f"Set LEADPACT_SALESFORCE__API_VERSION={known[-1]:.1f}, or take the setting out.",
            "fix settings",
            "version_unknown",
        )
    if ours <= _OLD:
        return Diagnosis(
            "version",
            "warning",
            f"API version {ours:.1f} is unsupported from Summer '27 on and gone with Summer '28.",
            "Take LEADPACT_SALESFORCE__API_VERSION out: leadpact's own is newer.",
            code="version_ends",
        )
    if known and known[-1] - ours > _BEHIND:
        return Diagnosis(
            "version",
            "note",
            f"API version {ours:.1f} is in use; this org's newest is {known[-1]:.1f}.",
            code="version_behind",
        )
    newest = f"; this org's newest is {known[-1]:.1f}" if known else ""
    return Diagnosis("version", "ok", f"API version {ours:.1f} is supported{newest}.")


def _budget(client: SalesforceClient) -> Diagnosis:
    status, answer = client.ask("GET", "limits/")
    day = answer.get("DailyApiRequests") if status == 200 and isinstance(answer, dict) else None
    if not isinstance(day, dict) or not day.get("Max"):
        return Diagnosis(
            "budget",
            "note",
            "This sign-in may not see the org's limits; the count of each reply stands in.",
            GRANT_SETUP,
            code="budget_untold",
        )
    limit, left = int(day["Max"]), int(day.get("Remaining") or 0)
    said = f"{left:,} of {limit:,} calls are left in the rolling 24 hours."
    if left <= 0:
        return Diagnosis("budget", "error", said, "Wait, or buy more calls.", "wait", "day_used_up")
    if left < limit * LITTLE_LEFT:
        return Diagnosis(
            "budget",
            "warning",
            said,
            "Find what else calls so often, or lower LEADPACT_DAY_SHARE.",
            code="budget_low",
        )
    return Diagnosis("budget", "ok", said)


def _automation(client: SalesforceClient, authors: Authors) -> Diagnosis:
    """Who sets Lead.Status, by the org's own history; without it, that it cannot be told."""
    head = soql.select(("CreatedById",), LEAD_HISTORY)
    statement = f"{head} WHERE Field = '{STATUS}' ORDER BY CreatedDate DESC LIMIT {_HISTORY_ROWS}"
    try:
        rows = list(client.rows(statement))
    except (FixSettings, SignIn, SetAside):
        rows = []
    if not rows:
        return Diagnosis(
            "automation",
            "note",
            f"The org keeps no history of {LEAD}.{STATUS}, or nobody has changed one: whoever touched the record "
            "last is taken for who set it.",
            TRACK,
            code="history_untracked",
        )
    ids = [id18(str(row["CreatedById"])) for row in rows]
    known = authors.of(ids)
    setters = Counter(
        str(known[one]) for one in ids if known[one].kind in ("workflow", "import", "integration")
    )
    if not setters:
        return Diagnosis(
            "automation",
            "ok",
            f"People set {LEAD}.{STATUS} in all of the last {len(rows)} changes.",
        )
    named = ", ".join(f"{who} {count} times" for who, count in setters.most_common(5))
    return Diagnosis(
        "automation",
        "warning",
        f"Of the last {len(rows)} changes of {LEAD}.{STATUS}, automations made {sum(setters.values())} ({named}): "
        "each is refused wherever no opportunity supports it, and put back.",
        "Take the status out of those flows, so that people and leadpact alone move it.",
        code="stage_automation",
    )
