"""A demo request over both emulators: killed right after its task was made, and its message refused at first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import KILLED, LEASE_S, Town


class Hook(BaseHTTPRequestHandler):
    """The rep's channel."""

    answers: ClassVar[list[int]] = []
    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def channel() -> Iterator[str]:
    Hook.answers, Hook.got = [503], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/rep"
    server.shutdown()
    server.server_close()
    thread.join()


def asks(town: Town) -> tuple[str, str]:
    """Somebody whom a rep owns asks for a demo; ids of Lead and contact."""
    users = set(town.world.users().values())
    owners = {row["Id"]: row["OwnerId"] for row in town.world.query("SELECT Id, OwnerId FROM Lead")}
    who = next(one for one in town.people("lead") if owners.get(one.sf_lead) in users)
    at = datetime.fromisoformat(town.world.get("/clock")["now"]).astimezone(UTC)
    recent = (at - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    town.world.edit_contact(who.hs_contact, {"last_demo_request": recent}, "workflow:7101")
    return who.sf_lead, who.hs_contact


def tasks_of(town: Town, lead: str) -> list[dict[str, Any]]:
    rows = town.world.query("SELECT WhoId, OwnerId, Subject, Description FROM Task")
    return [
        row for row in rows if row["WhoId"] == lead and "[leadpact " in (row["Description"] or "")
    ]


def test_killed_after_the_task_it_goes_on_with_one_task_and_one_message_in_the_end(
    make_town: MakeTown, channel: str
) -> None:
    town = make_town(60)
    with town.pair() as pair:
        town.go_live(pair)
        town.until_quiet(pair)
    lead, contact = asks(town)
    town.later()

    assert town.sync_and_die("after-write:2") == KILLED
    assert len(tasks_of(town, lead)) == 1
    told = town.world.contact(contact, ["leadpact_handoff"])["leadpact_handoff"]
    assert told == "Pending: Salesforce has not taken it yet."

    town.later(LEASE_S)
    with town.pair(notify={"owner": channel}) as pair:
        report = pair.run_cycle()
        assert report.status == "done", report.note
        assert report.counts["handed_over"] == 1
        assert report.counts["notices_put_off"] == 1
        assert len(tasks_of(town, lead)) == 1
        told = town.world.contact(contact, ["leadpact_handoff", "hubspot_owner_id"])
        assert str(told["leadpact_handoff"]).startswith("Handed over to ")
        assert told["hubspot_owner_id"] in town.world.owners().values()

        town.later(120)
        report = pair.run_cycle()
        assert report.counts["notices_sent"] == 1
        assert len(Hook.got) == 2
        assert "Why now: Asked for a demo" in Hook.got[1]["message"]
        assert Hook.got[1]["message"] == Hook.got[0]["message"]

        town.later(120)
        pair.run_cycle()
        assert len(Hook.got) == 2
        assert len(tasks_of(town, lead)) == 1
