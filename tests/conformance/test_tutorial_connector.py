"""The connector of docs/tutorial-connector.md, taken from the page itself, against the contract."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from leadpact.conformance import (
    Bench,
    FeedScenarios,
    MakingScenarios,
    ProvisioningScenarios,
    ReadingScenarios,
    Roles,
    SignalScenarios,
    WritingScenarios,
)
from leadpact.model.record import Native
from leadpact.model.schema import WantedField

PAGE = Path(__file__).parents[2] / "docs" / "tutorial-connector.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NO_WIRE = "A file has no wire, no calls and no token."
NONE = "A table knows no such thing."
EXTRA = (
    WantedField("people", "leadpact_lead_id", "Key", "text", "Key.", external_id=True),
    WantedField("people", "leadpact_bench", "Bench", "text", "Of the bench.", max_length=80),
)


def blocks(language: str) -> str:
    """All code of one language on the page."""
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return "\n".join(code for name, code in found if name == language)


@pytest.fixture(scope="session")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    file = tmp_path_factory.mktemp("tutorial") / "leadpact_table.py"
    file.write_text(blocks("python"), encoding="utf-8")
    found = importlib.util.spec_from_file_location("leadpact_table", file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[module.__name__] = module
    found.loader.exec_module(module)
    return module


class TableBench(Bench):
    """People in a fresh table."""

    crm = "table"
    kind = "people"
    roles = Roles(
        text="first_name",
        email="email",
        whole="employees",
        picklist="interest",
        picked=("some", "much"),
        short="company",
        read_only="created_at",
        extra="leadpact_bench",
    )
    external_field = "leadpact_lead_id"
    feed_wall = 1_000
    lacks = {
        **dict.fromkeys(("calls", "fault", "connect", "spent", "exhaust"), NO_WIRE),
        **dict.fromkeys(("merge", "convert", "opportunity", "duplicate_rule", "narrow"), NONE),
        "surface_late": "A writer's stamp and its row come in one statement.",
        "skew": "The feed goes by the writers' own stamps.",
        "lag": "The feed is the table itself.",
        "hide": "SQLite has no rights on columns.",
        "edit_as": NONE,
    }

    def __init__(self, tutorial: ModuleType, file: Path) -> None:
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(blocks("sql"))
        self.db.executemany(
            "INSERT INTO choices VALUES ('interest', ?, ?)", [("some", "Some"), ("much", "Much")]
        )
        self.counted = 0
        self.connector = tutorial.spec.connect(
            tutorial.TableSettings(file=file),
            clock=self,
            call_budget=None,
            token_vault=None,
            crm_name="table",
        )
        self.connector.provision(EXTRA, dry_run=False)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds")

    def add(self, count: int, fields: Mapping[str, Native] | None = None) -> list[str]:
        made, at = [], self.stamp()
        self.db.execute("BEGIN")
        for _ in range(count):
            self.counted += 1
            n = self.counted
            row: dict[str, Any] = {"email": f"p{n}@firm{n % 7}.example", **(fields or {})}
            row |= {"changed_at": at, "created_at": at, "changed_by": "import:1"}
            marks = ",".join("?" * len(row))
            (found,) = self.db.execute(
                f"INSERT INTO people ({','.join(row)}) VALUES ({marks}) RETURNING id",
                tuple(row.values()),
            ).fetchall()
            made.append(str(found["id"]))
        self.db.execute("COMMIT")
        return made

    def edit(self, ids: Sequence[str], fields: Mapping[str, Native]) -> None:
        row = {**fields, "changed_at": self.stamp(), "changed_by": "person:1"}
        sets = ",".join(f"{name} = ?" for name in row)
        self.db.execute("BEGIN")
        for record_id in ids:
            self.db.execute(f"UPDATE people SET {sets} WHERE id = ?", (*row.values(), record_id))
        self.db.execute("COMMIT")

    def delete(self, record_id: str) -> None:
        self.edit([record_id], {"deleted": 1})

    def restore(self, record_id: str) -> None:
        self.edit([record_id], {"deleted": 0})

    def stored(self, record_id: str) -> Mapping[str, Native]:
        rows = self.db.execute("SELECT * FROM people WHERE id = ?", (record_id,)).fetchall()
        return dict(rows[0])

    def count(self) -> int:
        (found,) = self.db.execute("SELECT count(*) FROM people WHERE deleted = 0").fetchall()
        return int(found[0])

    def settle(self) -> None:
        self.now()

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def wanted(self) -> Sequence[WantedField]:
        choices = (("one", "One"), ("two", "Two"))
        return (
            WantedField("people", "leadpact_note", "Note", "text", "Note."),
            WantedField("people", "leadpact_pick", "Pick", "picklist", "Pick.", options=choices),
        )

    def close(self) -> None:
        self.connector.close()
        self.db.close()


@pytest.fixture
def bench(tutorial: ModuleType, tmp_path: Path) -> Iterator[Bench]:
    made = TableBench(tutorial, tmp_path / "people.sqlite")
    yield made
    made.close()


def test_the_whole_connector_is_under_300_lines() -> None:
    lines = [line for line in blocks("python").splitlines() if line.strip()]
    assert len(lines) < 300


class TestFeed(FeedScenarios):
    pass


class TestReading(ReadingScenarios):
    pass


class TestWriting(WritingScenarios):
    pass


class TestMaking(MakingScenarios):
    pass


class TestProvisioning(ProvisioningScenarios):
    pass


class TestSignals(SignalScenarios):
    pass
