"""What `provision` would make, as files that a CRM's own admins look at, approve and deploy (R39)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from leadpact.model.schema import WantedField
from leadpact.ports.connector import ConfigFile


@runtime_checkable
class ExportsFields(Protocol):
    """A connector that can write its fields down instead of making them. Optional."""

    def field_files(self, wanted: Sequence[WantedField]) -> Sequence[ConfigFile]:
        """The same fields as files, in the CRM's own form; asks nobody and changes nothing. The same input gives the
        same text, so that two exports can be compared."""
        ...
