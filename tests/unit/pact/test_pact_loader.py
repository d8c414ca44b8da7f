from __future__ import annotations

from collections.abc import Callable

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, ScoringLists, load_pact
from leadpact.pact.schema import json_schema

Refused = Callable[[str, str], FixSettings]


def test_the_default_agreement_states_the_reference_numbers(pact: Pact) -> None:
    assert (pact.thresholds.mql, pact.thresholds.fit_floor, pact.thresholds.engagement_floor) == (
        60,
        15,
        20,
    )
    assert pact.publish_step == 5
    assert pact.first_stage == "lead"
    assert pact.scoring.most_fit == 3500
    assert pact.scoring.most_engagement == 9000


def test_stages_carry_owner_rank_and_whether_they_are_synced(pact: Pact) -> None:
    assert pact.stages["mql"].owner == "marketing"
    assert pact.stages["sql"].owner == "sales"
    assert pact.stages["mql"].rank == pact.stages["pql"].rank
    assert {key for key, stage in pact.stages.items() if stage.side} == {
        "recycled",
        "disqualified",
        "former_customer",
    }
    assert [key for key, stage in pact.stages.items() if not stage.synced] == ["visitor"]


def test_response_times_are_by_intent(pact: Pact) -> None:
    assert (pact.sla["high"].minutes, pact.sla["high"].clock) == (5, "calendar")
    assert (pact.sla["medium"].minutes, pact.sla["medium"].clock) == (1440, "business")
    assert (pact.sla["low"].minutes, pact.sla["low"].clock) == (None, "same_working_day")


def test_reasons_say_what_they_do_to_the_lead(pact: Pact) -> None:
    assert pact.reasons["bad_timing"].disposition == "recycle"
    assert pact.reasons["competitor"].disposition == "disqualify"


def test_team_labels_lists_and_lanes_are_ready_to_look_up(pact: Pact) -> None:
    assert pact.teams["sdr"] == "sales"
    assert "rival.example" in pact.competitor_domains
    assert list(pact.fast_lanes) == ["demo_request", "meeting_booked", "contact_form"]


def test_mail_domains_of_the_app_and_of_the_pact_are_joined(default_pact_text: str) -> None:
    pact = load_pact(
        default_pact_text, lists=ScoringLists(frozenset({"mail.test"}), frozenset({"temp.test"}))
    )
    assert {"mail.test", "gmail.example"} <= pact.scoring.lists.free_mail
    assert pact.scoring.lists.disposable == {"temp.test"}


def test_the_hash_is_of_the_content_not_of_its_looks(default_pact_text: str) -> None:
    plain = load_pact(default_pact_text)
    dressed = load_pact(
        "# signed by both\n\n" + default_pact_text.replace("label: MQL,", "label:   MQL,")
    )
    changed = load_pact(default_pact_text.replace("mql: 60", "mql: 61"))
    assert plain.hash == dressed.hash
    assert len(plain.hash) == 16
    assert plain.hash != changed.hash
    assert plain.scoring.pact_hash == plain.hash


def test_an_unknown_key_is_refused_with_what_was_meant(refused: Refused) -> None:
    error = refused("publish_step: 5", "publish_stepp: 5")
    assert "unknown key" in str(error)
    assert 'did you mean "publish_step"?' in str(error)
    assert error.place is not None
    assert error.place.column == 1


def test_an_unknown_key_deep_inside_is_told_with_the_keys_of_that_place(refused: Refused) -> None:
    error = refused("      at_least: 3\n", "      at_leest: 3\n")
    assert 'unknown key "at_leest"; did you mean "at_least"?' in str(error)


