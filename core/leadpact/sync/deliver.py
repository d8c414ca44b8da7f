"""Send what is in the outbox: after the commit that says why, never in its way (DESIGN §4, *notify*)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.errors import LeadpactError
from leadpact.model.notice import Notice
from leadpact.ports.notifier import Delivery
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Gather, Instant, Notify, ReadOwners, Steps
from leadpact.sync.report import CycleReport

MOST = 200
"""So many are tried in one run; a channel that is down must not hold up a sync."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
"""How long after each failed try the next one comes; after the last it is given up."""


def deliver(context: Context, report: CycleReport) -> Steps[None]:
    """Try each notice that is due once, and note what came of it."""
    if not context.channels:
        return
    now: datetime = yield Instant()
    due = context.store.due_notices(now, MOST)
    if not due:
        return
    mail = yield from _addresses(context, due)
    recipients = tuple(mail.get(one.owner, "") for one in due)
    answers: Sequence[Delivery] = yield Notify(tuple(due), recipients)
    now = yield Instant()
    told = [after(one, answer, now) for one, answer in zip(due, answers, strict=True)]
    for one, answer in zip(told, answers, strict=True):
        if not answer.untried:
            report.counts[_WORDS[one.state]] += 1
    yield Commit(StateChanges(told=told))


def _addresses(context: Context, due: Sequence[Notice]) -> Steps[dict[str, str]]:
    """E-mail address by owner; nobody's where a CRM cannot tell now."""
    ids: dict[str, list[str]] = {}
    for owner in sorted({one.owner for one in due if one.owner}):
        crm, _, owner_id = owner.partition(":")
        if crm in context.crms:
            ids.setdefault(crm, []).append(owner_id)
    found: dict[str, str] = {}
    for crm, asked in ids.items():
        answers = yield Gather((ReadOwners(crm, tuple(asked)),))
        for one in () if isinstance(answers[0], LeadpactError) else answers[0]:
            found[f"{crm}:{one.id}"] = one.email
    return found


_WORDS = {"sent": "notices_sent", "waiting": "notices_put_off", "given_up": "notices_given_up"}


def after(notice: Notice, answer: Delivery, now: datetime) -> Notice:
    """The notice after a try; once it is sent its words are dropped."""
    if answer.untried:
        return notice
    tries = notice.attempts + 1
    if answer.sent:
        return replace(
            notice,
            state="sent",
            subject="",
            body="",
            attempts=tries,
            next_try=None,
            sent_at=now,
            error="",
        )
    if answer.hopeless or tries > len(PAUSES):
        return replace(notice, state="given_up", attempts=tries, next_try=None, error=answer.error)
    again = now + PAUSES[tries - 1]
    return replace(notice, attempts=tries, next_try=again, error=answer.error)


def asked_again(notice: Notice, now: datetime) -> Notice:
    """A notice that a person wants tried once more."""
    return replace(notice, state="waiting", attempts=0, next_try=now, error="")
