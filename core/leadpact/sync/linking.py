"""Match: find the same person in the other CRM, by our id and by match keys; ambiguous pairs are held (R23, R30)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from leadpact.errors import LeadpactError
from leadpact.matching.keys import judge
from leadpact.model.link import Hold, Side
from leadpact.model.record import Record, RecordRef
from leadpact.model.terms import SURNAME
from leadpact.sync.context import Context
from leadpact.sync.earlier_addresses import join_known
from leadpact.sync.effects import FindMatches, Gather, Steps
from leadpact.sync.fold import SEVERAL, Page, adopt_record
from leadpact.sync.holding import hold
from leadpact.sync.kept_ids import join_kept
from leadpact.sync.observe import choose_primaries, observe_more
from leadpact.sync.page import LeadView
from leadpact.sync.read_ahead import Ahead
from leadpact.sync.scoping import out_of_scope
from leadpact.sync.settle import DUPLICATE_RULE
from leadpact.sync.tombstones import PERSON_DELETED, join_buried

WHY = {
    "role_address": "The address is read by several people, so it does not say that these records are one person.",
    "two_surnames": "Both records have this address, under different surnames.",
}
_AGAIN: Final = frozenset({*WHY, SEVERAL, PERSON_DELETED, DUPLICATE_RULE})
"""Holds that are looked into again whenever their lead is."""
_OF_ERASED: Final = " It is of somebody who was erased and cannot be linked."
OUR_ID: Final = ""
"""In place of a match key: our own external id."""

Key = tuple[str, str]
"""(match key, its value as it is compared)."""


def link_up(context: Context, page: Page, now: datetime) -> Steps[None]:
    """Look for the other side of every lead that was never agreed or whose e-mail address changed."""
    if len(context.crms) < 2:
        return
    seekers = [view for view in page.values() if _seeks(context, view)]
    if seekers:
        yield from seek(context, page, seekers, now)


def seek(
    context: Context,
    page: Page,
    seekers: Sequence[LeadView],
    now: datetime,
    *,
    thoroughly: bool = False,
) -> Steps[bool]:
    """Find and join what these leads have elsewhere.

    Args:
        thoroughly: ask also where a CRM keeps further values of a key, as before a record is made (R30).

    Returns:
        True where any lead gained a record.
    """
    known = {link_id: len(view.sides) for link_id, view in page.items()}
    kept = yield from join_kept(context, page, seekers, now)
    if kept:
        yield from observe_more(context, page, kept, now)
    seekers = [view for view in seekers if page.get(view.link.id) is view]
    values = _asked_for(context, seekers, thoroughly=thoroughly)
    asked = sorted(values)
    answers = yield Gather(
        tuple(
            FindMatches(
                crm,
                kind,
                field,
                tuple(sorted(values[crm, kind, field])),
                context.mapping.known_by(crm, kind),
            )
            for crm, kind, field in asked
        )
    )
    by_key, erased = _by_key(context, answers)
    gained = _join_all(context, page, seekers, by_key, now)
    for view in seekers if erased else ():
        # Whose record that is was erased: it is nobody's, and no second one is made beside it (R27, R30).
        view.doubted |= {crm for key in _keys_of(context, view) for crm in erased.get(key, ())}
    gained |= join_known(
        context, page, [(one, _shown_addresses(context, one)) for one in seekers], now
    )
    gained |= join_buried(
        context, page, [(one, addresses_of(context, one)) for one in seekers], now
    )
    if gained:
        yield from observe_more(context, page, gained, now)
    _take_our_ids(context, page)
    # Two leads of one page are joined without a record to be read: primaries are chosen anew all the same.
    if kept or gained or known != {link_id: len(view.sides) for link_id, view in page.items()}:
        for view in page.values():
            choose_primaries(context, view)
        return True
    return False


def _by_key(
    context: Context, answers: Sequence[Sequence[Record] | LeadpactError]
) -> tuple[dict[Key, dict[RecordRef, Record]], dict[Key, set[str]]]:
    """What was found, by key; and the CRMs in which a record of somebody who was erased has that key (R27)."""
    found: list[Record] = []
    for answer in answers:
        if isinstance(answer, LeadpactError):
            raise answer
        found += answer
    gone: Collection[RecordRef] = ()
    if context.forgotten is not None:
        gone = context.forgotten.records(one.ref for one in found)
    by_key: dict[Key, dict[RecordRef, Record]] = {}
    erased: dict[Key, set[str]] = {}
    for record in found:
        for key in keys_shown(context, record):
            if record.ref in gone:
                erased.setdefault(key, set()).add(record.ref.crm)
            else:
                by_key.setdefault(key, {})[record.ref] = record
    return by_key, erased


def _join_all(
    context: Context,
    page: Page,
    seekers: Sequence[LeadView],
    by_key: dict[Key, dict[RecordRef, Record]],
    now: datetime,
) -> dict[RecordRef, str]:
    """Join what was found; returns records to be read next, with the link they belong to from now on."""
    gained: dict[RecordRef, str] = {}
    # A converted Lead says less of who somebody is than a record that lives: it comes last.
    refs = {ref for found in by_key.values() for ref in found}
    sides = {ref: side for view in page.values() for ref, side in view.sides.items()}
    page.look_ahead(context, refs - sides.keys())
    frozen = _frozen(context, page, refs, sides)
    for later in (False, True) if frozen else (True,):
        for view in sorted(seekers, key=lambda one: one.link.id):
            if page.get(view.link.id) is view:
                skipped = frozenset() if later else frozen
                gained |= _join_found(context, page, view, by_key, skipped, now)
    for view in sorted(seekers, key=lambda one: one.link.id):
        if page.get(view.link.id) is view:
            gained |= _doubled(context, page, view, now)
    page.ahead = Ahead()
    return gained


def _seeks(context: Context, view: LeadView) -> bool:
    if view.link.status != "live" or not view.records:
        return False
    if not view.link.adopted or any(hold.cause in _AGAIN for hold in view.stored_holds):
        return True
    if view.welcomed:
        # Records of the same person may have been made, and joined to another lead, while this one was left out (R37).
        return True
    if all(view.primary(crm) for crm in context.crms):
        return False
    # A merge keeps the address that was agreed as a further one, behind that of the other record (R25, R29).
    return context.email_key(view.link.base.get("email")) not in _main_addresses(context, view)


def _take_our_ids(context: Context, page: Page) -> None:
    """A lead that is new to this state keeps the id that its records bear from an earlier one (R30)."""
    borne: dict[str, LeadView] = {}
    for view in page.values():
        if not view.link.adopted:
            shown = {value for one in view.records.values() if (value := _borne(context, one))}
            if len(shown) == 1 and view.link.external_id not in shown:
                borne[shown.pop()] = view
    known = context.store.links(sorted(borne)) if borne else {}
    for our_id, view in borne.items():
        if our_id not in known or our_id in {one.id for one in view.folded}:
            view.bear(our_id)


def _borne(context: Context, record: Record) -> str:
    name = context.mapping.external_id_field(record.ref.crm, record.ref.kind)
    return str(record.fields.get(name) or "").strip() if name else ""


def keys_shown(context: Context, record: Record) -> Iterator[Key]:
    """Every key and value by which this record can be known as somebody's."""
    ref, mapping = record.ref, context.mapping
    borne = _borne(context, record)
    if borne:
        yield OUR_ID, borne
    for key, _field in mapping.match_fields(ref.crm, ref.kind):
        main = context.key_of(key, mapping.value(record, key))
        if main:
            yield key, main
        for name in mapping.also_fields(ref.crm, ref.kind, key):
            for part in str(record.fields.get(name) or "").split(";"):
                if further := context.key_of(key, part):
                    yield key, further


