"""Match: find the same person in the other CRM, by our id and by match keys; ambiguous pairs are held (R23, R29)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from leadpact.errors import LeadpactError
from leadpact.matching.keys import folded, judge
from leadpact.model.record import Record, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches, Gather, Steps
from leadpact.sync.fold import Page, adopt_record
from leadpact.sync.holding import hold
from leadpact.sync.kept_ids import join_kept
from leadpact.sync.observe import choose_primaries, observe_more
from leadpact.sync.page import LeadView

WHY = {
    "role_address": "The address is read by several people, so it does not say that these records are one person.",
    "two_surnames": "Both records have this address, under different surnames.",
}


def link_up(context: Context, page: Page, now: datetime) -> Steps[None]:
    """Look for the other side of every lead that was never agreed or whose e-mail address changed."""
    if len(context.crms) < 2:
        return
    seekers = [view for view in page.values() if _seeks(context, view)]
    if not seekers:
        return
    yield from seek(context, page, seekers, now)


def seek(context: Context, page: Page, seekers: Sequence[LeadView], now: datetime) -> Steps[bool]:
    """Find and join what these leads have elsewhere.

    Returns:
        True where any lead gained a record.
    """
    known = {link_id: len(view.sides) for link_id, view in page.items()}
    gained = yield from join_kept(context, page, seekers, now)
    if gained:
        yield from observe_more(context, page, gained, now)
    seekers = [view for view in seekers if page.get(view.link.id) is view]
    values = _asked_for(context, seekers)
    asked = sorted(values)
    answers = yield Gather(
        tuple(
            FindMatches(
                crm,
                kind,
                field,
                tuple(sorted(values[crm, kind, key, field])),
                context.mapping.read_fields(crm, kind),
            )
            for crm, kind, key, field in asked
        )
    )
    by_value: dict[tuple[str, str], list[Record]] = {}
    for (_crm, _kind, key, field), answer in zip(asked, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record in answer:
            by_value.setdefault((key, folded(record.fields.get(field))), []).append(record)
    more: dict[RecordRef, str] = {}
    for view in sorted(seekers, key=lambda one: one.link.id):
        if page.get(view.link.id) is view:
            more |= _join_found(context, page, view, by_value, now)
    if more:
        yield from observe_more(context, page, more, now)
    # Two leads of one page are joined without a record to be read: primaries are chosen anew all the same.
    if gained or more or known != {link_id: len(view.sides) for link_id, view in page.items()}:
        for view in page.values():
            choose_primaries(context, view)
        return True
    return False


def _asked_for(
    context: Context, seekers: Sequence[LeadView]
) -> dict[tuple[str, str, str, str], set[str]]:
    """Values to look for by (crm, kind, canonical key, CRM field)."""
    values: dict[tuple[str, str, str, str], set[str]] = {}
    for view in seekers:
        for crm in sorted(context.crms):
            if view.primary(crm) is not None and len(context.mapping.kinds(crm)) == 1:
                continue
            for kind in context.mapping.kinds(crm):
                for key, field in context.mapping.match_fields(crm, kind):
                    for value in _key_values(context, view, key):
                        values.setdefault((crm, kind, key, field), set()).add(value)
    return values


def _seeks(context: Context, view: LeadView) -> bool:
    if view.link.status != "live" or not view.records:
        return False
    if not view.link.adopted or any(hold.cause in WHY for hold in view.stored_holds):
        return True
    if all(view.primary(crm) for crm in context.crms):
        return False
    emails = {folded(value) for value in _emails(context, view)}
    return folded(view.link.base.get("email")) not in emails


def _emails(context: Context, view: LeadView) -> Iterable[str]:
    for record in view.records.values():
        value = context.mapping.read(record).get("email")
        if isinstance(value, str) and value:
            yield value


def _key_values(context: Context, view: LeadView, key: str) -> set[str]:
    found: set[str] = set()
    for record in view.records.values():
        value = context.mapping.read(record).get(key)
        if isinstance(value, str) and folded(value):
            found.add(folded(value))
    return found


def _named(context: Context, ref: RecordRef) -> str:
    return f"{context.label(ref.crm)} {ref.kind} {ref.id}"


def _join_found(
    context: Context,
    page: Page,
    view: LeadView,
    by_value: dict[tuple[str, str], list[Record]],
    now: datetime,
) -> dict[RecordRef, str]:
    gained: dict[RecordRef, str] = {}
    keys = sorted({key for key, _value in by_value})
    for key in keys:
        for value in sorted(_key_values(context, view, key)):
            for record in sorted(by_value.get((key, value), ()), key=lambda r: r.ref):
                if record.ref in view.sides:
                    continue
                own = next(iter(sorted(view.records.values(), key=lambda r: r.ref)))
                verdict = judge(context.mapping.read(own), context.mapping.read(record))
                answered = view.answer("", ("role_address", "two_surnames"))
                if verdict != "same" and not (answered and answered.answer == "accept"):
                    if answered is None or answered.answer != "refuse":
                        hold(
                            context,
                            view,
                            "",
                            verdict,
                            f"{WHY[verdict]} Compare {_named(context, own.ref)} with "
                            f"{_named(context, record.ref)}; "
                            "accept joins them, refuse keeps them apart.",
                            {own.ref.crm: own.ref.id, record.ref.crm: record.ref.id},
                            now,
                        )
                    continue
                gained |= adopt_record(context, page, view, record.ref, "matched", now)
                if page.get(view.link.id) is not view:
                    return gained
    return gained
