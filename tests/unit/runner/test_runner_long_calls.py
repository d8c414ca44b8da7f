"""Calls of long runs: a mass write is looked at until it is done; who does not tell the past is asked otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.world import MARKETER, World

from leadpact.errors import SignIn, WaitUntil
from leadpact.ports.connector import WriteResult, WriteRow, Written
from leadpact.ports.mass import MASS_RUNNING
from leadpact_app.runner.long_calls import in_mass, past_of

ROWS = (WriteRow("set", "1", {"city": "Oslo"}), WriteRow("set", "2", {"city": "Bergen"}))


class Slow:
    """A CRM that works on a mass write for so many looks."""

    def __init__(self, looks: int, fault: Exception | None = None) -> None:
        self.looks = looks
        self.fault = fault
        self.begun = 0

    def begin_mass(self, kind: str, rows: Sequence[WriteRow]) -> Any:
        self.begun += 1
        return list(rows)

    def mass_results(self, ticket: Any) -> Sequence[WriteResult]:
        if self.fault is not None:
            raise self.fault
        self.looks -= 1
        if self.looks >= 0:
            raise WaitUntil("It runs.", seconds=45, code=MASS_RUNNING)
        return [Written(row.id) for row in ticket]


def test_a_mass_write_begins_once_and_is_looked_at_in_short_steps() -> None:
    slow, slept = Slow(3), list[float]()
    results = in_mass(slow, "Lead", ROWS, slept.append)

    assert results == [Written("1"), Written("2")]
    assert (slow.begun, slept) == (1, [2.0, 2.0, 2.0])


def test_any_other_word_of_the_crm_ends_it() -> None:
    with pytest.raises(SignIn):
        in_mass(Slow(0, SignIn("No.")), "Lead", ROWS, lambda _seconds: None)


def test_a_crm_without_a_memory_of_its_own_tells_its_histories() -> None:
    world = World()
    row = world.hubspot.make(CONTACTS, {"email": "ann@acme.example", "city": "Oslo"}, 0, MARKETER)
    world.now = datetime(2026, 12, 1, tzinfo=UTC)
    world.hubspot.put(row, {"lifecyclestage": "lead"}, MARKETER)

    told = past_of(world.hubspot, CONTACTS, [row.ref.id], ["lifecyclestage"], ["city"])
    past = told[row.ref.id]

    assert past.shown == {"city": "Oslo"}
    assert past.entered == ()
    assert ("lifecyclestage", "lead") in {(one.field, one.value) for one in past.changes}
    assert past_of(world.salesforce, "Opportunity", ["1"], [], []) == {}
