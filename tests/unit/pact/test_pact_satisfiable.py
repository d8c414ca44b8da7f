"""Whether conditions can hold: the answer is that of trying every lead of a small world."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.pact.conditions import (
    Condition,
    Either,
    Every,
    FactTest,
    FactType,
    Negated,
    Operation,
    Plain,
)
from leadpact.pact.loader import load_pact
from leadpact.pact.reachable import fit_range
from leadpact.pact.satisfiable import Wanted, can_all_be
from leadpact_mappings import default_text

FACTS: Mapping[str, FactType] = {"employees": "integer", "vip": "boolean", "country": "text"}
NUMBERS: tuple[Operation, ...] = ("is", "above", "at_least", "below", "at_most", "one_of")
WORLD: Mapping[str, tuple[Plain | None, ...]] = {
    "employees": (None, *range(-3, 8)),
    "vip": (None, True, False),
    "country": (None, "de", "at", "us", "elsewhere"),
}
TESTS = st.one_of(
    st.builds(
        FactTest,
        st.just("employees"),
        st.sampled_from(NUMBERS),
        st.lists(st.integers(0, 4), min_size=0, max_size=2).map(tuple),
    ),
    st.builds(FactTest, st.just("vip"), st.just("is"), st.sampled_from([(True,), (False,)])),
    st.builds(
        FactTest,
        st.just("country"),
        st.just("one_of"),
        st.lists(st.sampled_from(["de", "at", "us"]), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(FactTest, st.sampled_from(sorted(FACTS)), st.just("is_known")),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(Negated, inner),
        st.builds(Every, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
WANTED = st.sampled_from(["true", "false", "not_true", "not_false"])


def _asked(condition: Condition, lead: Mapping[str, Plain | None]) -> bool | None:
    """The condition as its documentation reads: three-valued."""
    if isinstance(condition, Negated):
        inner = _asked(condition.part, lead)
        return None if inner is None else not inner
    if not isinstance(condition, FactTest):
        said = [_asked(part, lead) for part in condition.parts]
        strong = isinstance(condition, Either)
        return strong if strong in said else None if None in said else not strong
    value = lead[condition.field]
    if condition.operation == "is_known":
        return value is not None
    if not condition.values:
        return False
    if value is None:
        return None
    if condition.operation in ("is", "one_of"):
        return value in condition.values
    compare = {
        "above": int.__gt__, "at_least": int.__ge__, "below": int.__lt__, "at_most": int.__le__,
    }[condition.operation]  # fmt: skip
    return any(compare(int(value), int(asked)) for asked in condition.values)


_MEANS: Mapping[Wanted, tuple[bool | None, ...]] = {
    "true": (True,),
    "false": (False,),
    "not_true": (False, None),
    "not_false": (True, None),
}


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(CONDITIONS, WANTED), min_size=1, max_size=3))
def test_it_can_where_some_lead_shows_it(wanted: list[tuple[Condition, Wanted]]) -> None:
    leads = (dict(zip(WORLD, values, strict=True)) for values in product(*WORLD.values()))
    some = any(all(_asked(one, lead) in _MEANS[what] for one, what in wanted) for lead in leads)
    assert can_all_be(wanted, FACTS) == some


def test_text_that_excludes_itself_cannot() -> None:
    def title(operation: Operation, *values: str) -> FactTest:
        return FactTest("title", operation, values)

    facts: Mapping[str, FactType] = {"title": "text"}
    vp, head = title("contains_word", "vp"), title("starts_with", "head")
    assert can_all_be([(vp, "true"), (head, "true")], facts)
    assert not can_all_be([(vp, "true"), (vp, "false")], facts)
    assert not can_all_be([(title("contains_word", "vp sales"), "true"), (vp, "false")], facts)
    assert not can_all_be([(title("starts_with", "vice"), "true"), (head, "true")], facts)
    assert can_all_be([(title("starts_with", "he"), "true"), (head, "false")], facts)
    assert not can_all_be([(title("is", "vp it"), "true"), (vp, "false")], facts)
    site = FactTest("title", "domain_is", ("b.example",))
    assert not can_all_be([(site, "false"), (title("is", "https://a.b.example/x"), "true")], facts)


def test_the_range_of_the_reference_model() -> None:
    scoring = load_pact(default_text("pact.yaml")).scoring
    assert fit_range(scoring) == (-4000, 3500)
