"""What another agreement would change, in the file and for the leads that are there; for `pact diff` and `activate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import Console, many

if TYPE_CHECKING:
    from leadpact.audit.another_pact import Change
    from leadpact.model.scorecard import ScoringInput
    from leadpact.pact import Pact
    from leadpact.pact.differences import Difference
    from leadpact.ports.state_store import StateReader

_VERDICTS = {
    "qualified": "qualified",
    "not_yet": "not yet",
    "needs_data": "needs data",
    "excluded": "left out",
    "disqualified": "disqualified",
}


def judge_all(
    console: Console,
    store: StateReader,
    before: Pact,
    after: Pact,
    now: datetime,
    engine: str = "auto",
    examples: int = 0,
) -> Change:
    """Score and judge every lead of the state under both agreements, by the engine that suits their number.

    Facts are the values agreed last and signals those that are stored: what the next sync would read anew is not.
    """
    from leadpact.audit.another_pact import change_of
    from leadpact_app.engines.choosing import population_engine
    from leadpact_app.engines.stored import stored_population

    def counted() -> Iterator[Sequence[ScoringInput]]:
        for page in stored_population(store, now):
            step("leads", len(page))
            yield page

    with console.progress("Judging every lead under both agreements") as step:
        return change_of(
            store,
            population_engine(engine, store.count("links", now)),
            before,
            after,
            counted(),
            now,
            examples=examples,
        )


def show_differences(console: Console, found: tuple[Difference, ...]) -> None:
    """The differences in words, section by section."""
    if not found:
        console.say("Both say the same.")
        return
    section = ""
    for one in found:
        if one.title != section:
            section = one.title
            console.say(section)
        console.say(f"  {one.sentence}")


def show_change(
    console: Console, change: Change, after: Pact, owners: Mapping[str, str], moving: str
) -> None:
    """What it means for the leads.

    Args:
        owners: names of owners, by ``<crm>:<owner id>``.
        moving: what the list of stage moves is about, such as "Would move if judged anew".
    """
    mql = after.label("mql")
    console.say(
        f"{many(change.leads, 'lead')}: {change.totals_moved:,} get another total, "
        f"{sum(change.grades.values()):,} another grade."
    )
    console.say(
        f"{change.gained:,} qualify for {mql} newly; {change.lost:,} would not qualify any more"
        + (
            f", {change.lost_but_stay:,} of them are at {mql} or beyond and stay there."
            if change.lost_but_stay
            else "."
        )
    )
    turned = sorted(pair for pair in change.verdicts.items() if pair[0][0] != pair[0][1])
    if turned:
        console.table(
            "Verdicts",
            ("From", "To", "Leads#"),
            [(_VERDICTS[was], _VERDICTS[will], count) for (was, will), count in turned],
        )
    graded = sorted(change.grades.items(), key=lambda each: (-each[1], each[0]))
    if graded:
        rows = [(was, will, count) for (was, will), count in graded[:12] if count]
        console.table("Grades", ("From", "To", "Leads#"), rows)
    show_moves(console, change, after, owners, moving)


def show_moves(
    console: Console, change: Change, after: Pact, owners: Mapping[str, str], moving: str
) -> None:
    """Which stages would move, and whose leads they are; arguments as for :func:`show_change`."""
    if change.moves:
        console.table(
            moving,
            ("From", "To", "Leads#"),
            [
                (after.label(start), after.label(goal), count)
                for (start, goal), count in change.moves.most_common()
            ],
        )
        console.table(
            "For whom",
            ("Owner", "Leads#"),
            [
                (owners.get(owner, owner) if owner else "no owner known", count)
                for owner, count in change.per_owner.most_common(20)
            ],
        )


def change_json(change: Change) -> dict[str, Any]:
    """For programs."""
    return {
        "leads": change.leads,
        "totals_moved": change.totals_moved,
        "gained": change.gained,
        "lost": change.lost,
        "lost_but_stay": change.lost_but_stay,
        "verdicts": [
            {"before": was, "after": will, "leads": count}
            for (was, will), count in sorted(change.verdicts.items())
        ],
        "grades": [
            {"before": was, "after": will, "leads": count}
            for (was, will), count in sorted(change.grades.items())
            if count
        ],
        "moves_if_reassessed": [
            {"from": start, "to": goal, "leads": count}
            for (start, goal), count in sorted(change.moves.items())
        ],
        "moves_per_owner": [
            {"owner": owner, "leads": count} for owner, count in sorted(change.per_owner.items())
        ],
        "examples": {kind: list(ids) for kind, ids in change.examples.items()},
    }


def differences_json(found: tuple[Difference, ...]) -> list[dict[str, str]]:
    """For programs."""
    return [{"section": one.section, "path": one.path, "says": one.sentence} for one in found]
