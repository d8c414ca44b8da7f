"""Show 3: what explain tells of six kinds of lead, word for word, as a rep reads it.

``GOLDEN_WRITE=1 pytest tests/unit/cli/test_explain_golden.py`` writes the files anew; read them before they are kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.simulation.agreement import mapping, pact
from tests.simulation.crm_rows import Row
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Desk

from leadpact.audit import explain
from leadpact_app.cli import explain_text
from leadpact_app.cli.console import Console
from leadpact_app.cli.explain_more import People
from leadpact_app.cli.explain_text import Known

GOLDEN = Path(__file__).parents[2] / "golden" / "explain"
PEOPLE = People({"005REP": "Rico Sato", "u-mara": "Mara Lind"})
Made = tuple[Desk, Row, str]


def when(desk: Desk, **ago: float) -> str:
    desk.later(**ago)
    return desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def person(desk: Desk, employees: int | None, title: str, **fields: str) -> tuple[Row, Row]:
    contact = desk.contact(
        lifecyclestage="lead", **({"jobtitle": title} if title else {}), **fields
    )
    size = {"NumberOfEmployees": employees} if employees else {}
    email = {"Email": fields["email"]} if "email" in fields else {}
    lead = desk.lead(**size, **email)
    desk.sync()
    return contact, lead


def rising() -> Made:
    desk = Desk()
    contact, _lead = person(desk, 120, "Marketing Manager")
    desk.put(contact, last_webinar_attended=when(desk, days=2), last_webinar_name="Pipeline live")
    desk.sync()
    return desk, contact, "Ann Doe · Marketing Manager, Acme · ann@acme.example"


def floor_missed() -> Made:
    desk = Desk()
    contact, _lead = person(desk, 1, "Freelancer")
    desk.put(contact, last_demo_page_view=when(desk, days=1))
    desk.put(contact, last_pricing_page_view=when(desk, hours=3))
    desk.put(
        contact,
        last_gated_download=when(desk, days=1),
        last_gated_download_asset="Guide to lead scoring",
    )
    desk.sync()
    return desk, contact, "Ann Doe · Freelancer, Acme · ann@acme.example"


def decayed() -> Made:
    desk = Desk()
    contact, _lead = person(desk, 120, "")
    desk.put(contact, last_webinar_attended=when(desk, days=1), last_webinar_name="Pipeline live")
    desk.put(contact, last_pricing_page_view=when(desk, hours=2))
    desk.sync()
    desk.later(days=91)
    desk.sync()
    return desk, contact, "Ann Doe · Acme · ann@acme.example"


def disqualified() -> Made:
    desk = Desk()
    contact, _lead = person(desk, 120, "Product Manager", email="ann@rival.example")
    desk.put(contact, last_demo_request=when(desk, days=1))
    desk.sync()
    return desk, contact, "Ann Doe · Product Manager, Rival · ann@rival.example"


def recycled_into_episode_2() -> Made:
    desk = Desk()
    contact, lead = person(desk, 120, "Marketing Manager")
    desk.put(contact, last_demo_page_view=when(desk, days=1))
    desk.sync()
    desk.later(hours=2)
    desk.put(lead, REP, Status="Closed - Not Converted", leadpact_rejection_reason__c="bad_timing")
    desk.sync()
    desk.later(days=70)
    desk.sync()
    desk.put(contact, last_demo_request=when(desk, hours=1))
    desk.sync()
    desk.sync()
    return desk, contact, "Ann Doe · Marketing Manager, Acme · ann@acme.example"


def needs_data() -> Made:
    desk = Desk()
    contact, _lead = person(desk, None, "")
    desk.put(contact, last_demo_page_view=when(desk, days=1))
    desk.put(contact, last_pricing_page_view=when(desk, hours=1))
    desk.sync()
    return desk, contact, "Ann Doe · Acme · ann@acme.example"


KINDS = (rising, floor_missed, decayed, disqualified, recycled_into_episode_2, needs_data)


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_explain_reads_so(kind: Callable[[], Made], capsys: pytest.CaptureFixture[str]) -> None:
    desk, contact, who = kind()
    known = Known(desk.store, pact(), mapping(), {}, desk.world.now, "desk")
    names = explain_text.crm_names(mapping())
    story = explain(desk.store, pact(), desk.link(contact).id, names=names, as_of=desk.world.now)
    assert story is not None
    told = explain_text.tell_all(story, known, desk.world.now)
    told = replace(told, who=who, people=PEOPLE)
    explain_text.show(Console(), told, 15)
    out = capsys.readouterr().out.replace(pact().hash, "0123456789abcdef")
    shown = "\n".join(line.rstrip() for line in out.splitlines()) + "\n"
    file = GOLDEN / f"{kind.__name__}.txt"
    if os.environ.get("GOLDEN_WRITE"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")
