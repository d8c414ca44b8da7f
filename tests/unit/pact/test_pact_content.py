"""The hash is of what the agreement says, and reviews have their day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, load_pact
from leadpact.pact.review import GRACE, Review

DEMO = "    demo_request:   {label: Asked for a demo, window_days: 30}\n"


def test_what_only_repeats_a_default_changes_no_hash(pact: Pact, default_pact_text: str) -> None:
    shorter = default_pact_text.replace("publish_step: 5\n", "").replace("signatories: {}\n", "")
    assert shorter != default_pact_text
    assert load_pact(shorter).hash == pact.hash


def test_the_order_of_fast_lanes_is_content(pact: Pact, default_pact_text: str) -> None:
    other = default_pact_text.replace(DEMO, "").replace(
        "    contact_form:   {", DEMO + "    contact_form:   {"
    )
    assert list(load_pact(other).fast_lanes) != list(pact.fast_lanes)
    assert load_pact(other).hash != pact.hash


def test_a_new_signatory_is_another_agreement(pact: Pact, default_pact_text: str) -> None:
    signed_by = "signatories: {sales: {name: Omar Haddad, title: VP Sales}}"
    other = load_pact(default_pact_text.replace("signatories: {}", signed_by))
    assert other.review.signatories["sales"].title == "VP Sales"
    assert "marketing" not in other.review.signatories
    assert other.hash != pact.hash


def test_the_meaning_of_no_stage_is_refused(refused: Callable[[str, str], FixSettings]) -> None:
    error = refused("  sal: Sales took", "  sall: Sales took")
    assert '"sall" is no stage; did you mean "sal"?' in str(error)


def test_a_cadence_nobody_knows_is_refused(refused: Callable[[str, str], FixSettings]) -> None:
    assert 'did you mean "monthly"?' in str(refused("joint: monthly", "joint: montly"))


@pytest.mark.parametrize(("cadence", "days"), [("monthly", 31), ("quarterly", 92)])
def test_another_cadence_is_another_due_day(
    default_pact_text: str, cadence: str, days: int
) -> None:
    """K8, both sides: the joint review monthly (the default) or quarterly."""
    text = default_pact_text.replace("joint: monthly", f"joint: {cadence}")
    review = load_pact(text).review
    held = {"joint": date(2026, 1, 10)}
    due = review.due("joint", held["joint"])
    assert (due - held["joint"]).days == days
    assert review.overdue(held, due + GRACE) == ()
    assert review.overdue(held, due + GRACE + timedelta(days=1)) == (("joint", due),)


def test_a_review_that_was_never_held_has_no_clock() -> None:
    assert Review(cadence={"joint": "weekly"}).overdue({}, date(2026, 11, 22)) == ()
