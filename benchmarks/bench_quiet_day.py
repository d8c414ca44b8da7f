"""Scores published per quiet day: nobody does anything, time alone moves scores (R21).

``python -m benchmarks.bench_quiet_day [LEADS]``; 100,000 leads unless told otherwise, by the embedded engine, some
thousand at a time. The share of leads, and so the bound of 2 % at 1,000,000, does not hang on their number: each lead
is scored by itself. A lead is scored again when its own scorecard says that time changes it, as the sync does.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks import scoring_world as world
from benchmarks.reporting import report
from leadpact.model.scorecard import PublishedScore, ScoringInput
from leadpact.pact import Pact, load_pact
from leadpact.scoring import publish
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact_mappings import default_text

DAYS = 40
STEADY = 20
"""The last so many days are told: before them the population still shows how it was made."""
PAGE = 2_000
ASKED = 1_000_000
FADING = 10
"""Where all points fade every lead changes every day, so that only one lead in so many is looked at."""


def main() -> None:
    """As many leads as the command line names."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    shipped = load_pact(default_text("pact.yaml"))
    names = {"form": "demo_request", "mail": "sequence_email_opened"}
    told("quiet_day.shipped", shipped, count, names)
    told("quiet_day.fading", world.pact(), max(count // FADING, 1), {})


def told(key: str, pact: Pact, count: int, names: dict[str, str]) -> None:
    """Report the share of leads that is written on the fullest of the steady days under one agreement."""
    some = [_named(lead, names) for lead in world.quiet_leads(count)]
    acts = sum(len(lead.signals) for lead in some) / count
    began = time.process_time()
    written = [0] * DAYS
    scored = 0
    for start in range(0, count, PAGE):
        scored += _page(pact, some[start : start + PAGE], written)
    shares = [number / count for number in written]
    steady = shares[-STEADY:]
    print(
        f"{count:,} leads with {acts:.1f} acts each in 400 days, the last {STEADY} of {DAYS} days: "
        f"{scored / count / DAYS:.2f} scorings a lead and day, {time.process_time() - began:.0f} s CPU"
    )
    mean = f"the highest day; mean {statistics.mean(steady):.2%}"
    at = "" if count == ASKED else f"{count:,} leads"
    report(key, max(steady) * 100, size=at, note=mean)


def _named(lead: ScoringInput, names: dict[str, str]) -> ScoringInput:
    acts = (replace(each, name=names.get(each.name, each.name)) for each in lead.signals)
    return replace(lead, signals=tuple(acts))


def _page(pact: Pact, some: Sequence[ScoringInput], written: list[int]) -> int:
    """Add this page's writes to each day's; returns how many scorings it took."""
    engine = EmbeddedEngine()
    published: dict[str, PublishedScore | None] = {}
    due: dict[str, datetime | None] = {}

    def score(leads: Sequence[ScoringInput], now: datetime) -> int:
        news = 0
        for lead, card in zip(leads, engine.score(pact.scoring, leads, now), strict=True):
            before = published.get(lead.link_id)
            new = publish.due(before, card, pact, lead.signals)
            if new is not None:
                published[lead.link_id] = new
                news += 1
            later = publish.after_the_night(published[lead.link_id], card, pact)
            due[lead.link_id] = later.next_change_at
        return news

    score(some, world.NOW)
    scored = len(some)
    for day in range(DAYS):
        now = world.NOW + timedelta(days=day + 1)
        changed = [lead for lead in some if (at := due[lead.link_id]) is not None and at <= now]
        written[day] += score(changed, now) if changed else 0
        scored += len(changed)
    engine.close()
    return scored


if __name__ == "__main__":
    main()
