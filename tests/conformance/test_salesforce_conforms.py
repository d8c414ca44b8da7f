"""The Salesforce connector against every scenario of docs/connectors.md."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conformance.salesforce_bench import SalesforceBench
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
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.world import World

SWITCH_PREFIX = "salesforce."
"""Under soak each scenario runs once more for each switch of this CRM, turned over (see conftest)."""


@pytest.fixture
def bench(request: pytest.FixtureRequest, serving: Serving) -> Iterator[Bench]:
    world = World()
    salesforce = Salesforce(world)
    made = SalesforceBench(world, salesforce, serving.serve(salesforce), request.param)
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
