"""The qualification part of a pact document to its compiled form; faults are collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from types import MappingProxyType

from leadpact.pact.checked import did_you_mean
from leadpact.pact.conditions import Condition, FactTest
from leadpact.pact.document import PactDocument
from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.document.qualification import (
    CriterionPart,
    FrameworkPart,
    QualificationPart,
    UsePart,
)
from leadpact.pact.lattice import Lattice
from leadpact.pact.qualification import (
    CONVERSATION,
    Counts,
    Criterion,
    Framework,
    Qualification,
    Use,
)
from leadpact.pact.yaml_text import Marks, Path, Problem

CompileCondition = Callable[[ConditionPart, Path], Condition]
_TOP: Path = ("qualification",)


def compile_qualification(
    document: PactDocument,
    lattice: Lattice,
    condition: CompileCondition,
    marks: Marks,
    found: list[Problem],
) -> Qualification | None:
    """The qualification of a pact; None where it says nothing of it.

    Args:
        lattice: must let the agreement make what this part says.
        condition: compiles a test of facts.
        found: receives the problems; the result is meaningless where there are any.
    """
    part = document.qualification
    if part is None:
        return None
    return _Compiler(document, part, lattice, condition, marks, found).compile()


class _Compiler:
    def __init__(
        self,
        document: PactDocument,
        part: QualificationPart,
        lattice: Lattice,
        condition: CompileCondition,
        marks: Marks,
        found: list[Problem],
    ) -> None:
        self._document, self._part, self._lattice = document, part, lattice
        self._condition, self._marks, self._found = condition, marks, found

    def compile(self) -> Qualification:
        part = self._part
        criteria = {key: self._criterion(key, one) for key, one in part.criteria.items()}
        frameworks = {
            key: self._framework(key, one, criteria) for key, one in part.frameworks.items()
        }
        uses = self._uses(frameworks)
        self._known(("unknown_size",), part.unknown_size, frameworks, "framework")
        points = self._document.thresholds.sql
        if "score" in part.sql.made_by and points is None:
            self._say(
                ("sql", "made_by"),
                "a score makes an SQL only at a threshold; say `sql: 90`, for one, under `thresholds`",
            )
        compiled = Qualification(
            criteria=MappingProxyType(criteria),
            frameworks=MappingProxyType(frameworks),
            uses=uses,
            unknown_size=frameworks.get(part.unknown_size) or next(iter(frameworks.values())),
            deal_size=part.deal_size,
            conversation=frozenset(part.conversation),
            evidence_required=part.evidence == "required",
            made_by=frozenset(part.sql.made_by),
            unconfirmed=part.sql.unconfirmed,
            turns_at=self._turns_at(),
            replies=frozenset(part.sql.replies),
            opportunity=self._opportunity(criteria, frameworks),
            straight=part.demo_request == "straight_to_sql",
            hand_raisers_first=part.hand_raisers == "first",
            outbound=self._outbound(),
            dated=tuple(one for one in criteria.values() if one.type == "date"),
        )
        facts = dict.fromkeys(one.fact for one in compiled.asked())
        named = {one.evidence for one in compiled.asked()} - {"", CONVERSATION}
        proofs = compiled.conversation | named
        return replace(compiled, facts=tuple(facts), proofs=proofs)

    def _criterion(self, key: str, part: CriterionPart) -> Criterion:
        counts = part.counts
        for index, value in enumerate(counts.one_of or ()):
            self._known(
                ("criteria", key, "counts", "one_of", index), value, part.options, "option here"
            )
        if part.options and len(counts.one_of or ()) == len(part.options):
            self._say(
                ("criteria", key, "counts"),
                "every option counts, so nobody can say that it is not so; add an option that does not count",
            )
        return Criterion(
            key,
            part.label,
            part.letter or part.label[0].upper(),
            part.question,
            part.fact or key,
            tuple(part.options.items()),
            Counts(frozenset(counts.one_of or ()), counts.within_days, counts.at_least),
            part.evidence or "",
            part.ranks,
        )

    def _framework(
        self, key: str, part: FrameworkPart, criteria: dict[str, Criterion]
    ) -> Framework:
        path: Path = ("frameworks", key)
        for name, words in (("asks", part.asks), ("also", part.also or [])):
            for index, word in enumerate(words):
                self._known((*path, name, index), word, criteria, "criterion")
        twice = [word for word in part.asks if (*part.asks, *(part.also or ())).count(word) > 1]
        if twice:
            self._say((*path, "asks"), f'"{twice[0]}" is asked twice')
        asks = tuple(criteria[word] for word in dict.fromkeys(part.asks) if word in criteria)
        needs, least = [one.key for one in asks], len(asks)
        if part.minimum is not None:
            needs = part.minimum.needs or []
            for index, word in enumerate(needs):
                self._known(
                    (*path, "minimum", "needs", index), word, part.asks, "criterion that it asks"
                )
            least = part.minimum.at_least or len(needs)
            if least > len(part.asks):
                self._say(
                    (*path, "minimum", "at_least"),
                    f"{least} can never be confirmed: {part.label} asks {len(part.asks)}",
                )
        also = tuple(criteria[word] for word in part.also or () if word in criteria)
        return Framework(key, part.label, asks, also, frozenset(needs), max(least, len(set(needs))))

    def _uses(self, frameworks: dict[str, Framework]) -> tuple[Use, ...]:
        narrow: list[Use] = []
        plain: list[tuple[int, UsePart]] = []
        for index, part in enumerate(self._part.use):
            self._known(("use", index, "framework"), part.framework, frameworks, "framework")
            if part.when is None:
                plain.append((index, part))
            elif part.framework in frameworks:
                when = self._condition(part.when, (*_TOP, "use", index, "when"))
                narrow.append(Use(frameworks[part.framework], part.from_, part.below, when))
        plain.sort(key=lambda each: each[1].from_)
        return (*narrow, *self._bands(plain, frameworks))

    def _bands(
        self, plain: Sequence[tuple[int, UsePart]], frameworks: dict[str, Framework]
    ) -> list[Use]:
        """Deal sizes, each in exactly one band."""
        bands: list[Use] = []
        for place, (index, part) in enumerate(plain):
            after = plain[place + 1][1].from_ if place + 1 < len(plain) else None
            if place == 0 and part.from_ > 0:
                self._say(
                    ("use", index),
                    f"no framework for deals below {part.from_}; add "
                    f"`{{below: {part.from_}, framework: …}}`",
                )
            if part.below is None:
                below = after
                if after == part.from_:
                    self._say(("use", index), f"two frameworks for deals from {part.from_}")
            else:
                below = part.below
                if after is None:
                    self._say(
                        ("use", index, "below"),
                        f"no framework for deals from {below}; add "
                        f"`{{from: {below}, framework: …}}`, or take `below` out",
                    )
                elif after != below:
                    told = "two frameworks" if after < below else "no framework"
                    low, high = sorted((after, below))
                    self._say(("use", index, "below"), f"{told} for deals from {low} to {high}")
            if part.framework in frameworks:
                bands.append(Use(frameworks[part.framework], part.from_, below))
        return bands

    def _turns_at(self) -> frozenset[str]:
        stages, sql = self._document.stages, self._part.sql
        usual = ["sal" if "sal" in stages else "mql"]
        chosen = usual if sql.from_ is None else list(sql.from_)
        for index, stage in enumerate(chosen):
            path: Path = ("sql", "from", index)
            if not self._known(path, stage, stages, "stage"):
                continue
            if stages[stage].side or ("sql" in stages and stages[stage].rank >= stages["sql"].rank):
                self._say(path, f'"{stage}" does not lead up to SQL; name a stage of the main line')
            elif "sales" in sql.made_by:
                self._reachable(stage, path)
        first = self._document.first_stage
        if {"score", "reply"} & set(sql.made_by):
            self._reachable("mql", ("sql", "made_by"))
        if self._part.demo_request == "straight_to_sql":
            self._reachable(first, ("demo_request",))
        if self._part.outbound is not None:
            self._reachable(first, ("outbound",))
        return frozenset(chosen) if "sales" in sql.made_by else frozenset()

    def _reachable(self, stage: str, path: Path) -> None:
        if not {stage, "sql"} <= self._document.stages.keys():
            return  # told already
        way = self._lattice.path(stage, "sql", "agreement", reason="", basis="qualification")
        if way is None:
            self._say(
                path,
                f"the lattice lets the agreement make no SQL of a lead at {stage}; add "
                f"`- {{from: {stage}, to: sql, by: agreement}}` there",
            )

    def _outbound(self) -> Condition | None:
        """Which leads are target accounts; None where there are none, as with an empty list."""
        part = self._part.outbound
        if part is None:
            return None
        when = self._condition(part.when, (*_TOP, "outbound", "when"))
        never = isinstance(when, FactTest) and when.operation != "is_known" and not when.values
        return None if never else when

    def _opportunity(
        self, criteria: dict[str, Criterion], frameworks: dict[str, Framework]
    ) -> tuple[Criterion, ...]:
        part = self._part.opportunity
        if part is None:
            return ()
        if len(part.needs) == 1 and part.needs[0] in frameworks:
            return frameworks[part.needs[0]].asks
        for index, word in enumerate(part.needs):
            self._known(
                ("opportunity", "needs", index),
                word,
                [*criteria, *frameworks] if len(part.needs) == 1 else criteria,
                "criterion",
            )
        return tuple(criteria[word] for word in dict.fromkeys(part.needs) if word in criteria)

    def _known(self, path: Path, word: str, known: Collection[str], what: str) -> bool:
        if word not in known:
            self._say(path, f'"{word}" is no {what}; {did_you_mean(word, known)}')
        return word in known

    def _say(self, path: Path, message: str) -> None:
        name = ".".join(str(step) for step in (*_TOP, *path))
        self._found.append(Problem(self._marks.place((*_TOP, *path)), f"{name}: {message}"))
