"""Notices to people: what is to be said to whom, and how far the saying has come (the outbox)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args

NoticeKind: TypeAlias = Literal[
    "handoff",
    "held",
    "near_breach",
    "breach",
    "reason_owed",
    "reason_overdue",
    "queue_age",
    "alarm",
    "digest",
]
"""What a notice is about: a lead was handed off; a handoff waits for what is missing; first contact is due soon, or is
late; a rejection lacks its reason, or has lacked it for so long that the manager is told; a lead sits unworked. Of no
lead: no cycle has succeeded for long; what a day came to (R40)."""

NOTICE_KINDS: tuple[str, ...] = get_args(NoticeKind)

NoticeState: TypeAlias = Literal["waiting", "sent", "given_up"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one destination. It is sent at least once: after a crash it may go out again, with the same
    ``ref`` in its text, by which people and mail filters know it (DESIGN §4, effect class *notify*).

    Attributes:
        id: uuid5 of kind, lead, key and destination: the same occasion is one row, however often it is found.
        to: ``owner``, or the name of a channel in the settings.
        owner: the owner to whom ``to: owner`` goes, as ``<crm>:<owner id>``; "" where none is known.
        subject, body: plain text; what a lead typed is in it as it is, and no markup (each channel escapes for itself).
            Both are dropped once the notice is sent.
        link_url: address of the record in the CRM; "" = none.
        next_try: when it is tried (again); None once it is sent or given up.
        error: why the last try failed, in words without secrets and without the message.
    """

    id: str
    kind: NoticeKind
    link_id: str
    to: str
    subject: str
    body: str
    created_at: datetime
    owner: str = ""
    link_url: str = ""
    state: NoticeState = "waiting"
    attempts: int = 0
    next_try: datetime | None = None
    sent_at: datetime | None = None
    error: str = ""

    @property
    def ref(self) -> str:
        """The key that stands in the text, by which a repeat is known."""
        return self.id[:8]
