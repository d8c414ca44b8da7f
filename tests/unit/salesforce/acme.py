"""A mocked org at https://acme.my.salesforce.com and a connector that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import responses
from requests import PreparedRequest

from leadpact.ports.connector import Connector
from leadpact_salesforce import spec
from leadpact_salesforce.settings import SalesforceSettings

ACME = "https://acme.my.salesforce.com"
DATA = f"{ACME}/services/data/v66.0"
NOW = datetime(2026, 11, 21, 10, 0, 30, tzinfo=UTC)
ORG = "00D5g000001AbCdEAK"
ROBOT = "0055g000009RoBoAAK"
Reply = tuple[int, dict[str, str], str]


@dataclass
class StillClock:
    """Stands still until someone sleeps."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Purse:
    """Counts what is spent and keeps what the CRM told."""

    spent: int = 0
    told: list[tuple[int, int]] = field(default_factory=list)

    def spend(self, crm: str, calls: int = 1) -> None:
        self.spent += calls

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        self.told.append((limit, remaining))


@dataclass
class Acme:
    """The connector and what surrounds it."""

    connector: Connector
    clock: StillClock
    purse: Purse
    counted: list[str]


def acme(**settings: Any) -> Acme:
    """A connector signed in by token, or by what the settings say."""
    given = settings or {"instance_url": ACME, "access_token": "00Dtoken!one"}
    clock, purse, counted = StillClock(), Purse(), list[str]()
    connector = spec.connect(
        SalesforceSettings(**given),
        clock=clock,
        call_budget=purse,
        token_vault=None,
        crm_name="salesforce",
        count_call=lambda crm, route: counted.append(route),
    )
    return Acme(connector, clock, purse, counted)


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer for a callback."""
    kept = {"Content-Type": "application/json;charset=UTF-8", **(headers or {})}
    text = body if isinstance(body, str) else orjson.dumps(body).decode()
    return status, kept, text


def refusal(code: str, message: str = "no", status: int = 400) -> Reply:
    """An error answer in Salesforce's shape."""
    return reply([{"message": message, "errorCode": code, "fields": []}], status)


def on(
    mocked: responses.RequestsMock,
    method: str,
    path: str,
    answer: Callable[[PreparedRequest], Reply],
) -> None:
    """Answer a path below the data root (or a full URL) by a function."""
    url = path if path.startswith("https:") else f"{DATA}/{path}"
    mocked.add_callback(method, url, callback=answer)


def sent(call: Any) -> Any:
    """The JSON body of a recorded call."""
    return orjson.loads(call.request.body)


def query_of(request: PreparedRequest) -> str:
    """The SOQL of a request."""
    params: Mapping[str, str] = request.params  # type: ignore[attr-defined]
    return params["q"]


def page(rows: Sequence[Mapping[str, Any]], more: str = "") -> dict[str, Any]:
    """A query's answer."""
    found: dict[str, Any] = {"totalSize": len(rows), "done": not more, "records": list(rows)}
    if more:
        found["nextRecordsUrl"] = more
    return found


def lead_id(number: int) -> str:
    """A Lead id whose 18-character form is known: no capitals beyond the prefix."""
    from leadpact_salesforce.objects import id18

    return id18(f"00Q5g0000{number:06d}")


def describe(kind: str, *names: str) -> dict[str, Any]:
    """A describe with these text fields beside the system ones."""
    system = [
        ("Id", "id"),
        ("SystemModstamp", "datetime"),
        ("CreatedDate", "datetime"),
        ("LastModifiedDate", "datetime"),
        ("LastModifiedById", "reference"),
        ("IsDeleted", "boolean"),
    ]
    if kind == "Lead":
        system += [("IsConverted", "boolean"), ("Status", "picklist")]
        system += [(f"Converted{each}Id", "reference") for each in ("Contact", "Account")]
    fields: list[dict[str, Any]] = [
        {"name": name, "type": type_, "label": name} for name, type_ in system
    ]
    fields += [
        {"name": name, "type": "string", "label": name, "length": 80, "updateable": True}
        for name in names
    ]
    return {"name": kind, "label": kind, "fields": fields}


LEAD_STATUSES = page(
    [
        {"ApiName": "Open - Not Contacted", "MasterLabel": "Open", "IsConverted": False},
        {"ApiName": "Working - Contacted", "MasterLabel": "Working", "IsConverted": False},
        {"ApiName": "Closed - Converted", "MasterLabel": "Converted", "IsConverted": True},
    ]
)
