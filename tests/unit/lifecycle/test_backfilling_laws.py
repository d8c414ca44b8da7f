"""R33: the laws of deriving stages and dates from history, for any history in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.lifecycle.backfilling import Derived, PastStage, derive
from leadpact.model.record import FieldDate
from leadpact.model.stage import StageState
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

START = datetime(2025, 1, 1, tzinfo=UTC)


@cache
def pact() -> Pact:
    """The agreement that ships."""
    return load_pact(default_text("pact.yaml"))


STAGES = st.sampled_from(
    ["subscriber", "lead", "mql", "pql", "sal", "sql", "opportunity", "customer", "recycled", "odd"]
)
DAYS = st.integers(0, 30).map(lambda day: START + timedelta(days=day))
PAST = st.builds(
    PastStage,
    st.sampled_from(["hubspot:contacts:1", "salesforce:Lead:2", "salesforce:Opportunity:3"]),
    st.lists(STAGES, min_size=1, max_size=3, unique=True).map(tuple),
    DAYS,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "told here", "told there"]),
)
HISTORY = st.lists(PAST, max_size=8)
AGREED = st.none() | STAGES.filter(lambda stage: stage != "odd").map(
    lambda stage: StageState(stage, START)
)


@settings(max_examples=60)
@given(HISTORY, AGREED, st.integers())
def test_the_order_in_which_things_are_told_never_matters(
    history: list[PastStage], agreed: StageState | None, seed: int
) -> None:
    mixed = list(history)
    Random(seed).shuffle(mixed)  # an order, no secret

    assert derive(mixed, agreed, pact()) == derive(history, agreed, pact())
    assert derive([*history, *history], agreed, pact()) == derive(history, agreed, pact())


@settings(max_examples=60)
@given(HISTORY, AGREED)
def test_no_stage_and_no_date_is_invented(
    history: list[PastStage], agreed: StageState | None
) -> None:
    found = derive(history, agreed, pact())
    named = {stage for one in history for stage in one.stages if stage in pact().stages}

    assert set(found.dates) <= named
    assert found.stage in named | {agreed.stage if agreed else ""}
    assert {date.at for date in found.dates.values()} <= {one.at for one in history}
    for stage, date in found.dates.items():
        told = [one for one in history if stage in one.stages]
        assert date.at in {one.at for one in told}
        if not date.approximate:
            assert any(one.at == date.at and not one.approximate for one in told)


@settings(max_examples=60)
@given(HISTORY, AGREED, st.booleans())
def test_nobody_is_set_back_taken_off_a_side_stage_or_put_on_one(
    history: list[PastStage], agreed: StageState | None, may_move: bool
) -> None:
    found = derive(history, agreed, pact(), may_move=may_move)
    if agreed is None or found.stage == agreed.stage:
        assert agreed is not None or not (found.stage and pact().stages[found.stage].side)
        return
    before, after = pact().stages[agreed.stage], pact().stages[found.stage]
    assert may_move
    assert not before.side
    assert not after.side
    assert after.rank > before.rank
    assert found.source or any(not one.source for one in history)


@settings(max_examples=60)
@given(HISTORY, AGREED, PAST)
def test_more_history_never_takes_a_date_away_nor_makes_a_sure_one_later(
    history: list[PastStage], agreed: StageState | None, more: PastStage
) -> None:
    before = derive(history, agreed, pact()).dates
    after = derive([*history, more], agreed, pact()).dates

    assert set(before) <= set(after)
    for stage, date in before.items():
        if not date.approximate:
            assert after[stage].at <= date.at
            assert not after[stage].approximate


@settings(max_examples=60)
@given(HISTORY, AGREED, st.lists(PAST, max_size=4))
def test_what_leadpact_wrote_itself_dates_nothing_and_shows_nobody_further_on(
    history: list[PastStage], agreed: StageState | None, written: list[PastStage]
) -> None:
    ours = [replace(one, ours=True) for one in written]
    found = derive([*history, *ours], agreed, pact())

    assert found.dates == derive(history, agreed, pact()).dates
    assert found.stage in found.dates or found.stage == (agreed.stage if agreed else "")


def test_where_a_record_stands_is_its_last_word_and_values_that_share_mean_the_least() -> None:
    def at(day: int, *stages: str, record: str = "a", stands: bool = True) -> PastStage:
        return PastStage(record, stages, START + timedelta(days=day), stands=stands, source="told")

    lead = StageState("lead", START)
    history = [at(3, "mql", "pql"), at(1, "lead"), at(2, "sql", stands=False)]
    assert derive(history, lead, pact()) == Derived(
        "mql",
        "told",
        {
            "lead": FieldDate(START + timedelta(days=1)),
            "mql": FieldDate(START + timedelta(days=3)),
            "sql": FieldDate(START + timedelta(days=2)),
        },
    )
    back = [*history, at(4, "lead")]
    assert derive(back, lead, pact()).stage == "lead"
    shared = derive([at(1, "subscriber", "lead", "mql")], None, pact())
    assert (shared.stage, shared.dates["lead"].approximate) == ("lead", True)
    assert derive(history, lead, pact(), may_move=False).stage == "lead"
    assert derive(history, StageState("recycled", START), pact()).stage == "recycled"


def test_of_stages_that_a_value_shares_the_agreed_one_is_dated() -> None:
    closed = PastStage("salesforce:Lead:2", ("recycled", "disqualified"), START)
    for stage in ("recycled", "disqualified"):
        found = derive([closed], StageState(stage, START), pact())
        assert (found.stage, list(found.dates)) == (stage, [stage])
