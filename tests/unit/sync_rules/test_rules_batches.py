"""R34, R38: what is too much for one run waits for approval as one."""

from __future__ import annotations

import pytest
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.test_rules_handoff import agreed, asks_for_a_demo, tasks

from leadpact.sync.context import Limits


def test_over_fifty_handoffs_wait_for_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    agreed(desk)
    for other in ("stage_moves", "creates"):
        monkeypatch.setattr(Limits, other, staticmethod(lambda links: 10**6))
    rows = [desk.contact(email=f"p{number}@firm{number}.example") for number in range(51)]
    desk.sync()
    desk.sync()
    for contact in rows:
        asks_for_a_demo(desk, contact)

    report = desk.sync(limits=Limits(max_writes=100_000))

    assert report.status == "needs_approval"
    assert "more than 50 leads to hand over" in report.note
    assert tasks(desk) == []
    assert desk.writes() == []
