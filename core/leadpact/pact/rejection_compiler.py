"""The pact's rejection sections: checked against the rest of the document, and compiled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from types import MappingProxyType

from leadpact.pact.act_compiler import signal_names
from leadpact.pact.checked import did_you_mean
from leadpact.pact.document import PactDocument
from leadpact.pact.document.rejection import ReasonPart
from leadpact.pact.lattice import Move
from leadpact.pact.rejection import STAGE_OF, Ageing, Reason, Reentry, Rejection
from leadpact.pact.yaml_text import Marks, Path, Problem

_BACK_TO = ("lead", "mql")


def compile_rejection(
    document: PactDocument, marks: Marks, found: list[Problem]
) -> tuple[dict[str, Reason], Rejection]:
    """Reasons by key, and ageing with what is owed; what is wrong goes to ``found`` with its place."""
    _check_ways(document, marks, found)
    for key in document.reasons:
        _check_reason(document, key, marks, found)
    _check_way_back(document, marks, found)
    _check_sub_reasons(document, marks, found)
    ageing = _ageing(document, marks, found)
    treated_as = document.owed.treated_as or ""
    if treated_as:
        _check_recycles(document, treated_as, ("owed", "treated_as"), marks, found)
    named = {
        key: label for part in document.reasons.values() for key, label in part.sub_reasons.items()
    }
    reasons = {key: _reason(document, key, part) for key, part in document.reasons.items()}
    return reasons, Rejection(
        ageing, document.owed.manager_after, treated_as, MappingProxyType(named)
    )


def ageing_moves(document: PactDocument) -> Iterator[Move]:
    """The section `ageing` is itself the leave to recycle who was not worked: no row of the lattice is needed."""
    if document.ageing.after_days is None or document.ageing.reason not in document.reasons:
        return
    for stage in document.ageing.stages:
        if stage in document.stages:
            yield Move(stage, "recycled", frozenset({"agreement"}), True, frozenset({"ageing"}))


def _reason(document: PactDocument, key: str, part: ReasonPart) -> Reason:
    return Reason(
        key,
        part.label,
        part.disposition,
        MappingProxyType(dict(part.sub_reasons)),
        timedelta(days=part.cooling_off_days or 0),
        tuple(
            Reentry(name, frozenset(way.signals), way.need == "all", way.after == "cooling_off")
            for name in part.re_entry
            if (way := document.re_entry.get(name)) is not None
        ),
        frozenset(part.applies_to or ()),
    )


def _ageing(document: PactDocument, marks: Marks, found: list[Problem]) -> Ageing:
    part = document.ageing
    written = ("ageing",) in marks.values
    for stage in part.stages if ("ageing", "stages") in marks.values else ():
        known = document.stages.get(stage)
        if known is None or known.side or not known.synced:
            main = [key for key, one in document.stages.items() if not one.side and one.synced]
            message = f'"{stage}" is no stage where leads can wait; {did_you_mean(stage, main)}'
            found.append(Problem(marks.place(("ageing", "stages")), message))
    after = part.after_days
    if part.reason not in document.reasons and not written:
        after = None
    elif after is not None:
        _check_recycles(document, part.reason, ("ageing", "reason"), marks, found)
    if after is not None and part.queue_alarm is not None and part.queue_alarm >= after:
        message = f"queue_alarm {part.queue_alarm} never sounds: after_days {after} recycles the lead first"
        found.append(Problem(marks.place(("ageing", "queue_alarm")), message))
    return Ageing(
        frozenset(part.stages) & document.stages.keys(),
        None if after is None else timedelta(days=after),
        part.reason,
        part.queue_alarm,
        part.count == "business_days",
    )


def _check_recycles(
    document: PactDocument, key: str, path: Path, marks: Marks, found: list[Problem]
) -> None:
    able = [name for name, one in document.reasons.items() if one.disposition == "recycle"]
    if key not in able:
        message = f'"{key}" is no reason that recycles; {did_you_mean(key, able)}'
        found.append(Problem(marks.place(path), message))


def _check_ways(document: PactDocument, marks: Marks, found: list[Problem]) -> None:
    signals = _signals(document)
    for key, way in document.re_entry.items():
        for index, name in enumerate(way.signals):
            if name not in signals:
                message = f'"{name}" is a signal that the scoring does not name; {did_you_mean(name, signals)}'
                path: Path = ("re_entry", key, "signals", index)
                found.append(Problem(marks.place(path), message))


def _signals(document: PactDocument) -> Collection[str]:
    return signal_names(document)


def _check_reason(document: PactDocument, key: str, marks: Marks, found: list[Problem]) -> None:
    part = document.reasons[key]
    path: Path = ("reasons", key)
    goal = STAGE_OF[part.disposition]
    if goal not in document.stages:
        message = f'the stage "{goal}" is missing, to which this disposition leads'
        found.append(Problem(marks.place((*path, "disposition")), message))
        return
    for index, name in enumerate(part.re_entry):
        if name not in document.re_entry:
            message = f'"{name}" is no way of `re_entry`; {did_you_mean(name, document.re_entry)}'
            found.append(Problem(marks.place((*path, "re_entry", index)), message))
    if part.disposition != "recycle" and (part.re_entry or part.cooling_off_days is not None):
        which = "re_entry" if part.re_entry else "cooling_off_days"
        message = (
            f"{which} is for reasons that recycle; `disposition: {part.disposition}` is the end: "
            "people alone bring such a lead back"
        )
        found.append(Problem(marks.place((*path, which), key=True), message))
    elif part.cooling_off_days is not None and not part.re_entry:
        message = (
            "a cooling-off after which nothing brings the lead back; name what does, such as "
            f"re_entry: [{next(iter(document.re_entry), 'new_interest')}]"
        )
        found.append(Problem(marks.place((*path, "cooling_off_days"), key=True), message))
    _check_stages(document, key, goal, marks, found)


def _check_stages(
    document: PactDocument, key: str, goal: str, marks: Marks, found: list[Problem]
) -> None:
    for index, stage in enumerate(document.reasons[key].applies_to or ()):
        place = marks.place(("reasons", key, "applies_to", index))
        if stage not in document.stages:
            hint = did_you_mean(stage, document.stages)
            found.append(Problem(place, f'"{stage}" is no stage; {hint}'))
        elif stage != goal and not any(
            stage in move.from_ and goal in move.to for move in document.lattice
        ):
            message = f"the lattice lets nobody move {stage} to {goal}; nobody could give this reason there"
            found.append(Problem(place, message))


def _check_way_back(document: PactDocument, marks: Marks, found: list[Problem]) -> None:
    first = next((key for key, part in document.reasons.items() if part.re_entry), None)
    if first is None or any(
        "recycled" in move.from_
        and set(_BACK_TO) & set(move.to)
        and "score" in move.by
        and not move.basis
        for move in document.lattice
    ):
        return
    message = (
        "nothing comes of re_entry: no row of the lattice lets `score` move recycled to lead; add "
        "{from: recycled, to: [lead, mql], by: [marketing, score]}"
    )
    found.append(Problem(marks.place(("reasons", first, "re_entry"), key=True), message))


def _check_sub_reasons(document: PactDocument, marks: Marks, found: list[Problem]) -> None:
    """One picklist holds them all, so one key has one label."""
    seen: dict[str, tuple[str, str]] = {}
    for reason, part in document.reasons.items():
        for key, label in part.sub_reasons.items():
            other, first = seen.setdefault(key, (reason, label))
            if label != first:
                message = (
                    f'the sub-reason "{key}" is "{first}" under {other} and "{label}" here; '
                    "one picklist holds all of them, so give it another key"
                )
                place = marks.place(("reasons", reason, "sub_reasons", key), key=True)
                found.append(Problem(place, message))
