"""What scoring costs: the embedded engine, what-if on DuckDB, other rule engines beside both, and what is written.

``python -m benchmarks.bench_scoring`` takes a million leads with twelve million acts, ``--quick`` a tenth of them, and
``--only PART`` runs one of ``embedded``, ``what-if``, ``peers``. CPU seconds are of all
threads. The peers run in an environment of their own, ``build/peers``; ``--make-peers`` makes it from the
package index.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import scoring_world as world
from benchmarks.reporting import report
from leadpact.model.scorecard import ScoringInput
from leadpact.scoring import compile_scoring
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.population import PagewisePopulation

PARTS = ("embedded", "what-if", "peers")
ASKED = 1_000_000
PEERS = Path("build") / "peers"
PACKAGES = (
    *("rule-engine==5.1.0", "business-rules==1.1.1", "zen-engine==2.1.3", "datalogic-py==5.9.0"),
    *("cel-python==0.5.0", "json-logic-qubit==0.9.1", "common-expression-language==0.10.0"),
)
PEER_LEADS = 2_000
KEYS = {
    "datalogic-py": "datalogic",
    "zen-engine": "zen",
    "json-logic-qubit": "json_logic",
    "business-rules": "business_rules",
    "rule-engine": "rule_engine",
    "common-expression-language": "common_expression",
    "cel-python": "cel",
}
"""Rows of the peers, by how scoring_peers.py names them."""


def main() -> None:
    """Run the parts that were asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="100,000 leads, not a million")
    asked.add_argument("--only", choices=PARTS, action="append")
    asked.add_argument("--make-peers", action="store_true")
    asked.add_argument("--size", type=int, help="(of a child) what-if over so many leads")
    options = asked.parse_args()
    if options.size:
        _what_if(options.size)
        return
    if options.make_peers:
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        for package in PACKAGES:
            subprocess.run([*pip, package], check=False)
    parts = options.only or PARTS
    if "embedded" in parts:
        embedded()
    rate = 0.0
    if "what-if" in parts:
        rate = what_if(ASKED // 10 if options.quick else ASKED)
    if "peers" in parts:
        peers(rate)


def cpu(work: Callable[[], Any], rounds: int) -> float:
    """Median CPU seconds of this process."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return statistics.median(spent)


def embedded() -> None:
    """Load, evidence and points of pages of leads by the engine that writes scores."""
    scoring = world.pact().scoring
    some = world.leads(1_000)
    engine = EmbeddedEngine()
    engine.score(scoring, some, world.NOW)
    print(f"embedded engine, {len(scoring.numbered)} rules, scorecards with evidence")
    gc.freeze()
    for key, count, rounds in (
        ("scoring.one", 1, 200),
        ("scoring.page", 100, 40),
        ("scoring.thousand", 1_000, 7),
    ):
        page = some[:count]
        spent = cpu(lambda page=page: engine.score(scoring, page, world.NOW), rounds)  # type: ignore[misc]
        report(key, spent * 1_000)
    engine.close()


def what_if(size: int) -> float:
    """Over so many leads and over a tenth of them, each in a process of its own; leads per CPU second of the query."""
    found = []
    for leads in (size // 10, size):
        command = [sys.executable, "-m", "benchmarks.bench_scoring", "--size", str(leads)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        *words, last = done.stdout.splitlines()
        print("\n".join(words), flush=True)
        found.append(json.loads(last))
    small, large = found
    at = "" if size == ASKED else f"{size:,} leads"
    hand = large["hand"]
    note = f"{large['query']:.2f} s against {hand:.2f} s CPU"
    report("scoring.query", large["query"] / hand, size=at, note=note)
    for key in ("threshold", "points"):
        note = f"{large[key]:.2f} s CPU"
        report(f"scoring.{key}", large[key] / (2 * hand), size=at, note=note)
    report("scoring.memory", large["peak_mb"], size=at)
    report("scoring.linear", large["query"] / small["query"], size=at)
    return size / float(large["query"])


def _what_if(size: int) -> None:
    """One size in a process of its own, so that its peak of memory is its own."""
    import duckdb

    from leadpact.scoring.warehouse import statement_of
    from leadpact_app.engines.duckdb import DuckPopulation

    scoring = world.pact().scoring
    query = compile_scoring(scoring)
    with tempfile.TemporaryDirectory() as folder:
        _make_files(size, folder)
        first, *more = scoring.fit
        others = {
            "threshold": replace(scoring, mql=4_000),
            "points": replace(scoring, fit=(replace(first, points=first.points + 100), *more)),
        }
        engine = DuckPopulation()
        spent: dict[str, float] = {}
        for told, other in others.items():
            began = time.process_time()
            found = engine.compare_files(scoring, other, Path(folder))
            spent[told] = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ours: list[float] = []
        hand: list[float] = []
        with duckdb.connect(":memory:", config={"memory_limit": "4GB"}) as connection:
            connection.execute("SET enable_progress_bar = false")
            for table in ("lead", "signal"):
                connection.execute(f"CREATE VIEW {table} AS FROM '{folder}/{table}.parquet'")
            connection.execute("CREATE TABLE decay (rule INTEGER, age INTEGER, points INTEGER)")
            connection.executemany("INSERT INTO decay VALUES (?, ?, ?)", list(query.decay_rows()))
            text = statement_of(query, "duckdb", "points").partition("ORDER BY\n  l.lead")[0]
            for _ in range(3):
                for name, statement, costs in (("ours", text, ours), ("hand", world.BY_HAND, hand)):
                    began = time.process_time()
                    connection.execute(f"CREATE OR REPLACE TABLE {name} AS {statement}")
                    costs.append(time.process_time() - began)
            (differ,) = connection.execute(
                "SELECT count(*) FROM (FROM ours EXCEPT FROM hand)"
            ).fetchone() or (0,)
    if differ or found.leads != size:
        raise RuntimeError(f"{differ} leads differ from the query by hand")
    mine, theirs = statistics.median(ours), statistics.median(hand)
    print(
        f"{size:,} leads, {12 * size:,} acts, from Parquet: the printed query {mine:.2f} s CPU, "
        f"{size / mine:,.0f} leads per CPU second, by hand {theirs:.2f} s; peak {peak:,.0f} MB"
    )
    print(json.dumps({**spent, "query": mine, "hand": theirs, "peak_mb": peak}))


def _make_files(size: int, folder: str) -> None:
    """Parquet made by another process, so that its memory is not counted."""
    made = "; ".join(
        (
            world.LEAD_TABLE.format(leads=size),
            world.SIGNAL_TABLE.format(leads=size, signals=12 * size),
            f"COPY lead TO '{folder}/lead.parquet'",
            f"COPY signal TO '{folder}/signal.parquet'",
        )
    )
    made = f"SET enable_progress_bar = false; {made}"
    child = f"import duckdb; c = duckdb.connect(); c.execute({made!r}); c.close()"
    subprocess.run([sys.executable, "-c", child], check=True)


def peers(warehouse: float) -> None:
    """Each peer over the same leads, with features built for it; our engines beside them in the same run.

    Args:
        warehouse: leads per CPU second of the printed query, if it was measured.
    """
    python = PEERS / "bin" / "python"
    scoring = world.pact().scoring
    some = world.leads(PEER_LEADS)
    engine = EmbeddedEngine()
    engine.score(scoring, some[:10], world.NOW)
    gc.freeze()
    spent = cpu(lambda: engine.score(scoring, some, world.NOW), 3)
    cards = engine.score(scoring, some, world.NOW)
    fired = sum(len({item.rule for item in card.evidence}) for card in cards)
    print(
        f"{PEER_LEADS:,} leads, leads per CPU second, everything from facts and acts to what fired:"
    )
    print(f"  embedded engine, with decay, caps, evidence: {PEER_LEADS / spent:,.0f}")
    from leadpact_app.engines.duckdb import DuckPopulation

    many = world.leads(20_000)
    duck = cpu(lambda: DuckPopulation().compare(scoring, scoring, [many], world.NOW), 1)
    print(
        f"  DuckDB from Python's objects, two agreements compared (20,000 leads): {20_000 / duck:,.0f}"
    )
    page = cpu(
        lambda: PagewisePopulation(EmbeddedEngine(), EmbeddedEngine()).compare(
            scoring, scoring, [some], world.NOW
        ),
        1,
    )
    print(f"  the same comparison without DuckDB: {PEER_LEADS / page:,.0f}")
    engine.close()
    if not python.is_file():
        print("  the peers are not installed here: --make-peers makes build/peers")
        return
    told = json.dumps([_plain(lead) for lead in some])
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("scoring_peers.py"))],
        input=told,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr[-2000:])
        return
    answer = json.loads(done.stdout)
    build = answer.pop("features")
    print(
        f"  (building the features that each peer needs: {build * 1e6 / PEER_LEADS:.0f} µs a lead, counted below)"
    )
    rates = {}
    for name, one in sorted(answer.items(), key=lambda each: each[1].get("cpu", 1e9)):
        if "error" in one:
            print(f"  {name}: not run: {one['error']}")
            continue
        rate = PEER_LEADS / (one["cpu"] + build)
        same = "same rules fired" if one["fired"] == fired else f"{one['fired']} fired, not {fired}"
        print(f"  {name}: {rate:,.0f} ({PEER_LEADS / one['cpu']:,.0f} rules only), {same}")
        rates[name] = rate
        report(
            f"scoring.{KEYS[name.split()[0]]}", PEER_LEADS / spent, ratio=PEER_LEADS / spent / rate
        )
    if warehouse and len(rates) == len(KEYS):
        fastest = max(rates, key=rates.__getitem__)
        note = f"{warehouse:,.0f} against {rates[fastest]:,.0f} of {fastest}"
        report("scoring.ahead", warehouse / rates[fastest], note=note)


def _plain(lead: ScoringInput) -> dict[str, Any]:
    acts = [
        (each.name, each.asset, (world.NOW - each.at).days, each.at.toordinal())
        for each in lead.signals
    ]
    return {"facts": dict(lead.facts), "acts": acts}


if __name__ == "__main__":
    main()
