"""The in-memory CRMs of the simulation against the scenarios that they can play."""

from __future__ import annotations

import pytest
from tests.conformance.fake_bench import FakeBench, FakeHubSpotBench, FakeSalesforceBench

from leadpact.conformance import (
    AnnouncingScenarios,
    Bench,
    FeedScenarios,
    MakingScenarios,
    ReadingScenarios,
    SignalScenarios,
    WritingScenarios,
)


@pytest.fixture(params=[FakeHubSpotBench, FakeSalesforceBench], ids=["hubspot", "salesforce"])
def bench(request: pytest.FixtureRequest) -> Bench:
    made: FakeBench = request.param()
    return made


class TestFeed(FeedScenarios):
    pass


class TestReading(ReadingScenarios):
    pass


class TestWriting(WritingScenarios):
    pass


class TestMaking(MakingScenarios):
    pass


class TestAnnouncing(AnnouncingScenarios):
    pass


class TestSignals(SignalScenarios):
    pass