def _keys_of(context: Context, view: LeadView) -> Mapping[Key, Record]:
    """The keys of all its records, our id first, each with who shows it; a converted Lead says what an address was."""
    shown = (len(view.frozen), *view.records.values(), *view.frozen.values())
    if view.known_by is not None and view.known_by[0] == shown:
        return view.known_by[1]
    found: dict[Key, Record] = {}
    records = {**view.records, **view.frozen}.values()
    for record in sorted(records, key=lambda one: (one.ref in view.frozen, one.ref)):
        for key in keys_shown(context, record):
            found.setdefault(key, record)
    view.known_by = shown, {key: found[key] for key in sorted(found)}
    return view.known_by[1]


def our_ids_of(context: Context, view: LeadView) -> set[str]:
    """Ids of ours that this lead's records bear."""
    return {value for key, value in _keys_of(context, view) if key == OUR_ID}


def addresses_of(context: Context, view: LeadView) -> set[str]:
    """All e-mail addresses of this lead's records, as they are compared."""
    return {value for key, value in _keys_of(context, view) if key == "email"}


def _main_addresses(context: Context, view: LeadView) -> set[str]:
    """The first address of each record that speaks for its CRM, as it is compared: a twin may keep an old one."""
    speaking = filter(None, map(view.primary, context.crms))
    shown = (context.key_of("email", context.mapping.value(one[1], "email")) for one in speaking)
    return {key for key in shown if key}


