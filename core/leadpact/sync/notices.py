"""Notices enqueued while leads are decided: they go out after the commit that records why (DESIGN §4, *notify*)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadpact.model.notice import Notice, NoticeKind
from leadpact.pact.handoff import OWNER
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView


def notices_for(
    context: Context,
    link_id: str,
    kind: NoticeKind,
    key: str,
    subject: str,
    lines: Sequence[str],
    now: datetime,
    *,
    owner: str = "",
    link_url: str = "",
) -> list[Notice]:
    """One notice per destination that the pact names for this kind and the settings know; see :func:`notify`."""
    return [
        Notice(
            context.id("notice", kind, link_id, key, to),
            kind,
            link_id,
            to,
            " ".join(subject.split()),
            "\n".join(lines),
            now,
            owner if to == OWNER else "",
            link_url,
            next_try=now,
        )
        for to in context.pact.handoff.notify.get(kind, ())
        if to in context.channels
    ]


def notify(
    context: Context,
    view: LeadView,
    kind: NoticeKind,
    key: str,
    subject: str,
    lines: Sequence[str],
    now: datetime,
    *,
    owner: str = "",
    link_url: str = "",
) -> int:
    """Enqueue what is to be said of this lead, to whom the pact names for this kind.

    The rows go into the commit that records the decision, and are sent after it; sending never fails a sync. Nothing
    is enqueued for a destination that the settings do not know (``check`` tells of it).

    Args:
        key: what tells this occasion from the next of the same kind, such as ``f"{episode}"`` or
            ``f"{episode}:{due.isoformat()}"``; said twice it is one notice.
        subject: one line.
        lines: plain text. What a lead typed may stand in it as it is.
        owner: whose lead it is, as ``<crm>:<owner id>``.
        link_url: where the record opens in the CRM.

    Returns:
        How many destinations it goes to.
    """
    if context.dry:
        return 0
    made = notices_for(
        context, view.link.id, kind, key, subject, lines, now, owner=owner, link_url=link_url
    )
    view.notices.extend(made)
    return len(made)
