"""Records that one CRM lacks, and records that the state does not have: why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leadpact.audit.absent import kept_out
from leadpact.audit.reconcile import (
    Cause,
    Difference,
    Ground,
    Shown,
    Standing,
    Turn,
    before_last_sync,
    shown_by,
)
from leadpact.audit.sentences import day
from leadpact.mapping.rules import CreationRule
from leadpact.model.link import Hold, Side
from leadpact.model.record import UNKNOWN, Gone, MovedTo, Record
from leadpact.sync.observe import DELETED

SYNC: Final = "The next sync settles it; `leadpact reconcile --repair` plans it alone."


@dataclass(frozen=True, slots=True)
class Verdict:
    """The cause of a difference and who is next, as in ``Difference``."""

    cause: Cause
    why: str
    turn: Turn
    mend: str
    code: str = ""
    hold: str = ""
    family: str = ""


def unknown(ground: Ground, record: Record, *, erased: bool = False) -> Difference:
    """A record that the state does not know at all.

    Args:
        erased: it is of somebody who was erased, and who is not taken in again (R27).
    """
    where = f"{ground.label(record.ref.crm)} {record.ref.kind} {record.ref.id}"
    said: Mapping[str, Shown] = {record.ref.crm: shown_by(ground, record, "")}
    out = scoped_out(ground, record)
    if erased:
        out = f"{where} is of somebody who was erased; nothing of them is taken in again."
    if out:
        mend = "Nothing: it is as agreed."
        return Difference("", (record.ref,), "out_of_scope", out, "nobody", mend, shown=said)
    missed = before_last_sync(ground, record.version)
    why = (
        f"{where} is older than the last sync, and no sync has taken it in."
        if missed
        else f"{where} is new since the last sync."
    )
    if ground.synced_at is None:
        why = f"{where} was never synced: no sync has run yet."
    return Difference("", (record.ref,), "window", why, "plan", SYNC, shown=said)


def scoped_out(ground: Ground, record: Record) -> str:
    """Why the mapping's scope leaves a record out, as a sentence; "" where it takes part (R37)."""
    if not ground.mapping.scoped:
        return ""
    held, words = ground.mapping.in_scope(record)
    if held:
        return ""
    where = f"{ground.label(record.ref.crm)} {record.ref.kind} {record.ref.id}"
    return f"{where} is out of the mapping's scope, which asks: {words}."


def restored(
    ground: Ground, link_id: str, record: Record, agreed: str = "", *, out: str = ""
) -> Difference:
    """A record that the state takes for deleted, and that is there again.

    Args:
        out: why its lead is out of scope, so that no plan takes it up; "" where it takes part (R37).
    """
    why = f"{ground.label(record.ref.crm)} {record.ref.kind} {record.ref.id} was restored since the last sync."
    said: Mapping[str, Shown] = {record.ref.crm: shown_by(ground, record, agreed)}
    if out:
        mend = "Nothing: it is as agreed."
        return Difference(link_id, (record.ref,), "out_of_scope", out, "nobody", mend, agreed, said)
    return Difference(link_id, (record.ref,), "window", why, "plan", SYNC, shown=said)


def waiting(holds: Sequence[Hold]) -> list[Hold]:
    """Holds that wait for a person, in an order of their own: the oldest first, ties by id."""
    return sorted(
        (one for one in holds if one.status == "waiting"), key=lambda one: (one.since, one.id)
    )


def none_left(ground: Ground, standing: Standing) -> Verdict | None:
    """A lead without a record that can be read."""
    for side in sorted(standing.sides, key=lambda one: one.ref):
        verdict = gone(ground, standing, side)
        if verdict is not None:
            return verdict
    return None


def back(standing: Standing) -> Iterator[Record]:
    """Records that the state takes for deleted, and that can be read again."""
    for side in sorted(standing.sides, key=lambda one: one.ref):
        seen = standing.seen.get(side.ref)
        if side.state in DELETED and isinstance(seen, Record):
            yield seen


def gone(ground: Ground, standing: Standing, side: Side) -> Verdict | None:
    """What became of a record that the state takes for a live one."""
    seen = standing.seen.get(side.ref)
    where = f"{ground.label(side.ref.crm)} {side.ref.kind} {side.ref.id}"
    if side.state != "live":
        return None
    if isinstance(seen, Gone):
        why = f"{where} is answered no more; the next sync asks what shall become of it."
        return Verdict("deleted", why, "plan", SYNC)
    if isinstance(seen, MovedTo) and seen.how == "converted":
        why = f"{where} was converted since the last sync, which follows it into its Contact."
        return Verdict("converted", why, "plan", SYNC)
    if isinstance(seen, MovedTo):
        into = ", ".join(f"{ref.kind} {ref.id}" for ref in seen.to) or "another record"
        return Verdict("window", f"{where} was merged into {into}.", "plan", SYNC)
    return None