def _shown_addresses(context: Context, view: LeadView) -> list[tuple[str, Record]]:
    """Its addresses, each with the record that shows it; none of who was agreed before."""
    if view.link.adopted:
        return []
    keys = _keys_of(context, view)
    return [(value, record) for (key, value), record in keys.items() if key == "email"]


def _asked_for(
    context: Context, seekers: Sequence[LeadView], *, thoroughly: bool
) -> dict[tuple[str, str, str], set[str]]:
    """Values to look for by (crm, kind, CRM field)."""
    mapping = context.mapping
    values: dict[tuple[str, str, str], set[str]] = {}
    sides = [(crm, kind) for crm in sorted(context.crms) for kind in mapping.kinds(crm)]
    fields = {side: dict(mapping.match_fields(*side)) for side in sides}
    single = {crm for crm in context.crms if len(mapping.kinds(crm)) == 1}
    for view in seekers:
        full = {crm for crm in single if view.primary(crm) is not None}
        for key, value in _keys_of(context, view):
            asked = context.spellings(value) if key == "email" else (value,)
            for crm, kind in sides:
                field = fields[crm, kind].get(key, "")
                if key == OUR_ID and not view.link.adopted:
                    field = mapping.external_id_field(crm, kind) or field
                more = mapping.also_fields(crm, kind, key) if thoroughly else ()
                for name in (field, *more):
                    if name and crm not in full:
                        values.setdefault((crm, kind, name), set()).update(asked)
    return values


def _frozen(
    context: Context, page: Page, refs: set[RecordRef], sides: dict[RecordRef, Side]
) -> frozenset[RecordRef]:
    """Those of the records that are known to be converted; ``sides`` are those of the page."""
    freezing = {
        name for name, crm in context.crms.items() if crm.capabilities.frozen_when_converted
    }
    elsewhere = [ref for ref in refs if ref.crm in freezing and ref not in sides]
    for group in page.ahead.sides_of(context.store, elsewhere):
        sides |= {side.ref: side for side in group if side.ref not in sides}
    return frozenset(ref for ref in refs if ref in sides and sides[ref].state == "converted")


def _named(context: Context, ref: RecordRef) -> str:
    return f"{context.label(ref.crm)} {ref.kind} {ref.id}"


