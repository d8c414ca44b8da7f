"""A sandbox in a process of its own, and a pair signed in to it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from leadpact.sync.context import Limits
from leadpact_app.bootstrap import Pair, open_pair
from leadpact_app.settings import load_settings

LIFTED = Limits(lifted=True, canary=0)
PAGE_OF_LINKS = 5_000
ROUTES = {
    "hubspot": ("/contacts/search", "/contacts/batch/read", "/contacts/batch/update"),
    "salesforce": ("/queryAll", "POST * /composite/sobjects/", "PATCH * /composite/sobjects"),
}
"""By CRM, what tells a call that finds changes, one that reads records, one that writes them."""


class Sandbox:
    """The two emulated CRMs and their control API."""

    def __init__(self, ready: dict[str, Any], process: subprocess.Popen[str]) -> None:
        self.ready = ready
        self._process = process
        self._session = requests.Session()
        self._session.headers["X-Control-Token"] = ready["control_token"]

    @property
    def pid(self) -> int:
        """The sandbox's process."""
        return self._process.pid

    def kill(self) -> None:
        """End it without keeping its state, which takes long for many people."""
        self._process.kill()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """One call of the control API."""
        answer = self._session.post(self.ready["control_url"] + path, json=body, timeout=300)
        answer.raise_for_status()
        return answer.json()

    def calls(self) -> dict[str, dict[str, int]]:
        """Calls that the CRMs counted."""
        answer = self._session.get(self.ready["control_url"] + "/calls", timeout=60)
        counted: dict[str, dict[str, int]] = answer.json()
        return counted

    def cpu_s(self) -> float:
        """CPU seconds of the sandbox's process so far."""
        fields = (
            Path(f"/proc/{self._process.pid}/stat")
            .read_text(encoding="ascii")
            .rsplit(")", 1)[1]
            .split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def made_since(
    before: Mapping[str, Mapping[str, int]], now: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """Calls by CRM and route between two looks at :meth:`Sandbox.calls`."""
    return {
        crm: {
            route: number - before[crm].get(route, 0)
            for route, number in routes.items()
            if number != before[crm].get(route, 0)
        }
        for crm, routes in now.items()
    }


def of_each_kind(crm: str, routes: Mapping[str, int]) -> tuple[tuple[int, ...], str]:
    """Calls that find changes, read and write; and in words the others that were made."""
    kinds = [0, 0, 0]
    others = []
    for route, number in sorted(routes.items()):
        for place, told in enumerate(ROUTES[crm]):
            if all(part in route for part in told.split(" * ")):
                kinds[place] += number
                break
        else:
            others.append(f"{number} × {route.rpartition('/')[2]}")
    return tuple(kinds), f"and {', '.join(others)}" if others else ""


@contextlib.contextmanager
def sandbox(leads: int, *options: str) -> Iterator[Sandbox]:
    """Serve both CRMs with so many leads until the block ends."""
    command = [
        sys.executable,
        "-m",
        "leadpact_sandbox",
        "--port",
        "0",
        "--leads",
        str(leads),
        "--seed",
        "7",
    ]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the sandbox has no output")
        yield Sandbox(json.loads(process.stdout.readline()), process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:  # to keep very many people takes longer than it is worth
            process.kill()
            process.wait()


@contextlib.contextmanager
def pair(world: Sandbox) -> Iterator[Pair]:
    """A pair on a new SQLite state, its fields provisioned and its first sync done."""
    with (
        tempfile.TemporaryDirectory() as folder,
        folder_pair(world, Path(folder), begin=True) as one,
    ):
        yield one


@contextlib.contextmanager
def folder_pair(
    world: Sandbox,
    folder: Path,
    *,
    begin: bool = False,
    hubspot: Mapping[str, Any] | None = None,
    **more: Any,
) -> Iterator[Pair]:
    """A pair whose SQLite state is in that folder.

    Args:
        begin: provision its fields and do its first sync.
        hubspot: further settings of HubSpot; ``more`` are those of leadpact itself.
    """
    settings = load_settings(
        folder,
        state=str(folder / "state.db"),
        hubspot=world.ready["hubspot"] | dict(hubspot or {}),
        salesforce=world.ready["salesforce"],
        clock_url=world.ready["clock_url"],
        **more,
    )
    with open_pair(settings) as opened:
        if begin:
            for name, connector in opened.connectors.items():
                connector.provision(opened.mapping.wanted_fields(name), dry_run=False)
            report = opened.run_cycle()
            plan = opened.store.plan(report.plan_id)
            if plan is None:
                raise RuntimeError(f"no plan to approve: {report.note}")
            opened.approve(plan)
            opened.run_cycle(limits=LIFTED)
        yield opened


def backfilled(opened: Pair) -> dict[str, int]:
    """Forecast, approve and carry out a backfill of stages to its end; its counts."""
    return carried_out(opened, approved_backfill(opened))


def approved_backfill(opened: Pair) -> str:
    """A backfill of stages, forecast and approved; the id of its run."""
    from leadpact_app.bootstrap.backfilling import approve, make_forecast, unapproved

    make_forecast(opened, sample=2000, native=False, watch=timedelta(0))
    run, order = unapproved(opened)
    approve(opened, order, 0)
    return run.id


def carried_out(opened: Pair, run_id: str) -> dict[str, int]:
    """Carry an approved backfill out to its end; its counts."""
    from leadpact.ports.runs import RunRequest
    from leadpact_app.bootstrap.carrying import inline_runs

    inline_runs(opened).start(RunRequest("backfill", run_id=run_id))
    ended = opened.store.run(run_id)
    if ended is None or ended.status != "done":
        raise RuntimeError(f"the backfill ended {ended}")
    return dict(ended.counts)


def settled(world: Sandbox, opened: Pair) -> None:
    """Let every look-back pass, so that the next cycle sees only what is new.

    In 700 seconds the scores of some leads fade and are written: the last step is HubSpot's look-back and no more.
    """
    for seconds in (700, 700, 700, 70):
        world.post("/advance", {"seconds": seconds})
        opened.run_cycle(limits=LIFTED)


def linked(opened: Pair, count: int) -> list[tuple[str, str]]:
    """(HubSpot contact, Salesforce Lead) of so many linked leads that nothing holds."""
    held = {one.link_id for one in opened.store.holds()}
    found: list[tuple[str, str]] = []
    after = ""
    while len(found) < count and (ids := opened.store.page_of_links(after, PAGE_OF_LINKS)):
        after = ids[-1]
        for sides in opened.store.sides([one for one in ids if one not in held]).values():
            by_kind = {
                side.ref.kind: side.ref.id
                for side in sides
                if side.primary and side.state == "live"
            }
            if by_kind.keys() == {"contacts", "Lead"}:
                found.append((by_kind["contacts"], by_kind["Lead"]))
    return found[:count]
