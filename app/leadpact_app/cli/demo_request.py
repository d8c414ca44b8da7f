"""The five-minute demo request: what the rep gets, and a competitor beside it (SEMANTICS scene 2)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

from leadpact_app.cli.demo_cast import Cast, stand_of
from leadpact_app.cli.demo_scene import Scene
from leadpact_app.cli.demo_screen import expect
from leadpact_app.cli.demo_story import REP, Staff

RIVAL = {
    "email": "vera.stone@rival.example",
    "firstname": "Vera",
    "lastname": "Stone",
    "company": "Rival",
}


class Mailbox:
    """What came to the rep's channel."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.url = ""


@contextlib.contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A webhook on this machine that takes the place of the rep's Slack, Teams or mail."""
    made = Mailbox()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    made.url = f"json://127.0.0.1:{server.server_port}/rep"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def agreement_with_fallback(folder: Path) -> str:
    """The shipped agreement, with somebody for what nobody owns; the path of the file."""
    from leadpact_mappings import default_text

    text = default_text("pact.yaml")
    file = folder / "pact.yaml"
    file.write_text(
        text.replace("  routing: crm\n", f"  routing: crm\n  fallback_owner: {REP}\n", 1),
        encoding="utf-8",
    )
    return str(file)


def five_minutes(scene: Scene, cast: Cast, staff: Staff, box: Mailbox) -> None:
    """The request of this morning as the rep has it; the rep takes it, and a competitor gets nowhere."""
    screen, world, store = scene.screen, scene.world, scene.pair.store
    screen.chapter("The demo request: five minutes, and the rep has all of it")
    who = cast.asks
    handed = [one for one in store.handoffs([who.lead_id])[who.lead_id] if one.step == "done"]
    expect(len(handed) == 1, f"{who.name}'s demo request was handed over {len(handed)} times")
    leads = stand_of(world).leads.values()
    lead = next(row for row in leads if row["leadpact_lead_id__c"] == who.lead_id)
    every = world.query("SELECT WhoId, OwnerId, Subject, Description FROM Task")
    mine = (lead["Id"], staff.rep.partition(":")[2])
    tasks = [one for one in every if (one["WhoId"], one["OwnerId"]) == mine]
    expect(len(tasks) == 1, f"the rep has {len(tasks)} tasks for one demo request")
    screen.card(f"Salesforce · Task for Aiko · {tasks[0]['Subject']}", tasks[0]["Description"])
    if find_spec("apprise") is not None:
        came = [one for one in box.got if str(one.get("title", "")).startswith(who.name)]
        expect(len(came) == 1, f"the rep got {len(came)} messages for one demo request")
        link = next(line for line in came[0]["message"].splitlines() if "lightning" in line)
        screen.say(f"The same went to the rep's channel, with the link to the record: {link}")
    shown = world.contact(who.hs_contact, ["leadpact_handoff"])["leadpact_handoff"]
    expect(str(shown).startswith("Handed over to "), "HubSpot does not say who has the lead")
    screen.say(f"HubSpot says to marketing: {shown}.")

    scene.pair.clock.follow()
    now = scene.pair.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    rival = {**RIVAL, "last_demo_request": now}
    asked = {"object": "contacts", "properties": rival, "by": "workflow:7101"}
    contact = str(world.control("/hubspot/create", asked)["id"])
    world.edit_lead(lead["Id"], {"Status": "Working - Contacted"}, staff.rep)
    screen.say(f"Aiko takes it. Beside it {RIVAL['email']} asks for a demo, too.")
    scene.later()
    after = scene.sync("the rep takes it; a competitor asks").after
    expect(
        after.hubspot[who.hs_contact]["leadpact_stage"] == "sal",
        "HubSpot does not show that the rep took it",
    )
    competitor = world.contact(contact, ["leadpact_stage", "leadpact_stage_reason"])
    expect(competitor["leadpact_stage"] == "disqualified", "the competitor was not stopped")
    expect(
        not any(row.get("Email") == RIVAL["email"] for row in after.leads.values()),
        "the competitor became a Lead",
    )
    screen.good(
        f"HubSpot shows {who.name} as {scene.pair.pact.label('sal')}. The competitor went nowhere: "
        f"“{competitor['leadpact_stage_reason']}”"
    )
