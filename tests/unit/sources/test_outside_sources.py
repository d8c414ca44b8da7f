"""Signals from files and queries: of whom they are, what becomes of bad rows, and when they count (S9, K11, R8)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping, load_mapping
from leadpact.model.link import Link
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import OUTSIDE
from leadpact.pact import load_pact
from leadpact.ports.state_store import StateChanges
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.sync.context import Context
from leadpact_app.settings import SourceSettings
from leadpact_app.sources import reading
from leadpact_app.sources.addresses import email_key, spellings
from leadpact_app.sources.reading import OutsideReader, Reading
from leadpact_app.sources.rows import Rows
from leadpact_app.store.memory import MemoryStore
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LASTS = timedelta(minutes=5)
SECTION = """
sources:
  usage:
    columns: {email: mail, external_id: lead, at: when, kind: event, asset: plan}
    signals:
      - {signal: trial_started, when: {kind: trial}}
      - {signal: feature_used, when: {kind: {starts_with: feature}}}
"""
ADA, EVE = "11111111-aaaa", "22222222-bbbb"
Read = Callable[..., Reading]


def _mapping(change: tuple[str, str] = ("", "")) -> LeadMapping:
    text = default_text("mapping.yaml") + SECTION.replace(*change)
    pact = load_pact(default_text("pact.yaml"), "pact.yaml")
    stages = [key for key, stage in pact.stages.items() if stage.synced]
    return load_mapping(text, "mapping.yaml", stage_keys=stages, reason_keys=list(pact.reasons))


@pytest.fixture(scope="module")
def plain() -> LeadMapping:
    """The default mapping with a source."""
    return _mapping()


@pytest.fixture
def store() -> MemoryStore:
    """A state with two people."""
    made = MemoryStore()
    links = [
        Link(ADA, base={"email": "Ada@Firm.example"}, adopted=True),
        Link(EVE, base={"email": "eve@bücher.example"}, adopted=True),
    ]
    made.commit(StateChanges(links=links), None, NOW)
    return made


@pytest.fixture
def read(store: MemoryStore, plain: LeadMapping, tmp_path: Path) -> Read:
    """Read a CSV text, or what the settings say."""

    def reading(
        text: str = "",
        settings: SourceSettings | None = None,
        mapping: LeadMapping | None = None,
        now: datetime = NOW,
    ) -> Reading:
        file = tmp_path / "usage.csv"
        file.write_text(text, encoding="utf-8")
        lease = store.acquire("test", now, LASTS)
        assert lease is not None
        context = Context(
            pair_id="pair",
            run_id="run",
            crms={},
            mapping=mapping or plain,
            pact=load_pact(default_text("pact.yaml"), "pact.yaml"),
            scoring=EmbeddedEngine(),
            store=store,
        )
        where = {"usage": settings or SourceSettings(path=str(file))}
        reader = OutsideReader(context, store, lease, where, email_key, lasts=LASTS)
        found = reader.read("usage", now)
        store.release(lease)
        return found

    return reading


def _of(store: MemoryStore, link_id: str) -> list[Signal]:
    return list(store.signals([link_id], NOW - timedelta(days=900))[link_id])


def test_people_are_found_by_address_or_by_lead_id(read: Read, store: MemoryStore) -> None:
    found = read(
        "mail,lead,when,event,plan\n"
        "ADA@firm.EXAMPLE,,2026-11-20T10:00:00+02:00,trial,Team\n"
        f",{EVE},2026-11-21T10:00:00Z,feature_x,\n"
        "eve@xn--bcher-kva.example,,2026-11-21T11:00:00Z,TRIAL,\n"
    )
    assert (found.rows, found.new, found.waiting, found.bad_rows) == (3, 3, 0, 0)
    (trial,) = _of(store, ADA)
    assert (trial.name, trial.asset, trial.source) == ("trial_started", "Team", "sources.usage")
    assert trial.at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert (trial.precision, trial.recorded_at) == ("exact", NOW)
    assert [one.name for one in _of(store, EVE)] == ["feature_used", "trial_started"]
    due = {item.link_id: item.cause for item in store.due(NOW, 10)}
    assert due == {ADA: "signal", EVE: "signal"}


def test_bad_rows_are_told_with_their_line_and_stop_nothing(read: Read, store: MemoryStore) -> None:
    found = read(
        "mail,lead,when,event,plan\n"
        "ada@firm.example,,yesterday,trial,\n"
        "not an address,,2026-11-20T10:00:00Z,trial,\n"
        ",,2026-11-20T10:00:00Z,trial,\n"
        'ada@firm.example,,,trial,"two\nlines"\n'
        "ada@firm.example,,1970-01-01,trial,\n"
        "ada@firm.example\n"
        "ada@firm.example,,2026-11-20T10:00:00Z,trial,,more,columns\n"
    )
    assert (found.rows, found.new, found.bad_rows) == (7, 1, 6)
    assert [(one.line, one.why.split(",")[0]) for one in found.bad] == [
        (2, "has a date that is not written as 2026-11-22 or 2026-11-22T10:00:00Z"),
        (3, "has no e-mail address where one should be"),
        (4, "names nobody"),
        (6, "has no date"),
        (7, "has a date before 1990"),
        (8, "has no date"),
    ]
    assert len(_of(store, ADA)) == 1


def test_who_has_no_lead_yet_waits_and_is_counted_once(read: Read, store: MemoryStore) -> None:
    text = "mail,lead,when,event,plan\nNew@Firm.example,,2026-11-20T10:00:00Z,trial,\n"
    assert (read(text).new, read(text).new) == (1, 0)
    waiting = store.waiting_signals([RecordRef(OUTSIDE, "email", "new@firm.example")])
    assert [one.name for each in waiting.values() for one in each] == ["trial_started"]


def test_an_address_of_two_leads_is_nobodys(read: Read, store: MemoryStore) -> None:
    twin = Link("33333333-cccc", base={"email": "ada@firm.example"}, adopted=True)
    store.commit(StateChanges(links=[twin]), None, NOW)
    found = read("mail,lead,when,event,plan\nada@firm.example,,2026-11-20,trial,\n")
    assert (found.new, found.waiting, found.bad_rows) == (1, 1, 1)
    assert "2 leads" in found.bad[0].why
    assert _of(store, ADA) == []


def test_a_lead_that_became_part_of_another_keeps_its_usage(read: Read, store: MemoryStore) -> None:
    gone = Link("44444444-dddd", status="folded", folded_into=ADA)
    store.commit(StateChanges(links=[gone]), None, NOW)
    read("mail,lead,when,event,plan\n,44444444-dddd,2026-11-20,trial,\n")
    assert len(_of(store, ADA)) == 1


def test_reading_again_tells_nothing_new(read: Read, store: MemoryStore) -> None:
    text = "mail,lead,when,event,plan\n" + "".join(
        f"ada@firm.example,,2026-11-{day:02}T1{hour}:00:00Z,feature_a,Board\n"
        for day in (3, 1, 2)
        for hour in (5, 1)
    )
    assert (read(text).new, read(text).new) == (3, 0)
    days = [one.at.day for one in _of(store, ADA)]
    assert days == [1, 2, 3]


@pytest.mark.parametrize(
    ("zone", "written", "at", "precision"),
    [
        ("", "2026-07-01T10:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC), "sampled"),
        ("Europe/Berlin", "2026-07-01T10:00:00", datetime(2026, 7, 1, 8, tzinfo=UTC), "exact"),
        ("Europe/Berlin", "2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC), "exact"),
        ("Europe/Berlin", "2026-07-01T10:00:00Z", datetime(2026, 7, 1, 10, tzinfo=UTC), "exact"),
        ("", "2026-07-01", datetime(2026, 7, 1, tzinfo=UTC), "exact"),
        ("", "2026-12-24T10:00:00Z", datetime(2026, 12, 24, 10, tzinfo=UTC), "exact"),
    ],
)
def test_instants_without_a_zone_are_in_the_declared_one_or_marked(
    read: Read, store: MemoryStore, zone: str, written: str, at: datetime, precision: str
) -> None:
    mapping = _mapping(
        ("    signals:\n", f"    zone: {zone}\n    signals:\n") if zone else ("", "")
    )
    read(f"mail,lead,when,event,plan\nada@firm.example,,{written},trial,\n", mapping=mapping)
    (one,) = _of(store, ADA)
    assert (one.at, one.precision) == (at, precision)


def test_parquet_keeps_instants_as_they_are(read: Read, store: MemoryStore, tmp_path: Path) -> None:
    file = tmp_path / "usage.parquet"
    with duckdb.connect() as engine:
        engine.execute(
            "COPY (SELECT 'ada@firm.example' AS mail, NULL AS lead, "
            "TIMESTAMPTZ '2026-11-20 10:00:00+02' AS \"when\", 'trial' AS event, 'Team' AS plan "
            "UNION ALL SELECT 'eve@bücher.example', NULL, NULL, 'trial', NULL) "
            f"TO '{file}' (FORMAT parquet)"
        )
    found = read(settings=SourceSettings(path=str(file)))
    assert (found.error, found.new) == (None, 1)
    assert [(one.line, one.why) for one in found.bad] == [(2, "has no date")]
    assert [one.at for one in _of(store, ADA)] == [datetime(2026, 11, 20, 8, tzinfo=UTC)]


def test_a_query_is_asked_from_a_day_before_its_last_reading(
    read: Read, store: MemoryStore, tmp_path: Path
) -> None:
    file = tmp_path / "product.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE acts (mail, lead, at, event, plan)")
        database.executemany(
            "INSERT INTO acts VALUES (?, NULL, ?, 'trial', ?)",
            [
                ("ada@firm.example", "2026-11-20T10:00:00+00:00", "Team"),
                ("ada@firm.example", "2026-11-22T08:00:00+00:00", "Board"),
            ],
        )
    settings = SourceSettings(
        url=SecretStr(f"sqlite:///{file}"),
        query='SELECT mail, lead, at AS "when", event, plan FROM acts '
        "WHERE at >= strftime('%Y-%m-%dT%H:%M:%S', :since)",
    )
    first, second = read(settings=settings), read(settings=settings)
    assert (first.error, first.rows, first.new) == (None, 2, 2)
    assert (second.error, second.rows, second.new) == (None, 1, 0)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (SourceSettings(path="/nowhere/usage.csv"), "file_missing"),
        (SourceSettings(), "source_unsettled"),
        (SourceSettings(url=SecretStr("sqlite://")), "source_unsettled"),
        (SourceSettings(url=SecretStr("nothing at all"), query="SELECT 1"), "url_unusable"),
        (SourceSettings(url=SecretStr("sqlite://"), query="SELECT nothing"), "query_refused"),
        (SourceSettings(url=SecretStr("sqlite://"), query="SELECT 1 AS one"), "column_missing"),
    ],
)
def test_a_source_that_cannot_be_read_says_why_and_is_tried_again(
    read: Read, store: MemoryStore, settings: SourceSettings, code: str
) -> None:
    found = read(settings=settings)
    assert found.error is not None
    assert found.error.code == code
    again = read("mail,lead,when,event,plan\nada@firm.example,,2026-11-20,trial,\n")
    assert (again.error, again.new) == (None, 1)


def test_a_source_that_is_given_up_is_let_go_at_once(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = []

    def rows(*_: object) -> Rows:
        try:
            yield 1, {"one": 1}
        finally:
            let_go.append(True)

    monkeypatch.setattr(reading, "rows_of", rows)
    found = read()
    assert found.error is not None  # and keeps alive whatever the error has seen
    assert found.error.code == "column_missing"
    assert let_go == [True]


def test_files_that_are_none_and_unknown_zones_are_refused(read: Read, tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("mail,lead,when,event,plan\nädä@firm.example,,x,y,z\n".encode("latin-1"))
    broken = tmp_path / "broken.parquet"
    broken.write_text("no parquet")
    for file in (latin, broken):
        error = read(settings=SourceSettings(path=str(file))).error
        assert error is not None
        assert error.code == "file_unreadable"
    nowhere = _mapping(("    signals:\n", "    zone: Mars/North\n    signals:\n"))
    error = read("mail,lead,when,event,plan\nx,,y,z,\n", mapping=nowhere).error
    assert isinstance(error, FixSettings)
    assert error.place is not None
    assert error.place.line is not None


def test_a_spreadsheets_own_csv_is_read(read: Read, store: MemoryStore, tmp_path: Path) -> None:
    file = tmp_path / "sheet.csv"
    file.write_text(
        "\ufeffmail; lead;when;event;plan\r\nada@firm.example;;2026-11-20;trial;Team\r\n",
        encoding="utf-8",
    )
    assert read(settings=SourceSettings(path=str(file), delimiter=";")).new == 1


def test_addresses_compare_without_capitals_and_with_dots() -> None:
    assert email_key(" A.B+tag@Firm.Example ") == "a.b+tag@firm.example"
    assert email_key("a.b@gmail.com") != email_key("ab@gmail.com")
    assert email_key("x@BÜCHER.example") == email_key("x@xn--bcher-kva.example")
    assert spellings("x@xn--bcher-kva.example") == (
        "x@xn--bcher-kva.example",
        "x@bücher.example",
    )
    assert email_key("no address") == ""
