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
from leadpact.model.record import Record


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


def test_a_read_and_a_lookup_answer_only_what_was_asked_for(bench: Bench) -> None:
    """As the real ones do: an engine that reads a field that it forgot to ask for shall see nothing."""
    text, email = bench.roles.text, bench.roles.email
    ids = bench.add(2)
    (seen,) = bench.connector.fetch(bench.kind, ids[:1], [text])
    assert isinstance(seen, Record)
    assert set(seen.fields) == {text}
    address = bench.connector.fetch(bench.kind, ids[:1], [email])[0]
    assert isinstance(address, Record)
    found = bench.connector.find(bench.kind, email, [str(address.fields[email])], [text])
    assert [set(one.fields) for one in found] == [{text}]
