"""Laws of R15-R17: no return before the cooling-off nor without new evidence; ageing moves nobody who was worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from leadpact.lifecycle.ageing import ages_at, alarm_of, waits_since
from leadpact.lifecycle.rejection import cooling_off_ends, rejecter, way_back
from leadpact.model.record import Author
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = ("demo_request", "contact_form", "pricing_page", "webinar", "sales_contact", "newsletter")
DAYS = st.integers(-40, 200)


def act(name: str, day: float, number: int = 0) -> Signal:
    return Signal(f"{name}-{day}-{number}", "l", name, START + timedelta(days=day))


ACTS = st.lists(
    st.builds(act, st.sampled_from(NAMES), st.integers(-40, 200), st.integers(0, 2)),
    max_size=6,
    unique_by=lambda one: one.id,
)
REASONS = st.sampled_from(["bad_timing", "no_budget", "no_response", "closed_lost", "unworked", ""])


def out(reason: str, stage: str = "recycled") -> StageState:
    return StageState(stage, START, reason=reason, reason_owed=not reason)


@given(ACTS, REASONS, DAYS, DAYS)
@example([act("pricing_page", 50)], "bad_timing", 44, -40)
def test_nobody_returns_early_or_without_a_new_act(
    pact: Pact, acts: list[Signal], reason: str, today: int, live: int
) -> None:
    state, now = out(reason), START + timedelta(days=today)
    go_live = START + timedelta(days=live)
    found = way_back(state, acts, pact, now, go_live)
    if found.back is not None:
        new = [one for one in found.back.acts if max(START, go_live) < one.at <= now]
        assert new == list(found.back.acts)
        assert new
        ends = cooling_off_ends(state, pact)
        assert ends is not None
        raised = {one.name for one in new} & {"demo_request", "meeting_booked", "contact_form"}
        assert now >= ends or raised
        assert found.back.since > START
    if found.opens_at is not None:
        assert found.back is None
        assert now < found.opens_at
        # When that instant comes, the same acts open it.
        assert way_back(state, acts, pact, found.opens_at, go_live).back is not None
    # The order in which the acts are known never matters.
    assert way_back(state, list(reversed(acts)), pact, now, go_live) == found


@given(ACTS, DAYS, st.sampled_from(["disqualified", "mql", "former_customer", "lead"]))
def test_whoever_is_not_recycled_has_no_way_back(
    pact: Pact, acts: list[Signal], today: int, stage: str
) -> None:
    found = way_back(out("bad_timing", stage), acts, pact, START + timedelta(days=today), START)
    assert (found.back, found.opens_at) == (None, None)


def test_a_way_that_needs_all_its_signals_needs_all() -> None:
    text = default_text("pact.yaml").replace(
        "signals: [pricing_page, demo_page, gated_download, webinar], need: any",
        "signals: [pricing_page, webinar], need: all",
    )
    both = load_pact(text)
    now = START + timedelta(days=60)
    state = out("bad_timing")
    assert way_back(state, [act("webinar", 50)], both, now, START).back is None
    assert (
        way_back(state, [act("webinar", -1), act("pricing_page", 9)], both, now, START).back is None
    )
    found = way_back(state, [act("webinar", 50), act("pricing_page", 9)], both, now, START).back
    assert found is not None
    assert found.since == START + timedelta(days=9)


@given(ACTS, st.integers(0, 200), DAYS)
def test_ageing_never_moves_a_worked_lead(
    pact: Pact, acts: list[Signal], today: int, live: int
) -> None:
    state = StageState("mql", START)
    now, go_live = START + timedelta(days=today), START + timedelta(days=live)
    known = [one for one in acts if one.at <= now]
    since = waits_since(state, known, pact, go_live)
    begun = max(START, go_live)
    if any(one.name == "sales_contact" and one.at >= begun for one in known):
        assert since is None
        return
    assert since is not None
    assert since >= begun
    due = ages_at(since, pact)
    assert due is not None
    assert due - begun >= timedelta(days=30)
    assert waits_since(state, list(reversed(known)), pact, go_live) == since


def test_only_stages_that_wait_for_sales_age(pact: Pact) -> None:
    for stage in ("lead", "sal", "sql", "opportunity", "recycled"):
        assert waits_since(StageState(stage, START), [], pact, START) is None
    assert waits_since(StageState("pql", START), [], pact, START) == START
    assert waits_since(StageState("mql", START), [], pact, None) is None


def test_the_alarm_counts_business_days(pact: Pact) -> None:
    friday = datetime(2026, 3, 6, 10, tzinfo=UTC)
    alarm = alarm_of(pact, {}, friday)
    assert alarm is not None
    # Three business days after a Friday is a Wednesday.
    assert alarm.date() == datetime(2026, 3, 11, tzinfo=UTC).date()


def test_who_rejected_is_a_person_of_a_crm_or_nobody() -> None:
    assert rejecter("salesforce", Author("person", "0057")) == "salesforce:0057"
    assert rejecter("salesforce", Author("workflow", "0057")) == ""
    assert rejecter("", Author("person", "0057")) == ""
