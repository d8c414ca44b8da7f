"""The numbers that both teams share, as people and programs read them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from leadpact.lifecycle.conversion import BAND_WORDS, percent
from leadpact.lifecycle.first_touch import OUTCOMES
from leadpact.lifecycle.given_back import advice
from leadpact_app.cli.console import Console, many

if TYPE_CHECKING:
    from datetime import datetime

    from leadpact.audit.shared_numbers import SharedNumbers
    from leadpact.pact import Pact

_BY: Final = {"marketing": "marketing", "sales": "sales' own", "": "unknown"}


def day(at: datetime) -> str:
    """Such as ``3 Mar 2026``."""
    return f"{at.day} {at:%b} {at.year}"


def _span(told: SharedNumbers) -> str:
    return f"{day(told.since)} to {day(told.until)}, {many(told.leads, 'lead')} looked through"


def _rep(told: SharedNumbers, rep: str) -> str:
    return told.names.get(rep, rep) or "nobody known"


def show_conversion(console: Console, told: SharedNumbers, pact: Pact) -> None:
    """Both teams' part in one table, then what it says."""
    one, mql, sql = told.conversion, pact.label("mql"), pact.label("sql")
    console.say(f"{mql} to {sql}, the duty of both teams: {_span(told)}")
    if not one.made:
        console.say(f"Nobody became an {mql} in this span.")
        return
    console.say(
        f"{percent(one.sql, one.settled)}: {one.sql:,} of {one.settled:,} that are settled became {sql}. "
        f"{one.made:,} were made, {one.open:,} are still open."
    )
    days = one.median_days_to_mql
    taken = pact.label(pact.health.accepted_at)
    console.table(
        "",
        ("Whose part", "What", "Leads#", "Of#"),
        [
            ("marketing", f"became {mql}", one.made, ""),
            ("marketing", "came to nothing: not for us", one.not_for_us, _of(one.settled)),
            ("sales", f"taken ({taken}), of those it answered", one.accepted, _of(one.answered)),
            ("sales", "first contact late or overdue", one.late_contacts, _of(one.contacts)),
            ("sales", "never worked", one.unworked, _of(one.settled)),
            ("sales", "given back without a reason", one.owed, _of(one.settled)),
            ("sales", "waits unreviewed today, longer than agreed", one.waiting_late, _of(one.waiting)),
            ("both", "given back: not now", one.not_now, _of(one.settled)),
            ("both", f"became {sql}", one.sql, _of(one.settled)),
            ("both", f"{sql}s that opened an {pact.label('opportunity')}", one.opportunity, _of(one.sql)),
            ("both", f"{sql}s that were won", one.won, _of(one.sql)),
            ("beside", f"{sql}s that never were an {mql}: sales' own", one.own_sql, ""),
        ],
    )  # fmt: skip
    console.say(told.bands.why)
    if days is not None:
        console.say(f"Half of the {mql}s took {many(days, 'day')} or more from capture.")
    for finding in told.findings:
        whose = {"marketing": "marketing's", "sales": "sales'"}.get(finding.whose, "")
        where = f" Look first at {whose} part." if whose else ""
        console.say(f"- {finding.text}{where}")
    if not told.findings:
        console.say("Healthy: nothing in these numbers is a warning.")


def _of(whole: int) -> str:
    return f"{whole:,}" if whole else "0"


def conversion_json(told: SharedNumbers, pact: Pact) -> dict[str, Any]:
    """For programs."""
    one = told.conversion
    health = told.bands.health
    judged = one.settled >= health.least_sample
    band = health.band(one.sql, one.settled) if judged else ""
    return {
        "made": one.made,
        "open": one.open,
        "settled": one.settled,
        "sql": one.sql,
        "opportunity": one.opportunity,
        "won": one.won,
        "accepted": one.accepted,
        "answered": one.answered,
        "accepted_at": pact.health.accepted_at,
        "band": band,
        "band_words": BAND_WORDS[band] if band else "too few to judge",
        "judged_by": {
            "own_rate": told.bands.own,
            "why": told.bands.why,
            "wins": told.bands.wins,
            "sql": told.bands.sql,
            "settled": told.bands.settled,
            "too_loose_below": health.too_loose_below,
            "healthy_from": health.healthy_from,
            "healthy_to": health.healthy_to,
            "too_strict_above": health.too_strict_above,
        },
        "marketing": {
            "not_for_us": one.not_for_us,
            "median_days_to_mql": one.median_days_to_mql,
        },
        "sales": {
            "first_contacts": one.contacts,
            "first_contacts_late": one.late_contacts,
            "unworked": one.unworked,
            "reasons_owed": one.owed,
            "waiting": one.waiting,
            "waiting_late": one.waiting_late,
        },
        "both": {"not_now": one.not_now},
        "sales_own_sql": one.own_sql,
        "findings": [
            {"code": each.code, "look_first_at": each.whose, "says": each.text}
            for each in told.findings
        ],
    }


