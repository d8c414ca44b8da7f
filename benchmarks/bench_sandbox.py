"""How many calls the emulated CRMs answer per second of one core, how fast they start, what they weigh.

HubSpot's batches hold 100 records, Salesforce's collections 100 and, as many as one call takes, 200. CPU is the
sandbox's own, so that the client and other work do not count. ``python -m benchmarks.bench_sandbox [LEADS]``: memory is
measured with 100,000 leads unless told otherwise.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from benchmarks.reporting import report
from benchmarks.worlds import Sandbox, sandbox

CONTACTS = "/crm/v3/objects/contacts"
DATA = "/services/data/v66.0"
CALLS, CHUNK = 300, 20
HUNDRED = 100
ASKED = 100_000
Place: TypeAlias = tuple[str, str]
TWELVE = (
    *("email", "firstname", "lastname", "lifecyclestage", "hs_lead_status", "jobtitle"),
    *("company", "country", "city", "phone", "hubspot_owner_id", "industry"),
)


class Caller:
    """One kept connection to an emulated CRM."""

    def __init__(self, address: str, token: str) -> None:
        self._line = http.client.HTTPConnection(urlsplit(address).netloc)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }

    def call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The body of an answer that must be a success."""
        self._line.request(method, path, body, self._headers)
        answer = self._line.getresponse()
        raw = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status} {raw[:300]!r}")
        return raw


def main() -> None:
    """Print calls per second and core, seconds to start, and memory."""
    with sandbox(5_000) as world:
        crm = world.ready["hubspot"]
        caller = Caller(crm["base_url"], crm["token"])
        rows = json.loads(caller.call("GET", f"{CONTACTS}?limit=100"))["results"]
        ids = [row["id"] for row in rows]
        for key, path, bodies in _loads(ids):
            measure(world, caller, f"sandbox.hubspot_{key}", ("POST", path), bodies)
        crm = world.ready["salesforce"]
        caller = Caller(crm["instance_url"], crm["access_token"])
        soql = f"{DATA}/query?q=SELECT+Id+FROM+Lead+WHERE+IsConverted=false+LIMIT+200"
        leads = [row["Id"] for row in json.loads(caller.call("GET", soql))["records"]]
        for count in (100, 200):
            for name, place, records in _collections(leads[:count]):
                key = f"sandbox.salesforce_{name}"
                if count > HUNDRED:
                    measure(world, caller, f"{key}_200", place, records, count)
                else:
                    measure(world, caller, key, place, records)
    started = time.perf_counter()
    with sandbox(1_000) as world:
        waited = time.perf_counter() - started
        report("sandbox.start", waited, note=f"of which CPU {on_cpu_s(world):.2f} s")
    with sandbox(int(sys.argv[1]) if len(sys.argv) > 1 else ASKED) as world:
        few = len(sys.argv) > 1 and int(sys.argv[1]) < ASKED
        at = f"{int(sys.argv[1]):,} leads" if few else ""
        report("sandbox.memory", resident_mb(world), size=at)


def _loads(ids: list[str]) -> Iterator[tuple[str, str, Callable[[int], object]]]:
    read, update, create = (f"{CONTACTS}/batch/{what}" for what in ("read", "update", "create"))
    filters = [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": "0"}]
    request = {"filterGroups": [{"filters": filters}], "sorts": ["lastmodifieddate"]}
    page = {**request, "limit": 100, "properties": ["email", "city"]}
    yield "search", f"{CONTACTS}/search", lambda _: page
    inputs = [{"id": one} for one in ids]
    yield "read", read, lambda _: {"inputs": inputs}
    yield "read_12", read, lambda _: {"inputs": inputs, "properties": TWELVE}
    for names in (("city",), ("city", "jobtitle", "company")):

        def changed(turn: int, names: tuple[str, ...] = names) -> object:
            values = {name: f"{name} {turn}" for name in names}
            return {"inputs": [{"id": one, "properties": values} for one in ids]}

        yield f"update_{len(names)}", update, changed
    yield (
        "create",
        create,
        lambda turn: {
            "inputs": [
                {"properties": {"email": f"n{turn}.{place}@example.com", "firstname": "N"}}
                for place in range(100)
            ]
        },
    )


def _collections(ids: list[str]) -> Iterator[tuple[str, Place, Callable[[int], object]]]:
    many = f"{DATA}/composite/sobjects"
    kind = {"type": "Lead"}

    def of(rows: Iterable[dict[str, object]]) -> object:
        return {"allOrNone": False, "records": [{"attributes": kind, **row} for row in rows]}

    names = ["Id", "Email", "Status", "Title", "LastModifiedDate"]
    yield "read", ("POST", f"{many}/Lead"), lambda _: {"ids": ids, "fields": names}
    yield (
        "update",
        ("PATCH", many),
        lambda turn: of({"Id": one, "Title": f"T {turn}"} for one in ids),
    )
    yield (
        "create",
        ("POST", many),
        lambda turn: of(
            {"LastName": "N", "Company": "C", "Email": f"s{turn}.{place}@example.com"}
            for place in range(len(ids))
        ),
    )


def measure(
    world: Sandbox,
    caller: Caller,
    key: str,
    place: Place,
    body: Callable[[int], object],
    rows: int = 1,
) -> None:
    """Send so many calls and report what one core would answer in a second, times the rows of a call if told."""
    bodies = [json.dumps(body(turn)).encode() for turn in range(CALLS)]
    spent: list[float] = []
    for start in range(0, CALLS, CHUNK):
        before = on_cpu_s(world)
        for sent in bodies[start : start + CHUNK]:
            caller.call(*place, sent)
        spent.append((on_cpu_s(world) - before) / CHUNK)
    median, best = statistics.median(spent), min(spent)
    report(key, round(rows / median), ratio=median / best)


def on_cpu_s(world: Sandbox) -> float:
    """Seconds that the sandbox's one thread has spent on a CPU, finer than its clock ticks."""
    told = Path(f"/proc/{world.pid}/schedstat").read_text(encoding="ascii")
    return int(told.split()[0]) / 1e9


def resident_mb(world: Sandbox) -> float:
    """Memory of the sandbox's process now."""
    status = Path(f"/proc/{world.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
