"""A pact read and looked over: compiled, with everything that is odd in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from leadpact.pact.business_calendar import HolidaySource
from leadpact.pact.findings import PactFinding, ReadPact, SectionFindings
from leadpact.pact.lattice_findings import lattice_findings
from leadpact.pact.loader import read_pact
from leadpact.pact.qualification_findings import qualification_findings
from leadpact.pact.response_findings import response_findings
from leadpact.pact.rule_findings import rule_findings
from leadpact.pact.score_rules import ScoringLists

SECTIONS: Final[tuple[SectionFindings, ...]] = (
    lattice_findings,
    response_findings,
    rule_findings,
    qualification_findings,
)
"""One function per section of the document."""


def examine_pact(
    text: str,
    file: str = "pact.yaml",
    *,
    lists: ScoringLists | None = None,
    holidays: HolidaySource | None = None,
) -> tuple[ReadPact, tuple[PactFinding, ...]]:
    """Compiles the agreement and looks for what is odd in it.

    Args:
        text: the document.
        file: its name as findings should show it.
        lists: mail domains that the app brings along.
        holidays: public holidays that the app brings along.

    Returns:
        The agreement with its document, and the findings in the order of the document.

    Raises:
        FixSettings: all faults in one message, each with file, line, column and what would be right.
    """
    read = read_pact(text, file, lists=lists, holidays=holidays)
    return read, in_order(found for section in SECTIONS for found in section(read))


def in_order(findings: Iterable[PactFinding]) -> tuple[PactFinding, ...]:
    """Findings as they stand in the document, each once."""
    return tuple(
        sorted(
            set(findings),
            key=lambda one: (one.place.line or 0, one.place.column or 0, one.message),
        )
    )
