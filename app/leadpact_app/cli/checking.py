"""What `leadpact check` finds: settings and documents, then each CRM's sign-in, schema, rights and our own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from leadpact.errors import LeadpactError
from leadpact_app.cli.console import NEXT_STEP, Console, crm_label

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.mapping.schema_check import Finding
    from leadpact.model.schema import KindSchema
    from leadpact.model.source_signal import SignalSource
    from leadpact.pact import Pact
    from leadpact.pact.findings import PactFinding
    from leadpact.pact.response import ResponseTimes
    from leadpact.ports.connector import Capabilities, Connector, CrmIdentity
    from leadpact_app.settings import Settings

COSTS: Final[Mapping[str, str]] = {
    "external_id": "a repeated creation could make a second record, and a lost link must be found by e-mail",
    "stage": "the agreed stage shows only rounded down, in the CRM's own stage fields",
    "rejection_reason": "no reason can be given or shown there; it stays owed",
    "rejection_sub_reason": "no finer word can be given or shown there beside a rejection reason",
    "stage_reason": "nobody sees in that CRM why the stage is what it is",
    "priority": "nobody sees in that CRM which MQLs go first",
    "score_total": "the score is not shown there",
    "score_fit": "the fit part of the score is not shown there",
    "score_engagement": "the engagement part of the score is not shown there",
    "grade": "the grade is not shown there",
    "breakdown": "nobody sees there what the score consists of",
    "scored_at": "nobody sees there how old the score is",
    "pact_version": "nobody sees there under which agreement it was scored",
    "qualification": "nobody sees there how far sales is with its criteria, and what an SQL still lacks",
    "qualification_framework": "nobody sees there which checklist the deal gets",
    "qualification_detail": "a rep sees there neither the questions nor what proves the answers",
    "work_order": "the queue there cannot be sorted by who is worked first",
    "stop_nurture": "marketing's workflows cannot see there that nurture is to stop",
    "opted_out": "an opt-out of the other CRM stops no mailing there until it is entered by hand",
    "sla_due_at": "nobody sees there until when first contact is due",
    "sla_state": "nobody sees there which first contacts are late or due soon",
    "sla_tier": "nobody sees there what was agreed on for the lead",
    "sla_contacted_at": "nobody sees there how soon sales got in touch",
    "handoff": "marketing sees there neither who has a lead nor what its handoff waits for",
    "sync_state": "the state of the sync is not shown on the record",
    "backfill": "a backfill can note there neither the original dates of stages nor that it wrote the record",
}
"""What goes without when one of our own fields is missing, by output."""
NOBODY = "nobody@leadpact.example"


@dataclass(slots=True)
class Checked:
    """Everything found.

    Attributes:
        facts: what was read and is in order, as sentences.
        missing: our own fields that are not there yet: (crm, kind, field, output).
        costs: what goes without each, by output.
        errors: what kept a CRM from being asked, by CRM.
        response: how soon sales answers, as the agreement has it.
        neighbours: other syncs of these CRMs and what is left to them, as sentences (R13).
        paused: what somebody stopped, as sentences (R38).
        at_work: which process has the pair now, as a sentence; "" for none.
        scope: how many records would be out, by kind, as sentences (R37).
    """

    facts: list[str] = field(default_factory=list)
    identities: dict[str, CrmIdentity] = field(default_factory=dict)
    findings: list[Finding | PactFinding] = field(default_factory=list)
    missing: list[tuple[str, str, str, str]] = field(default_factory=list)
    costs: dict[str, str] = field(default_factory=lambda: dict(COSTS))
    errors: dict[str, LeadpactError] = field(default_factory=dict)
    neighbours: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    at_work: str = ""
    scope: list[str] = field(default_factory=list)
    response: ResponseTimes | None = None

    def exit_code(self) -> int:
        """The highest that applies."""
        codes = [error.exit_code for error in self.errors.values()]
        if any(one.level == "error" for one in self.findings):
            codes.append(2)
        return max(codes, default=0)


def documents_examined(
    settings: Settings,
) -> tuple[Pact, LeadMapping, tuple[PactFinding, ...]]:
    """Agreement and mapping, compiled, and what is odd in the agreement.

    Raises:
        FixSettings: a document is refused.
    """
    from leadpact.pact.examined import in_order
    from leadpact.pact.qualification_findings import unread_answers
    from leadpact.pact.response_findings import unread_response
    from leadpact.pact.rule_findings import unread_signals
    from leadpact_app.bootstrap import examine_pact_file, load_mapping_file

    read, odd = examine_pact_file(settings)
    mapping = load_mapping_file(settings, read.pact)
    return (
        read.pact,
        mapping,
        in_order(
            (
                *odd,
                *unread_signals(read, mapping.signal_names),
                *unread_response(read, mapping.fields, mapping.signal_names),
                *unread_answers(read, mapping.fields, mapping.signal_names),
            )
        ),
    )


def offline(
    settings: Settings, pact: Pact, mapping: LeadMapping, odd: Sequence[PactFinding] = ()
) -> Checked:
    """What the files alone say.

    Args:
        odd: findings of the agreement.

    Raises:
        FixSettings: a CRM's table is wrong, or the mapping asks for a guard that a CRM cannot keep.
    """
    from leadpact.mapping.guard import refuse_guards
    from leadpact.mapping.source_check import refuse_sources
    from leadpact_app.settings import connector_entry_points, crm_settings

    checked = Checked()
    checked.findings.extend(odd)
    reasons, stages = len(pact.reasons), len(pact.stages)
    checked.facts.append(
        f"{settings.pact or 'The pact that ships'}: version {pact.version} ({pact.hash}), "
        f"{stages} stages, {reasons} rejection reasons, MQL at {pact.thresholds.mql} points"
    )
    kinds = ", ".join(f"{crm_label(crm)} {kind}" for crm, kind in mapping.kind_rules)
    checked.facts.append(
        f"{settings.mapping or 'The mapping that ships'}: ({mapping.hash}), {len(mapping.fields)} fields, {kinds}"
    )
    checked.response = pact.response
    checked.facts.extend(_response_times(pact))
    tables = settings.crm_tables()
    points = connector_entry_points()
    told: dict[str, Capabilities] = {}
    for name, table in tables.items():
        spec = points[name].load()
        told[name] = spec.capabilities(crm_settings(name, table, spec.settings_type))
        checked.facts.append(f"{crm_label(name)}: settings are complete")
    refuse_guards(
        mapping,
        {name: one.compare_and_set for name, one in told.items()},
        {name: one.label for name, one in told.items()},
    )
    refuse_sources(
        mapping,
        {name: one.signal_sources for name, one in told.items()},
        {name: one.label for name, one in told.items()},
        pact,
    )
    if not tables:
        checked.facts.append(
            "No CRM is named yet: set LEADPACT_HUBSPOT__…, LEADPACT_SALESFORCE__… or both"
        )
    return checked


def _response_times(pact: Pact) -> list[str]:
    """How soon sales answers, with an example of each tier, and on which calendars that is counted."""
    from datetime import UTC, datetime

    from leadpact.pact.response_words import calendar_words, in_words

    facts = [f"Response: {each}" for each in in_words(pact.response, datetime.now(UTC))]
    return facts + [f"Calendar: {calendar_words(one)}" for one in pact.response.calendars.values()]


def online(
    checked: Checked,
    settings: Settings,
    mapping: LeadMapping,
    connectors: Mapping[str, Connector],
) -> None:
    """Ask each CRM who it is, what its fields are and whether we may read people; add what is found."""
    from leadpact.mapping.schema_check import check_against_schemas
    from leadpact.mapping.source_check import source_findings
    from leadpact.ports.signals import GivesSignals

    schemas: dict[tuple[str, str], KindSchema] = {}
    told: dict[str, Sequence[SignalSource]] = {}
    for crm, connector in connectors.items():
        try:
            checked.identities[crm] = connector.identity()
            found = connector.schema(mapping.kinds(crm))
            _look_for_nobody(connector, mapping, crm)
            if isinstance(connector, GivesSignals) and mapping.reads_sources(crm):
                told[crm] = connector.signal_sources()
        except LeadpactError as error:
            checked.errors[crm] = error
            continue
        schemas.update({(crm, kind): schema for kind, schema in found.items()})
    here = mapping.for_crms(tuple(connectors))
    _look_for_neighbours(checked, here, connectors)
    own = {"own_field_missing"}
    checked.findings.extend(
        one
        for one in check_against_schemas(here, schemas)
        if one.code not in own or "lacks" in one.message
    )
    if any(rule.policy == "newest" for rule in here.fields.values()):
        from leadpact_app.cli.newest_check import newest_findings

        answering = {crm: one for crm, one in connectors.items() if crm not in checked.errors}
        checked.findings.extend(newest_findings(here, answering))
    labels = {crm: one.capabilities.label for crm, one in connectors.items()}
    checked.findings.extend(source_findings(here, told, labels))
    for (crm, kind), schema in schemas.items():
        names = {"external_id": here.external_id_field(crm, kind), **here.outputs(crm, kind)}
        checked.missing.extend(
            (crm, kind, name, output)
            for output, name in names.items()
            if name and name not in schema.fields
        )
        filled = here.backfill(crm, kind).fields
        checked.missing.extend(
            (crm, kind, name, "backfill") for name in filled if name not in schema.fields
        )
    _look_for_answers(checked, here, schemas)
    if here.scoped:
        from leadpact_app.cli.scope_check import scope_sentences

        checked.scope.extend(scope_sentences(here, connectors))
    _check_state(checked, settings)


def _look_for_answers(
    checked: Checked, mapping: LeadMapping, schemas: Mapping[tuple[str, str], KindSchema]
) -> None:
    """Fields for answers to the agreement's criteria that are not there yet, and what each costs."""
    asked = {one.fact: one.label for one in mapping.answers}
    for name, rule in mapping.fields.items():
        for side, kept in rule.sides.items():
            if rule.provisioned and side in schemas and kept.field not in schemas[side].fields:
                checked.missing.append((*side, kept.field, name))
                label = asked.get(name, "")
                checked.costs[name] = (
                    f"nobody can answer {label} there; answered nowhere, it is never confirmed"
                    if label
                    else f"{name.replace('_', ' ')} is not known from there"
                )