def show_sources(console: Console, told: SharedNumbers, pact: Pact) -> None:
    """By origin, then reps who turn to their own."""
    console.say(f"Leads for sales by where they come from: {_span(told)}")
    if not told.sources:
        console.say("Sales took up nobody in this span, and nobody became an MQL.")
        return
    sql = pact.label("sql")
    console.table(
        "",
        ("Brought by", "Source", "Leads#", "Taken up#", f"{sql}#", "Of settled#", "Won#"),
        [
            (
                _BY[row.brought_by],
                row.source or "not said in the CRM",
                f"{row.passes:,}",
                f"{row.worked:,}",
                f"{row.sql:,}",
                percent(row.sql, row.settled),
                f"{row.won:,}",
            )
            for row in told.sources
        ],
    )
    if told.drifts:
        console.table(
            "Reps: their own leads among all they took up, first and second half of the span",
            ("Rep", "First half#", "Own#", "Second half#", "Own#", ""),
            [
                (
                    _rep(told, row.rep),
                    row.earlier,
                    percent(row.earlier_own, row.earlier),
                    row.later,
                    percent(row.later_own, row.later),
                    "turns to their own" if row.drifts else "",
                )
                for row in told.drifts
            ],
        )
    turned = [_rep(told, row.rep) for row in told.drifts if row.drifts]
    if turned:
        console.say(
            f"{', '.join(turned)}: more and more leads of their own. Where MQLs convert badly reps look elsewhere "
            "(`leadpact report conversion`)."
        )


def sources_json(told: SharedNumbers, pact: Pact) -> dict[str, Any]:
    """For programs."""
    del pact
    return {
        "sources": [
            {
                "brought_by": row.brought_by,
                "source": row.source,
                "leads": row.passes,
                "taken_up": row.worked,
                "settled": row.settled,
                "sql": row.sql,
                "won": row.won,
            }
            for row in told.sources
        ],
        "reps": [
            {
                "rep": row.rep,
                "name": told.names.get(row.rep, ""),
                "first_half": row.earlier,
                "first_half_own": row.earlier_own,
                "second_half": row.later,
                "second_half_own": row.later_own,
                "drifts": row.drifts,
            }
            for row in told.drifts
        ],
    }


def show_reps(console: Console, told: SharedNumbers, pact: Pact) -> None:
    """Rates side by side; those that lie apart are marked."""
    sql = pact.label("sql")
    console.say(f"From lead to {sql} per rep, by the same checklist: {_span(told)}")
    if not told.reps:
        console.say("Nothing that sales had in this span is settled yet.")
        return
    settled, reached = sum(row.settled for row in told.reps), sum(row.sql for row in told.reps)
    labels = list(dict.fromkeys(name for row in told.reps for name in sorted(row.confirmed)))
    console.table(
        "",
        ("Rep", "Settled#", f"{sql}#", "Rate#", "Minimum unmet#", "Confirmed in their SQLs", ""),
        [
            (
                _rep(told, row.rep),
                row.settled,
                row.sql,
                percent(row.sql, row.settled),
                f"{row.unconfirmed} of {row.asked}" if row.asked else "",
                ", ".join(f"{name} {percent(row.confirmed[name], row.asked)}" for name in labels)
                if row.asked
                else "",
                "lies apart" if row.apart(reached, settled) else "",
            )
            for row in told.reps
        ],
    )
    apart = [_rep(told, row.rep) for row in told.reps if row.apart(reached, settled)]
    console.say(f"All together: {percent(reached, settled)} ({reached:,} of {settled:,}).")
    if apart:
        console.say(
            f"{', '.join(apart)}: further from it than chance would have it. Either the leads differ, or the checklist "
            "is not asked alike."
        )


