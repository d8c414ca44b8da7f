"""The pages on stages: what each means, whose it is, who may move a lead where."""

from __future__ import annotations

from collections.abc import Iterable

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.page import Items, Section, Step, Table
from leadpact.pact.pages.words import TEAMS, listed, plain, title


def line_of(pact: Pact) -> tuple[Step, ...]:
    """The main line in order, alternatives of one rank side by side."""
    ranks: dict[int, list[str]] = {}
    for stage in pact.stages.values():
        if not stage.side and stage.synced:
            ranks.setdefault(stage.rank, []).append(stage.key)
    return tuple(
        Step(" / ".join(pact.label(key) for key in ranks[rank]), pact.stages[ranks[rank][0]].owner)
        for rank in sorted(ranks)
    )


def definitions(pact: Pact) -> Section:
    """Each stage: what both teams mean by it, and who is answerable for a lead there."""
    meanings = pact.review.meanings
    rows = []
    for key, stage in pact.stages.items():
        notes = [] if stage.synced else ["counted only, written to no CRM"]
        notes += ["off the main line"] if stage.side else []
        meaning = meanings.get(key, "")
        rest = f" ({'; '.join(notes)})" if notes else ""
        rows.append((stage.label, TEAMS[stage.owner], f"{meaning}{rest}".strip() or "—"))
    first = pact.label(pact.first_stage)
    return Section(
        "definitions",
        "Stages and what they mean",
        f"Both teams use these words for the same things. A lead of which neither CRM says more starts as {first}.",
        (Table("", ("Stage", "Answerable", "What it means"), tuple(rows)),),
        frozenset({"stages", "meanings", "first_stage"}),
    )


def moves(pact: Pact) -> Section:
    """Who may move a lead where; what is not there is refused."""
    rows = []
    for move in pact.content.get("lattice", ()):
        start = listed([pact.label(stage) for stage in move["from"]], "or")
        goal = listed([pact.label(stage) for stage in move["to"]], "or")
        speakers = listed([TEAMS.get(by, title(by)) for by in move["by"]], "or")
        needs = ["a reason"] if move.get("reason") == "required" else []
        needs += [plain(each) for each in move.get("basis", ())]
        rows.append((start, goal, speakers, ", ".join(needs) or "—"))
    teams = pact.content.get("teams", {})
    spoken = [
        f"{listed(_speaking(teams, side))} speak for {side}."
        for side in ("marketing", "sales")
        if _speaking(teams, side)
    ]
    spoken.append("Whoever is in none of these teams speaks for the CRM's own side.")
    return Section(
        "moves",
        "Who may move a lead where",
        "Several steps forward at once are fine where each of them is. Every other move is refused and set back in "
        "the CRM, with the reason on the record.",
        (
            Table("", ("From", "To", "Who may", "Needs"), tuple(rows)),
            Items("Who speaks for whom", tuple(spoken)),
        ),
        frozenset({"lattice", "teams"}),
    )


def _speaking(teams: object, side: str) -> list[str]:
    pairs: Iterable[tuple[str, str]] = teams.items() if isinstance(teams, dict) else ()
    return [label for label, spoken in pairs if spoken == side]
