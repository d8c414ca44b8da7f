"""What the pact says of rejection: reasons, ways back, ageing, reasons owed (S95..S100, R15, R16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, load_pact

Refused = Callable[[str, str], FixSettings]


def _place(error: FixSettings) -> tuple[int | None, int | None]:
    assert error.place is not None
    return error.place.line, error.place.column


def _at(text: str, piece: str) -> tuple[int, int]:
    start = text.index(piece)
    return text[:start].count("\n") + 1, start - text.rfind("\n", 0, start)


def test_a_reason_says_where_the_lead_goes_and_what_brings_it_back(pact: Pact) -> None:
    reason = pact.reasons["bad_timing"]
    assert (reason.stage, reason.cooling_off) == ("recycled", timedelta(days=45))
    assert reason.sub_reasons["next_quarter"] == "Next quarter"
    ways = {way.key: way for way in reason.re_entry}
    assert not ways["hand_raise"].waits
    assert ways["new_interest"].waits
    assert "demo_request" in ways["hand_raise"].signals
    assert pact.reasons["competitor"].stage == "disqualified"
    assert pact.reasons["contract_ended"].stage == "former_customer"
    assert pact.rejection.ageing.after == timedelta(days=30)
    assert (pact.rejection.manager_after, pact.rejection.treated_as) == (2, "other")


def test_an_agreement_of_before_these_sections_stays_valid(default_pact_text: str) -> None:
    start = default_pact_text.index("reasons:\n")
    end = default_pact_text.index(
        "# ------------------------------------------------------------------------------------- when"
    )
    plain = "reasons:\n  bad_timing: {label: Bad timing, disposition: recycle}\n"
    plain += "  competitor: {label: Competitor, disposition: disqualify}\n"
    pact = load_pact(default_pact_text[:start] + plain + default_pact_text[end:])
    assert pact.reasons["bad_timing"].re_entry == ()
    # Nobody is recycled with a reason that the agreement does not have.
    assert pact.rejection.ageing.after is None
    assert pact.lattice.path("mql", "recycled", "agreement", reason="x", basis="ageing") is None


def test_ageing_needs_no_row_in_the_lattice_and_opens_no_other_way(pact: Pact) -> None:
    path = pact.lattice.path
    assert path("mql", "recycled", "agreement", reason="unworked", basis="ageing") == ("recycled",)
    assert path("mql", "recycled", "score", reason="unworked", basis="score") is None
    assert path("sal", "recycled", "agreement", reason="unworked", basis="ageing") is None


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        (
            "{label: Wrong title, disposition: disqualify}",
            "{label: Wrong title}",
            "wrong_title: ",
            '"disposition" is missing; write recycle or disqualify or former_customer',
        ),
        (
            "signals: [pricing_page, demo_page, gated_download, webinar]",
            "signals: [pricing_pages]",
            "pricing_pages",
            'did you mean "pricing_page"?',
        ),
        (
            "cooling_off_days: 30, re_entry: [hand_raise, new_interest]}",
            "cooling_off_days: 30}",
            "cooling_off_days: 30}",
            "a cooling-off after which nothing brings the lead back",
        ),
        (
            "{label: Wrong title, disposition: disqualify}",
            "{label: Wrong title, disposition: disqualify, re_entry: [hand_raise]}",
            "re_entry: [hand_raise]}",
            "re_entry is for reasons that recycle",
        ),
        (
            "in time, disposition: recycle, re_entry: [hand_raise, new_interest]",
            "in time, disposition: recycle, re_entry: [hand_rise]",
            "hand_rise]",
            'did you mean "hand_raise"?',
        ),
        ("reason: unworked}", "reason: competitor}", "competitor}\n\n", "no reason that recycles"),
        ("treated_as: other", "treated_as: others", "others}", 'did you mean "other"?'),
        ("queue_alarm: 3,", "queue_alarm: 30,", "30, count", "never sounds"),
        ("stages: [mql, pql], queue", "stages: [mqls], queue", "[mqls]", 'did you mean "mql"?'),
        (
            "applies_to: [customer, evangelist]",
            "applies_to: [lead]",
            "lead]\n\n",
            "lets nobody move",
        ),
        ("never_reached: Never reached", "budget_cut: Cut", "budget_cut: Cut", "another key"),
        (
            "{from: recycled, to: [lead, mql, pql], by: [marketing, score]}",
            "{from: recycled, to: [lead, mql, pql], by: [marketing]}",
            "re_entry: [hand_raise, new_interest]\n  no_budget",
            "lets `score` move recycled to lead; add",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_mend(
    refused: Refused, default_pact_text: str, old: str, new: str, at: str, said: str
) -> None:
    error = refused(old, new)
    assert said in error.message
    assert _place(error) == _at(default_pact_text.replace(old, new), at)
