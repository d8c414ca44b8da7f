"""A population for the benchmarks of scoring: the same leads for our engines, DuckDB and the peers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from leadpact.model.scorecard import ScoringInput, Signal
from leadpact.pact import Pact, load_pact

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = (
    *("pricing_page", "demo_page", "gated_download", "webinar", "form", "mail", "mail", "mail"),
    *("unsubscribed", "site_visit", "site_visit", "site_visit"),
)
TITLES = ("VP Sales", "Engineer", "Student", "Marketing Manager", "Designer", None)
INDUSTRIES = ("Software", "Finance", "Retail", None)
COUNTRIES = ("DE", "FR", "US", None)
EMPLOYEES = (5, 49, 50, 120, 500, 800, None)
HERE = Path(__file__).parent


@cache
def pact() -> Pact:
    """The agreement of thirteen rules."""
    file = HERE / "scoring_pact.yaml"
    return load_pact(file.read_text(encoding="utf-8"), file.name)


def leads(count: int, *, signals: int = 12, days: int = 150, seed: int = 7) -> list[ScoringInput]:
    """So many leads with so many acts each, spread evenly over so many days."""
    return list(_leads(range(count), random.Random(seed), signals, days))


def quiet_leads(count: int, *, seed: int = 7) -> list[ScoringInput]:
    """Leads as a grown database has them: twelve acts each on the average, of 400 days, a few with most of them."""
    chance = random.Random(seed)
    rows: list[ScoringInput] = []
    for number in range(count):
        some = min(200, int(chance.paretovariate(1.2) * 2.4))
        rows += _leads([number], chance, some, 400)
    return rows


def _leads(
    numbers: Sequence[int], chance: random.Random, signals: int, days: int
) -> Iterator[ScoringInput]:
    for number in numbers:
        host = "rival.example" if number % 97 == 0 else f"firm{number % 5000}.example"
        facts = {
            "email": f"person{number}@{host}",
            "title": chance.choice(TITLES),
            "industry": chance.choice(INDUSTRIES),
            "country": chance.choice(COUNTRIES),
            "employees": chance.choice(EMPLOYEES),
        }
        acts = sorted(chance.randrange(days * 24 * 60) for _ in range(signals))
        yield ScoringInput(
            f"lead-{number}",
            facts,
            tuple(
                Signal(
                    f"{number:07x}-{place:03x}",
                    f"lead-{number}",
                    chance.choice(NAMES),
                    NOW - timedelta(minutes=minutes),
                    chance.choice(("", "welcome", "nurture")),
                )
                for place, minutes in enumerate(acts)
            ),
        )


# The tables of the printed query, made by DuckDB itself from hashes of row numbers.
LEAD_TABLE = """
CREATE TABLE lead AS SELECT
    i::INTEGER AS lead,
    ['de', 'fr', 'us', NULL][(1 + hash(i, 1) % 4)::BIGINT] AS fact_country,
    CASE WHEN i % 97 = 0 THEN ' rival.example example '
         ELSE ' firm' || (i % 5000) || '.example example ' END AS domains_email_domain,
    [5, 49, 50, 120, 500, 800, NULL][(1 + hash(i, 2) % 7)::BIGINT] AS fact_employees,
    ['software', 'finance', 'retail', NULL][(1 + hash(i, 3) % 4)::BIGINT] AS fact_industry,
    [' vp sales ', ' engineer ', ' student ', ' marketing manager ', ' designer ', NULL]
        [(1 + hash(i, 4) % 6)::BIGINT] AS words_title
FROM range({leads}) t(i)
"""
SIGNAL_TABLE = """
CREATE TABLE signal AS SELECT
    (hash(i, 5) % {leads})::INTEGER AS lead,
    printf('%011x', i) AS signal,
    ['pricing_page', 'demo_page', 'gated_download', 'webinar', 'form', 'mail', 'mail', 'mail',
     'unsubscribed', 'site_visit', 'site_visit', 'site_visit'][(1 + hash(i, 6) % 12)::BIGINT] AS name,
    ['', 'welcome', 'nurture'][(1 + hash(i, 7) % 3)::BIGINT] AS asset,
    (739000 - (hash(i, 8) % 150)::INTEGER)::INTEGER AS day,
    (hash(i, 8) % 150)::INTEGER AS age
FROM range({signals}) t(i)
"""
BY_HAND = """
WITH mails AS (
    SELECT lead, age, day - lag(day, 2) OVER (PARTITION BY lead, asset ORDER BY day, signal) AS span
    FROM signal WHERE name = 'mail'
), earned AS (
    SELECT s.lead, d.rule, d.points FROM signal s
    JOIN (VALUES ('pricing_page', 5), ('demo_page', 6), ('gated_download', 7), ('webinar', 8), ('form', 9),
                 ('unsubscribed', 11)) n(name, rule) ON n.name = s.name
    JOIN decay d ON d.rule = n.rule AND d.age = s.age
    UNION ALL
    SELECT m.lead, d.rule, d.points FROM mails m JOIN decay d ON d.rule = 10 AND d.age = m.age WHERE span <= 14
), sums AS (
    SELECT lead,
        least(coalesce(sum(points) FILTER (rule = 5), 0), 3000) AS pricing,
        least(coalesce(sum(points) FILTER (rule = 6), 0), 2400) AS demo,
        least(coalesce(sum(points) FILTER (rule = 7), 0), 1500) AS download,
        least(coalesce(sum(points) FILTER (rule = 8), 0), 2000) AS webinar,
        least(coalesce(sum(points) FILTER (rule = 9), 0), 2500) AS form,
        least(coalesce(sum(points) FILTER (rule = 10), 0), 1000) AS mails,
        -least(coalesce(sum(points) FILTER (rule = 11), 0), 1500) AS "left"
    FROM earned GROUP BY lead
)
SELECT l.lead,
    CASE WHEN fact_employees BETWEEN 50 AND 500 THEN 1500 ELSE 0 END AS size,
    CASE WHEN contains(words_title, ' vp ') OR contains(words_title, ' manager ')
              OR contains(words_title, ' director ') THEN 2000 ELSE 0 END AS senior,
    CASE WHEN fact_industry IN ('software', 'finance') THEN 1000 ELSE 0 END AS industry,
    CASE WHEN contains(words_title, ' student ') THEN -3000 ELSE 0 END AS student,
    CASE WHEN fact_country = 'de' THEN 500 ELSE 0 END AS at_home,
    coalesce(pricing, 0) AS pricing, coalesce(demo, 0) AS demo, coalesce(download, 0) AS download,
    coalesce(webinar, 0) AS webinar, coalesce(form, 0) AS form, coalesce(mails, 0) AS mails,
    coalesce("left", 0) AS "left",
    CASE WHEN contains(domains_email_domain, ' rival.example ')
              OR contains(domains_email_domain, ' contender.example ') THEN 1 ELSE 0 END AS competitor
FROM lead l LEFT JOIN sums USING (lead)
"""
"""The same thirteen rules as somebody at home in DuckDB would write them, over the same table of points by age."""
