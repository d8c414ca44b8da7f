"""The one cause of each difference, by the precedence of ``reconcile.CAUSES``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from leadpact.audit.error_family import error_family, own_word
from leadpact.audit.reconcile import (
    NATIVE,
    REASON,
    STAGE,
    Cause,
    Difference,
    Ground,
    Standing,
    Turn,
    before_last_sync,
    differing,
    expected,
    newer,
    primaries,
    shown_by,
    spares,
    values_of,
)
from leadpact.audit.reconcile_missing import (
    SYNC,
    Verdict,
    back,
    lost,
    none_left,
    not_created,
    outside,
    reason_for_none,
    restored,
    scoped_out,
    waiting,
)
from leadpact.model.link import Failure, Side
from leadpact.model.record import Record, RecordRef

_DOUBLED: Final = frozenset({"several_records_one_person", "duplicate_rule"})
_HANDOFF_TURN: Final[Mapping[str, tuple[Turn, str]]] = {
    "held": ("crm", "Fill in the fields that are named; the next sync hands it over."),
    "unowned": ("crm", "Give it an owner who can take it; the next sync hands it over."),
    "refused": ("crm", "Mend what sales' CRM refused, then `leadpact failures retry`."),
    "capped": ("nobody", "Its rep has enough for the day; it goes by itself when there is room."),
}


def differences(ground: Ground, standing: Standing) -> list[Difference]:
    """Every difference of one lead: at most one for the records that are written, one for each spare record.

    Whatever order sides, holds, failures and handoffs are given in, the answer is the same.
    """
    agreed = expected(ground, standing)
    found = [_spare(ground, standing, side, record, agreed) for side, record in spares(standing)]
    out = _out(ground, standing)
    found += [
        restored(ground, standing.link.id, record, agreed, out=out) for record in back(standing)
    ]
    shown = {
        crm: (side, record, shown_by(ground, record, agreed))
        for crm, (side, record) in primaries(standing).items()
    }
    became: dict[str, Record] = {}
    for record in sorted(standing.became, key=lambda one: one.ref):
        if record.ref.crm in shown or record.ref.crm in became:
            found.append(_became(ground, standing, record, agreed))
        else:
            became[record.ref.crm] = record
    fields = differing(ground, standing)
    lacking = tuple(crm for crm in ground.crms if crm not in shown)
    if not shown:
        verdict = none_left(ground, standing)
    elif fields or lacking:
        verdict = _verdict(ground, standing, fields, lacking)
    else:
        return found
    if verdict is not None:
        told = {ref for one in found for ref in one.records}
        refs = [side.ref for side, _record, _said in shown.values()]
        refs = refs or [side.ref for side in standing.sides if side.ref not in told]
        found.insert(
            0,
            Difference(
                link_id=standing.link.id,
                records=tuple(sorted((*refs, *(one.ref for one in became.values())))),
                cause=verdict.cause,
                why=verdict.why,
                turn=verdict.turn,
                mend=verdict.mend,
                agreed=agreed,
                shown={crm: shown_by(ground, one, agreed) for crm, one in became.items()}
                | {crm: said for crm, (_side, _record, said) in shown.items()},
                fields=tuple(sorted(fields)),
                code=verdict.code,
                hold=verdict.hold,
                family=verdict.family,
                values=values_of(ground, standing, fields) if ground.values else {},
            ),
        )
    return found


def _spare(
    ground: Ground, standing: Standing, side: Side, record: Record, agreed: str
) -> Difference:
    crm = side.ref.crm
    stands = primaries(standing).get(crm)
    instead = f"{stands[0].ref.kind} {stands[0].ref.id}" if stands else "another one"
    asked = next((one for one in waiting(standing.holds) if one.cause in _DOUBLED), None)
    return Difference(
        link_id=standing.link.id,
        records=(side.ref,),
        cause="duplicate",
        why=f"{ground.label(crm)} {side.ref.kind} {side.ref.id} is a second record of this person; "
        f"{instead} is the one that is written.",
        turn="crm",
        mend=f"Merge the two in {ground.label(crm)}; the next sync then sees one.",
        agreed=agreed,
        shown={crm: shown_by(ground, record, agreed)},
        code=asked.cause if asked is not None else "",
        hold=asked.id if asked is not None else "",
    )


def _became(ground: Ground, standing: Standing, record: Record, agreed: str) -> Difference:
    """What a Lead of somebody was converted into who has another record there."""
    where = f"{ground.label(record.ref.crm)} {record.ref.kind} {record.ref.id}"
    return Difference(
        link_id=standing.link.id,
        records=(record.ref,),
        cause="converted",
        why=f"{where} is what a Lead was converted into since the last sync.",
        turn="plan",
        mend=SYNC,
        agreed=agreed,
        shown={record.ref.crm: shown_by(ground, record, agreed)},
    )


def _verdict(
    ground: Ground,
    standing: Standing,
    fields: Mapping[str, Sequence[str]],
    lacking: Sequence[str],
) -> Verdict:
    kept = {crm: reason_for_none(ground, standing, crm) for crm in lacking}
    due = [crm for crm in lacking if not kept[crm]]
    return (
        _left_out(ground, standing)
        or lost(ground, standing, lacking)
        or _unmapped(ground, standing, fields)
        or _held(standing, fields, due)
        or _refused(ground, standing, fields, due)
        or _window(ground, standing, fields, due)
        or _handoff(standing, fields, due)
        or _undone(ground, standing, fields, due)
        or _left_alone(ground, standing, fields)
        or (outside(ground, kept, lacking) if not fields and not due else None)
        or (not_created(ground, standing, due[0]) if due and not fields else None)
        or _drifted(ground, fields)
    )


def _unmapped(
    ground: Ground, standing: Standing, fields: Mapping[str, Sequence[str]]
) -> Verdict | None:
    asked = next((one for one in waiting(standing.holds) if one.cause == "status_unmapped"), None)
    agreed = standing.link.stage
    for crm, (_side, record) in primaries(standing).items():
        said = shown_by(ground, record, expected(ground, standing))
        if said.unmapped and (asked is not None or STAGE in fields or agreed is None):
            why = (
                f"{ground.label(crm)} shows {said.unmapped!r}, which the stage table does not have."
            )
            hold = asked.id if asked is not None else ""
            mend = "Add a row to the mapping's stage table" + (
                f", or `leadpact review accept {hold[:8]} --set STAGE`." if hold else "."
            )
            return Verdict("status_unmapped", why, "settings", mend, "status_unmapped", hold)
    return None


def _held(
    standing: Standing, fields: Mapping[str, Sequence[str]], due: Sequence[str]
) -> Verdict | None:
    """A hold on one of the fields, on the whole lead, or, since no record is made meanwhile, any at all."""
    asked = {*fields, STAGE} if {NATIVE, REASON} & fields.keys() else fields.keys()
    for one in waiting(standing.holds):
        whole = not one.field and (fields or due or standing.link.stage is None)
        if one.field in asked or whole or due or standing.link.stage is None:
            cause: Cause = "duplicate" if one.cause in _DOUBLED else "held"
            turn: Turn = "crm" if one.cause in _DOUBLED else "review"
            mend = f"`leadpact review list --lead {one.link_id[:8]}` shows how it is settled."
            return Verdict(cause, one.why, turn, mend, one.cause, one.id)
    return None


def _refused(
    ground: Ground,
    standing: Standing,
    fields: Mapping[str, Sequence[str]],
    due: Sequence[str],
) -> Verdict | None:
    for one in sorted(standing.failures, key=lambda each: (each.first_at, each.crm)):
        if one.open and (fields or one.crm in due):
            word = own_word(one.detail)
            why = f"{ground.label(one.crm)} refused it: {one.message}"
            turn, mend = _mend_refused(ground, one)
            family = error_family(one.cause)
            return Verdict(
                "write_refused",
                f"{why.rstrip('.')} ({word})." if word else why,
                turn,
                mend,
                one.cause,
                family=family,
            )
    return None


def _mend_refused(ground: Ground, failure: Failure) -> tuple[Turn, str]:
    if failure.retry_at is not None:
        return "sync", "Nothing: it is tried again by itself."
    where = ground.label(failure.crm)
    return "crm", f"Mend it in {where}, then `leadpact failures retry` and `leadpact sync`."


def _window(
    ground: Ground,
    standing: Standing,
    fields: Mapping[str, Sequence[str]],
    due: Sequence[str],
) -> Verdict | None:
    if ground.go_live is None:
        why = "The first sync is not approved yet, so nothing was written anywhere."
        return Verdict("window", why, "plan", "`leadpact plan`, then `leadpact apply`.")
    if any(one.status == "answered" for one in standing.holds):
        return Verdict("window", "An answer was given in review.", "plan", SYNC)
    changed = _changed(ground, standing)
    if changed and (fields or due):
        named = " and ".join(f"{ground.label(ref.crm)} {ref.kind} {ref.id}" for ref in changed)
        return Verdict("window", f"{named} changed since the last sync.", "plan", SYNC)
    if not standing.link.adopted or (standing.link.id in ground.due and (fields or due)):
        return Verdict("window", "It waits on the work list.", "plan", SYNC)
    return None


def _changed(ground: Ground, standing: Standing) -> list[RecordRef]:
    """Records that changed after they were settled, and whose change the last sync did not have to see."""
    return sorted(
        side.ref
        for side, record in primaries(standing).values()
        if newer(side, record)
        and (standing.link.id in ground.due or not before_last_sync(ground, record.version))
    )


def _handoff(
    standing: Standing, fields: Mapping[str, Sequence[str]], due: Sequence[str]
) -> Verdict | None:
    if not (due or STAGE in fields):
        return None
    for one in sorted(standing.handoffs, key=lambda each: (each.since, each.id)):
        if one.open:
            turn, mend = _HANDOFF_TURN.get(one.step, ("sync", "The next sync goes on with it."))
            why = one.why or "It is due to be handed over."
            return Verdict("pending_handoff", why, turn, mend, one.step)
    return None


def _left_out(ground: Ground, standing: Standing) -> Verdict | None:
    """Whom the mapping's scope leaves out stands still, whatever else is to be said (R37)."""
    why = _out(ground, standing)
    return Verdict("out_of_scope", why, "nobody", "Nothing: it is as agreed.") if why else None