def lost(ground: Ground, standing: Standing, lacking: Sequence[str]) -> Verdict | None:
    """Converted or deleted, where no record of that CRM is left."""
    for crm in lacking:
        here = sorted((one for one in standing.sides if one.ref.crm == crm), key=lambda s: s.ref)
        news = [one for side in here if (one := gone(ground, standing, side)) is not None]
        if news:
            return min(news, key=lambda one: ("converted", "deleted", "window").index(one.cause))
        for side in here:
            where = f"{ground.label(crm)} {side.ref.kind} {side.ref.id}"
            if side.state == "converted":
                why = f"{where} was converted, and no record that it became is linked."
                mend = f"Give its Contact the same e-mail address in {ground.label(crm)}."
                return Verdict("converted", why, "crm", mend)
            if side.state in DELETED:
                if isinstance(standing.seen.get(side.ref), Record):
                    return Verdict("window", f"{where} was restored.", "plan", SYNC)
                return _deleted(standing, side, where)
    return None


def _deleted(standing: Standing, side: Side, where: str) -> Verdict:
    if side.state == "replaced":
        return Verdict("deleted", f"{where} was deleted, and is made anew.", "plan", SYNC)
    if side.state == "buried":
        why = f"{where} was deleted, and a person said that it stays so."
        return Verdict("deleted", why, "nobody", "Nothing: it is as a person decided.")
    code = f"deleted_in_{side.ref.crm}"
    asked = next((one for one in waiting(standing.holds) if one.cause == code), None)
    named = f" {asked.id[:8]}" if asked is not None else ""
    mend = (
        f"`leadpact review accept{named}` makes it anew, `leadpact review refuse{named}` lets it stay "
        "deleted."
    )
    return Verdict(
        "deleted", f"{where} was deleted.", "review", mend, code, asked.id if asked else ""
    )


def reason_for_none(ground: Ground, standing: Standing, crm: str) -> str:
    """Why the agreement asks for no record there, "" where one is due."""
    rule: CreationRule | None = ground.mapping.creation.get(crm)
    if rule is None:
        return "the mapping has no rule that makes records there (`creation:`)"
    if standing.link.stage is None:
        return ""
    return (
        next(kept_out(rule, standing.link, ground.pact), "")
        or _too_old(ground, standing, rule)
        or _out_there(ground, standing, rule)
    )


def _out_there(ground: Ground, standing: Standing, rule: CreationRule) -> str:
    """Whether a new record would be out of scope, as far as it can be told before it is made (R37)."""
    scope = ground.mapping.kind_rules[rule.crm, rule.kind].scope
    if scope is None:
        return ""
    values = {name: standing.link.base.get(name, UNKNOWN) for name in ground.mapping.fields}
    held, words = scope.failing(values, {}, absent_is_unknown=False)
    return (
        f"it would be out of the mapping's scope there, which asks: {words}"
        if held is False
        else ""
    )


def _too_old(ground: Ground, standing: Standing, rule: CreationRule) -> str:
    """Where a rule names no stage, records are made for people who are new since go-live alone (R30)."""
    if rule.at_stage or ground.go_live is None:
        return ""
    made = [
        seen.created_at
        for seen in standing.seen.values()
        if isinstance(seen, Record) and seen.created_at is not None
    ]
    if made and min(made) >= ground.go_live:
        return ""
    return (
        f"one is made for people who are new since {day(ground.go_live)}, when leadpact went live"
    )


def outside(ground: Ground, kept: Mapping[str, str], lacking: Sequence[str]) -> Verdict | None:
    """The agreement asks for no record there."""
    if not lacking:
        return None
    crm = lacking[0]
    why = f"No record in {ground.label(crm)}: {kept[crm]}."
    return Verdict("out_of_scope", why, "nobody", "Nothing: it is as agreed.")


def not_created(ground: Ground, standing: Standing, crm: str) -> Verdict:
    """A record is due there, and nothing says why there is none."""
    why = f"No record in {ground.label(crm)}, though the agreement asks for one."
    if standing.beside:
        why = (
            f"No record in {ground.label(crm)}: the one there with this address {standing.beside}."
        )
        return Verdict("out_of_scope", why, "nobody", "Nothing: it is as agreed.")
    return Verdict("not_created", why, "plan", SYNC)
