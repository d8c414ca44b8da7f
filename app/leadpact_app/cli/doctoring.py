"""What `leadpact doctor` finds: what `check` finds, what each connector tells of its account, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leadpact.errors import FixSettings, LeadpactError
from leadpact_app.cli import checking
from leadpact_app.cli.console import NEXT_STEP, Console, crm_label

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.pact import Pact
    from leadpact.ports.connector import Connector
    from leadpact.ports.diagnosis import Belief, Diagnosis, Remedy
    from leadpact_app.settings import Settings

Finding: TypeAlias = "tuple[str, Diagnosis]"
EXIT_CODES: Final[Mapping[str, int]] = {
    "": 0,
    "fix settings": 2,
    "sign in": 3,
    "wait": 4,
    "stop": 5,
}
_MISSING: Final = " is missing: without it "
_MARKS: Final = {"ok": "ok", "note": "note", "warning": "warning", "error": "ERROR"}


@dataclass(slots=True)
class Doctored:
    """Everything found.

    Attributes:
        findings: by CRM name, "" for what concerns both.
        beliefs: by CRM name; empty unless probed.
    """

    findings: list[tuple[str, Diagnosis]] = field(default_factory=list)
    beliefs: dict[str, Sequence[Belief]] = field(default_factory=dict)

    def exit_code(self) -> int:
        """The highest that applies."""
        return max((EXIT_CODES[one.remedy] for _crm, one in self.findings), default=0)


def examine(
    settings: Settings,
    pact: Pact,
    mapping: LeadMapping,
    connectors: Mapping[str, Connector],
    *,
    probe: bool,
    writes: bool,
) -> Doctored:
    """Ask every CRM; one that cannot be asked is a finding, and the others are asked all the same.

    Args:
        probe: look which believed behaviours the accounts show.
        writes: also by one synthetic record each, which is taken away again.

    Raises:
        FixSettings: ``probe_refused``; writing probes are for sandboxes.
    """
    from leadpact.ports.diagnosis import Diagnosable

    checked = checking.offline(settings, pact, mapping)
    checking.online(checked, settings, mapping, connectors)
    if writes:
        _only_sandboxes(checked, settings)
    doctored = Doctored()
    _of_check(doctored, checked)
    for crm, connector in connectors.items():
        known = checked.errors.get(crm)
        if known is not None and known.remedy == "wait":
            continue
        if not isinstance(connector, Diagnosable):
            doctored.findings.append((crm, _untold()))
            continue
        fields = {kind: mapping.read_fields(crm, kind) for kind in mapping.kinds(crm)}
        try:
            doctored.findings.extend((crm, one) for one in connector.diagnose(fields))
            if probe:
                doctored.beliefs[crm] = connector.probe(writes=writes)
        except LeadpactError as error:
            if known is None or known.message != error.message:
                doctored.findings.append((crm, _of_error(error)))
    return doctored


def _only_sandboxes(checked: checking.Checked, settings: Settings) -> None:
    from leadpact_app.bootstrap import all_on_loopback

    if all_on_loopback(settings):
        return
    live = [crm for crm, one in checked.identities.items() if one.production]
    if live or not checked.identities:
        named = ", ".join(crm_label(crm) for crm in live) or "an account that does not answer"
        raise FixSettings(
            f"--probe-writes makes and takes away a synthetic record, which is for sandboxes: {named} is production. "
            "`--probe` alone only reads.",
            code="probe_refused",
        )


def _of_check(doctored: Doctored, checked: checking.Checked) -> None:
    """The findings of `check`, as the doctor words them."""
    from leadpact.ports.diagnosis import Diagnosis

    add = doctored.findings.append
    for crm, error in checked.errors.items():
        add((crm if crm in checked.identities or crm != "state" else "", _of_error(error)))
    for crm, one in checked.identities.items():
        where = "production" if one.production else "sandbox"
        add((crm, Diagnosis("account", "ok", f"{one.name} ({one.id}), {where}, zone {one.zone}.")))
    for sentence in checked.neighbours:
        add(("", Diagnosis("other sync", "warning", sentence, code="other_sync")))
    if not checked.neighbours and not checked.errors:
        add(("", Diagnosis("other sync", "ok", "No other sync of these CRMs leaves a trace.")))
    if checked.at_work:
        add(("", Diagnosis("at work", "note", checked.at_work, code="at_work")))
    for sentence in checked.paused:
        resume = "`leadpact resume` lets it go on."
        add(("", Diagnosis("pause", "warning", sentence, resume, code="paused")))
    for finding in checked.findings:
        wrong = finding.level == "error"
        add(
            (
                "",
                Diagnosis(
                    "fields",
                    "error" if wrong else "note",
                    f"{finding.place}: {finding.message}",
                    remedy="fix settings" if wrong else "",
                    code=finding.code,
                ),
            )
        )
    for crm, kind, name, output in checked.missing:
        costs = checked.costs[output]
        add(
            (
                crm,
                Diagnosis(
                    "fields",
                    "warning",
                    f"{kind}.{name}{_MISSING}{costs}.",
                    "`leadpact provision` makes it.",
                    code="own_field_missing",
                ),
            )
        )
    if not checked.missing and not checked.errors:
        add(("", Diagnosis("fields", "ok", "All of leadpact's own fields are there.")))


def _of_error(error: LeadpactError) -> Diagnosis:
    from leadpact.ports.diagnosis import Diagnosis

    remedy: Remedy = error.remedy if error.remedy in EXIT_CODES else "stop"  # type: ignore[assignment]
    return Diagnosis(
        "account", "error", str(error), NEXT_STEP.get(error.remedy, ""), remedy, error.code
    )


def _untold() -> Diagnosis:
    from leadpact.ports.diagnosis import Diagnosis

    return Diagnosis(
        "account", "note", "This connector does not examine its account.", code="undiagnosable"
    )


def as_json(doctored: Doctored) -> dict[str, Any]:
    """For programs."""
    return {
        "ok": doctored.exit_code() == 0,
        "exit_code": doctored.exit_code(),
        "findings": [{"crm": crm, **asdict(one)} for crm, one in doctored.findings],
        "probes": {crm: [asdict(one) for one in found] for crm, found in doctored.beliefs.items()},
    }


def show(console: Console, doctored: Doctored) -> None:
    """For people: a table of what is so, then one of what the accounts showed."""
    rows = [
        (
            crm_label(crm) if crm else "both",
            one.topic,
            _MARKS[one.level],
            one.sentence,
            one.mend,
        )
        for crm, one in _missing_together(doctored.findings)
    ]
    console.table("", ("CRM", "About", "State", "What is so", "What to do"), rows)
    for crm, beliefs in doctored.beliefs.items():
        console.table(
            f"What {crm_label(crm)} shows of what is believed",
            ("Behaviour", "Means", "Believed", "Shown"),
            [(one.name, one.means, _word(one.believed), _shown(one)) for one in beliefs],
        )
        other = [one.name for one in beliefs if one.shown not in (None, one.believed)]
        if other:
            console.say(
                f"{crm_label(crm)} differs from what is believed in {', '.join(other)}: please report it."
            )
    worst = doctored.exit_code()
    warnings = sum(one.level == "warning" for _crm, one in doctored.findings)
    if worst:
        console.say("Mend what is marked ERROR.")
    elif warnings:
        console.say("Nothing stands in the way of a sync; each warning says what it costs.")
    else:
        console.say("Nothing needs mending.")


def _missing_together(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with own fields whose lack costs the same in one row per CRM."""
    rows: list[Finding] = []
    at: dict[tuple[str, str], int] = {}
    for crm, one in findings:
        name, lacks, cost = one.sentence.partition(_MISSING)
        if not lacks:
            rows.append((crm, one))
        elif (crm, cost) not in at:
            at[crm, cost] = len(rows)
            rows.append((crm, one))
        else:
            place = at[crm, cost]
            there = rows[place][1]
            names = f"{there.sentence.partition(' is missing: ')[0].partition(' are missing: ')[0]}"
            together = f"{names}, {name} are missing: without them {cost}"
            rows[place] = (crm, replace(there, sentence=together))
    return rows


def _word(state: bool) -> str:
    return "yes" if state else "no"


def _shown(belief: Belief) -> str:
    return f"not seen: {belief.why_not}" if belief.shown is None else _word(belief.shown)