def _out(ground: Ground, standing: Standing) -> str:
    """Why the lead is out of scope, "" where it takes part: by what is, or once restored will be, written of it."""
    written = {crm: record for crm, (_side, record) in primaries(standing).items()}
    for record in back(standing):
        written.setdefault(record.ref.crm, record)
    told = (scoped_out(ground, record) for record in written.values())
    return next(filter(None, told), "")


def _undone(
    ground: Ground, standing: Standing, fields: Mapping[str, Sequence[str]], due: Sequence[str]
) -> Verdict | None:
    """All that differs is what an undo put back: it stays so, and no plan writes it (R32).

    Also beside native stages: where stages agree, no plan writes those, whoever left them.
    A record that is due beside it, and is not there, is what is told.
    """
    if not fields or not standing.pins:
        return None
    pinned = {
        name
        for pin in standing.pins
        for name in fields
        if pin.field in _natives(ground, pin.ref, name)
    }
    if not pinned or set(fields) - pinned - {NATIVE}:
        return None
    if due:
        return not_created(ground, standing, due[0])
    why = "An undo put it back, and it stays so until a person edits it or the evidence changes."
    mend = f"`leadpact review release {standing.link.id[:8]}` lets leadpact write it again."
    return Verdict("held", why, "review", mend, "undone")


