"""One walk over what the state keeps, for the reports that both teams look at (S17, S58, S67, S68, S81, S98)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadpact.audit.queue import unreviewed, went_live
from leadpact.lifecycle.conversion import Conversion, Finding, findings
from leadpact.lifecycle.first_touch import Outcome, first_touch
from leadpact.lifecycle.given_back import ReasonRow, by_reason, ended_in
from leadpact.lifecycle.lead_sources import RepDrift, SourceRow, by_source, drifts
from leadpact.lifecycle.own_bands import Bands, OwnRate
from leadpact.lifecycle.passes import Pass, every_pass
from leadpact.lifecycle.qualification import Qualified, qualify
from leadpact.lifecycle.rep_variance import RepRow, by_rep
from leadpact.pact import Pact
from leadpact.pact.health import Health
from leadpact.ports.state_store import StateReader

MOST_WAITING = 1_000_000
SIGNALS_BACK = timedelta(days=400)


@dataclass(slots=True)
class SharedNumbers:
    """Everything that the reports say of one span.

    Attributes:
        touches: first touches by outcome; ``touches_by_rep`` likewise per rep.
        leads: how many were walked over.
        bands: what the rate from MQL to SQL is held against.
        names: of reps who were handed leads, by ``<crm>:<owner id>``.
    """

    since: datetime
    until: datetime
    leads: int = 0
    conversion: Conversion = field(default_factory=Conversion)
    bands: Bands = field(default_factory=lambda: Bands(Health()))
    findings: list[Finding] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    drifts: list[RepDrift] = field(default_factory=list)
    reps: list[RepRow] = field(default_factory=list)
    reasons: list[ReasonRow] = field(default_factory=list)
    touches: Counter[Outcome] = field(default_factory=Counter)
    touches_by_rep: dict[str, Counter[Outcome]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def shared_numbers(
    reader: StateReader,
    pact: Pact,
    since: datetime,
    now: datetime,
    step: Callable[[str, int], None] = lambda _word, _count: None,
) -> SharedNumbers:
    """Walk over all leads once, page by page; only passes of the span, and of the one before it, are kept.

    Args:
        since: start of the span, which ends ``now`` (both aware, UTC).
        step: told of each page, to show progress.
    """
    told = SharedNumbers(since, now)
    earlier = since - (now - since)
    worked: list[Pass] = []
    ended: list[Pass] = []
    grades: dict[tuple[str, int], str] = {}
    checked: dict[str, Qualified] = {}
    own = OwnRate(pact, now)
    for page in every_pass(reader):
        step("leads", len({one.link_id for one in page}))
        told.leads += len({one.link_id for one in page})
        own.take(page)
        ended += [one for one in page if ended_in(one, earlier, now)]
        chosen = [one for one in page if _in_span(one, since)]
        worked += chosen
        _take_page(reader, pact, told, chosen, now)
        _look_at_checklists(reader, pact, checked, chosen, now)
    for one in ended:
        if one.episode.closed_at is not None and one.episode.closed_at >= since:
            scored = reader.decided_scores(one.link_id, one.episode.closed_at, 1)
            if scored:
                grades[one.link_id, one.episode.number] = scored[0].grade
    told.sources = by_source(worked, since)
    told.drifts = drifts(worked, since, now)
    told.reps = by_rep((one for one in worked if one.brought_by), checked)
    told.reasons = by_reason(ended, since, now, grades)
    waiting = unreviewed(reader, pact, went_live(reader), now, MOST_WAITING)
    told.conversion.waiting = len(waiting)
    told.conversion.waiting_late = sum(one.late for one in waiting)
    told.bands = own.bands()
    told.findings = findings(
        told.conversion, told.bands.health, (pact.label("mql"), pact.label("sql"))
    )
    return told


def _in_span(one: Pass, since: datetime) -> bool:
    """Whether it became an MQL, or sales took it up by itself, in the span."""
    at = one.mql_at or one.worked_at
    return at is not None and at >= since


def _take_page(
    reader: StateReader, pact: Pact, told: SharedNumbers, chosen: list[Pass], now: datetime
) -> None:
    ids = sorted({one.link_id for one in chosen})
    clocks = reader.clocks_of(ids) if ids else {}
    signals = reader.signals(ids, told.since) if ids else {}
    for some in (reader.handoffs(ids) if ids else {}).values():
        told.names.update({one.owner: one.owner_name for one in some if one.owner_name})
    for one in chosen:
        if told.conversion.take(one, pact, told.since):
            told.conversion.take_clocks(clocks.get(one.link_id, ()), {one.episode.number}, now)
        touched = first_touch(one, clocks.get(one.link_id, ()), signals.get(one.link_id, ()), pact)
        if touched is not None:
            told.touches[touched.outcome] += 1
            told.touches_by_rep.setdefault(one.rep, Counter())[touched.outcome] += 1


def _look_at_checklists(
    reader: StateReader,
    pact: Pact,
    checked: dict[str, Qualified],
    chosen: list[Pass],
    now: datetime,
) -> None:
    """How the SQLs of the span stand against the checklist that is the same for every rep."""
    rules = pact.qualification
    made = [one for one in chosen if one.latest and one.reached("sql")]
    if rules is None or not made:
        return
    signals = reader.signals([one.link_id for one in made], now - SIGNALS_BACK)
    for one in made:
        acts = signals.get(one.link_id, ())
        since = one.episode.opened_at
        checked[one.link_id] = qualify(rules, dict(one.facts), acts, pact, since, now)