def test_the_place_is_the_line_of_the_fault(refused: Refused, default_pact_text: str) -> None:
    error = refused("{mql: 60,", '{mql: "sixty",')
    lines = default_pact_text.splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "{mql: 60," in text)
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, lines[line - 1].index("60") + 1)
    assert 'thresholds.mql must be a whole number, not "sixty"' in str(error)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from: subscriber, to: lead,", "from: subscriber, to: leed,", 'did you mean "lead"?'),
        ("first_stage: lead", "first_stage: leads", 'did you mean "lead"?'),
        ("first_stage: lead", "first_stage: recycled", "must be a synced stage of the main line"),
        ("to: sal, by: sales}", "to: sal, by: seles}", 'did you mean "sales"?'),
        ("from: sal, to: sql, by: sales}", "from: sal, to: sql, by: [automation]}", "opportunity"),
        ("from: sal, to: sql,", "from: sal, to: sal,", "to itself"),
        ("disposition: disqualify}\n  company", "disposition: reject}\n  company", "disqualify"),
        ("  mql:             {", "  mqll:            {", 'the stage "mql" is missing'),
        ('version: "1.0" ', "version: 1.0 ", "version must be text, not 1.0"),
        ("list: senior_titles", "list: senior_title", 'did you mean "senior_titles"?'),
        ("field: employees, op", "field: employes, op", 'did you mean "employees"?'),
        ("op: between, value: [50, 500]", "op: betwen, value: [50, 500]", 'mean "between"?'),
        ("value: [50, 500]", "value: [500, 50]", "never holds"),
        ("value: [50, 500]", "value: [50]", "needs two values"),
        ("value: [50, 500]", "value: [50, many]", "employees is integer"),
        ("field: is_free_mail, op: is,", "field: is_free_mail, op: contains_word,", "boolean"),
        ("within_days: 14", "within_days: 140", "longer than the rule's window of 90 days"),
        ("clock: same_working_day}", "minutes: 5, clock: same_working_day}", "without minutes"),
        ("fit: [30, 15, 1]", "fit: [15, 30, 1]", "must fall"),
        ("points: -30", "points: -30.125", "more than two decimals"),
        ("  SDR: sales", "  SDR: sales\n  sdr: marketing", "speaks for two sides"),
        ("    competitor:\n      label: W", "    webinar:\n      label: W", "already a name"),
        ("window_days: 90", "window_days: 0", "must be greater than or equal to 1"),
        ("points: -30", "points: many", 'points must be a number, not "many"'),
        ("value: [50, 500]", "value: [1.5, 2]", "value.0 must be text or a whole number"),
        ("value: [50, 500]", "value: {a: 1}", "or a list, not a mapping"),
        ("value: [50, 500]}", "query: x}", "give exactly one of"),
        ("op: between, value: [50, 500]", "value: 50", "`field` and `op` belong together"),
        (
            "{field: employees, op: between, value: [50, 500]}",
            '{query: "employes > 3"}',
            "employees",
        ),
        ("  mql:             {", "  MQL:             {", "write small letters"),
        ("window_days: 90", "window_days: true", "must be a whole number, not true"),
    ],
)
def test_each_fault_is_told_with_what_would_be_right(
    refused: Refused, old: str, new: str, said: str
) -> None:
    error = refused(old, new)
    assert said in str(error)
    assert error.code == "document_refused"
    assert error.place is not None
    assert error.place.line is not None


def test_all_faults_come_at_once_in_the_order_of_the_document(default_pact_text: str) -> None:
    broken = default_pact_text.replace("first_stage: lead", "first_stage: leads")
    broken = broken.replace("list: senior_titles", "list: nobody").replace(
        "to: sal, by: sales", "to: sall, by: sales"
    )
    with pytest.raises(FixSettings) as caught:
        load_pact(broken, "ours.yaml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("ours.yaml:") for line in lines)
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)


def test_a_number_of_the_wrong_type_is_one_fault_not_one_per_type(refused: Refused) -> None:
    assert len(str(refused("points: -30", "points: many")).splitlines()) == 1
    assert len(str(refused("value: [50, 500]", "value: [1.5, 2]")).splitlines()) == 1


def test_the_schema_for_editors_knows_every_key_and_refuses_others() -> None:
    schema = json_schema()
    assert {"version", "stages", "lattice", "reasons", "scoring", "sla"} <= set(
        schema["properties"]
    )
    assert schema["additionalProperties"] is False
    move = schema["$defs"]["MovePart"]
    assert {"from", "to", "by"} <= set(move["properties"])
    assert {"type": "string"} in move["properties"]["to"]["anyOf"]
