"""A checked document into rules, with what the document alone cannot know: the pact's keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from leadpact.errors import Place
from leadpact.mapping.backfill_fields import compile_backfill
from leadpact.mapping.document import (
    AnswerPart,
    Document,
    FieldPart,
    KindPart,
    SidePart,
    SignalPart,
)
from leadpact.mapping.lead_mapping import LeadMapping, Side
from leadpact.mapping.rules import (
    Coexist,
    CreationRule,
    FieldRule,
    KindRule,
    SideField,
    SignalRule,
)
from leadpact.mapping.scope import ScopeRule
from leadpact.mapping.scope_compiling import ScopeCompiler
from leadpact.mapping.signal_sources import SourceRule, compile_outside, compile_sources
from leadpact.mapping.stage_rows import compile_stages
from leadpact.mapping.transforms import (
    TEXT_TRANSFORMS,
    Band,
    TextTransform,
    field_codec,
    reads_as_itself,
    spelling,
)
from leadpact.mapping.values import ValueStyle
from leadpact.pact.checked import did_you_mean
from leadpact.pact.qualification import Criterion
from leadpact.pact.yaml_text import Marks, Path, Problem, Tree


class Compiler:
    """Compiles one document and gathers every problem on the way."""

    def __init__(
        self,
        document: Document,
        marks: Marks,
        stages: Collection[str],
        reasons: Collection[str],
        answers: Sequence[Criterion] = (),
        sub_reasons: Collection[str] = (),
        transforms: Mapping[str, TextTransform] | None = None,
    ) -> None:
        self._document = document
        self._transforms = {**TEXT_TRANSFORMS, **(transforms or {})}
        self._answers = tuple(answers)
        self._rows: dict[str, FieldPart] = {**document.fields, **document.qualification}
        self._marks = marks
        self._stages = tuple(stages)
        self._reasons = tuple(reasons)
        self._sub_reasons = tuple(sub_reasons)
        self.problems: list[Problem] = []

    def compile(self, tree: Mapping[str, Tree]) -> LeadMapping:
        """The mapping; worthless if there are problems."""
        document = self._document
        fields = {name: self._field(name, part) for name, part in self._rows.items()}
        self._check_answers()
        scopes = ScopeCompiler(fields, self._marks, self.problems)
        kind_rules = {
            (crm, kind): self._kind(crm, kind, part, self._scope(scopes, crm, kind))
            for crm, each in document.crms.items()
            for kind, part in each.kinds.items()
        }
        return LeadMapping(
            hash=content_hash(tree),
            crms=tuple(document.crms),
            fields=fields,
            signals=tuple(self._signals()),
            signal_sources=self._sources(),
            sources=compile_outside(document.sources, self._marks),
            creation=dict(self._creation()),
            kind_rules=kind_rules,
            stage_keys=self._stages,
            reason_keys=self._reasons,
            sub_reason_keys=self._sub_reasons,
            answers=self._answers,
            places=self._places(),
            coexist={
                crm: Coexist(
                    part.coexist.mode, part.coexist.confirmed_by, part.coexist.confirmed_on
                )
                for crm, part in document.crms.items()
                if part.coexist is not None
            },
            strict=frozenset(
                crm
                for crm, part in document.crms.items()
                if (part.guard or document.guard) == "strict"
            ),
        )

    def _field(self, name: str, part: FieldPart) -> FieldRule:
        path = self._path(name)
        sides: dict[Side, SideField] = {}
        for crm, crm_part in self._document.crms.items():
            for kind in crm_part.kinds:
                side = getattr(getattr(part, crm), kind) if getattr(part, crm) else None
                if side is not None:
                    sides[crm, kind] = self._side(part, side, crm_part.values, (*path, crm, kind))
        record = part.system_of_record or self._document.system_of_record or ""
        initial = part.initial or "system_of_record"
        self._check_field(path, part, sides, record, initial)
        return FieldRule(
            name,
            part.type,
            part.policy,
            initial,
            record,
            sides,
            blank_means=part.blank_means,
            provisioned=isinstance(part, AnswerPart) and part.provision,
        )

    def _path(self, name: str) -> Path:
        """Where a merge field's row stands."""
        return ("qualification" if name in self._document.qualification else "fields", name)

    def _check_answers(self) -> None:
        """The rows of ``qualification`` against the criteria that the pact asks."""
        for name in self._document.qualification:
            if name in self._document.fields:
                self._say(("qualification", name), f"{name} is a row of `fields`, too", key=True)
        for one in self._answers:
            part = self._document.qualification.get(one.fact)
            if part is None:
                continue
            path = self._path(one.fact)
            fits = {"picklist": {"picklist"}, "date": {"date"}, "integer": {"integer", "number"}}
            if part.type not in fits.get(one.type, {part.type}):
                self._say(
                    (*path, "type"),
                    f"the agreement asks {one.label} for {one.asks_for}: say `type: {one.type}`",
                )
            options = [value for value, _label in one.options]
            for crm, crm_part in self._document.crms.items():
                for kind in crm_part.kinds:
                    side = getattr(getattr(part, crm), kind) if getattr(part, crm) else None
                    for value in side.values if side is not None and options else ():
                        self._check_known(
                            (*path, crm, kind, "values", value),
                            value,
                            options,
                            f"an answer to {one.label}",
                        )

    def _check_field(
        self,
        path: Path,
        part: FieldPart,
        sides: Mapping[Side, SideField],
        record: str,
        initial: str,
    ) -> None:
        crms = {crm for crm, _ in sides}
        if not sides:
            self._say(path, "no CRM keeps this field; name its field under a CRM", key=True)
            return
        if part.policy == "newest" and any(side.direction != "both" for side in sides.values()):
            self._say(
                (*path, "policy"),
                "`newest` compares edits of both sides, and one side is only read or only written here; choose "
                "system_of_record or keep_known",
            )
        if (
            {"system_of_record", "newest"} & {part.policy, initial}
            and record not in crms
            and len(crms) > 1
        ):
            hint = did_you_mean(record, crms) if record else "name one: " + ", ".join(sorted(crms))
            self._say((*path, "system_of_record"), f"system_of_record is not a side here; {hint}")
        if all(side.direction == "to_crm" for side in sides.values()):
            self._say(path, "every side is `to_crm`, so nothing gives this field a value", key=True)
        if all(side.lossy for side in sides.values()):
            self._say(path, "every side is lossy; one side must keep the full value (R5)", key=True)

    def _side(self, part: FieldPart, side: SidePart, style: ValueStyle, path: Path) -> SideField:
        if side.values and part.type not in ("picklist", "picklist_set"):
            self._say(
                (*path, "values"), f"`values` is for picklists, not for {part.type}", key=True
            )
        if side.bands and part.type != "integer":
            self._say((*path, "bands"), f"`bands` is for integers, not for {part.type}", key=True)
        if side.cut and part.type != "text":
            self._say((*path, "cut"), f"`cut` is for text, not for {part.type}", key=True)
        if len(set(side.values.values())) < len(side.values) and not side.lossy:
            self._say(
                (*path, "values"),
                "two values share one picklist value, so reading gives only the first back (R5); "
                "say `lossy: true`, or give each its own",
                key=True,
            )
        transforms = [self._transforms[name] for name in part.transform]
        if part.spellings:
            transforms.append(spelling(part.spellings))
        read, write = field_codec(
            part.type,
            style,
            transforms=transforms,
            values=side.values,
            bands=self._bands(side, path),
            scale=part.scale if side.scale is None else side.scale,
            cut=side.cut,
            blank_means=part.blank_means,
        )
        return SideField(
            side.field,
            side.direction,
            side.lossy,
            read,
            write,
            dict(side.values),
            side.cut,
            as_is=not (side.values or side.bands or side.cut or part.blank_means)
            and reads_as_itself(part.type, transforms),
        )

    def _bands(self, side: SidePart, path: Path) -> list[Band]:
        bands: list[Band] = [
            (value, bounds[0], bounds[1] if len(bounds) > 1 else None)
            for value, bounds in side.bands.items()
        ]
        for (value, _, highest), (after, lowest, _) in pairwise(bands):
            if highest is None or lowest <= highest:
                self._say((*path, "bands", after), f"the range {after} overlaps {value}")
        return bands

    def _scope(self, scopes: ScopeCompiler, crm: str, kind: str) -> ScopeRule | None:
        crm_part = self._document.crms[crm]
        whole: Path = ("crms", crm, "scope")
        own: Path = ("crms", crm, "kinds", kind, "scope")
        written = {
            path: part
            for path, part in ((whole, crm_part.scope), (own, crm_part.kinds[kind].scope))
            if part is not None
        }
        return scopes.rule(crm, kind, written) if written else None

    def _kind(self, crm: str, kind: str, part: KindPart, scope: ScopeRule | None) -> KindRule:
        path: Path = ("crms", crm, "kinds", kind)
        for key, crm_field in part.match.items():
            self._check_known((*path, "match", key), key, self._rows, "a merge field")
            row = self._rows.get(key)
            side = getattr(getattr(row, crm, None), kind, None)
            if row is not None and (side is None or side.field != crm_field):
                self._say(
                    (*path, "match", key),
                    f"to match by {key}, the field {key} must be mapped to {crm_field} here",
                )
        for key in part.also:
            self._check_known((*path, "also", key), key, part.match, "a key under `match`")
        outputs = {str(name): crm_field for name, crm_field in part.outputs.items()}
        stages = compile_stages(part, (*path, "stages"), self._stages, self._reasons, self._say)
        also = {key: tuple(names) for key, names in part.also.items()}
        match = tuple(part.match.items())
        filled = compile_backfill(part.backfill, (*path, "backfill"), self._stages, self._say)
        owner = part.owner or ""
        account = part.account_owner or ""
        return KindRule(
            crm, kind, part.external_id, match, outputs, stages, also, owner, scope, filled, account
        )

    def _signals(self) -> Iterator[SignalRule]:
        for name, row in self._document.signals.items():
            for crm, crm_part in self._document.crms.items():
                for kind in crm_part.kinds:
                    part = getattr(getattr(row, crm, None), kind, None)
                    if isinstance(part, SignalPart):
                        yield SignalRule(
                            name,
                            crm,
                            kind,
                            part.at or part.dates or "",
                            part.dates is not None,
                            part.asset or "",
                            part.precision,
                        )

    def _sources(self) -> dict[Side, SourceRule]:
        for crm in self._document.signal_sources:
            if crm not in self._document.crms:
                path: Path = ("signal_sources", crm)
                hint = did_you_mean(crm, self._document.crms)
                self._say(path, f'"{crm}" is no CRM of this mapping; {hint}', key=True)
        return compile_sources(self._document.signal_sources, self._marks)

    def _creation(self) -> Iterator[tuple[str, CreationRule]]:
        for crm, crm_part in self._document.crms.items():
            part = crm_part.creation
            if part is None:
                continue
            path: Path = ("crms", crm, "creation")
            self._check_known((*path, "kind"), part.kind, crm_part.kinds, "a kind of this CRM")
            if part.at_stage:
                self._check_known((*path, "at_stage"), part.at_stage, self._stages, "a stage")
            for index, name in enumerate(part.required):
                self._check_known((*path, "required", index), name, self._rows, "a merge field")
            yield (
                crm,
                CreationRule(
                    crm,
                    part.kind,
                    part.at_stage,
                    tuple(part.required),
                    part.needs_email,
                    part.refuse_opted_out,
                ),
            )

    def _check_known(self, path: Path, word: str, known: Collection[str], what: str) -> None:
        if word not in known:
            self._say(path, f'"{word}" is not {what}; {did_you_mean(word, known)}')

    def _say(self, path: Path, message: str, *, key: bool = False) -> None:
        self.problems.append(Problem(self._marks.place(path, key=key), message))

    def _places(self) -> dict[tuple[str, ...], Place]:
        place = self._marks.place
        places: dict[tuple[str, ...], Place] = {
            (name,): place(self._path(name), key=True) for name in self._rows
        }
        for crm, crm_part in self._document.crms.items():
            places[crm, "coexist"] = place(("crms", crm, "coexist"), key=True)
            places[crm, "guard"] = place(("crms", crm, "guard") if crm_part.guard else ("guard",))
            for kind, part in crm_part.kinds.items():
                path: Path = ("crms", crm, "kinds", kind)
                places[crm, kind] = place(path, key=True)
                places[crm, kind, "external_id"] = place((*path, "external_id"))
                places[crm, kind, "stages"] = place((*path, "stages"), key=True)
                places[crm, kind, "creation"] = place(("crms", crm, "creation"), key=True)
                for output in part.outputs:
                    places[crm, kind, output] = place((*path, "outputs", output))
                for name in self._rows:
                    places[crm, kind, "fields", name] = place((*self._path(name), crm, kind))
                for name in self._document.signals:
                    places[crm, kind, "signals", name] = place(("signals", name, crm, kind))
        return places


def content_hash(tree: Mapping[str, Tree]) -> str:
    """16 hex digits of a document's content, whatever its comments and the order of its keys."""
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
