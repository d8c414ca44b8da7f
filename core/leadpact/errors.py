"""Every error that leadpact raises, classed by what the operator does next.

LeadpactError
├── FixSettings        the files, settings or command line are wrong        exit 2
├── SignIn             a token is bad, expired for good, or lacks rights    exit 3
├── WaitUntil          a limit, an outage, another cycle: later goes on     exit 4
│   └── LeaseLost      another process took this pair over
├── SetAside           this record cannot be written; the others can        exit 1
└── Stop               the state or leadpact itself cannot go on            exit 5
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document something is wrong. Lines and columns count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(
            str(part) for part in (self.file, self.line, self.column) if part is not None
        )


class LeadpactError(Exception):
    """Base of all of them.

    Args:
        message: one sentence for the operator that says what to do; never holds secrets or personal data.
        code: a stable word for programs and docs, such as ``picklist_value_unknown``.
        detail: what an engineer needs besides (status, CRM error code, correlation id).
        place: file, line and column, where a document is at fault.
    """

    exit_code: ClassVar[int] = 5
    remedy: ClassVar[str] = "stop"

    def __init__(
        self, message: str, *, code: str = "", detail: str = "", place: Place | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.detail = detail
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class FixSettings(LeadpactError):
    """A setting, document or command line is wrong; nothing was tried."""

    exit_code = 2
    remedy = "fix settings"


class SignIn(LeadpactError):
    """The CRM refuses the token, or the token lacks a right that the message names."""

    exit_code = 3
    remedy = "sign in"


class WaitUntil(LeadpactError):
    """A limit or an outage; the same call may succeed later.

    Args:
        until: the earliest sensible instant (aware, UTC), if the CRM said one.
        seconds: the least wait, if the CRM said one.
    """

    exit_code = 4
    remedy = "wait"

    def __init__(
        self,
        message: str,
        *,
        until: datetime | None = None,
        seconds: float | None = None,
        code: str = "",
        detail: str = "",
        place: Place | None = None,
    ) -> None:
        super().__init__(message, code=code, detail=detail, place=place)
        self.until = until
        self.seconds = seconds


class LeaseLost(WaitUntil):
    """Another process holds the pair's lease; whatever this one still wanted to commit is refused."""


class SetAside(LeadpactError):
    """One record is refused by its CRM; it becomes a failure with this cause and the others go on.

    Args:
        fields: the CRM fields the refusal names.
        records: (kind, id) of the records that this one would double, where the refusal names them.
        transient: True where the same write may succeed later (row locks), False where someone must mend it.
    """

    exit_code = 1
    remedy = "set aside"

    def __init__(
        self,
        message: str,
        *,
        fields: tuple[str, ...] = (),
        records: tuple[tuple[str, str], ...] = (),
        transient: bool = False,
        code: str = "",
        detail: str = "",
        place: Place | None = None,
    ) -> None:
        super().__init__(message, code=code, detail=detail, place=place)
        self.fields = fields
        self.records = records
        self.transient = transient


class Stop(LeadpactError):
    """The state is newer, damaged or unwritable, or leadpact has a fault of its own."""
