"""The port that keeps rotated tokens."""

from __future__ import annotations

from typing import Protocol


class TokenVault(Protocol):
    """Keeps refresh tokens between processes, encrypted at rest."""

    def load(self, crm: str) -> str | None:
        """The stored token of this CRM, if any."""
        ...

    def store(self, crm: str, token: str) -> None:
        """Replace it."""
        ...
