"""The section ``qualification`` of a pact: what it may say, and how each slip is told with its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, load_pact
from leadpact.pact.examined import examine_pact
from leadpact.pact.qualification_findings import unread_answers
from leadpact_mappings import default_text

Refused = Callable[[str, str], FixSettings]
DEFAULT = default_text("pact.yaml")
PARTS = ("stages:", "lattice:", "reasons:", "qualification:\n  criteria:")
SMALL = """\
version: "1"
thresholds: {mql: 60, fit_floor: 15, engagement_floor: 20}
lists: {target_accounts: []}
scoring:
  rules: {seen: {label: Seen, pillar: engagement, points: 90, signal: [demo_request, meeting_booked,
    contact_form, pricing_page, demo_page, gated_download, webinar]}}
""" + "".join(
    f"# ---{part}\n"
    for part in DEFAULT.split("\n# ---")
    if any(f"\n{name}\n" in part for name in PARTS)
)
"""The same agreement without what this section does not look at: quicker to read."""

ASKED = "need authority budget timeline stakeholders deal_size"


@pytest.fixture
def refused() -> Refused:
    def change(old: str, new: str) -> FixSettings:
        assert SMALL.count(old) == 1, f"{old!r} must stand there once"
        with pytest.raises(FixSettings) as caught:
            load_pact(SMALL.replace(old, new))
        return caught.value

    return change


def test_the_default_agreement_asks_bant(pact: Pact) -> None:
    rules = pact.qualification
    assert rules is not None
    assert [one.key for one in rules.in_use()] == ["light", "bant"]
    bant = rules.frameworks["bant"]
    assert [one.letter for one in bant.asks] == ["B", "A", "N", "T"]
    assert bant.minimum == "Authority and Need, and 3 of 4 in all"
    assert rules.frameworks["light"].minimum == "all 2"
    assert rules.unconfirmed == "hold"
    assert (set(rules.turns_at), set(rules.made_by)) == ({"sal"}, {"sales"})
    assert [one.key for one in rules.opportunity] == ["budget", "need", "timeline"]
    assert (rules.straight, rules.hand_raisers_first) == (False, False)
    assert [one.key for one in pact.answers] == [
        *"budget authority need timeline".split(),
        "stakeholders",
        "suspect",
    ]


def test_an_agreement_without_it_asks_nothing() -> None:
    start, end = SMALL.index("qualification:\n  criteria:"), SMALL.index("outbound: {when")
    without = SMALL[:start] + SMALL[SMALL.index("\n", end) :]
    assert load_pact(without).qualification is None
    assert load_pact(without).answers == ()
    _read, findings = examine_pact(without)
    (told,) = [one for one in findings if one.code == "sql_undefined"]
    assert "rep's own judgement" in told.message


def test_the_order_of_options_that_rank_is_content() -> None:
    turned = SMALL.replace(
        "        within_30_days: Within 30 days\n        within_90_days: Within 90 days\n",
        "        within_90_days: Within 90 days\n        within_30_days: Within 30 days\n",
    )
    assert turned != SMALL
    assert load_pact(turned).hash != load_pact(SMALL).hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("one_of: [pain]}\n      evidence", "one_of: [pane]}\n      evidence", 'mean "pain"?'),
        (
            "one_of: [pain]}\n      evidence",
            "one_of: [pain, curious]}\n      evidence",
            "every option counts",
        ),
        (
            "counts: {one_of: [pain]}\n      evidence",
            "counts: {}\n      evidence",
            "exactly one of",
        ),
        (
            "counts: {one_of: [pain]}\n      evidence",
            "counts: {known: true}\n      evidence",
            "`options` and `counts: {one_of: [...]}` belong together",
        ),
        ("asks: [need, authority]}", "asks: [neeed, authority]}", 'mean "need"?'),
        ("asks: [need, authority]}", "asks: [need, need]}", '"need" is asked twice'),
        ("also: [stakeholders]", "also: [stakeholder]", 'mean "stakeholders"?'),
        (
            "{needs: [need, authority], at_least: 3}",
            "{needs: [pain], at_least: 3}",
            "is no criterion",
        ),
        (
            "{needs: [need, authority], at_least: 3}",
            "{needs: [need], at_least: 5}",
            "5 can never be confirmed: BANT asks 4",
        ),
        ("{needs: [need, authority], at_least: 3}", "{}", "give `needs`, `at_least` or both"),
        ("{below: 10000, framework: light}", "{below: 10000, framework: lite}", 'mean "light"?'),
        (
            "{below: 10000, framework: light}",
            "{from: 500, below: 10000, framework: light}",
            "no framework for deals below 500; add `{below: 500, framework: …}`",
        ),
        (
            "{below: 10000, framework: light}",
            "{below: 9000, framework: light}",
            "no framework for deals from 9000 to 10000",
        ),
        (
            "{below: 10000, framework: light}",
            "{below: 20000, framework: light}",
            "two frameworks for deals from 10000 to 20000",
        ),
        (
            "{from: 10000, framework: bant}",
            "{from: 10000, below: 50000, framework: bant}",
            "no framework for deals from 50000; add",
        ),
        (
            "{from: 10000, framework: bant}",
            "{from: 10000, below: 10000, framework: bant}",
            "no size is both from 10000 and below 10000",
        ),
        ("unknown_size: bant", "unknown_size: bannt", 'mean "bant"?'),
        ("    made_by: sales  ", "    made_by: rumour  ", "is not one of them"),
        (
            "    made_by: sales  ",
            "    made_by: score  ",
            "say `sql: 90`, for one, under `thresholds`",
        ),
        ("unconfirmed: hold ", "unconfirmed: holt ", 'did you mean "hold"?'),
        ("    from: sal  ", "    from: sall  ", 'did you mean "sal"?'),
        ("    from: sal  ", "    from: opportunity  ", "does not lead up to SQL"),
        (
            "{from: [lead, sal], to: sql, by: agreement}",
            "{from: lead, to: sql, by: agreement}",
            "add `- {from: sal, to: sql, by: agreement}` there",
        ),
        ("needs: [budget, need, timeline]}", "needs: [bugdet, need]}", 'mean "budget"?'),
        ("demo_request: fast_lane ", "demo_request: fast ", 'did you mean "fast_lane"?'),
        ("hand_raisers: after_fit ", "hand_raisers: last ", "after_fit"),
        ("list: target_accounts}}", "list: target_account}}", 'mean "target_accounts"?'),
        ("  evidence: told\n", "  evidence: maybe\n", "required, told"),
    ],
)
def test_each_fault_is_told_with_what_would_be_right(
    refused: Refused, old: str, new: str, said: str
) -> None:
    error = refused(old, new)
    assert said in str(error)
    assert error.place is not None
    assert error.place.line is not None
    assert error.place.column is not None


def test_a_fault_names_its_line_and_column(refused: Refused) -> None:
    error = refused("unknown_size: bant", "unknown_size: bannt")
    lines = SMALL.splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "unknown_size:" in text)
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, lines[line - 1].index("bant") + 1)


def test_a_framework_stands_for_what_an_opportunity_needs() -> None:
    """K17."""
    rules = load_pact(
        DEFAULT.replace("needs: [budget, need, timeline]", "needs: bant")
    ).qualification
    assert rules is not None
    assert [one.key for one in rules.opportunity] == ["budget", "authority", "need", "timeline"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("unconfirmed: hold ", "unconfirmed: accept ", "sql_unconfirmed_accepted"),
        ("    from: sal  ", "    from: []  ", "minimum_turns_nobody"),
        ("mql: 60,", "mql: 60, sql: 90,", "sql_score_unused"),
    ],
)
def test_what_is_odd_is_told_and_runs(old: str, new: str, code: str) -> None:
    _read, findings = examine_pact(SMALL.replace(old, new, 1))
    (told,) = [one for one in findings if one.code == code]
    assert told.place.line is not None
    _read, usual = examine_pact(SMALL)
    assert code not in {one.code for one in usual}


def test_required_evidence_that_no_criterion_asks_for_is_told() -> None:
    text = SMALL.replace("      evidence: conversation\n", "").replace(
        "  evidence: told\n", "  evidence: required\n"
    )
    _read, findings = examine_pact(text)
    assert "no_conversation_asked" in {one.code for one in findings}


@pytest.mark.parametrize(
    ("change", "fields", "signals", "codes"),
    [
        (("", ""), ASKED, "email_reply", set()),
        (("", ""), ASKED, "seen", {"evidence_without_source"}),
        (
            ("", ""),
            "need authority budget stakeholders",
            "email_reply",
            {"answer_without_field", "deal_size_without_field"},
        ),
        (
            ("    made_by: sales  ", "    made_by: [sales, reply]  "),
            ASKED,
            "call_connected",
            {"reply_without_source"},
        ),
    ],
)
def test_what_no_crm_keeps_is_told(
    change: tuple[str, str], fields: str, signals: str, codes: set[str]
) -> None:
    """R35."""
    read, _findings = examine_pact(SMALL.replace(*change))
    told = list(unread_answers(read, fields.split(), {signals}))
    assert {one.code for one in told} == codes
    assert all(one.place.line is not None for one in told)
