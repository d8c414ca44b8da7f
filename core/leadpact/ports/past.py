"""What a CRM remembers of its stage fields, beyond what they show now (R33)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from leadpact.model.record import FieldChange, Native


@dataclass(frozen=True, slots=True)
class Past:
    """What one record remembers.

    Attributes:
        changes: which field got which value when, as far as the CRM keeps a history; in any order. The author needs to
            be told of leadpact's own writes alone (``ours``): those are no history of what people did.
        entered: further instants from the CRM's own dates: the field had that value then, and nothing is said of when
            it lost it. ``inferred`` = the date only comes near it.
        shown: present values of the fields that were asked along.
    """

    changes: tuple[FieldChange, ...] = ()
    entered: tuple[FieldChange, ...] = ()
    shown: Mapping[str, Native] = field(default_factory=dict)


@runtime_checkable
class TellsPast(Protocol):
    """A connector whose CRM remembers since when its stage fields had their values. Optional.

    Of one that is none, ``Connector.history`` and ``fetch`` are asked instead.
    """

    def past(
        self, kind: str, ids: Sequence[str], fields: Sequence[str], also: Sequence[str]
    ) -> Mapping[str, Past]:
        """What these records remember of these fields; ids that answer nothing are absent.

        At most ``capabilities.history_batch`` ids. Of an evidence kind ``leadpact:is_open`` and ``leadpact:is_won``
        are asked: since when it was open, and since when it is won.

        Args:
            also: fields whose present value is told along; unknown ones are absent.
        """
        ...