def _look_for_neighbours(
    checked: Checked, mapping: LeadMapping, connectors: Mapping[str, Connector]
) -> None:
    """Whether another sync of these CRMs is at work, and what is left to it (R13)."""
    from leadpact_app.bootstrap import make_room

    reached = {crm: one for crm, one in connectors.items() if crm not in checked.errors}
    try:
        _mapping, neighbours = make_room(mapping, reached)
    except LeadpactError as error:
        checked.errors["mapping"] = error
        return
    for one in neighbours:
        checked.neighbours.extend(one.told)


def _look_for_nobody(connector: Connector, mapping: LeadMapping, crm: str) -> None:
    """Search for an address that nobody has: the cheapest question that needs the right to read people."""
    for kind in mapping.kinds(crm):
        keys = dict(mapping.match_fields(crm, kind))
        if "email" in keys:
            connector.find(kind, keys["email"], (NOBODY,), ())


def _check_state(checked: Checked, settings: Settings) -> None:
    from leadpact_app.bootstrap import make_clock, open_state
    from leadpact_app.bootstrap.whom import at_work
    from leadpact_app.cli.stopping import standing_sentences
    from leadpact_app.cli.sync_delay import LANE_RUNS, against_lanes

    if settings.state_file is not None and not settings.state_file.is_file():
        checked.facts.append(
            f"No state at {settings.state_shown} yet: the first sync waits for an approved plan"
        )
        return
    try:
        with open_state(settings) as store:
            checked.paused.extend(standing_sentences(store))
            store.bind({name: one.id for name, one in checked.identities.items()})
            runs = store.runs(LANE_RUNS)
            checked.at_work = at_work(store, lambda: make_clock(settings).now())
    except LeadpactError as error:
        checked.errors["state"] = error
        return
    checked.facts.append(f"The state at {settings.state_shown} belongs to these accounts")
    if checked.response is not None:
        file = settings.pact or "pact.yaml"
        checked.findings.extend(against_lanes(checked.response, runs, file))


