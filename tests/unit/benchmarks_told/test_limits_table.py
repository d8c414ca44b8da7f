"""The table of limits: what holds, what is kept from run to run, what a reader and a program are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import __main__ as command
from benchmarks import results
from benchmarks.asked import LIMITS
from benchmarks.limits import ROWS, Limit, Row, row_of
from benchmarks.reporting import report
from benchmarks.results import BEGIN, END, Results, Run, between_marks
from benchmarks.running import Ran, run

MORNING = Run("2026-11-22 08:00:00 UTC", "2 cores", 0.5, "abc", {"bench_store": 8.0})
EVENING = Run(
    "2026-11-22 20:00:00 UTC", "4 cores", 1.5, "def", {"bench_store": 4.0}, pace=(130.4, 276.0)
)
CALL, PAGE = "store.call", "store.page"


def limit(bound: tuple[float, ...] = (0.5,), **more: str) -> Limit:
    return replace(Limit("k", "bench_k", "what", "ms", bound), **more)  # type: ignore[arg-type]


class TestRow:
    @pytest.mark.parametrize(
        ("at", "figures", "held"),
        [
            ("at most", (0.5,), True),
            ("at most", (0.51,), False),
            ("at least", (0.5,), True),
            ("at least", (0.49,), False),
        ],
    )
    def test_a_bound_is_met_up_to_itself(
        self, at: str, figures: tuple[float, ...], held: bool
    ) -> None:
        assert Row("k", figures).held(limit(at=at)) is held

    def test_each_of_several_figures_has_its_own_bound(self) -> None:
        calls = limit((5, 10, 10), unit="calls")
        assert Row("k", (5, 10, 10)).held(calls)
        assert not Row("k", (1, 1, 11)).held(calls)
        assert Row("k", (1, 1, 11)).measured_told(calls) == "1/1/11 calls"
        assert calls.bound_told() == "at most 5/10/10 calls"

    def test_without_a_bound_nothing_is_held_nor_missed(self) -> None:
        assert Row("k", (9,)).held(limit(())) is None
        assert Row("k", (9,), size="10 leads").held_told(limit(())) == "—"
        assert limit(()).bound_told() == "—"

    def test_what_was_smaller_than_asked_says_so(self) -> None:
        row = Row("k", (0.2512,), size="40,000 leads", note="calm")
        assert row.measured_told(limit()) == "0.251 ms at 40,000 leads (calm)"
        assert row.held_told(limit()) == "yes, smaller"
        assert replace(row, measured=(9.0,)).held_told(limit()) == "**no**, smaller"

    @pytest.mark.parametrize(
        ("figure", "told"),
        [(0.5, "0.500"), (12_345.6, "12,346"), (2.0, "2"), (0.00812, "0.00812"), (0.0, "0")],
    )
    def test_figures_have_three_significant_digits(self, figure: float, told: str) -> None:
        assert Row("k", (figure,)).measured_told(limit()) == f"{told} ms"

    def test_a_peer_has_its_ratio_or_is_not_told(self) -> None:
        beside = limit(peer="{} times bare Python")
        assert Row("k", (1,), 5.68).compared_told(beside) == "5.68 times bare Python"
        assert Row("k", (1,)).compared_told(beside) == "—"
        assert Row("k", (1,)).compared_told(limit(peer="the query by hand")) == "the query by hand"

    def test_it_is_read_as_it_was_written(self) -> None:
        row = Row("k", (1.5, 2.0), 0.25, "10 leads", "calm", "then")
        assert row_of(json.loads(json.dumps(row.as_json()))) == row
        assert Row("k", (1.0,)).as_json() == {"key": "k", "measured": [1.0]}


class TestReport:
    def test_it_tells_people_and_hands_the_row_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "rows.jsonl"
        monkeypatch.setenv(ROWS, str(file))
        report(CALL, 0.2, note="busy")
        report(PAGE, 0.123456789, ratio=2.0)
        rows = [row_of(json.loads(line)) for line in file.read_text().splitlines()]
        assert rows == [Row(CALL, (0.2,), note="busy"), Row(PAGE, (0.123457,), 2.0)]
        assert "0.200 ms (busy); at most 0.1 ms; —; held: **no**" in capsys.readouterr().out

    def test_a_limit_that_nobody_asked_for_is_refused(self) -> None:
        with pytest.raises(KeyError):
            report("store.nothing", 1)

    def test_as_many_figures_as_bounds(self) -> None:
        with pytest.raises(ValueError, match="2 figures for 3 bounds"):
            report("cycle.hubspot", (5, 10))


class TestResults:
    def test_a_new_run_takes_the_place_of_what_it_measured_anew(self) -> None:
        first = Results().with_run(MORNING, [Row(CALL, (0.2,)), Row(PAGE, (1,))], {})
        both = first.with_run(EVENING, [Row(CALL, (0.05,))], {})
        assert both.rows == (
            Row(PAGE, (1,), run=MORNING.began),
            Row(CALL, (0.05,), run=EVENING.began),
        )
        assert both.runs == (MORNING, EVENING)
        assert first.missed() == [CALL]
        assert both.missed() == []

    def test_a_run_of_which_no_row_is_left_is_forgotten(self) -> None:
        first = Results().with_run(MORNING, [Row(CALL, (0.2,))], {})
        assert first.with_run(EVENING, [Row(CALL, (0.1,))], {}).runs == (EVENING,)

    def test_a_smaller_size_stands_beside_what_was_asked(self) -> None:
        asked = Row("memory.large", (198.0,))
        first = Results().with_run(MORNING, [asked], {})
        small = Row("memory.large", (170.0,), size="40,000 leads")
        both = first.with_run(EVENING, [small], {})
        assert [row.size for row in both.rows] == ["", "40,000 leads"]
        again = both.with_run(EVENING, [replace(small, size="20,000 leads")], {})
        assert [row.size for row in again.rows] == ["", "20,000 leads"]
        assert [row.size for row in again.with_run(EVENING, [asked], {}).rows] == [""]

    def test_what_failed_is_named_until_it_runs(self) -> None:
        kept = Results().with_run(MORNING, [Row(CALL, (0.2,))], {})
        broken = kept.with_run(EVENING, [], {"bench_store": "exit code 1: no disk"})
        assert "| **did not run to its end:** exit code 1: no disk |" in broken.table()
        assert broken.rows == kept.rows
        assert broken.with_run(EVENING, [Row(CALL, (0.1,))], {}).failed == {}

    def test_the_table_is_aligned_and_names_each_run(self) -> None:
        told = (
            Results()
            .with_run(MORNING, [Row(PAGE, (1,))], {})
            .with_run(replace(EVENING, note="Busy."), [Row(CALL, (0.05,))], {})
            .told()
        )
        table, _, runs = told.partition("\n\nRuns:\n\n")
        assert len({len(line) for line in table.splitlines()}) == 1
        assert runs.splitlines() == [
            "1. 2026-11-22 08:00:00 UTC: 2 cores; load 0.5 at the start; commit abc; it took 8 s.",
            (
                "2. 2026-11-22 20:00:00 UTC: 4 cores; load 1.5 at the start; "
                "a bare loop took 130 to 276 ms; commit def; it took 4 s. Busy."
            ),
        ]
        assert table.splitlines()[-1].endswith("| 2   |")

    def test_what_is_written_is_read_again(self, tmp_path: Path) -> None:
        document, file = tmp_path / "RESULTS.md", tmp_path / "results.json"
        document.write_text(f"# Results\n\n{BEGIN}\nold\n{END}\n\nWhy it is slow.\n")
        some = Results().with_run(EVENING, [Row(CALL, (0.2,))], {"bench_bulk": "no disk"})
        results.write(some, file, document)
        assert results.kept(file) == some
        assert document.read_text() == (
            f"# Results\n\n{BEGIN}\n{some.told()}\n{END}\n\nWhy it is slow.\n"
        )

    def test_programs_are_told_the_limit_and_whether_it_holds(self) -> None:
        (row,) = Results().with_run(MORNING, [Row(CALL, (0.2,))], {}).for_programs()["rows"]
        assert (row["by"], row["bound"], row["unit"]) == ("bench_store", [0.1], "ms")
        assert (row["measured"], row["held"]) == ([0.2], False)

    def test_nothing_is_kept_before_the_first_run(self, tmp_path: Path) -> None:
        assert results.kept(tmp_path / "none.json") == Results()


@pytest.mark.parametrize(
    "document",
    [f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", ""],
)
def test_a_document_without_its_two_marks_is_left_alone(document: str) -> None:
    with pytest.raises(ValueError, match="once each, in this order"):
        between_marks(document, "table")


def test_a_benchmark_that_cannot_start_is_a_cause(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run("bench_that_is_not_there", [], "1 of 1")
    assert ran.rows == ()
    assert ran.cause.startswith("exit code 1:")
    assert "bench_that_is_not_there" in ran.cause
    assert "[1 of 1] bench_that_is_not_there: took " in capsys.readouterr().err


class TestCommand:
    @pytest.fixture(autouse=True)
    def _world(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[tuple[str, Sequence[str], str]] = []
        self.written: list[Results] = []
        self.answers: dict[str, Ran] = {}

        def runs(name: str, arguments: Sequence[str], place: str) -> Ran:
            self.ran.append((name, list(arguments), place))
            some = next(one.key for one in LIMITS.values() if one.by == name)
            figures = (0.0,) * max(len(LIMITS[some].bound), 1)
            return self.answers.get(name, Ran((Row(some, figures),), 1.0))

        monkeypatch.setattr(command, "run", runs)
        monkeypatch.setattr(results, "bare_loop", lambda: 130.0)
        monkeypatch.setattr(
            results,
            "kept",
            lambda: Results().with_run(MORNING, [Row("million.memory", (400,))], {}),
        )
        monkeypatch.setattr(results, "write", self.written.append)

    def test_all_but_the_long_one_run_and_the_table_is_whole(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main([]) == 0
        every = {file.stem for file in results.HERE.glob("bench_*.py")}
        assert {name for name, _arguments, _place in self.ran} == every - {"bench_million"}
        assert self.ran[0][2] == f"1 of {len(every) - 1}"
        assert "400 MB" in capsys.readouterr().out
        assert self.written == []

    def test_of_those_named_only_their_rows_are_told(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main(["bench_memory", "--", "10000", "100000"]) == 0
        assert self.ran == [("bench_memory", ["10000", "100000"], "1 of 1")]
        assert "400 MB" not in capsys.readouterr().out

    def test_what_was_measured_is_kept_after_each(self) -> None:
        assert command.main(["--write", "bench_memory", "bench_store"]) == 0
        assert [len(one.rows) for one in self.written] == [2, 3]
        assert [len(one.runs[-1].pace) for one in self.written] == [2, 3]

    def test_one_that_fails_is_exit_code_1_and_the_others_still_run(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.answers["bench_memory"] = Ran((), 1.0, "exit code 1: no disk")
        assert command.main(["bench_memory", "bench_store"]) == 1
        assert [name for name, _arguments, _place in self.ran] == ["bench_memory", "bench_store"]
        assert "exit code 1: no disk" in capsys.readouterr().out

    def test_a_bound_that_is_not_met_is_told_and_an_exit_code_only_if_asked(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.answers["bench_store"] = Ran((Row(CALL, (0.2,)),), 1.0)
        assert command.main(["bench_store"]) == 0
        assert "1 rows, 1 of them past their bound" in capsys.readouterr().out
        assert command.main(["--strict", "bench_store"]) == 3
        assert command.main(["--strict", "bench_memory"]) == 0

    def test_whoever_stops_it_is_told_what_was_kept(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def stopped(*_told: object) -> Ran:
            raise KeyboardInterrupt

        monkeypatch.setattr(command, "run", stopped)
        assert command.main(["--write", "bench_store"]) == 130
        assert "stopped; what ended before is kept" in capsys.readouterr().err

    def test_programs_get_json_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["--json", "bench_store"]) == 0
        (row,) = json.loads(capsys.readouterr().out)["rows"]
        assert row["by"] == "bench_store"

    def test_what_was_kept_is_told_without_running(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main(["--kept", "--write"]) == 0
        assert self.ran == []
        assert "400 MB" in capsys.readouterr().out
        assert len(self.written) == 1

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["bench_none"], "no benchmark is named bench_none"),
            (["--", "1000"], "name that one"),
            (["bench_store", "bench_bulk", "--", "1000"], "name that one"),
        ],
    )
    def test_what_is_asked_wrongly_is_exit_code_2(
        self, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            command.main(arguments)
        assert ended.value.code == 2
        assert words in capsys.readouterr().err
