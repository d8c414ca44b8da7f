"""The flag of a priority MQL: raised by a fast lane, shown in both CRMs, put back at most once a day (R13, R14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.model.record import Native, Record
from leadpact.model.stage import StageState, WriteBack
from leadpact.sync.assertions import news
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView

WRITE_BACK_PAUSE = timedelta(hours=24)
WRITE_BACKS_PER_EPISODE = 2
_PRIORITY_STAGE = "mql"


def flag_field(context: Context, crm: str, kind: str) -> str:
    """The field that shows the flag there; "" where the mapping names none."""
    return context.mapping.outputs(crm, kind).get("priority", "")


def shows_flag(value: Native) -> bool:
    """Whether a CRM's value says that the flag is up; blank is down."""
    return value is True or (value is not False and str(value).strip().lower() == "true")


def flag_image(context: Context, record: Record) -> dict[str, Native]:
    """The flag as this record shows it, to tell later who lowered it."""
    name = flag_field(context, record.ref.crm, record.ref.kind)
    return {name: record.fields[name]} if name in record.fields else {}


def judge_flag(context: Context, view: LeadView, now: datetime) -> frozenset[str]:
    """Raise or lower the flag with the stage, and count what of it must be put back.

    A fast lane that opens while a lead is an MQL already makes it a priority one; any other stage has none. The flag is
    leadpact's to say: what somebody sets there is put back, at most once in 24 hours and twice in an episode.

    Returns:
        CRMs whose flag is left as somebody set it.
    """
    state = view.link.stage
    if state is None:
        return frozenset()
    up = state.stage == _PRIORITY_STAGE and (state.priority or _lane_opened(context, view))
    if up != state.priority:
        state = replace(state, priority=up)
    left = set()
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        side, record = found
        for name, value in flag_image(context, record).items():
            if shows_flag(value) == up:
                continue
            known = next(
                (one for one in state.write_backs if (one.crm, one.field) == (crm, name)), None
            )
            text = str(shows_flag(value)).lower()
            if known is not None and known.value == text and _put_back_enough(known, now):
                left.add(crm)
            elif name in side.image and shows_flag(side.image[name]) == up:
                state = _counted(state, crm, name, text, known, now)
    if state is not view.link.stage and state != view.link.stage:
        view.link = replace(view.link, stage=state)
    return frozenset(left)


def flag_write(
    context: Context, state: StageState, record: Record, why: str
) -> Mapping[str, tuple[Native, str]]:
    """The flag that this record still lacks, or still shows."""
    name = flag_field(context, record.ref.crm, record.ref.kind)
    if name not in record.fields or shows_flag(record.fields[name]) == state.priority:
        return {}
    return {name: (state.priority, why)}


def _lane_opened(context: Context, view: LeadView) -> bool:
    return view.card is not None and bool(view.card.fast_lane) and news(context, view)


def _put_back_enough(known: WriteBack, now: datetime) -> bool:
    return now - known.at < WRITE_BACK_PAUSE or known.times >= WRITE_BACKS_PER_EPISODE


def _counted(
    state: StageState, crm: str, name: str, value: str, known: WriteBack | None, now: datetime
) -> StageState:
    times = known.times + 1 if known is not None else 1
    others = tuple(one for one in state.write_backs if (one.crm, one.field) != (crm, name))
    one = WriteBack(crm, name, value, now, times)
    return replace(state, write_backs=(*others, one))
