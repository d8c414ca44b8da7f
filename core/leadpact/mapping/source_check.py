"""Signal sources of the mapping against what the connectors and the agreement know of them (R35)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadpact.mapping.lead_mapping import LeadMapping
from leadpact.mapping.schema_check import Finding
from leadpact.model.source_signal import SignalSource
from leadpact.pact import Pact
from leadpact.pact.checked import did_you_mean, near
from leadpact.pact.yaml_text import Problem, raise_problems


def known_signals(pact: Pact) -> frozenset[str]:
    """Every signal that the agreement names: in scoring, as evidence of a contact, or of a conversation."""
    asked = pact.qualification
    evidence = asked.conversation | asked.replies if asked is not None else frozenset()
    return pact.signal_names.union(pact.response.contact_signals, evidence)


def refuse_sources(
    mapping: LeadMapping,
    declared: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    pact: Pact,
) -> None:
    """Refuse sources that a CRM does not have, and signals that are a slip of one of the agreement's.

    Args:
        declared: CRMs in use → the sources that their connector has.
        labels: CRM name → how people call it.
        pact: the agreement, whose signals the names should be.

    Raises:
        FixSettings: ``document_refused``, with file, line and column of each.
    """
    problems = []
    names = known_signals(pact)
    for (crm, source), rule in mapping.signal_sources.items():
        if crm in declared and source not in declared[crm] and rule.place is not None:
            hint = did_you_mean(source, declared[crm])
            label = labels.get(crm) or crm
            problems.append(
                Problem(rule.place, f'"{source}" is no signal source of {label}; {hint}')
            )
    rules = (*mapping.signal_sources.values(), *(one.rule for one in mapping.sources.values()))
    for rule in rules:
        for row in rule.rows:
            for name in row.signals:
                meant = near(name, names) if name not in names else ""
                if meant and row.place is not None:
                    problems.append(
                        Problem(
                            row.place,
                            f'the agreement knows no signal "{name}"; did you mean "{meant}"?',
                        )
                    )
    raise_problems(problems)


def source_findings(
    mapping: LeadMapping, told: Mapping[str, Sequence[SignalSource]], labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Mapped sources that this account or sign-in does not give: *unreadable here*, never an error (R35).

    Args:
        told: by CRM, what its connector says of its sources.
    """
    for crm, sources in told.items():
        for one in sources:
            rule = mapping.signal_sources.get((crm, one.name))
            if rule is None or one.readable or rule.place is None:
                continue
            names = ", ".join(dict.fromkeys(name for row in rule.rows for name in row.signals))
            mend = f" {one.mend}" if one.mend else " docs/signals.md says what gives them instead."
            yield Finding(
                "warning",
                rule.place,
                f"{labels.get(crm) or crm}'s {one.label} are unreadable here: {one.why_not}. "
                f"Without them: {names}.{mend}",
                "signal_source_unreadable",
            )
