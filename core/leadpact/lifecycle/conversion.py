"""MQL to SQL as the duty of both teams: what each did for it, and whether the bar is too low or too high. Pure.

Neither side alone is accountable (S17): marketing for whom it hands over, sales for how it answers. S58's detectors
look at both, with the bands of the agreement (K1, K18, K19).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from leadpact.lifecycle.passes import Pass, reason_kind
from leadpact.model.response_clock import ResponseClock
from leadpact.pact.agreement import Pact
from leadpact.pact.health import Band, Health

Whose: TypeAlias = Literal["marketing", "sales", "both"]

BAND_WORDS: Final[Mapping[Band, str]] = {
    "too_loose": "too loose",
    "watch_low": "low, to be watched",
    "healthy": "healthy",
    "watch_high": "high, to be watched",
    "too_strict": "too strict",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that both should talk about; ``whose`` says where to look first, never whose fault it is."""

    code: str
    whose: Whose
    text: str


@dataclass(slots=True)
class Conversion:
    """What became of the MQLs of a span.

    Attributes:
        made: passes that became an MQL or PQL in the span.
        open: neither an SQL nor ended.
        settled: SQL or ended; ``sql`` of them are or were SQLs.
        accepted: that sales took, as the agreement counts it (K18); ``answered``: taken, or settled without.
        not_for_us, not_now, unworked, owed: ended before SQL, by what the reason says.
        contacts, late_contacts: first contacts that were promised, and those that came late or are overdue.
        sql_settled, sql_ended: SQLs that opened an opportunity or ended without; SQLs that were won or ended.
        waiting, waiting_late: that nobody reviewed yet.
        days_to_mql: whole days from capture to MQL, one per pass whose capture was seen.
        own_sql: SQLs of the span that never were an MQL.
    """

    made: int = 0
    open: int = 0
    settled: int = 0
    accepted: int = 0
    answered: int = 0
    sql: int = 0
    sql_settled: int = 0
    sql_ended: int = 0
    opportunity: int = 0
    won: int = 0
    not_for_us: int = 0
    not_now: int = 0
    unworked: int = 0
    owed: int = 0
    contacts: int = 0
    late_contacts: int = 0
    waiting: int = 0
    waiting_late: int = 0
    own_sql: int = 0
    days_to_mql: list[int] = field(default_factory=list)

    @property
    def recycled(self) -> int:
        """Ended before SQL, but not for good."""
        return self.not_now + self.unworked + self.owed

    @property
    def median_days_to_mql(self) -> int | None:
        """Of those whose capture was seen; None where there is none."""
        ordered = sorted(self.days_to_mql)
        return ordered[len(ordered) // 2] if ordered else None

    def take(self, one: Pass, pact: Pact, since: datetime) -> bool:
        """Count a pass; True where it is an MQL of the span."""
        made = one.mql_at
        if made is None:
            worked = one.episode.reached.get("sql")
            self.own_sql += int(
                one.brought_by == "sales" and worked is not None and worked >= since
            )
            return False
        if made < since:
            return False
        self.made += 1
        self.settled += int(one.settled)
        self.open += int(not one.settled)
        taken, sql = one.reached(pact.health.accepted_at), one.reached("sql")
        ended = one.episode.closed_at is not None
        self.accepted += int(taken)
        self.answered += int(taken or one.settled)
        self.sql += int(sql)
        self.opportunity += int(one.reached("opportunity"))
        self.won += int(one.reached("customer"))
        self.sql_settled += int(sql and (ended or one.reached("opportunity")))
        self.sql_ended += int(sql and (ended or one.reached("customer")))
        kind = reason_kind(one, pact)
        if kind:
            setattr(self, kind, getattr(self, kind) + 1)
        if one.episode.opened_at < made or "lead" in one.episode.reached:
            self.days_to_mql.append((made - one.episode.opened_at).days)
        return True

    def take_clocks(
        self, clocks: Iterable[ResponseClock], episodes: Collection[int], now: datetime
    ) -> None:
        """Count the promises of first contact of a lead's passes that were counted."""
        for one in clocks:
            if one.kind == "contact" and one.episode in episodes and one.state(now) != "stopped":
                self.contacts += 1
                self.late_contacts += int(one.state(now) == "breached")


def findings(told: Conversion, health: Health, labels: tuple[str, str]) -> list[Finding]:
    """What the numbers say, the gravest first; nothing is judged on too few.

    Args:
        labels: what the agreement calls an MQL and an SQL.
    """
    mql, sql = labels
    if told.settled < health.least_sample:
        few = f"{told.settled} {mql}s of this span are settled; under {health.least_sample} nothing is judged."
        return [Finding("too_few", "both", few)]
    found = []
    rate = percent(told.sql, told.settled)
    band = health.band(told.sql, told.settled)
    if band == "too_loose":
        found.append(
            Finding(
                "too_loose",
                "both",
                f"Too loose: {rate} of what was settled became {sql}, under {health.too_loose_below} %. The bar lets "
                "too many through, or answers come too late; both lower it. `leadpact report reasons` says which.",
            )
        )
    elif band == "too_strict":
        found.append(
            Finding(
                "too_strict",
                "both",
                f"Too strict: {rate} of what was settled became {sql}, over {health.too_strict_above} %. Others who "
                "would buy are held back. `leadpact pact what-if` shows how many a lower bar brings.",
            )
        )
    elif band != "healthy":
        found.append(
            Finding(
                band,
                "both",
                f"Watch: {rate} of what was settled became {sql}; "
                f"{health.healthy_from} to {health.healthy_to} % is healthy.",
            )
        )
    found += _marketing(told, health, mql)
    found += _sales(told, health, mql)
    return found


def _marketing(told: Conversion, health: Health, mql: str) -> list[Finding]:
    found = []
    if told.accepted * 100 < health.acceptance_floor * told.answered:
        text = (
            f"Sales took {percent(told.accepted, told.answered)} of those it answered, under "
            f"{health.acceptance_floor} %: the model is broken if that lasts."
        )
        found.append(Finding("acceptance_low", "both", text))
    if told.not_for_us * 2 > told.settled - told.sql > 0 and told.not_for_us * 5 > told.settled:
        text = (
            f"{told.not_for_us} of {told.settled - told.sql} that came to nothing were not for us: the criteria of "
            f"{mql} let them through."
        )
        found.append(Finding("criteria_let_through", "marketing", text))
    days = told.median_days_to_mql
    if (
        days is not None
        and len(told.days_to_mql) >= health.least_sample
        and days > health.late_mql_days
    ):
        text = (
            f"Half of the {mql}s took {days} days or more from capture, more than {health.late_mql_days}: they come "
            "late, and rivals are quicker. A lower bar or a fast lane shortens it."
        )
        found.append(Finding("late_mqls", "marketing", text))
    if told.recycled * 100 > health.recycled_above * told.settled:
        text = (
            f"{percent(told.recycled, told.settled)} went back to nurture, more than {health.recycled_above} % (our "
            "own line, from no source): the bar is too low, or they are worked too late."
        )
        found.append(Finding("recycled_much", "both", text))
    return found


def _sales(told: Conversion, health: Health, mql: str) -> list[Finding]:
    found = []
    if told.unworked * 10 > told.settled:
        text = f"{told.unworked} of {told.settled} were never worked: the queue, not the criteria."
        found.append(Finding("unworked", "sales", text))
    if told.late_contacts * 4 > told.contacts > 0:
        text = f"{told.late_contacts} of {told.contacts} first contacts were late or are overdue: interest cools."
        found.append(Finding("late_contacts", "sales", text))
    if told.owed:
        are = "has" if told.owed == 1 else "have"
        text = f"{told.owed} given back {are} no reason yet: nobody can learn from them (`leadpact review owed`)."
        found.append(Finding("reasons_owed", "sales", text))
    if told.own_sql > told.sql and told.own_sql >= health.least_sample:
        text = (
            f"{told.own_sql} SQLs never were an {mql}, against {told.sql} that were: sales looks elsewhere "
            "(`leadpact report sources`)."
        )
        found.append(Finding("own_leads", "both", text))
    found += _after_sql(told, health)
    return found


def _after_sql(told: Conversion, health: Health) -> list[Finding]:
    """Whether sales takes too early (S108, S109), by lines of our own (K19)."""
    found = []
    opened, least = told.opportunity, health.least_sample
    if (
        told.sql_settled >= least
        and opened * 100 < health.sql_to_opportunity_below * told.sql_settled
    ):
        text = (
            f"{percent(opened, told.sql_settled)} of the SQLs that are settled opened an opportunity, under "
            f"{health.sql_to_opportunity_below} % (our own line, from no source): they are taken too early."
        )
        found.append(Finding("sql_too_early", "sales", text))
    if told.sql_ended >= least and told.won * 100 < health.sql_to_close_below * told.sql_ended:
        text = (
            f"{percent(told.won, told.sql_ended)} of the SQLs that ended were won, under {health.sql_to_close_below} % "
            "(our own line, from no source)."
        )
        found.append(Finding("few_won", "both", text))
    return found


def percent(part: int, whole: int) -> str:
    """As people read it; "–" of nothing."""
    return f"{round(part * 100 / whole)} %" if whole else "–"


def span_start(now: datetime, days: int) -> datetime:
    """When a span of so many days began."""
    return now - timedelta(days=days)
