"""What scoring costs: the embedded engine, what-if on DuckDB, other rule engines beside both, and what is written.

``python -m benchmarks.bench_scoring`` takes 100,000 leads; ``--whole`` adds a million with twelve million acts, and
``--only PART`` runs one of ``embedded``, ``what-if``, ``peers``, ``explain``. CPU seconds are of all
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
from leadpact.model.scorecard import ScoringInput
from leadpact.scoring import compile_scoring
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.population import PagewisePopulation

PARTS = ("embedded", "what-if", "peers", "explain")
PEERS = Path("build") / "peers"
PACKAGES = (
    *("rule-engine==5.1.0", "business-rules==1.1.1", "zen-engine==2.1.3", "datalogic-py==5.9.0"),
    *("cel-python==0.5.0", "json-logic-qubit==0.9.1", "common-expression-language==0.10.0"),
)
PEER_LEADS = 2_000


def main() -> None:
    """Run the parts that were asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--whole", action="store_true", help="also a million leads")
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
    if "what-if" in parts:
        for size in (100_000, 1_000_000) if options.whole else (10_000, 100_000):
            subprocess.run(
                [sys.executable, "-m", "benchmarks.bench_scoring", "--size", str(size)], check=True
            )
    if "peers" in parts:
        peers()
    if "explain" in parts:
        from benchmarks.bench_scoring_explain import explain

        explain(1_000_000 if options.whole else 50_000)


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
    print(
        f"embedded engine, {len(scoring.numbered)} rules, 12 acts a lead, scorecards with evidence; CPU:"
    )
    gc.freeze()
    for count, rounds, bound in ((1, 200, 1), (100, 40, 10), (1_000, 7, 100)):
        page = some[:count]
        spent = cpu(lambda page=page: engine.score(scoring, page, world.NOW), rounds) * 1_000  # type: ignore[misc]
        print(f"  {count:>5} leads: {spent:7.2f} ms (bound {bound} ms)")
    engine.close()


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
            "MQL at 40": replace(scoring, mql=4_000),
            "one rule's points": replace(
                scoring, fit=(replace(first, points=first.points + 100), *more)
            ),
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
        f"{size:,} leads, {12 * size:,} acts, from Parquet: the printed query {mine:.2f} s CPU, by hand "
        f"{theirs:.2f} s: {mine / theirs:.2f} times (bound 1.5), {size / mine:,.0f} leads per CPU second\n"
        f"  what-if, two agreements and their comparison, against twice the query by hand: "
        + "; ".join(
            f"{told} {one:.2f} s CPU, {one / (2 * theirs):.2f} times" for told, one in spent.items()
        )
        + f"; peak {peak:,.0f} MB (bound 1,200 MB)",
        flush=True,
    )


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


def peers() -> None:
    """Each peer over the same leads, with features built for it; our engines beside them in the same run."""
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
    for name, one in sorted(answer.items(), key=lambda each: each[1].get("cpu", 1e9)):
        if "error" in one:
            print(f"  {name}: not run: {one['error']}")
            continue
        rate = PEER_LEADS / (one["cpu"] + build)
        same = "same rules fired" if one["fired"] == fired else f"{one['fired']} fired, not {fired}"
        print(
            f"  {name}: {rate:,.0f} ({PEER_LEADS / one['cpu']:,.0f} rules only); embedded is "
            f"{PEER_LEADS / spent / rate:.2f} times it, {same}"
        )


def _plain(lead: ScoringInput) -> dict[str, Any]:
    acts = [
        (each.name, each.asset, (world.NOW - each.at).days, each.at.toordinal())
        for each in lead.signals
    ]
    return {"facts": dict(lead.facts), "acts": acts}


if __name__ == "__main__":
    main()
