"""The agreement's suspects, compiled: labels, and which disqualifiers set them (S45)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leadpact.pact.checked import did_you_mean
from leadpact.pact.qualification import Counts, Criterion
from leadpact.pact.yaml_text import Problem

if TYPE_CHECKING:
    from leadpact.pact.document import PactDocument
    from leadpact.pact.yaml_text import Marks

SUSPECT: Final = "suspect"
"""The canonical field that holds the label; it is a fact that rules may test."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """Labels of suspects.

    Attributes:
        labels: what people see, by key, in order.
        of_gate: the key that a disqualifier or exclusion sets, by the rule's key.
    """

    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    of_gate: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def asked(self) -> tuple[Criterion, ...]:
        """The label as something that people may say of a lead; () where the agreement has none."""
        if not self.labels:
            return ()
        question = "Somebody nobody should spend time on: why? Set by people and by the agreement; it stays."
        options = tuple(self.labels.items())
        return (Criterion(SUSPECT, "Suspect", "", question, SUSPECT, options, Counts()),)


def compile_suspects(document: PactDocument, marks: Marks, found: list[Problem]) -> Suspects:
    """The labels; rules that there are not and rules that set two labels are problems."""
    gates = (*document.scoring.disqualify, *document.scoring.exclude)
    of_gate: dict[str, str] = {}
    for key, part in document.suspects.items():
        for number, gate in enumerate(part.by):
            place = marks.place(("suspects", key, "by", number))
            if gate not in gates:
                hint = did_you_mean(gate, gates)
                found.append(Problem(place, f'"{gate}" is no disqualifier or exclusion; {hint}'))
            elif gate in of_gate:
                found.append(Problem(place, f'"{gate}" sets the label {of_gate[gate]} already'))
            else:
                of_gate[gate] = key
    labels = {key: part.label for key, part in document.suspects.items()}
    return Suspects(MappingProxyType(labels), MappingProxyType(of_gate))
