"""The one cause of each difference, by the precedence of ``reconcile.CAUSES``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leadpact.audit.absent import kept_out
from leadpact.audit.error_family import error_family, own_word
from leadpact.audit.reconcile import (
    NATIVE,
    STAGE,
    Cause,
    Difference,
    Ground,
    Shown,
    Standing,
    Turn,
    before_last_sync,
    differing,
    expected,
    newer,
    primaries,
    shown_by,
    spares,
)
from leadpact.mapping.rules import CreationRule
from leadpact.model.link import Failure, Hold, Side
from leadpact.model.record import Gone, MovedTo, Record, RecordRef
from leadpact.sync.observe import DELETED

_DOUBLED: Final = frozenset({"several_records_one_person", "duplicate_rule"})
_HANDOFF_TURN: Final[Mapping[str, tuple[Turn, str]]] = {
    "held": ("crm", "Fill in the fields that are named; the next sync hands it over."),
    "unowned": ("crm", "Give it an owner who can take it; the next sync hands it over."),
    "refused": ("crm", "Mend what Salesforce refused, then `leadpact failures retry`."),
    "capped": ("nobody", "Its rep has enough for the day; it goes by itself when there is room."),
}
_SYNC: Final = "The next sync settles it; `leadpact reconcile --repair` plans it alone."


@dataclass(frozen=True, slots=True)
class _Verdict:
    cause: Cause
    why: str
    turn: Turn
    mend: str
    code: str = ""
    hold: str = ""
    family: str = ""


def differences(ground: Ground, standing: Standing) -> list[Difference]:
    """Every difference of one lead: at most one for the records that are written, one for each spare record.

    Whatever order sides, holds, failures and handoffs are given in, the answer is the same.
    """
    agreed = expected(ground, standing)
    found = [_spare(ground, standing, side, record, agreed) for side, record in spares(standing)]
    found += [restored(ground, standing.link.id, record) for record in _back(standing)]
    shown = {
        crm: (side, record, shown_by(ground, record, agreed))
        for crm, (side, record) in primaries(standing).items()
    }
    fields = differing(ground, standing)
    lacking = tuple(crm for crm in ground.crms if crm not in shown)
    if not shown:
        verdict = _none_left(ground, standing)
    elif fields or lacking:
        verdict = _verdict(ground, standing, fields, lacking)
    else:
        return found
    if verdict is not None:
        refs = [side.ref for side, _record, _said in shown.values()]
        found.insert(
            0,
            Difference(
                link_id=standing.link.id,
                records=tuple(sorted(refs or (one.ref for one in standing.sides))),
                cause=verdict.cause,
                why=verdict.why,
                turn=verdict.turn,
                mend=verdict.mend,
                agreed=agreed,
                shown={crm: said for crm, (_side, _record, said) in shown.items()},
                fields=tuple(sorted(fields)),
                code=verdict.code,
                hold=verdict.hold,
                family=verdict.family,
            ),
        )
    return found


def unknown(ground: Ground, record: Record, became: bool = False) -> Difference:
    """A record that the state does not know at all.

    Args:
        became: a record that the state knows was converted into it.
    """
    where = f"{ground.label(record.ref.crm)} {record.ref.kind} {record.ref.id}"
    said: Mapping[str, Shown] = {record.ref.crm: shown_by(ground, record, "")}
    if became:
        why = f"{where} is what a Lead was converted into since the last sync."
        return Difference("", (record.ref,), "converted", why, "plan", _SYNC, shown=said)
    missed = before_last_sync(ground, record.version)
    why = (
        f"{where} is older than the last sync, and no sync has taken it in."
        if missed
        else f"{where} is new since the last sync."
    )
    if ground.synced_at is None:
        why = f"{where} was never synced: no sync has run yet."
    return Difference("", (record.ref,), "window", why, "plan", _SYNC, shown=said)


def restored(ground: Ground, link_id: str, record: Record) -> Difference:
    """A record that the state takes for deleted, and that is there again."""
    why = f"{ground.label(record.ref.crm)} {record.ref.kind} {record.ref.id} was restored since the last sync."
    said: Mapping[str, Shown] = {record.ref.crm: shown_by(ground, record, "")}
    return Difference(link_id, (record.ref,), "window", why, "plan", _SYNC, shown=said)


def _spare(
    ground: Ground, standing: Standing, side: Side, record: Record, agreed: str
) -> Difference:
    crm = side.ref.crm
    stands = primaries(standing).get(crm)
    instead = f"{stands[0].ref.kind} {stands[0].ref.id}" if stands else "another one"
    asked = next((one for one in _waiting(standing.holds) if one.cause in _DOUBLED), None)
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


def _waiting(holds: Sequence[Hold]) -> list[Hold]:
    """Holds that wait for a person, in an order of their own: the oldest first, ties by id."""
    return sorted(
        (one for one in holds if one.status == "waiting"), key=lambda one: (one.since, one.id)
    )


def _none_left(ground: Ground, standing: Standing) -> _Verdict | None:
    """A lead without a record that can be read."""
    for side in sorted(standing.sides, key=lambda one: one.ref):
        verdict = _gone(ground, standing, side)
        if verdict is not None:
            return verdict
    return None


def _back(standing: Standing) -> Iterator[Record]:
    """Records that the state takes for deleted, and that can be read again."""
    for side in sorted(standing.sides, key=lambda one: one.ref):
        seen = standing.seen.get(side.ref)
        if side.state in DELETED and isinstance(seen, Record):
            yield seen


def _gone(ground: Ground, standing: Standing, side: Side) -> _Verdict | None:
    """What became of a record that the state takes for a live one."""
    seen = standing.seen.get(side.ref)
    where = f"{ground.label(side.ref.crm)} {side.ref.kind} {side.ref.id}"
    if side.state != "live":
        return None
    if isinstance(seen, Gone):
        why = f"{where} is answered no more; the next sync asks what shall become of it."
        return _Verdict("deleted", why, "plan", _SYNC)
    if isinstance(seen, MovedTo) and seen.how == "converted":
        why = f"{where} was converted since the last sync, which follows it into its Contact."
        return _Verdict("converted", why, "plan", _SYNC)
    if isinstance(seen, MovedTo):
        into = ", ".join(f"{ref.kind} {ref.id}" for ref in seen.to) or "another record"
        return _Verdict("window", f"{where} was merged into {into}.", "plan", _SYNC)
    return None


def _verdict(
    ground: Ground,
    standing: Standing,
    fields: Mapping[str, Sequence[str]],
    lacking: Sequence[str],
) -> _Verdict:
    kept = {crm: _kept_out(ground, standing, crm) for crm in lacking}
    due = [crm for crm in lacking if not kept[crm]]
    return (
        _lost(ground, standing, lacking)
        or _unmapped(ground, standing, fields)
        or _held(standing, fields, due)
        or _refused(ground, standing, fields, due)
        or _window(ground, standing, fields, due)
        or _handoff(standing, fields, due)
        or _left_alone(ground, fields)
        or (_outside(ground, kept, lacking) if not fields and not due else None)
        or (_not_created(ground, due[0]) if due and not fields else None)
        or _drifted(ground, fields)
    )


def _lost(ground: Ground, standing: Standing, lacking: Sequence[str]) -> _Verdict | None:
    """Converted or deleted, where no record of that CRM is left."""
    for crm in lacking:
        here = sorted((one for one in standing.sides if one.ref.crm == crm), key=lambda s: s.ref)
        news = [one for side in here if (one := _gone(ground, standing, side)) is not None]
        if news:
            return min(news, key=lambda one: ("converted", "deleted", "window").index(one.cause))
        for side in here:
            where = f"{ground.label(crm)} {side.ref.kind} {side.ref.id}"
            if side.state == "converted":
                why = f"{where} was converted, and no record that it became is linked."
                mend = f"Give its Contact the same e-mail address in {ground.label(crm)}."
                return _Verdict("converted", why, "crm", mend)
            if side.state in DELETED:
                if isinstance(standing.seen.get(side.ref), Record):
                    return _Verdict("window", f"{where} was restored.", "plan", _SYNC)
                return _deleted(standing, side, where)
    return None


def _deleted(standing: Standing, side: Side, where: str) -> _Verdict:
    if side.state == "replaced":
        return _Verdict("deleted", f"{where} was deleted, and is made anew.", "plan", _SYNC)
    if side.state == "buried":
        why = f"{where} was deleted, and a person said that it stays so."
        return _Verdict("deleted", why, "nobody", "Nothing: it is as a person decided.")
    code = f"deleted_in_{side.ref.crm}"
    asked = next((one for one in _waiting(standing.holds) if one.cause == code), None)
    mend = "`leadpact review accept` makes it anew, `leadpact review refuse` lets it stay deleted."
    return _Verdict(
        "deleted", f"{where} was deleted.", "review", mend, code, asked.id if asked else ""
    )


def _unmapped(
    ground: Ground, standing: Standing, fields: Mapping[str, Sequence[str]]
) -> _Verdict | None:
    asked = next((one for one in _waiting(standing.holds) if one.cause == "status_unmapped"), None)
    agreed = standing.link.stage
    for crm, (_side, record) in primaries(standing).items():
        said = shown_by(ground, record, expected(ground, standing))
        if said.unmapped and (asked is not None or STAGE in fields or agreed is None):
            why = (
                f"{ground.label(crm)} shows {said.unmapped!r}, which the stage table does not have."
            )
            mend = (
                "Add a row to the mapping's stage table, or choose the stage in `leadpact review`."
            )
            hold = asked.id if asked is not None else ""
            return _Verdict("status_unmapped", why, "settings", mend, "status_unmapped", hold)
    return None


def _held(
    standing: Standing, fields: Mapping[str, Sequence[str]], due: Sequence[str]
) -> _Verdict | None:
    """A hold on one of the fields, on the whole lead, or, since no record is made meanwhile, any at all."""
    for one in _waiting(standing.holds):
        whole = not one.field and (fields or due or standing.link.stage is None)
        if one.field in fields or whole or due or standing.link.stage is None:
            cause: Cause = "duplicate" if one.cause in _DOUBLED else "held"
            turn: Turn = "crm" if one.cause in _DOUBLED else "review"
            mend = f"`leadpact review list --lead {one.link_id[:8]}` shows how it is settled."
            return _Verdict(cause, one.why, turn, mend, one.cause, one.id)
    return None


def _refused(
    ground: Ground,
    standing: Standing,
    fields: Mapping[str, Sequence[str]],
    due: Sequence[str],
) -> _Verdict | None:
    for one in sorted(standing.failures, key=lambda each: (each.first_at, each.crm)):
        if one.open and (fields or one.crm in due):
            word = own_word(one.detail)
            why = f"{ground.label(one.crm)} refused it: {one.message}"
            turn, mend = _mend_refused(ground, one)
            family = error_family(one.cause)
            return _Verdict(
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
) -> _Verdict | None:
    if not ground.live:
        why = "The first sync is not approved yet, so nothing was written anywhere."
        return _Verdict("window", why, "plan", "`leadpact plan`, then `leadpact apply`.")
    if any(one.status == "answered" for one in standing.holds):
        return _Verdict("window", "An answer was given in review.", "plan", _SYNC)
    changed = _changed(ground, standing)
    if changed and (fields or due):
        named = " and ".join(f"{ground.label(ref.crm)} {ref.kind} {ref.id}" for ref in changed)
        return _Verdict("window", f"{named} changed since the last sync.", "plan", _SYNC)
    if not standing.link.adopted or (standing.link.id in ground.due and (fields or due)):
        return _Verdict("window", "It waits on the work list.", "plan", _SYNC)
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
) -> _Verdict | None:
    if not (due or STAGE in fields):
        return None
    for one in sorted(standing.handoffs, key=lambda each: (each.since, each.id)):
        if one.open:
            turn, mend = _HANDOFF_TURN.get(one.step, ("sync", "The next sync goes on with it."))
            why = one.why or "It is due to be handed over."
            return _Verdict("pending_handoff", why, turn, mend, one.step)
    return None


def _kept_out(ground: Ground, standing: Standing, crm: str) -> str:
    """Why the agreement asks for no record there, "" where one is due."""
    rule: CreationRule | None = ground.mapping.creation.get(crm)
    if rule is None:
        return "the mapping has no rule that makes records there (`creation:`)"
    if standing.link.stage is None:
        return ""
    return next(kept_out(rule, standing.link, ground.pact), "")


def _outside(ground: Ground, kept: Mapping[str, str], lacking: Sequence[str]) -> _Verdict | None:
    if not lacking:
        return None
    crm = lacking[0]
    why = f"No record in {ground.label(crm)}: {kept[crm]}."
    return _Verdict("out_of_scope", why, "nobody", "Nothing: it is as agreed.")


def _left_alone(ground: Ground, fields: Mapping[str, Sequence[str]]) -> _Verdict | None:
    if set(fields) != {NATIVE}:
        return None
    crms = " and ".join(ground.label(crm) for crm in fields[NATIVE])
    why = f"{crms}'s own stage fields say otherwise, and leadpact does not write them: another sync does, or no row of "
    return _Verdict(
        "out_of_scope", f"{why}the stage table sets them.", "nobody", "Nothing: it is as agreed."
    )


def _not_created(ground: Ground, crm: str) -> _Verdict:
    why = f"No record in {ground.label(crm)}, though the agreement asks for one."
    return _Verdict("not_created", why, "plan", _SYNC)


def _drifted(ground: Ground, fields: Mapping[str, Sequence[str]]) -> _Verdict:
    crms = sorted({crm for where in fields.values() for crm in where})
    named = " and ".join(ground.label(crm) for crm in crms)
    why = f"{', '.join(sorted(fields))} in {named} is not what was agreed, and no sync has seen it change."
    return _Verdict("drifted", why, "plan", _SYNC)


def records_of(standing: Standing) -> Iterator[Record]:
    """Every live record of this lead that was read."""
    for _side, record in primaries(standing).values():
        yield record
    for _side, record in spares(standing):
        yield record
    yield from _back(standing)