def _natives(ground: Ground, ref: RecordRef, name: str) -> frozenset[str]:
    """Fields of this record that show the stage, its reason, or a canonical field."""
    if (ref.crm, ref.kind) not in ground.mapping.kind_rules:
        return frozenset()
    table = ground.mapping.stage_table(ref.crm, ref.kind)
    if name == STAGE:
        return frozenset((table.own_field, *table.native_fields))
    if name in (NATIVE, REASON):
        return frozenset(table.native_fields if name == NATIVE else (table.reason_field,))
    side = ground.mapping.fields[name].sides.get((ref.crm, ref.kind))
    return frozenset((side.field,) if side is not None else ())


def _left_alone(
    ground: Ground, standing: Standing, fields: Mapping[str, Sequence[str]]
) -> Verdict | None:
    if set(fields) != {NATIVE}:
        return None
    crms = " and ".join(ground.label(crm) for crm in fields[NATIVE])
    if standing.link.stage is not None and standing.link.stage.native_left:
        why = f"A backfill found the stage in history; {crms}'s own stage fields follow when the stage next moves."
        mend = "Nothing: it is as asked. `leadpact backfill stages --native-stages` writes them."
        return Verdict("out_of_scope", why, "nobody", mend)
    why = f"{crms}'s own stage fields say otherwise, and leadpact does not write them: another sync does, or no row of "
    return Verdict(
        "out_of_scope", f"{why}the stage table sets them.", "nobody", "Nothing: it is as agreed."
    )


def _drifted(ground: Ground, fields: Mapping[str, Sequence[str]]) -> Verdict:
    crms = sorted({crm for where in fields.values() for crm in where})
    named = " and ".join(ground.label(crm) for crm in crms)
    why = f"{', '.join(sorted(fields))} in {named} is not what was agreed, and no sync has seen it change."
    return Verdict("drifted", why, "plan", SYNC)


def records_of(standing: Standing) -> Iterator[Record]:
    """Every live record of this lead that was read."""
    for _side, record in primaries(standing).values():
        yield record
    for _side, record in spares(standing):
        yield record
    yield from back(standing)
    yield from standing.became
