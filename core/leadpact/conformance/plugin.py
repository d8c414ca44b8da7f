"""A pytest plug-in that prints the table of scenarios × connectors: ``-p leadpact.conformance.plugin``."""

from __future__ import annotations

from collections import defaultdict

import pytest

from leadpact.conformance.family import SCENARIO_PROPERTY

WORDS = {"passed": "ok", "failed": "FAIL", "skipped": "-", "xfailed": "gap", "error": "FAIL"}
WORST = ("FAIL", "gap", "ok", "-", "")


class ScenarioTable:
    """Collects what came of each scenario and prints it at the end.

    A column holds the CRM with everything at its default; runs with a switch turned over are counted in one more
    column of that CRM, as passed of all.
    """

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}
        self.results: dict[tuple[str, str, str], str] = {}
        self.notes: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test has ended."""
        found = dict(report.user_properties).get(SCENARIO_PROPERTY)
        if not isinstance(found, tuple | list) or len(found) != 4:
            return
        number, title, crm, variant = (str(part) for part in found)
        if report.when == "teardown" and report.passed:
            return
        if report.when == "setup" and report.passed:
            return
        outcome = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
        word = WORDS[outcome]
        self.titles[number] = title
        key = (number, crm, variant)
        self.results[key] = min(word, self.results.get(key, ""), key=WORST.index)
        if outcome == "xfailed":
            self.notes[number].add(f"{crm}: {report.wasxfail}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table, one row per scenario, and the gaps beneath it."""
        if not self.results:
            return
        write = terminalreporter.write_line
        crms = sorted({crm for _, crm, _ in self.results})
        turned = {crm for _, crm, variant in self.results if variant}
        columns = [
            c for crm in crms for c in ((crm, f"{crm} switched") if crm in turned else (crm,))
        ]
        widths = [max(len(column), 5) for column in columns]
        terminalreporter.section("conformance: scenarios × connectors")
        head = "  ".join(c.ljust(w) for c, w in zip(columns, widths, strict=True))
        write(f"{'':4}  {head}")
        for number, title in sorted(self.titles.items()):
            cells = [self._cell(number, column) for column in columns]
            row = "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True))
            write(f"{number}  {row}  {title}")
        for number, notes in sorted(self.notes.items()):
            for note in sorted(notes):
                write(f"{number}  {note}")
        write(
            "ok = holds · gap = known to fail, whose gap it is stands below · - = not declared, or no such act there"
        )

    def _cell(self, number: str, column: str) -> str:
        crm, _, switched = column.partition(" ")
        if not switched:
            return self.results.get((number, crm, ""), "")
        words = [w for (n, c, v), w in self.results.items() if n == number and c == crm and v]
        if "FAIL" in words:
            turned = [v for (n, c, v), w in self.results.items() if n == number and w == "FAIL"]
            return f"FAIL {', '.join(turned)}"
        counted = [word for word in words if word != "-"]
        if not counted:
            return "-"
        gaps = counted.count("gap")
        return f"{counted.count('ok')}/{len(counted)}" + (f" {gaps} gap" if gaps else "")


def pytest_configure(config: pytest.Config) -> None:
    """Switch the table on where this plug-in was asked for."""
    config.pluginmanager.register(ScenarioTable(), "leadpact-conformance-table")
