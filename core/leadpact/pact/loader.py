"""pact.yaml text to a compiled Pact, or every fault in it with its place."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from leadpact.pact.agreement import Pact, Stage, Thresholds
from leadpact.pact.business_calendar import HolidaySource
from leadpact.pact.calibration import compile_calibration
from leadpact.pact.checked import check_document, did_you_mean
from leadpact.pact.content import content_of, hash_of, review_of
from leadpact.pact.document import MovePart, PactDocument
from leadpact.pact.findings import ReadPact
from leadpact.pact.handoff import check_handoff, compile_handoff
from leadpact.pact.health import compile_health
from leadpact.pact.lattice import Lattice, Move
from leadpact.pact.qualification_compiler import compile_qualification
from leadpact.pact.rejection_compiler import ageing_moves, compile_rejection
from leadpact.pact.response_compiler import compile_response
from leadpact.pact.rule_compiler import compile_rules, condition_compiler
from leadpact.pact.score_rules import ScoringLists
from leadpact.pact.suspects import compile_suspects
from leadpact.pact.yaml_text import Marks, Path, Problem, raise_problems, read_document

REQUIRED_STAGES = ("lead", "mql", "sql", "opportunity", "customer", "recycled", "disqualified")
"""Stages that decisions name themselves (R14, R16); SAL, PQL and the others may be left out."""


def load_pact(
    text: str,
    file: str = "pact.yaml",
    *,
    lists: ScoringLists | None = None,
    holidays: HolidaySource | None = None,
) -> Pact:
    """Compiles the agreement; for the arguments and errors see :func:`read_pact`."""
    return read_pact(text, file, lists=lists, holidays=holidays).pact


def read_pact(
    text: str,
    file: str = "pact.yaml",
    *,
    lists: ScoringLists | None = None,
    holidays: HolidaySource | None = None,
) -> ReadPact:
    """Compiles the agreement and keeps the document that it was made of.

    Args:
        text: the document.
        file: its name as errors should show it.
        lists: mail domains that the app brings along; the pact adds its own.
        holidays: public holidays that the app brings along, for calendars that name a country.

    Raises:
        FixSettings: all faults in one message, each with file, line, column and what would be right.
    """
    tree, marks = read_document(text, file)
    document = check_document(PactDocument, tree, marks)
    found: list[Problem] = []
    _check_stages(document, marks, found)
    _check_lattice(document, marks, found)
    named = {key: frozenset(map(_domain, words)) for key, words in document.lists.items()}
    digest = hash_of(document)
    scoring = compile_rules(document, digest, lists or ScoringLists(), marks, found)
    reasons, rejection = compile_rejection(document, marks, found)
    response = compile_response(document.sla, holidays, marks, found)
    stages = {
        key: Stage(key, part.label, part.rank, part.owner, part.side, part.synced)
        for key, part in document.stages.items()
    }
    lattice = Lattice(
        tuple(
            move
            for part in document.lattice
            for move in _moves(part)
            if move.start in stages and move.goal in stages
        )
        + tuple(ageing_moves(document)),
        MappingProxyType({key: stage.rank for key, stage in stages.items()}),
        frozenset(key for key, stage in stages.items() if stage.side),
    )
    condition = condition_compiler(document, marks, found)
    qualification = compile_qualification(document, lattice, condition, marks, found)
    suspects = compile_suspects(document, marks, found)
    check_handoff(document, scoring.facts, marks, found)
    raise_problems(found)
    pact = Pact(
        hash=digest,
        version=document.version,
        stages=MappingProxyType(stages),
        first_stage=document.first_stage,
        lattice=lattice,
        reasons=MappingProxyType(reasons),
        thresholds=Thresholds(
            document.thresholds.mql,
            document.thresholds.fit_floor,
            document.thresholds.engagement_floor,
            document.thresholds.sql,
            document.thresholds.floors,
        ),
        publish_step=document.publish_step,
        response=response,
        rejection=rejection,
        teams=MappingProxyType(
            {label.casefold().strip(): side for label, side in document.teams.items()}
        ),
        lists=MappingProxyType(named),
        scoring=scoring,
        qualification=qualification,
        suspects=suspects,
        handoff=compile_handoff(document.handoff),
        review=review_of(document),
        health=compile_health(document.health, document.stages),
        calibration=compile_calibration(document.calibration),
        content=MappingProxyType(content_of(document)),
        text=text,
    )
    return ReadPact(pact, document, marks)


def _domain(text: str) -> str:
    return text.casefold().strip().removeprefix("@").rstrip(".")


def _moves(part: MovePart) -> Iterable[Move]:
    for start in part.from_:
        for goal in part.to:
            yield Move(
                start,
                goal,
                frozenset(part.by),
                part.reason == "required",
                frozenset(part.basis),
            )


def _check_stages(document: PactDocument, marks: Marks, found: list[Problem]) -> None:
    stages = document.stages
    for key in REQUIRED_STAGES:
        if key not in stages:
            message = f'the stage "{key}" is missing; decisions rest on it'
            found.append(Problem(marks.place(("stages",), key=True), message))
    if "visitor" in stages and stages["visitor"].synced:
        message = (
            "visitors are anonymous: they are counted in metrics and never synced (K10); "
            "write `synced: false`"
        )
        found.append(Problem(marks.place(("stages", "visitor", "synced"), key=True), message))
    if document.first_stage not in stages:
        hint = did_you_mean(document.first_stage, stages)
        message = f'first_stage "{document.first_stage}" is no stage; {hint}'
        found.append(Problem(marks.place(("first_stage",)), message))
    elif stages[document.first_stage].side or not stages[document.first_stage].synced:
        message = "first_stage must be a synced stage of the main line"
        found.append(Problem(marks.place(("first_stage",)), message))
    for stage in document.meanings:
        if stage not in stages:
            message = f'"{stage}" is no stage; {did_you_mean(stage, stages)}'
            found.append(Problem(marks.place(("meanings", stage), key=True), message))
    for label in document.teams:
        same = [other for other in document.teams if other.casefold() == label.casefold()]
        if len({document.teams[other] for other in same}) > 1:
            message = f'the team "{label}" speaks for two sides; capitals do not tell them apart'
            found.append(Problem(marks.place(("teams", label), key=True), message))


def _check_lattice(document: PactDocument, marks: Marks, found: list[Problem]) -> None:
    first = document.stages.get(document.first_stage)
    for index, move in enumerate(document.lattice):
        path: Path = ("lattice", index)
        for side, stages in (("from", move.from_), ("to", move.to)):
            for stage in stages:
                if stage not in document.stages:
                    hint = did_you_mean(stage, document.stages)
                    message = f'"{stage}" is no stage; {hint}'
                    found.append(Problem(marks.place((*path, side)), message))
        for stage in set(move.from_) & set(move.to):
            message = f'a move from "{stage}" to itself says nothing'
            found.append(Problem(marks.place(path), message))
        if "automation" not in move.by or first is None:
            continue
        for stage in move.to:
            goal = document.stages.get(stage)
            if goal and goal.rank > first.rank and not move.basis:
                message = (
                    f'automation may not make "{stage}" by itself: it counts only with an actual '
                    "opportunity; leave it out of `by` (facts are judged as sales acts)"
                )
                found.append(Problem(marks.place((*path, "by")), message))
