"""What both CRMs and our own record of a lead remember of its stages, for a backfill (R33)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from leadpact.errors import LeadpactError
from leadpact.lifecycle.backfilling import PastStage
from leadpact.mapping.stage_table import StageTable
from leadpact.model.episode import Episode
from leadpact.model.record import FieldChange, Native, RecordRef
from leadpact.ports.past import Past
from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches, Gather, ReadPast, Steps
from leadpact.sync.observe import IS_OPEN, IS_WON
from leadpact.sync.page import LeadView

OURS = "leadpact"
"""The record under which our own memory of a lead speaks: it dates stages, and tells nowhere to stand."""
SAME_WRITE: Final = timedelta(minutes=1)
"""A CRM dates a value this near to the entry that its history has of the same write."""


@dataclass(slots=True)
class Remembered:
    """All that is remembered of one page of leads.

    Attributes:
        past: by lead.
        episodes: as stored, by lead.
        shown: present values of the fields that a backfill fills in, by record.
    """

    past: dict[str, list[PastStage]] = field(default_factory=dict)
    episodes: Mapping[str, Sequence[Episode]] = field(default_factory=dict)
    shown: dict[RecordRef, Mapping[str, Native]] = field(default_factory=dict)


def remember(context: Context, views: Sequence[LeadView]) -> Steps[Remembered]:
    """Ask the CRMs for the past of these leads' records and of their opportunities.

    Raises:
        LeadpactError: a CRM could not be read.
    """
    found = Remembered({view.link.id: [] for view in views})
    whose = {
        ref: view.link.id
        for view in views
        for ref, side in view.sides.items()
        if side.state in ("live", "converted")
    }
    yield from _read_people(context, found, whose)
    yield from _read_deals(context, found, whose)
    found.episodes = context.store.episodes([view.link.id for view in views])
    for link_id, episodes in found.episodes.items():
        found.past[link_id].extend(_of_episodes(episodes))
    for view in views:
        state = view.link.stage
        if state is not None:
            found.past[view.link.id].append(
                PastStage(OURS, (state.stage,), state.since, state.since_approximate, stands=False)
            )
    return found


def _read_people(
    context: Context, found: Remembered, whose: Mapping[RecordRef, str]
) -> Steps[None]:
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in sorted(whose):
        groups.setdefault((ref.crm, ref.kind), []).append(ref.id)
    asked: list[ReadPast] = []
    for (crm, kind), ids in sorted(groups.items()):
        names = context.mapping.stage_table(crm, kind).native_fields
        schema = context.crms[crm].schemas[kind].fields
        also = tuple(name for name in context.mapping.backfill(crm, kind).fields if name in schema)
        asked.append(
            ReadPast(crm, kind, tuple(ids), tuple(name for name in names if name in schema), also)
        )
    answers = yield from _told(asked)
    for one, answer in zip(asked, answers, strict=True):
        table = context.mapping.stage_table(one.crm, one.kind)
        for record_id, past in answer.items():
            ref = RecordRef(one.crm, one.kind, record_id)
            if ref in whose:
                found.shown[ref] = past.shown
                found.past[whose[ref]].extend(_of_record(ref, table, past))


def _read_deals(context: Context, found: Remembered, whose: Mapping[RecordRef, str]) -> Steps[None]:
    """Opportunities of these contacts: when they were there, and when they were won."""
    asked: list[FindMatches] = []
    for crm in sorted(context.crms):
        capabilities = context.crms[crm].capabilities
        contact_kind = capabilities.person_kinds[0]
        ids = tuple(sorted(ref.id for ref in whose if (ref.crm, ref.kind) == (crm, contact_kind)))
        if ids:
            asked += [
                FindMatches(crm, kind, "contact", ids, ()) for kind in capabilities.evidence_kinds
            ]
    answers = yield from _told(asked)
    theirs: dict[RecordRef, tuple[str, ...]] = {}
    standing: dict[RecordRef, tuple[bool, bool]] = {}
    for match, records in zip(asked, answers, strict=True):
        contact_kind = context.crms[match.crm].capabilities.person_kinds[0]
        for record in records:
            contacts = str(record.fields.get("leadpact:contact_ids") or "").split(";")
            refs = (RecordRef(match.crm, contact_kind, each) for each in contacts)
            theirs[record.ref] = tuple(dict.fromkeys(whose[ref] for ref in refs if ref in whose))
            standing[record.ref] = (
                record.fields.get(IS_OPEN) is True,
                record.fields.get(IS_WON) is True,
            )
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in sorted(theirs):
        groups.setdefault((ref.crm, ref.kind), []).append(ref.id)
    pasts = [
        ReadPast(crm, kind, tuple(ids), (IS_OPEN, IS_WON))
        for (crm, kind), ids in sorted(groups.items())
    ]
    answers = yield from _told(pasts)
    for one, answer in zip(pasts, answers, strict=True):
        for record_id, past in answer.items():
            ref = RecordRef(one.crm, one.kind, record_id)
            for link_id in theirs.get(ref, ()):
                found.past[link_id].extend(_of_deal(context, ref, past, *standing[ref]))


def _told(asked: Sequence[ReadPast | FindMatches]) -> Steps[Sequence[Any]]:
    if not asked:
        return ()
    answers = yield Gather(tuple(asked))
    for answer in answers:
        if isinstance(answer, LeadpactError):
            raise answer
    told: Sequence[Any] = answers
    return told


def _of_record(ref: RecordRef, table: StageTable, past: Past) -> Iterator[PastStage]:
    """Its history played through the stage table, and the CRM's own dates, each value for itself.

    A date of the CRM's own names no author; one of the very moment at which leadpact wrote that value is leadpact's.
    """
    name = str(ref)
    values: dict[str, Native] = {}
    unsure = False
    for at, changes in _by_instant(past.changes):
        values.update((one.field, one.value) for one in changes)
        unsure = any(one.inferred for one in changes)
        meant = table.stages_of(values)
        if meant:
            ours = all(map(_is_ours, changes))
            yield PastStage(name, meant, at, unsure, source=_source(ref, changes), ours=ours)
    for one in past.entered:
        meant = table.stages_of({one.field: one.value})
        if meant:
            source = _source(ref, [one])
            ours = _is_ours(one) or any(
                _is_ours(each)
                and (each.field, each.value) == (one.field, one.value)
                and abs(each.at - one.at) < SAME_WRITE
                for each in past.changes
            )
            yield PastStage(
                name, meant, one.at, one.inferred, stands=False, source=source, ours=ours
            )


def _is_ours(change: FieldChange) -> bool:
    return change.author.kind == "ours"


def _by_instant(
    changes: Sequence[FieldChange],
) -> Iterator[tuple[datetime, list[FieldChange]]]:
    """Changes of one instant together, the first first; of one field and instant the one told first counts."""
    groups: dict[datetime, dict[str, FieldChange]] = {}
    for one in changes:
        groups.setdefault(one.at, {}).setdefault(one.field, one)
    for at in sorted(groups):
        yield at, list(groups[at].values())


def _source(ref: RecordRef, changes: Sequence[FieldChange]) -> str:
    shown = " + ".join(f"{one.field} {one.value}" for one in changes)
    return f"{ref.kind} {ref.id}: {shown}"


def _of_deal(
    context: Context, ref: RecordRef, past: Past, is_open: bool, is_won: bool
) -> Iterator[PastStage]:
    stages = context.pact.stages
    for one in past.entered + past.changes:
        if one.value is not True:
            continue
        if one.field == IS_OPEN and "opportunity" in stages:
            source = f"{ref.kind} {ref.id}"
            yield PastStage(
                str(ref), ("opportunity",), one.at, one.inferred, is_open, f"open {source}"
            )
        if one.field == IS_WON and "customer" in stages:
            source = f"won {ref.kind} {ref.id}"
            yield PastStage(str(ref), ("customer",), one.at, one.inferred, is_won, source)


def _of_episodes(episodes: Sequence[Episode]) -> Iterator[PastStage]:
    for episode in episodes:
        for stage, at in episode.reached.items():
            implied = stage in episode.implied
            yield PastStage(OURS, (stage,), at, implied, stands=False)