def as_json(checked: Checked) -> dict[str, Any]:
    """For programs."""
    return {
        "ok": checked.exit_code() == 0,
        "exit_code": checked.exit_code(),
        "facts": checked.facts,
        "accounts": {
            crm: {
                "id": one.id,
                "name": one.name,
                "zone": one.zone,
                "production": one.production,
            }
            for crm, one in checked.identities.items()
        },
        "other_syncs": checked.neighbours,
        "paused": checked.paused,
        "at_work": checked.at_work,
        "scope": checked.scope,
        "findings": [
            {
                "level": one.level,
                "code": one.code,
                "file": one.place.file,
                "line": one.place.line,
                "column": one.place.column,
                "message": one.message,
            }
            for one in checked.findings
        ],
        "missing_fields": [
            {"crm": crm, "kind": kind, "field": name, "costs": checked.costs[output]}
            for crm, kind, name, output in checked.missing
        ],
        "errors": {
            name: {
                "remedy": error.remedy,
                "code": error.code,
                "message": str(error),
                "exit_code": error.exit_code,
            }
            for name, error in checked.errors.items()
        },
    }


def show(console: Console, checked: Checked) -> None:
    """For people: errors on stderr, the rest on stdout."""
    for sentence in checked.facts:
        console.say(f"ok       {sentence}")
    for crm, one in checked.identities.items():
        where = "production" if one.production else "sandbox"
        console.say(
            f"ok       {crm_label(crm)}: signed in to {one.name} ({one.id}, {where}, {one.zone})"
        )
    for sentence in checked.neighbours:
        console.say(f"beside   {sentence}")
    for sentence in checked.scope:
        console.say(f"scope    {sentence}")
    standing = [("paused ", one) for one in checked.paused]
    standing += [("at work", one) for one in (checked.at_work,) if one]
    for word, sentence in standing:
        console.say(f"{word}  {sentence}")
    for finding in checked.findings:
        tell = console.warn if finding.level == "error" else console.say
        tell(f"{finding.level:<8} {finding.place}: {finding.message}")
    for output, costs in checked.costs.items():
        lacking = [
            f"{crm_label(crm)} {kind}.{name}"
            for crm, kind, name, missing in checked.missing
            if missing == output
        ]
        if lacking:
            console.say(f"missing  {', '.join(lacking)}: without it {costs}")
    if checked.missing:
        console.say("         `leadpact provision` makes them.")
    for name, error in checked.errors.items():
        console.warn(
            f"error    {crm_label(name)}: {error}\n         what to do: {NEXT_STEP[error.remedy]}"
        )
    if checked.exit_code() == 0:
        console.say(
            "Everything that leadpact needs is in place." if not checked.missing else "Good to go."
        )
