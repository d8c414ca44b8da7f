"""The port that keeps sign-ins whose tokens change: by one at a time, encrypted."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol


class TokenTurn(Protocol):
    """What the one whose turn it is may read and replace."""

    def load(self) -> str | None:
        """What was stored last of this sign-in, or None.

        Raises:
            FixSettings: ``state_key_wrong``, if it was stored under another key.
        """
        ...

    def store(self, text: str) -> None:
        """Replace it; kept for good when this returns."""
        ...


class TokenVault(Protocol):
    """Keeps tokens between processes, encrypted at rest."""

    def turn(self, crm: str, source: str, lasts: timedelta) -> AbstractContextManager[TokenTurn]:
        """The only turn at this sign-in among all threads and processes.

        Args:
            crm: name of the CRM in the settings.
            source: tells sign-ins apart: what was stored under another one is not seen. Holds no secret.
            lasts: after so long the turn of one that died is over.

        Raises:
            WaitUntil: ``signing_in``, if another one's turn does not end within two seconds.
            FixSettings, Stop: as of the state.
        """
        ...
