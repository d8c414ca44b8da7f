"""Whoever can own a record in a CRM: people and queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner as a CRM has it.

    Attributes:
        id: what a record's owner field holds.
        email: lower-cased; "" where the CRM has none (a queue).
        active: whether records may be given to it.
        team: the label of a person's team or role, "" unknown.
        zone: IANA name of the person's time zone, "" unknown.
        ours: it is the identity as which leadpact is signed in: nobody works there.
    """

    id: str
    name: str
    email: str = ""
    active: bool = True
    kind: Literal["person", "queue"] = "person"
    team: str = ""
    zone: str = ""
    ours: bool = False
