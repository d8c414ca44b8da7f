"""The quick way through a batch update leaves what the careful way leaves."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot, batch
from leadpact_sandbox.world import World

VALUES = {
    "city": ("Rom", "Oslo", "", ";x"),
    "hs_buying_role": (";CHAMPION", "END_USER", ""),
    "hs_lead_status": ("NEW", "OPEN", "", "nope"),
    "last_webinar_attended": ("2026-01-01", "1795600000000", ""),
    "lifecyclestage": ("lead", "customer", "opportunity", ""),
    "email": ("a1@example.com", "A2@example.com", ""),
}


def test_quick_and_careful_batches_end_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(1)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    worlds = World(), World()
    with worlds[0].clock.held(), worlds[1].clock.held():
        for world in worlds:
            world.clock._held = now
        portals = [HubSpot(world) for world in worlds]
        quick, careful = (Client(portal.app, portal.token) for portal in portals)
        ids = [quick.made(city=str(place)) for place in range(8)]
        assert [careful.made(city=str(place)) for place in range(8)] == ids
        done = 0
        for turn in range(80):
            now += timedelta(seconds=1)
            for world in worlds:
                world.clock._held = now
            names = draw.sample(sorted(VALUES), 1 + turn % 3)
            inputs = [
                {"id": one, "properties": {name: draw.choice(VALUES[name]) for name in names}}
                for one in draw.sample(ids, 4)
            ]
            first = quick.post(f"{CONTACTS}/batch/update", {"inputs": inputs})
            with monkeypatch.context() as patched:
                patched.setattr(batch, "quick_rows", lambda *_: None)
                second = careful.post(f"{CONTACTS}/batch/update", {"inputs": inputs})
            assert first.status == second.status
            assert first.body.get("results") == second.body.get("results")
            done += first.status == 200
        assert 20 < done < 80
        assert portals[0].snapshot()["objects"] == portals[1].snapshot()["objects"]
