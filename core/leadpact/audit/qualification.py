"""How far sales is with one lead's criteria, told out of the stored state alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from leadpact.lifecycle.qualification import Letter, Qualified, qualify
from leadpact.model.link import Link
from leadpact.model.record import Known
from leadpact.pact import Pact
from leadpact.ports.state_store import StateReader

BACK: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class QualificationTold:
    """One lead against its checklist, at one instant.

    Attributes:
        sql_label: what the agreement calls an SQL.
        opportunity_label: likewise of an opportunity.
    """

    qualified: Qualified
    sql_label: str
    opportunity_label: str

    @property
    def lines(self) -> tuple[str, ...]:
        """For people: what is confirmed and lacking, then one line per criterion."""
        one = self.qualified
        head = f"{one.summary} ({one.chosen})"
        needs = (
            f"enough for {self.sql_label}" if one.met else f"{self.sql_label} needs {one.lacking}"
        )
        told = [f"{head}; {needs}."]
        if one.for_opportunity:
            told.append(f"{self.opportunity_label} needs {', '.join(one.for_opportunity)}.")
        return (*told, *one.lines)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        one = self.qualified
        return {
            "framework": one.framework.key,
            "label": one.framework.label,
            "chosen": one.chosen,
            "confirmed": one.confirmed,
            "of": len(one.letters),
            "met": one.met,
            "minimum": one.framework.minimum,
            "lacking": one.lacking,
            "opportunity_needs": list(one.for_opportunity),
            "target_account": one.target,
            "summary": one.summary,
            "criteria": [
                _letter(each, counted=counted)
                for counted, letters in ((True, one.letters), (False, one.also))
                for each in letters
            ],
        }


def qualification_of(
    reader: StateReader, pact: Pact, link: Link, as_of: datetime
) -> QualificationTold | None:
    """How a lead stands by what both CRMs last agreed on.

    Args:
        as_of: aware, UTC; dates and conversations are judged against it.

    Returns:
        None where the agreement asks nothing.
    """
    rules = pact.qualification
    if rules is None:
        return None
    facts: dict[str, Known] = dict(link.base)
    signals = reader.signals([link.id], as_of - BACK).get(link.id, ())
    since = link.stage.episode_since if link.stage is not None else None
    qualified = qualify(rules, facts, signals, pact, since, as_of)
    return QualificationTold(qualified, pact.label("sql"), pact.label("opportunity"))


def _letter(one: Letter, *, counted: bool) -> dict[str, Any]:
    return {
        "key": one.criterion.key,
        "label": one.criterion.label,
        "question": one.criterion.question,
        "state": one.state,
        "answer": one.answer,
        "evidence": one.proof,
        "counted": counted,
    }
