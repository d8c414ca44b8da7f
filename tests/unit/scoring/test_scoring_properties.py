"""Points are the sum of evidence, and both are what a plain loop over the rules would give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.model.record import UNKNOWN
from leadpact.model.scorecard import ScoringInput, Signal
from leadpact.pact import load_pact
from leadpact.pact.score_rules import EngagementRule
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_HEAD, _, _REST = default_text("pact.yaml").partition("  rules:\n")
_RULES = """
    size: {label: Size, pillar: fit, points: 15, when: {field: employees, op: at_least, value: 50}}
    vp: {label: VP, pillar: fit, points: 20.25, when: {field: title, op: contains_word, value: vp}}
    free: {label: Free, pillar: fit, points: -10, when: {field: is_free_mail, op: is, value: true}}
    visit: {label: Visit, pillar: engagement, points: 7, cap: 20, half_life_days: 9, signal: [a, b]}
    once: {label: Once, pillar: engagement, points: 5, window_days: 20, signal: c}
    series: {label: Series, pillar: engagement, points: 10, at_least: 3, within_days: 5, same: asset, signal: [a, c]}
    left: {label: Left, pillar: engagement, points: -4, cap: -6, signal: b}
    chain: {label: Chain, pillar: engagement, points: 3, cap: 9, all_of: [a, b, c], within_days: 9}
    sames: {label: Sames, pillar: engagement, points: 2, all_of: [a, c], same: asset, half_life_days: 40}
    back: {label: Back, pillar: engagement, points: 6, cap: 13, back_within_days: 30, signal: [a, b]}
    row: {label: Row, pillar: engagement, points: 4, cap: 8, at_least: 2, signal: [a, c], broken_by: d}
  qualify:
    actions:
      is_visited: {label: Visited, rule: visit}
      is_back: {label: Came back, signal: [c, d], back_within_days: 20}
"""
PACT = load_pact(f"{_HEAD}  rules:{_RULES}  # Out{_REST.partition('  # Out')[2]}")
ENGINE = EmbeddedEngine()

SIGNALS = st.builds(
    lambda name, hours, asset, key: Signal(key, "x", name, NOW - timedelta(hours=hours), asset),
    st.sampled_from(["a", "b", "c", "d"]),
    st.integers(-48, 24 * 100),
    st.sampled_from(["", "x", "y"]),
    st.text("abcdef0123456789-", min_size=1, max_size=3),
)
LEADS = st.builds(
    ScoringInput,
    link_id=st.just("x"),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "employees": st.sampled_from([None, UNKNOWN, 0, 49, 50, 10**30, "77", "x"]),
            "title": st.sampled_from([None, "", "VP", "vp sales", "MVP", "\ud800vp", "💥"]),
            "email": st.sampled_from([None, "a@gmail.example", "a@alder.example", "broken"]),
        },
    ),
    signals=st.lists(SIGNALS, max_size=14).map(tuple),
    since=st.sampled_from([None, NOW - timedelta(days=10)]),
)


def _by_loop(rule: EngagementRule, lead: ScoringInput) -> int:
    """The rule's points as its documentation reads, in Python."""
    counted: dict[str, Signal] = {}
    for each in sorted(lead.signals, key=lambda each: (each.at, each.name, each.asset)):
        since = lead.since
        known = each.name in PACT.signal_names and each.precision != "counter"
        if known and each.at <= NOW and (since is None or each.at >= since):
            counted.setdefault(each.id, each)
    acts = sorted(
        (each for each in counted.values() if each.name in rule.names),
        key=lambda each: (each.at.toordinal(), each.id),
    )
    left = rule.cap
    for act in acts:
        group = [each for each in acts if not rule.same_asset or each.asset == act.asset]
        if act.name not in rule.signals or not _completes(rule, act, group[: group.index(act)]):
            continue
        age = (NOW - act.at).days
        points = rule.points_at[age] if age < len(rule.points_at) else 0
        left -= min(points, left)
    return rule.sign * (rule.cap - left)


def _completes(rule: EngagementRule, act: Signal, before: list[Signal]) -> bool:
    day = act.at.toordinal()
    gap = 10_000 if rule.within_days is None else rule.within_days
    if rule.all_of:
        seen = {each.name for each in (*before, act) if day - each.at.toordinal() <= gap}
        return rule.signals <= seen
    if rule.back_within_days is not None:
        first = before[0].at.toordinal() if before else day
        return first < day <= first + rule.back_within_days
    row: list[Signal] = []
    for each in (*before, act):
        row = [] if each.name in rule.broken_by else [*row, each]
    if len(row) < rule.at_least:
        return False
    nth = row[-rule.at_least].at.toordinal()
    return day - nth <= gap


@settings(max_examples=50, deadline=None)
@given(st.lists(LEADS, min_size=1, max_size=5))
def test_points_are_the_sum_of_evidence_and_what_the_rules_say(
    leads: Sequence[ScoringInput],
) -> None:
    cards = ENGINE.score(PACT.scoring, leads, NOW)
    points = ENGINE.points(PACT.scoring, leads, NOW)
    assert len(cards) == len(points) == len(leads)
    for lead, card, by_rule in zip(leads, cards, points, strict=True):
        summed = dict.fromkeys(by_rule, 0)
        for item in card.evidence:
            summed[item.rule] += item.points
            assert item.points
        assert summed == by_rule
        assert card.total == card.fit + card.engagement == sum(by_rule.values())
        done = {item.rule: item.signal_id for item in card.actions}
        first = next((each.signal_id for each in card.evidence if each.rule == "visit"), None)
        assert done.get("is_visited") == first
        assert ("is_back" in done) == bool(_by_loop(PACT.scoring.actions[1].rule, lead))
        for rule in PACT.scoring.engagement:
            assert by_rule[rule.key] == _by_loop(rule, lead)


@settings(max_examples=50, deadline=None)
@given(LEADS, st.randoms(use_true_random=False))
def test_the_order_of_signals_and_the_company_on_the_page_change_nothing(
    lead: ScoringInput, shuffle: object
) -> None:
    by_id = {each.id: each for each in lead.signals}
    signals = list(by_id.values())
    other = list(signals)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    one = ScoringInput("x", lead.facts, tuple(signals), lead.since)
    two = ScoringInput("x", lead.facts, tuple(other), lead.since)
    (alone,) = ENGINE.score(PACT.scoring, [one], NOW)
    _, among, _ = ENGINE.score(PACT.scoring, [lead, two, lead], NOW)
    assert alone == among


@settings(max_examples=40, deadline=None)
@given(LEADS)
def test_nothing_changes_before_the_scorecard_says_so(lead: ScoringInput) -> None:
    (card,) = ENGINE.score(PACT.scoring, [lead], NOW)
    until = card.next_change_at or NOW + timedelta(days=400)
    assert until > NOW
    (later,) = ENGINE.score(PACT.scoring, [lead], until - timedelta(microseconds=1))
    kept = (
        "fit", "engagement", "total", "grade", "verdict", "fast_lane", "evidence", "actions",
        "intent", "makes", "trigger", "missing",
    )  # fmt: skip
    assert [getattr(later, name) for name in kept] == [getattr(card, name) for name in kept]
    ahead = [each.at for each in lead.signals if each.at > NOW]
    if card.next_change_at is not None and card.next_change_at not in ahead:
        (then,) = ENGINE.score(PACT.scoring, [lead], until)
        assert [getattr(then, name) for name in kept] != [getattr(card, name) for name in kept]
