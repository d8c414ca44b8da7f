"""R8, R35: acts out of their sources become signals, once each, of whom they are, whenever the link appears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.simulation.agreement import engine
from tests.simulation.crm_base import FakeCrm
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.signalling import FORMS, LONG_AGO, Signalling, signalling

from leadpact.errors import FixSettings, Stop, WaitUntil
from leadpact.mapping.signal_sources import SourceRow
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Scorecard, ScoringInput
from leadpact.pact.score_rules import Scoring
from leadpact.sync.effects import Commit
from leadpact.sync.source_state import SourceState


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Signalling:
    return signalling(monkeypatch)


def test_an_act_becomes_a_signal_and_moves_its_lead_in_the_same_cycle(desk: Signalling) -> None:
    ann = desk.contact(jobtitle="VP Sales")
    desk.sync()
    assert desk.stage(ann).stage == "lead"
    desk.later(hours=1)
    at = desk.now
    desk.act("1", ann.ref, at)
    desk.sync()
    (signal,) = desk.signals(ann.ref)
    assert (signal.name, signal.at, signal.asset) == ("demo_request", at, "")
    assert (signal.source, signal.precision) == ("hubspot.forms", "exact")
    assert signal.recorded_at is not None
    assert signal.recorded_at >= at
    assert desk.stage(ann).stage == "mql"


def test_the_first_matching_row_counts_and_what_none_covers_is_listed(desk: Signalling) -> None:
    ann = desk.contact()
    for number in range(3):
        desk.act(f"a{number}", ann.ref, desk.now, asset=f"Survey {number % 2}")
    desk.act("b", ann.ref, desk.now, kind="DOWNLOAD", asset="Guide to Demos")
    desk.act("c", ann.ref, desk.now, kind="download", asset="Guide")
    desk.sync()
    assert sorted(desk.shown(ann.ref)) == [("demo_request", ""), ("gated_download", "Guide")]
    state = desk.state()
    assert state.unmapped == {"Survey 0": 2, "Survey 1": 1}
    assert (state.told, state.kept) == (5, 2)


def test_a_repeated_act_is_one_whatever_its_order_and_makes_no_work(desk: Signalling) -> None:
    ann = desk.contact()
    desk.sync()
    early, late = desk.now - timedelta(days=2), desk.now - timedelta(days=1)
    desk.act("2", ann.ref, late, kind="download", asset="Guide")
    desk.act("1", ann.ref, early, kind="download", asset="guide ")
    desk.act("2", ann.ref, late + timedelta(minutes=1), kind="download", asset="GUIDE")
    desk.later(hours=1)
    desk.sync()
    assert [one.at for one in desk.signals(ann.ref)] == [early, late]
    desk.act("2", ann.ref, late, kind="download", asset="Guide")
    desk.later(hours=1)
    report = desk.sync()
    assert len(desk.signals(ann.ref)) == 2
    causes = {
        item.cause for one in desk.effects if isinstance(one, Commit) for item in one.changes.work
    }
    assert report.counts["signals"] == 0
    assert "signal" not in causes


def test_the_same_act_in_both_crms_is_one_signal(desk: Signalling) -> None:
    at = desk.now - timedelta(days=1)
    ann = desk.contact(last_demo_request=at.isoformat())
    lead = desk.lead()
    desk.act("1", lead.ref, at.replace(hour=1))
    desk.sync()
    assert desk.link(ann).id == desk.link(lead).id
    assert desk.shown(ann.ref) == [("demo_request", "")]


def test_acts_of_a_record_nobody_knows_wait_for_its_link(desk: Signalling) -> None:
    stranger = RecordRef("hubspot", "contacts", "424242")
    desk.act("1", stranger, desk.now)
    desk.sync()
    assert desk.store.waiting_count() == 1
    ann = desk.contact()
    desk.store._waiting[ann.ref] = desk.store._waiting.pop(stranger)
    desk.later(hours=2)
    desk.sync()
    assert desk.shown(ann.ref) == [("demo_request", "")]
    assert desk.store.waiting_count() == 0
    assert desk.store.signals([desk.link(ann).id], desk.now - LONG_AGO)[desk.link(ann).id][
        0
    ].link_id == (desk.link(ann).id)


def test_signals_follow_contacts_into_the_one_that_they_are_merged_into(desk: Signalling) -> None:
    ann, twin = desk.contact(), desk.contact(email="ann@other.example")
    desk.act("1", twin.ref, desk.now, kind="download", asset="Guide")
    desk.act("2", ann.ref, desk.now, kind="download", asset="guide")
    desk.act("3", twin.ref, desk.now, kind="download", asset="Report")
    desk.sync()
    assert desk.link(ann).id != desk.link(twin).id
    merged = desk.world.hubspot.merge(ann, twin, MARKETER)
    desk.sync()
    desk.sync()
    assert {asset.lower() for _name, asset in desk.shown(merged.ref)} == {"guide", "report"}
    assert len(desk.signals(merged.ref)) == 2


def test_signals_follow_a_lead_that_is_converted(desk: Signalling) -> None:
    lead = desk.lead()
    desk.act("1", lead.ref, desk.now, kind="download", asset="Guide")
    desk.sync()
    contact = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=True)
    desk.act("1", contact.ref, desk.now, kind="download", asset="Guide")
    desk.act("2", lead.ref, desk.now, kind="download", asset="Report")
    desk.later(hours=1)
    desk.sync()
    assert [asset for _name, asset in desk.shown(contact.ref)] == ["Guide", "Report"]


def test_an_act_that_lies_ahead_counts_from_its_day_on(desk: Signalling) -> None:
    ann = desk.contact(jobtitle="VP Sales")
    desk.sync()
    desk.later(hours=1)
    desk.act("1", ann.ref, desk.now + timedelta(days=2))
    desk.sync()
    assert desk.shown(ann.ref) == [("demo_request", "")]
    assert desk.stage(ann).stage == "lead"
    desk.later(days=1)
    desk.sync()
    assert desk.stage(ann).stage == "lead"
    desk.later(days=1, hours=1)
    desk.sync()
    assert desk.stage(ann).stage == "mql"


def test_a_baseline_is_kept_and_worth_nothing(desk: Signalling) -> None:
    ann = desk.contact(jobtitle="VP Sales")
    desk.sync()
    desk.later(hours=1)
    desk.act("0", ann.ref, desk.now, quality="counter", count=7)
    desk.sync()
    assert [one.precision for one in desk.signals(ann.ref)] == ["counter"]
    assert desk.stage(ann).stage == "lead"
    desk.later(hours=1)
    desk.act("8", ann.ref, desk.now, quality="sampled", count=2)
    desk.sync()
    assert [one.precision for one in desk.signals(ann.ref)] == ["counter", "sampled"]
    assert desk.stage(ann).stage == "mql"


def test_acts_older_than_any_window_are_not_kept(desk: Signalling) -> None:
    ann = desk.contact()
    desk.act("1", ann.ref, desk.now - timedelta(days=450))
    desk.sync()
    assert desk.signals(ann.ref) == []


def test_a_source_is_read_at_its_own_pace_and_goes_on_where_it_stood(desk: Signalling) -> None:
    ann = desk.contact()
    for number in range(5):
        desk.act(str(number), ann.ref, desk.now, kind="download", asset=f"Guide {number}")
    desk.sync()
    assert desk.source.reads == ["", "2", "4"]
    desk.sync()
    assert len(desk.source.reads) == 3
    desk.later(hours=1)
    desk.sync()
    assert desk.source.reads[3:] == ["5"]
    assert len(desk.signals(ann.ref)) == 5


@pytest.mark.parametrize(("others", "read"), [(0, True), (60, False)])
def test_a_source_that_follows_a_feed_is_read_at_once_where_few_changed(
    desk: Signalling, others: int, read: bool
) -> None:
    crm: FakeCrm = desk.world.crms["hubspot"]
    crm.capabilities = replace(crm.capabilities, signal_feeds={FORMS: "contacts"})
    ann = desk.contact()
    crowd = [desk.contact(email=f"p{number}@acme.example") for number in range(others)]
    desk.sync()
    desk.sync()
    before = len(desk.source.reads)
    desk.sync()
    assert len(desk.source.reads) == before, "a quiet feed tells of no acts either"
    for row in (ann, *crowd):
        desk.world.crms["hubspot"].put(row, {"city": "Bonn"}, row.author)
    desk.sync()
    assert (len(desk.source.reads) > before) is read


def test_other_rows_read_everything_again_and_known_acts_stay_one(desk: Signalling) -> None:
    ann = desk.contact()
    desk.act("1", ann.ref, desk.now)
    desk.act("2", ann.ref, desk.now, asset="Survey")
    desk.sync()
    desk.rows = (*desk.rows, SourceRow(("contact_form",), (("asset", "is", ("survey",)),)))
    desk.sync()
    assert sorted(desk.shown(ann.ref)) == [("contact_form", "Survey"), ("demo_request", "")]
    assert desk.state().unmapped == {}


def test_a_source_that_may_not_be_read_is_remembered_and_ends_nothing(desk: Signalling) -> None:
    desk.contact()
    desk.source.error = FixSettings("May not see CampaignMember.", code="signal_source_unreadable")
    report = desk.sync()
    assert report.status == "done"
    assert report.counts["unreadable_sources"] == 1
    assert desk.state().why_not == "May not see CampaignMember."
    reads = len(desk.source.reads)
    desk.sync()
    assert len(desk.source.reads) == reads, "it is asked again at its pace"
    desk.source.error = None
    desk.later(hours=1)
    desk.sync()
    assert desk.state().why_not == ""


def test_a_source_that_fails_is_told_and_asked_again_by_the_next_cycle(desk: Signalling) -> None:
    ann = desk.contact()
    desk.act("1", ann.ref, desk.now)
    desk.source.error = WaitUntil("Too many calls.", code="limit")
    report = desk.sync()
    assert report.status == "done"
    assert "Too many calls" in report.problems["hubspot"]
    desk.source.error = None
    desk.sync()
    assert desk.shown(ann.ref) == [("demo_request", "")]


def test_a_damaged_cursor_starts_anew(desk: Signalling) -> None:
    ann = desk.contact()
    desk.act("1", ann.ref, desk.now)
    desk.sync()
    desk.source.error = Stop("Damaged.", code="bad_cursor")
    desk.later(hours=1)
    desk.sync()
    desk.source.error = None
    desk.sync()
    assert desk.source.reads[-1] == ""
    assert desk.shown(ann.ref) == [("demo_request", "")]


def test_a_cycle_of_single_leads_reads_no_source(desk: Signalling) -> None:
    crm: FakeCrm = desk.world.crms["hubspot"]
    crm.capabilities = replace(crm.capabilities, signal_sources=())
    desk.contact()
    desk.sync()
    assert desk.source.reads == []


def test_a_damaged_checkpoint_reads_as_a_new_one() -> None:
    assert SourceState.load("{") == SourceState()
    assert SourceState.load("") == SourceState()
    state = SourceState("7", datetime.fromisoformat("2026-11-21T10:00:00+00:00"), "ab", "", 3, 2)
    for number in range(30):
        state.note_unmapped(f"kind {number}")
    again = SourceState.load(state.dump())
    assert again == state
    assert len(again.unmapped) == 21
    assert again.unmapped["…"] == 10


def test_names_without_a_live_source_are_told_to_the_scoring(desk: Signalling) -> None:
    asked: list[frozenset[str] | None] = []
    plain = engine()

    class Listening:
        def score(
            self, scoring: Scoring, leads: Sequence[ScoringInput], as_of: datetime
        ) -> Sequence[Scorecard]:
            asked.append(scoring.live)
            return plain.score(scoring, leads, as_of)

    desk.engine = Listening()
    desk.contact()
    desk.sync()
    assert asked[-1] is not None
    assert {"demo_request", "gated_download", "pricing_page"} <= asked[-1]
    assert "chat_question" not in asked[-1]
    desk.rows = (SourceRow(("chat_question",)),)
    desk.contact(email="eve@acme.example")
    desk.sync()
    assert "chat_question" in (asked[-1] or ())
    desk.source.error = FixSettings("No right.", code="signal_source_unreadable")
    desk.contact(email="ian@acme.example")
    desk.later(hours=1)
    desk.sync()
    assert "chat_question" not in (asked[-1] or ())
    assert "demo_request" in (asked[-1] or ()), "a date on the record gives it all the same"