def reps_json(told: SharedNumbers, pact: Pact) -> dict[str, Any]:
    """For programs."""
    del pact
    settled, reached = sum(row.settled for row in told.reps), sum(row.sql for row in told.reps)
    return {
        "settled": settled,
        "sql": reached,
        "reps": [
            {
                "rep": row.rep,
                "name": told.names.get(row.rep, ""),
                "settled": row.settled,
                "sql": row.sql,
                "checked": row.asked,
                "minimum_unmet": row.unconfirmed,
                "confirmed": dict(sorted(row.confirmed.items())),
                "lies_apart": row.apart(reached, settled),
            }
            for row in told.reps
        ],
    }


def show_reasons(console: Console, told: SharedNumbers, pact: Pact) -> None:
    """Reasons, what those leads had in common, and where in the agreement that belongs."""
    console.say(f"Why leads were given back or lost: {_span(told)}")
    if not told.reasons:
        console.say("Nobody was given back or lost in this span, nor in the one before it.")
        return
    total = sum(row.count for row in told.reasons)
    console.table(
        "",
        ("Reason", "Leads#", "Share#", "Before#", "At", "Grades then", "Alike in"),
        [
            (
                _reason(row.reason, pact),
                row.count,
                percent(row.count, total),
                row.before,
                _counts({pact.label(key) or "?": n for key, n in row.stages.most_common(3)}),
                _counts(dict(row.grades.most_common(3))),
                "; ".join(
                    f"{name.replace('_', ' ')} {value}: {n}" for name, value, n in row.common()
                ),
            )
            for row in told.reasons
        ],
    )
    finer = {
        _reason(row.reason, pact): {
            pact.rejection.sub_reasons.get(key, key): n for key, n in row.sub_reasons.most_common(5)
        }
        for row in told.reasons
        if row.sub_reasons
    }
    for name, counts in finer.items():
        console.say(f"{name}: {_counts(counts)}")
    console.say("What of it belongs into the agreement:")
    for row in told.reasons[:5]:
        if row.count:
            console.say(f"- {_reason(row.reason, pact)}: {advice(row.reason, pact)}.")
    console.say(
        "`leadpact pact diff` shows what a change makes of the leads; `pact reviewed reasons` notes the review."
    )


def _reason(key: str, pact: Pact) -> str:
    known = pact.reasons.get(key)
    return known.label if known is not None else key or "No reason given"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())


def reasons_json(told: SharedNumbers, pact: Pact) -> dict[str, Any]:
    """For programs."""
    return {
        "reasons": [
            {
                "reason": row.reason,
                "label": _reason(row.reason, pact),
                "leads": row.count,
                "before": row.before,
                "stages": dict(sorted(row.stages.items())),
                "sub_reasons": dict(sorted(row.sub_reasons.items())),
                "grades": dict(sorted(row.grades.items())),
                "brought_by": {key or "unknown": n for key, n in sorted(row.by.items())},
                "alike_in": [
                    {"fact": name, "value": value, "leads": n} for name, value, n in row.common()
                ],
                "belongs_to": advice(row.reason, pact),
            }
            for row in told.reasons
        ]
    }


def show_touches(console: Console, told: SharedNumbers, pact: Pact) -> None:
    """Outcomes of the first touch, of all and per rep."""
    del pact
    console.say(f"What came of the first touch: {_span(told)}")
    total = told.touches.total()
    if not total:
        console.say("Sales had nobody to touch in this span.")
        return
    console.table(
        "",
        ("First touch", "Leads#", "Share#"),
        [
            (words, told.touches[outcome], percent(told.touches[outcome], total))
            for outcome, words in OUTCOMES.items()
            if told.touches[outcome]
        ],
    )
    reps = sorted(told.touches_by_rep.items(), key=lambda one: (-one[1].total(), one[0]))
    console.table(
        "Per rep",
        ("Rep", "Leads#", *(f"{words.partition(':')[0]}#" for words in OUTCOMES.values())),
        [
            (_rep(told, rep), counts.total(), *(counts[outcome] for outcome in OUTCOMES))
            for rep, counts in reps
        ],
    )


def touches_json(told: SharedNumbers, pact: Pact) -> dict[str, Any]:
    """For programs."""
    del pact

    def plain(counts: Counter[Any]) -> dict[str, int]:
        return {outcome: counts[outcome] for outcome in OUTCOMES}

    return {
        "all": plain(told.touches),
        "reps": [
            {"rep": rep, "name": told.names.get(rep, ""), **plain(counts)}
            for rep, counts in sorted(told.touches_by_rep.items())
        ],
    }
