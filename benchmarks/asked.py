"""The limits that are measured, in the order of the table: what was asked, its bound, its unit, its peer.

Limits that tests hold (counts, sizes of an install, seconds of the suite) are listed in RESULTS.md below the table.
"""

from __future__ import annotations

from benchmarks.limits import Limit

CALLS_HUBSPOT = "search/read/write calls"
CALLS_SALESFORCE = "query/read/write calls"
SCRIPT = "the usual script takes {} times as much"
BARE = "{} times bare Python"
SLOWEST_PART = "{} times as many in its calmest part"
BY_HAND = "the query by hand for the same rules"
PER_CORE = "calls a second and core"

IN_ORDER = (
    # bench_cycle
    Limit(
        "cycle.hubspot",
        "bench_cycle",
        "1,000 linked leads changed in both CRMs, HubSpot",
        CALLS_HUBSPOT,
        (5, 10, 10),
    ),
    Limit(
        "cycle.salesforce",
        "bench_cycle",
        "the same, Salesforce",
        CALLS_SALESFORCE,
        (2, 5, 5),
        peer="all calls together: the usual script makes {} times as many",
    ),
    Limit(
        "cycle.quiet",
        "bench_cycle",
        "a quiet cycle, HubSpot/Salesforce: one call per subscribed kind",
        "calls",
        (1, 3),
    ),
    Limit(
        "cycle.cpu_one",
        "bench_cycle",
        "CPU per lead changed in one CRM: engine, store, connectors",
        "ms",
        (0.5,),
    ),
    Limit(
        "cycle.cpu_both",
        "bench_cycle",
        "CPU per lead changed in both CRMs (two records written)",
        "ms",
        (0.5,),
        peer=SCRIPT,
    ),
    # bench_script
    Limit(
        "script.calls",
        "bench_script",
        "1,000 + 1,000 changes on different leads at 80 ms",
        "calls",
        (55,),
    ),
    Limit("script.hubspot", "bench_script", "of them HubSpot's", CALLS_HUBSPOT, (5, 20, 10)),
    Limit(
        "script.salesforce", "bench_script", "of them Salesforce's", CALLS_SALESFORCE, (2, 10, 5)
    ),
    Limit(
        "script.usual",
        "bench_script",
        "the same in seconds, times faster",
        "times",
        (100,),
        "at least",
        "the usual script, over TLS",
    ),
    Limit(
        "script.kept",
        "bench_script",
        "the same in seconds, times faster",
        "times",
        (50,),
        "at least",
        "the same script on two kept connections",
    ),
    Limit(
        "script.alone",
        "bench_script",
        "the same in seconds, times faster",
        "times",
        peer="our own engine with one record a call: {} times the calls",
    ),
    # bench_utilisation
    Limit(
        "utilisation.backfill",
        "bench_utilisation",
        "HubSpot's bucket used by a backfill of 15,000 leads, 80 ms, a quarter of the limits",
        "%",
        (95,),
        "at least",
        "calls that the bucket allows",
    ),
    Limit(
        "utilisation.update",
        "bench_utilisation",
        "the same by an update of 15,000 leads in both CRMs",
        "%",
        (95,),
        "at least",
        "calls that the bucket allows",
    ),
    # bench_memory
    Limit(
        "memory.small",
        "bench_memory",
        "peak memory of a first sync of 10,000 leads",
        "MB",
        (300,),
    ),
    Limit(
        "memory.large",
        "bench_memory",
        "the same, 100,000 leads: flat",
        "MB",
        (300,),
        peer="{} times that of the smaller size",
    ),
    # bench_million
    Limit(
        "million.minutes",
        "bench_million",
        "first sync and backfill of 1,000,000 leads on 2 cores, limits off",
        "minutes",
        (60,),
        peer="CPU of ours {} times the sandbox's",
    ),
    Limit("million.first", "bench_million", "CPU of plan and first sync per lead", "ms"),
    Limit("million.backfill", "bench_million", "CPU of the backfill per lead", "ms"),
    Limit(
        "million.linear",
        "bench_million",
        "cost is linear: CPU per lead of both, largest against smallest size",
        "times",
    ),
    Limit("million.memory", "bench_million", "peak memory of our processes", "MB", (500,)),
    Limit(
        "million.state",
        "bench_million",
        "state per lead with 25 mapped fields, after VACUUM",
        "bytes",
        (3_200,),
    ),
    Limit(
        "million.cycle",
        "bench_million",
        "a cycle of 100 changes among 1,000,000 linked leads, no latency",
        "s",
        (2,),
        peer="{} times the CPU of the smallest size",
    ),
    # bench_scoring, bench_quiet_day, bench_scoring_explain
    Limit("scoring.one", "bench_scoring", "CPU of 13 rules on one lead with 12 acts", "ms", (1,)),
    Limit("scoring.page", "bench_scoring", "the same, a page of 100 leads", "ms", (10,)),
    Limit("scoring.thousand", "bench_scoring", "the same, 1,000 leads", "ms", (100,)),
    Limit(
        "scoring.query",
        "bench_scoring",
        "the printed query on DuckDB, 1,000,000 leads, 12,000,000 acts",
        "times",
        (1.5,),
        peer=BY_HAND,
    ),
    Limit(
        "scoring.threshold",
        "bench_scoring",
        "what-if over those: another threshold",
        "times",
        (1.5,),
        peer=f"twice {BY_HAND}",
    ),
    Limit(
        "scoring.points",
        "bench_scoring",
        "what-if over those: another rule's points",
        "times",
        (1.5,),
        peer=f"twice {BY_HAND}",
    ),
    Limit("scoring.memory", "bench_scoring", "peak memory of those", "MB", (1_200,)),
    Limit(
        "scoring.linear",
        "bench_scoring",
        "the printed query is linear: CPU for ten times the leads",
        "times",
    ),
    Limit(
        "scoring.ahead",
        "bench_scoring",
        "DuckDB per lead, ahead of every rule engine",
        "times",
        (1,),
        "at least",
        "leads per CPU second of the fastest of them",
    ),
    *(
        Limit(
            f"scoring.{engine}",
            "bench_scoring",
            f"the embedded engine beside {name}, its feature building counted",
            "leads per CPU second",
            peer=f"{{}} times {name}",
        )
        for engine, name in (
            ("datalogic", "datalogic-py"),
            ("zen", "zen-engine"),
            ("json_logic", "json-logic-qubit"),
            ("business_rules", "business-rules"),
            ("rule_engine", "rule-engine"),
            ("common_expression", "common-expression-language"),
            ("cel", "cel-python"),
        )
    ),
    Limit(
        "quiet_day.shipped",
        "bench_quiet_day",
        "scores published on a quiet day, 1,000,000 leads, the agreement that ships",
        "% of leads",
        (2,),
    ),
    Limit(
        "quiet_day.fading",
        "bench_quiet_day",
        "the same where all points fade by half in 30 days",
        "% of leads",
        (2,),
    ),
    Limit(
        "explain.cpu",
        "bench_scoring_explain",
        "`leadpact explain` of one lead among 1,000,000, offline: CPU",
        "s",
        (0.5,),
        peer=BARE,
    ),
    # bench_cli_start, bench_store, bench_simulation
    Limit("start.help", "bench_cli_start", "CPU of `leadpact --help`", "s", (0.3,), peer=BARE),
    Limit(
        "start.check",
        "bench_cli_start",
        "CPU of `leadpact check --offline`",
        "s",
        (0.3,),
        peer=BARE,
    ),
    Limit(
        "start.check_both",
        "bench_cli_start",
        "the same with settings of both CRMs",
        "s",
        (0.3,),
        peer=BARE,
    ),
    Limit(
        "store.page",
        "bench_store",
        "200 leads read, journaled and settled in SQLite: CPU per lead",
        "ms",
        peer="{} times the store in memory",
    ),
    Limit(
        "store.call",
        "bench_store",
        "CPU of one call counted in the day's budget, corrected by its answer",
        "ms",
        (0.1,),
    ),
    Limit(
        "simulation.pace",
        "bench_simulation",
        "simulated histories a minute of one core",
        "histories",
        (1_000,),
        "at least",
    ),
    # bench_conformance
    Limit(
        "conformance.hubspot",
        "bench_conformance",
        "conformance scenarios of the HubSpot connector, as the clock goes",
        "s",
        (60,),
    ),
    Limit(
        "conformance.salesforce",
        "bench_conformance",
        "the same, Salesforce",
        "s",
        (60,),
    ),
    # bench_bulk
    Limit(
        "bulk.upload",
        "bench_bulk",
        "Bulk 2.0 upload of 100,000 rows: CPU a row",
        "µs",
        (10,),
        peer="simple-salesforce takes {} times as much to make and split the CSV",
    ),
    Limit("bulk.memory", "bench_bulk", "peak memory of that upload", "MB", (200,)),
    Limit("bulk.outcomes", "bench_bulk", "the outcomes of those rows: CPU a row", "µs"),
    Limit("bulk.query", "bench_bulk", "a bulk query of 100,000 rows: CPU a row", "µs"),
    # bench_sandbox
    *(
        Limit(
            f"sandbox.hubspot_{key}",
            "bench_sandbox",
            f"emulated HubSpot, {what} of 100",
            PER_CORE,
            (1_500,),
            "at least",
            SLOWEST_PART,
        )
        for key, what in (
            ("search", "search page"),
            ("read", "batch read"),
            ("read_12", "batch read (12 properties)"),
            ("update_1", "batch update"),
            ("update_3", "batch update (3 properties)"),
            ("create", "batch create"),
        )
    ),
    *(
        Limit(
            f"sandbox.salesforce_{key}",
            "bench_sandbox",
            f"emulated Salesforce, collection {key} of 100",
            PER_CORE,
            (1_500,),
            "at least",
            SLOWEST_PART,
        )
        for key in ("read", "update", "create")
    ),
    *(
        Limit(
            f"sandbox.salesforce_{key}_200",
            "bench_sandbox",
            f"emulated Salesforce, collection {key} of 200",
            "rows a second and core",
            peer=SLOWEST_PART,
        )
        for key in ("read", "update", "create")
    ),
    Limit("sandbox.start", "bench_sandbox", "start of the sandbox with 1,000 leads", "s", (2,)),
    Limit(
        "sandbox.memory",
        "bench_sandbox",
        "memory of the sandbox with 100,000 leads",
        "MB",
        (1_000,),
    ),
)

LIMITS = {limit.key: limit for limit in IN_ORDER}
"""By key, in the order of the table."""