def _join_found(
    context: Context,
    page: Page,
    view: LeadView,
    by_key: dict[Key, dict[RecordRef, Record]],
    skipped: frozenset[RecordRef],
    now: datetime,
) -> dict[RecordRef, str]:
    gained: dict[RecordRef, str] = {}
    for key, own in _keys_of(context, view).items():
        for ref, record in sorted(by_key.get(key, {}).items()):
            if ref in view.sides or ref in skipped:
                continue
            if out_of_scope(context, record):
                view.doubted.add(ref.crm)
                continue
            if _one_person(context, page, view, own, record, key, now):
                gained |= adopt_record(context, page, view, ref, "matched", now)
                if page.get(view.link.id) is not view:
                    # Whoever it became part of has the rest of what was found, and its questions, from now on (R23).
                    stands = page.lead_of(view.link.id)
                    if stands is not None:
                        gained |= _join_found(context, page, stands, by_key, skipped, now)
                    return gained
            if ref not in view.sides:
                view.doubted.add(ref.crm)
    return gained


def _one_person(
    context: Context,
    page: Page,
    view: LeadView,
    own: Record,
    record: Record,
    key: Key,
    now: datetime,
) -> bool:
    """Whether the key says that these two are one person; where it cannot tell, a person must (R29)."""
    if key[0] == OUR_ID:
        return True
    ours, theirs = ({SURNAME: context.mapping.value(one, SURNAME)} for one in (own, record))
    verdict = judge(ours, theirs, key[1])
    answered = view.answer("", WHY)
    if verdict == "same" or (answered is not None and answered.answer == "accept"):
        return True
    if answered is not None and answered.answer == "refuse":
        return False
    if not _asked_there(context, page, view, own, record, verdict):
        hold(
            context,
            view,
            "",
            verdict,
            f"{WHY[verdict]} Compare {_named(context, own.ref)} with "
            f"{_named(context, record.ref)}; accept joins them, refuse keeps them apart.",
            _pair(own, record),
            now,
        )
    return False


def _doubled(context: Context, page: Page, view: LeadView, now: datetime) -> dict[RecordRef, str]:
    """A duplicate rule named another record: until a person has said whether it is this one's, none is made (R30)."""
    asked = next((one for one in view.stored_holds if one.cause == DUPLICATE_RULE), None)
    if asked is None:
        return {}
    named = [
        RecordRef(crm, *words)
        for crm, text in asked.shown.items()
        for each in text.split(", ")
        if len(words := each.split(" ")) == 2 and words[0] in context.mapping.kinds(crm)
    ]
    if any(crm in view.crms() for crm in asked.shown):
        return {}
    if asked.status == "waiting":
        hold(context, view, "", asked.cause, asked.why, asked.shown, now)
    elif asked.answer == "accept":
        erased = context.forgotten.records(named) if context.forgotten is not None else set()
        # An erasure since then has taken the id out of the question: what is left names no record.
        free = [one for one in named if "[" not in one.id and one not in erased]
        if free:
            return adopt_record(context, page, view, free[0], "matched", now)
        if named:
            why = asked.why.removesuffix(_OF_ERASED) + _OF_ERASED
            hold(context, view, "", asked.cause, why, asked.shown, now)
    return {}


def _asked_there(
    context: Context, page: Page, view: LeadView, own: Record, record: Record, cause: str
) -> bool:
    """Whether the other lead of the pair asks a person already: one question for a pair, not two."""
    other = next((one for one in page.values() if record.ref in one.sides), None)
    if other is view:
        return False
    held: Sequence[Hold]
    if other is not None:
        link_id, held = other.link.id, (*other.holds.values(), *other.stored_holds)
    else:
        link_id = context.store.link_ids([record.ref]).get(record.ref, "")
        held = context.store.holds(link_ids=[link_id]) if link_id else ()
    pair = _pair(own, record)

    def asks(holds: Sequence[Hold]) -> bool:
        return any(one.cause == cause and dict(one.shown) == pair for one in holds)

    # Planned on two pages both may have asked; then one of them goes on, never neither.
    return asks(held) and not (asks(view.stored_holds) and view.link.id < link_id)


def _pair(own: Record, record: Record) -> dict[str, str]:
    """Both records' ids by CRM; two of one CRM side by side."""
    if own.ref.crm == record.ref.crm:
        return {own.ref.crm: ", ".join(sorted((own.ref.id, record.ref.id)))}
    return {own.ref.crm: own.ref.id, record.ref.crm: record.ref.id}
