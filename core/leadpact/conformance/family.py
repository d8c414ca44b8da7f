"""What the families of scenarios share: the gate before each one, and reading a feed to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from leadpact.conformance.bench import Bench
from leadpact.conformance.scenario import scenario_of
from leadpact.errors import SetAside
from leadpact.model.record import Change, Native, Record
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written

SCENARIO_PROPERTY = "leadpact_scenario"
MOST_PAGES = 5_000


class Family:
    """Base of the families. A test class that inherits one has to be handed a fixture ``bench``."""

    @pytest.fixture(autouse=True)
    def _gate(self, request: pytest.FixtureRequest, bench: Bench) -> None:
        """Leave out what the connector does not declare, and expect what is known to fail."""
        found = scenario_of(request.function)
        if found is None:
            return
        request.node.user_properties.append(
            (SCENARIO_PROPERTY, (found.number, found.title, bench.crm, bench.variant))
        )
        undeclared = found.undeclared(bench.connector.capabilities)
        if undeclared:
            pytest.skip(f"{found.number}: {bench.crm} does not declare {', '.join(undeclared)}")
        for act in found.acts:
            if act in bench.lacks:
                pytest.skip(f"{found.number}: {bench.crm}: {bench.lacks[act]}")
        gap = bench.gaps.get(f"{found.number}@{bench.variant}", bench.gaps.get(found.number))
        if gap is not None:
            reason = f"{found.number}: gap of the {gap.whose}: {gap.why}"
            request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True))

    def cycle(self, bench: Bench, since: str = "") -> tuple[list[Change], str]:
        """All changes of one cycle, and where the next one begins."""
        changes: list[Change] = []
        for _ in range(MOST_PAGES):
            page = bench.connector.changes(bench.kind, since)
            changes += page.changes
            since = page.cursor
            if page.done:
                return changes, since
        raise AssertionError(f"the feed does not end within {MOST_PAGES} pages")

    def caught_up(self, bench: Bench) -> str:
        """A cursor after everything there is."""
        bench.settle()
        return self.cycle(bench, self.cycle(bench)[1])[1]

    def read(self, bench: Bench, record_id: str, *names: str) -> Record:
        """One record through the connector."""
        (seen,) = bench.connector.fetch(bench.kind, [record_id], names)
        assert isinstance(seen, Record), f"{record_id} is {seen}"
        return seen

    def write(self, bench: Bench, rows: Sequence[WriteRow]) -> list[WriteResult]:
        """Write rows; there is one result for each."""
        results = list(bench.connector.write(bench.kind, rows))
        assert len(results) == len(rows), "one result per row"
        return results


def set_row(record_id: str, fields: Mapping[str, Native]) -> WriteRow:
    """A plain update."""
    return WriteRow("set", record_id, dict(fields))


def ids_of(changes: Sequence[Change]) -> list[str]:
    """Ids in the order of the feed."""
    return [change.ref.id for change in changes]


def aside(result: WriteResult) -> SetAside:
    """The cause for which this one record was set aside."""
    assert isinstance(result, Refused), f"{result} is no refusal"
    assert isinstance(result.error, SetAside), f"{result.error!r} is no matter of one record"
    assert result.error.code, "a cause has a code"
    assert not result.unknown
    return result.error


def written(result: Any) -> Written:
    """The row was taken."""
    assert isinstance(result, Written), f"{result} was not written"
    return result


def blank(value: Native) -> bool:
    """Both ways of saying that there is nothing."""
    return value is None or value == ""
