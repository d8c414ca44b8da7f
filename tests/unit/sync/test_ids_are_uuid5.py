"""Ids are uuid5 of what they name, whatever way they are made; other places make the same ones with the library."""

from __future__ import annotations

from uuid import uuid5

import pytest
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import RecordRef
from leadpact.sync.context import NAMESPACE, Context, address_id
from leadpact.sync.effects import Instant, Steps
from leadpact.sync.report import CycleReport


@pytest.fixture(scope="module")
def context() -> Context:
    seen: list[Context] = []

    def steps(context: Context) -> Steps[CycleReport]:
        seen.append(context)
        yield Instant()
        return CycleReport()

    desk = Desk()
    desk.steps_of = steps
    desk.sync()
    return seen[0]


def test_an_id_is_the_uuid5_of_its_parts(context: Context) -> None:
    for number in range(300):
        named = "\x1f".join((context.pair_id, "link", str(number), "ä\n"))
        assert context.id("link", number, "ä\n") == str(uuid5(NAMESPACE, named))


def test_records_and_addresses_are_named_as_elsewhere(context: Context) -> None:
    ref = RecordRef("hubspot", "contacts", "7")
    assert context.id("link", ref) == context.id("link", "hubspot:contacts:7")
    assert context.id("address", "a@b.example") == address_id(context.pair_id, "a@b.example")
