"""Writes of very many rows at once, where a CRM has a way of its own for them (facts/salesforce §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol, runtime_checkable

from leadpact.ports.connector import WriteResult, WriteRow

MASS_RUNNING: Final = "mass_running"
"""Code of the ``WaitUntil`` that says that the CRM still works on it."""


@runtime_checkable
class WritesInMass(Protocol):
    """A connector whose ``capabilities.mass_batch`` is not 0. Optional.

    Who carries it out calls :meth:`begin_mass` once and :meth:`mass_results` until it answers.
    """

    def begin_mass(self, kind: str, rows: Sequence[WriteRow]) -> Any:
        """Hand over up to ``capabilities.mass_batch`` rows, all of one operation; answers with a ticket.

        Raises:
            FixSettings, WaitUntil, SignIn, Stop: where nothing of it will be done.
        """
        ...

    def mass_results(self, ticket: Any) -> Sequence[WriteResult]:
        """One result per row, same order.

        Raises:
            WaitUntil: code ``mass_running``; ask again after ``seconds``.
        """
        ...
