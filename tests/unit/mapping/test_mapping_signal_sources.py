"""The mapping's sections about signal sources: what they take, what they refuse and where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.mapping.conftest import TWO_CRMS, Load, Refuse

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping
from leadpact.mapping.source_check import known_signals, refuse_sources, source_findings
from leadpact.model.record import RecordRef
from leadpact.model.source_signal import OUTSIDE, SignalSource, SourceSignal
from leadpact.pact import load_pact
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEAD = TWO_CRMS
SOURCES = """
signal_sources:
  north:
    forms:
      every_minutes: 5
      signals:
        - {signal: demo_request, when: {asset: {contains: [Demo, Vorführung]}}, keep_asset: false}
        - {signal: [webinar, event], when: {kind: [Attended, Responded], Campaign.Type: {starts_with: web}}}
        - {signal: contact_form, when: {Urgent: true}}
sources:
  usage:
    columns: {email: mail, at: when}
    zone: Europe/Berlin
    signals: [{signal: trial_started}]
"""


def act(kind: str = "form", asset: str = "", **detail: str | bool) -> SourceSignal:
    """An act of somebody."""
    who = RecordRef("north", "people", "1")
    return SourceSignal("forms", "1", who, kind, NOW, asset, detail=detail)


@pytest.fixture
def mapping(load: Load) -> LeadMapping:
    """Two CRMs, a source in one of them and one outside."""
    return load(HEAD + SOURCES)


@pytest.mark.parametrize(
    ("done", "means"),
    [
        (act(asset="Request a DEMO now"), ("demo_request",)),
        (act(asset="Vorfu\u0308hrung"), ("demo_request",)),
        (act("ATTENDED", "Demo-free", **{"Campaign.Type": "Webinar"}), ("demo_request",)),
        (act("Responded", "Scoring", **{"Campaign.Type": "WEBINAR"}), ("webinar", "event")),
        (act("Responded", "Scoring", **{"Campaign.Type": "Direct Mail"}), ()),
        (act("Responded", "Scoring"), ()),
        (act(Urgent=True), ("contact_form",)),
        (act(Urgent=False), ()),
    ],
)
def test_the_first_row_whose_tests_all_hold_says_what_an_act_is(
    mapping: LeadMapping, done: SourceSignal, means: tuple[str, ...]
) -> None:
    row = mapping.signal_sources["north", "forms"].row_of(done)
    assert (row.signals if row else ()) == means


def test_pace_names_and_columns_are_kept(mapping: LeadMapping) -> None:
    rule = mapping.signal_sources["north", "forms"]
    assert rule.every == timedelta(minutes=5)
    usage = mapping.sources["usage"]
    assert usage.columns == {"email": "mail", "at": "when"}
    assert (usage.rule.crm, usage.rule.source, usage.zone) == (OUTSIDE, "usage", "Europe/Berlin")
    names = {"demo_request", "webinar", "event", "contact_form", "trial_started"}
    assert mapping.signal_names == names
    assert mapping.for_crms(("south",)).signal_names == {"trial_started"}
    assert not mapping.reads_sources("south")


def test_another_row_is_another_hash_and_another_place_is_not(load: Load) -> None:
    one = load(HEAD + SOURCES).signal_sources["north", "forms"]
    moved = load(HEAD + "# a comment\n" + SOURCES).signal_sources["north", "forms"]
    other = load(HEAD + SOURCES.replace("Attended", "Came")).signal_sources["north", "forms"]
    assert one.place != moved.place
    assert (one.hash == moved.hash, one.hash == other.hash) == (True, False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("  north:\n    forms", "  norht:\n    forms"),
            '"norht" is no CRM of this mapping; did you mean "north"?',
        ),
        (("every_minutes: 5", "every_minutes: 0"), "greater than or equal to 1"),
        (("every_minutes: 5", "evry_minutes: 5"), 'did you mean "every_minutes"?'),
        (("{contains: [Demo, Vorführung]}", "{contains: [a], is: [b]}"), "give words, or one of"),
        (("{email: mail, at: when}", "{at: when}"), "name the column of the person"),
        (("{email: mail, at: when}", "{email: mail}"), '"at" is missing'),
        (("signal: demo_request", "signal: Demo Request"), "small letters, digits and _"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(
    refuse: Refuse, change: tuple[str, str], told: str
) -> None:
    assert change[0] in SOURCES
    error = refuse(HEAD + SOURCES.replace(*change, 1))
    assert told in error.message
    assert error.place is not None
    assert (error.place.line or 0) > HEAD.count("\n")


def test_a_source_that_the_crm_lacks_and_a_slip_of_a_signal_are_refused(load: Load) -> None:
    pact = load_pact(default_text("pact.yaml"), "pact.yaml")
    assert {"sales_contact", "demo_request"} <= known_signals(pact)
    wrong = load(HEAD + SOURCES.replace("signal: demo_request", "signal: demo_requests"))
    with pytest.raises(FixSettings) as caught:
        refuse_sources(wrong, {"north": ("form", "lists")}, {"north": "North"}, pact)
    text = str(caught.value)
    assert '"forms" is no signal source of North; did you mean "form"?' in text
    assert 'no signal "demo_requests"; did you mean "demo_request"?' in text
    fine = load(HEAD + SOURCES)
    refuse_sources(fine, {"north": ("forms",)}, {}, pact)
    refuse_sources(fine, {"south": ()}, {}, pact)


def test_a_source_that_is_not_readable_here_is_a_warning_with_its_mend(
    mapping: LeadMapping,
) -> None:
    told = {
        "north": (
            SignalSource("forms", "form submissions", "the account shows no count", "Upgrade."),
            SignalSource("lists", "lists", "no right"),
        )
    }
    (found,) = source_findings(mapping, told, {"north": "North"})
    assert (found.level, found.code) == ("warning", "signal_source_unreadable")
    assert "North's form submissions are unreadable here" in found.message
    assert "demo_request, webinar, event, contact_form" in found.message
    assert "Upgrade." in found.message
    readable = {"north": (SignalSource("forms", "form submissions"),)}
    assert list(source_findings(mapping, readable, {})) == []
