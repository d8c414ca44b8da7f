"""Settle what an earlier cycle left open, before anything new is read (R2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from leadpact.errors import LeadpactError, WaitUntil
from leadpact.model.link import Intent, Link, Side, WorkItem
from leadpact.model.record import Gone, Observation, Record, RecordRef, Scalar
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, FindGone, FindMatches, Gather, Steps
from leadpact.sync.half_reset import cleared_of, emptied
from leadpact.sync.landed import fields_done, lost_in, written_for
from leadpact.sync.near_misses import covered_by
from leadpact.sync.observe import filled_in, read
from leadpact.sync.page import is_older
from leadpact.sync.same import same_native
from leadpact.sync.settle import NEVER_SEEN

BATCH = 500
_PICKED = frozenset({"picklist", "picklist_set", "boolean"})


def recover(context: Context, now: datetime) -> Steps[int]:
    """Resolve all open intents.

    Where a record shows what was wanted, the write counts as done and its values as agreed. All else is
    decided anew from what stands there: the lead goes on the work list.

    Returns:
        How many intents were found open.

    Raises:
        LeadpactError: where a CRM cannot be read, or answers with what is known to be old; the intents stay open.
    """
    found = 0
    while True:
        intents = context.store.open_intents(BATCH)
        if not intents:
            if found:
                context.lost_in[:] = [lost_in(context, recovered=True)]
            return found
        found += len(intents)
        refs = tuple(dict.fromkeys(one.ref for one in intents if one.ref.id))
        seen = yield from read(context, refs, also=filled_in(context, intents))
        links = dict(context.store.links([one.link_id for one in intents]))
        made = yield from _made(context, [one for one in intents if not one.ref.id], links)
        sides = {
            side.ref: side for group in context.store.sides(list(links)).values() for side in group
        }
        makes = [one for one in intents if one.op == "make"]
        lost = yield from _gone_since(makes, links, made, sides)
        changes = StateChanges(sides=lost)
        if any(
            isinstance(one, Record) and ref in sides and is_older(one, sides[ref])
            for ref, one in seen.items()
        ):
            # What came of a write cannot be told from a record as it was before it (R1).
            raise WaitUntil(
                "A CRM shows a record older than it was already known; the next run looks again.",
                code="stale_read",
            )
        cleared = yield from cleared_of(context, intents, seen)
        by_link: dict[str, list[Intent]] = {}
        for intent in intents:
            by_link.setdefault(intent.link_id, []).append(intent)
        for link_id, mine in by_link.items():
            _resolve(context, links.get(link_id), mine, seen, made, cleared, sides, changes, now)
        yield Commit(changes)


def _made(
    context: Context, intents: Sequence[Intent], links: Mapping[str, Link]
) -> Steps[dict[tuple[str, str], Record]]:
    """Records that a lost creation did make after all, by (crm, link id)."""
    ours = {links[one.link_id].external_id: one.link_id for one in intents if one.link_id in links}
    groups: dict[tuple[str, str], list[str]] = {}
    for intent in intents:
        if intent.link_id in links:
            our_id = links[intent.link_id].external_id
            groups.setdefault((intent.ref.crm, intent.ref.kind), []).append(our_id)
    keys = sorted(groups)
    if not keys:
        return {}
    answers = yield Gather(
        tuple(
            FindMatches(
                crm,
                kind,
                context.mapping.external_id_field(crm, kind),
                tuple(groups[crm, kind]),
                context.mapping.read_fields(crm, kind),
            )
            for crm, kind in keys
        )
    )
    found: dict[tuple[str, str], Record] = {}
    for (crm, kind), answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record in answer:
            borne = str(record.fields.get(context.mapping.external_id_field(crm, kind)))
            if borne in ours:
                found[crm, ours[borne]] = record
    return found


def _gone_since(
    intents: Sequence[Intent],
    links: Mapping[str, Link],
    made: Mapping[tuple[str, str], Record],
    known: Collection[RecordRef],
) -> Steps[list[Side]]:
    """Records that a lost creation made and that are there no more: merged or deleted before anybody looked (R25, R26).

    They are the lead's all the same: the next look at it follows the merge, or asks about the deletion.
    """
    ours = {links[one.link_id].external_id: one for one in intents if one.link_id in links}
    groups: dict[tuple[str, str], list[str]] = {}
    for our_id, intent in ours.items():
        if (intent.ref.crm, intent.link_id) not in made:
            groups.setdefault((intent.ref.crm, intent.ref.kind), []).append(our_id)
    keys = sorted(groups)
    if not keys:
        return []
    answers = yield Gather(tuple(FindGone(*key, tuple(sorted(groups[key]))) for key in keys))
    found: list[Side] = []
    for (crm, kind), answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for our_id, record_id in sorted(answer.items()):
            link_id = ours[our_id].link_id
            ref = RecordRef(crm, kind, record_id)
            if ref not in known:
                found.append(Side(ref, link_id, primary=True, version=NEVER_SEEN))
    return found


def _resolve(
    context: Context,
    link: Link | None,
    intents: Sequence[Intent],
    seen: dict[RecordRef, Observation],
    made: dict[tuple[str, str], Record],
    cleared: Collection[str],
    sides: dict[RecordRef, Side],
    changes: StateChanges,
    now: datetime,
) -> None:
    agreed: dict[str, Scalar] = {}
    disputed: set[str] = set()
    for intent in intents:
        observed = (
            seen.get(intent.ref) if intent.ref.id else made.get((intent.ref.crm, intent.link_id))
        )
        if intent.op == "archive":
            _archived(intent, observed, sides, changes, now)
            continue
        if not isinstance(observed, Record):
            changes.closings.append(intent.closed("overtaken", now))
            disputed |= intent.agrees.keys()
            continue
        done = fields_done(context, intent, observed)
        ours_now = set(intent.wanted) if _landed(context, intent, done) else done
        whole = len(ours_now) == len(intent.wanted)
        changes.closings.append(intent.closed("written" if whole else "overtaken", now))
        if not whole:
            # Of what a backfill filled in nobody reads later that an undo never came to it.
            few = context.mapping.backfill(observed.ref.crm, observed.ref.kind).fields
            unkept = {(observed.ref, name) for name in few if name not in ours_now}
            pins = context.store.pins([intent.link_id]) if unkept else ()
            changes.released.extend(
                one
                for one in pins
                if one.run_id == intent.run_id and (one.ref, one.field) in unkept
            )
        ours = {
            name: value
            for name, value in intent.agrees.items()
            if written_for(context, intent, name) in ours_now
        }
        agreed.update(ours)
        disputed |= intent.agrees.keys() - ours.keys()
        known = sides.get(observed.ref) or Side(observed.ref, intent.link_id, version=NEVER_SEEN)
        image, renderings = dict(known.image), dict(known.renderings)
        image_names = _stage_names(context, observed.ref)
        filled = context.mapping.backfill(observed.ref.crm, observed.ref.kind).fields
        if intent.op == "make":
            image = {name: None for name in image_names if name in observed.fields} | image
        for name in ours_now:
            if name in image_names:
                image[name] = observed.fields[name] if name in done else intent.wanted[name]
            elif name in done and not (
                name in filled or same_native(intent.wanted[name], observed.fields[name])
            ):
                renderings[name] = observed.fields[name]
        covered = covered_by(context, intent, known.version, known.covered)
        known = replace(
            known,
            image=image,
            renderings=renderings,
            covered=covered if ours_now else known.covered,
        )
        half = intent.id in cleared and not whole
        sides[observed.ref] = emptied(context, known) if half else known
        changes.sides.append(sides[observed.ref])
    if link is None:
        return
    kept = {name: value for name, value in agreed.items() if name not in disputed}
    if kept:
        changes.links.append(replace(link, base={**link.base, **kept}))
    changes.work.append(WorkItem(link.id, "retry", now, now))


def _archived(
    intent: Intent,
    observed: Observation | None,
    sides: dict[RecordRef, Side],
    changes: StateChanges,
    now: datetime,
) -> None:
    """A record that was to be taken away is gone, or nothing was done to it."""
    gone = isinstance(observed, Gone)
    changes.closings.append(intent.closed("written" if gone else "overtaken", now))
    known = sides.get(intent.ref)
    if gone and known is not None:
        sides[intent.ref] = replace(known, state="buried")
        changes.sides.append(sides[intent.ref])


def _landed(context: Context, intent: Intent, done: set[str]) -> bool:
    """Whether the row was written for sure: a CRM takes a row whole or not at all.

    A field that shows what we wanted and not what stood there before is proof enough, unless a person may have picked
    the same value: of a stage field, a picklist or a tick. What then shows another value was changed by somebody since.
    """
    schema = context.crms[intent.ref.crm].schemas[intent.ref.kind].fields
    picked = {name for name in done if name in schema and schema[name].type in _PICKED}
    picked.update(_stage_names(context, intent.ref))
    return intent.op == "make" or any(
        name not in picked and not same_native(intent.before.get(name), intent.wanted[name])
        for name in done
    )


def _stage_names(context: Context, ref: RecordRef) -> tuple[str, ...]:
    table = context.mapping.stage_table(ref.crm, ref.kind)
    return (table.own_field, table.reason_field, table.sub_reason_field, *table.native_fields)
