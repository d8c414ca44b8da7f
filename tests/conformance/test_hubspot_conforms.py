"""The HubSpot connector against every scenario of docs/connectors.md."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conformance.hubspot_bench import HubSpotBench
from tests.serving import Serving

from leadpact.conformance import (
    AnnouncingScenarios,
    Bench,
    FailingScenarios,
    FeedScenarios,
    MakingScenarios,
    ProvisioningScenarios,
    ReadingScenarios,
    SignalScenarios,
    WritingScenarios,
)
from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World

SWITCH_PREFIX = "hubspot."
"""Under soak each scenario runs once more for each switch of this CRM, turned over (see conftest)."""


@pytest.fixture
def bench(request: pytest.FixtureRequest, serving: Serving) -> Iterator[Bench]:
    world = World()
    hubspot = HubSpot(world)
    made = HubSpotBench(world, hubspot, serving.serve(hubspot), request.param)
    yield made
    made.close()


class TestFeed(FeedScenarios):
    pass


class TestReading(ReadingScenarios):
    pass


class TestWriting(WritingScenarios):
    pass


class TestMaking(MakingScenarios):
    pass


class TestFailing(FailingScenarios):
    pass


class TestProvisioning(ProvisioningScenarios):
    pass


class TestAnnouncing(AnnouncingScenarios):
    pass


class TestSignals(SignalScenarios):
    pass
