"""Stage tables (R3, R14): what native fields mean, and what they are set to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.mapping.conftest import STAGES, TWO_CRMS, Load

from leadpact.mapping import LeadMapping, StageTable
from leadpact.model.record import Native

LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
    "51439524",
    "",
    None,
)
LEAD_STATUS = (
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
    "",
    None,
)
STATUS = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
    "Made up",
    "",
    None,
)


@pytest.fixture
def contacts(default: LeadMapping) -> StageTable:
    return default.stage_table("hubspot", "contacts")


@pytest.fixture
def lead(default: LeadMapping) -> StageTable:
    return default.stage_table("salesforce", "Lead")


def _at(stage: str | None, status: str | None = None) -> dict[str, Native]:
    return {"lifecyclestage": stage, "hs_lead_status": status}


@pytest.mark.parametrize(
    ("stage", "status", "meant"),
    [
        ("subscriber", None, ("subscriber",)),
        ("lead", "OPEN", ("lead",)),
        ("lead", "BAD_TIMING", ("recycled",)),
        ("marketingqualifiedlead", "NEW", ("mql", "pql")),
        ("marketingqualifiedlead", "IN_PROGRESS", ("sal",)),
        ("marketingqualifiedlead", "BAD_TIMING", ("recycled",)),
        ("salesqualifiedlead", "CONNECTED", ("sql",)),
        ("opportunity", "OPEN_DEAL", ("opportunity",)),
        ("opportunity", "UNQUALIFIED", ("disqualified",)),
        ("customer", None, ("customer", "former_customer")),
        ("evangelist", "", ("evangelist",)),
        ("other", None, None),
        ("51439524", "NEW", None),
        ("", None, ()),
        (None, "NEW", ()),
    ],
)
def test_what_a_hubspot_contact_says(
    contacts: StageTable, stage: str | None, status: str | None, meant: tuple[str, ...] | None
) -> None:
    assert contacts.stages_of(_at(stage, status)) == meant


def test_the_value_somebody_just_set_speaks_before_one_left_over(contacts: StageTable) -> None:
    shown = _at("marketingqualifiedlead", "BAD_TIMING")

    assert contacts.stages_of(shown, changed={"lifecyclestage"}) == ("mql", "pql")
    assert contacts.stages_of(shown, changed={"hs_lead_status"}) == ("recycled",)
    assert contacts.stages_of(shown, changed={"firstname"}) == ("recycled",)
    won = _at("customer", "UNQUALIFIED")
    assert contacts.stages_of(won, changed=["lifecyclestage"]) == ("customer", "former_customer")


def test_a_salesforce_status_is_shared_by_several_stages(lead: StageTable) -> None:
    assert lead.stages_of({"Status": "Open - Not Contacted"}) == (
        "subscriber",
        "lead",
        "mql",
        "pql",
    )
    assert (lead.stages_of({"Status": "Working - Contacted"}) or ())[:2] == ("sal", "sql")
    assert lead.stages_of({"Status": "Closed - Not Converted"}) == ("recycled", "disqualified")
    assert lead.stages_of({"Status": "Nurture"}) is None
    assert lead.stages_of({"Status": ""}) == lead.stages_of({}) == ()


def test_a_contact_of_salesforce_has_only_our_own_fields(default: LeadMapping) -> None:
    table = default.stage_table("salesforce", "Contact")

    assert (table.own_field, table.reason_field) == (
        "leadpact_stage__c",
        "leadpact_rejection_reason__c",
    )
    assert table.native_fields == ()
    assert table.stages_of({"Status": "x"}) == ()
    assert table.projection("sql", current={}) == {}


@pytest.mark.parametrize(
    ("stage", "current", "written"),
    [
        ("mql", _at("lead"), {"lifecyclestage": "marketingqualifiedlead"}),
        ("pql", _at("marketingqualifiedlead", "NEW"), {}),
        ("sal", _at("marketingqualifiedlead", "NEW"), {"hs_lead_status": "IN_PROGRESS"}),
        ("sql", _at("salesqualifiedlead", "CONNECTED"), {}),
        (
            "sql",
            _at("marketingqualifiedlead", "IN_PROGRESS"),
            {"lifecyclestage": "salesqualifiedlead"},
        ),
        ("recycled", _at("salesqualifiedlead"), _at("lead", "BAD_TIMING")),
        ("recycled", _at("marketingqualifiedlead", "BAD_TIMING"), {"lifecyclestage": "lead"}),
        ("disqualified", _at("salesqualifiedlead"), {"hs_lead_status": "UNQUALIFIED"}),
        ("mql", _at("lead", "BAD_TIMING"), _at("marketingqualifiedlead", None)),
        ("former_customer", _at("customer"), {}),
        ("sal", {}, _at("marketingqualifiedlead", "IN_PROGRESS")),
    ],
)
def test_native_fields_follow_and_round_down(
    contacts: StageTable,
    stage: str,
    current: Mapping[str, Native],
    written: Mapping[str, Native],
) -> None:
    assert contacts.projection(stage, reason="", current=current) == written


def test_a_status_that_already_fits_is_left_as_it_is(lead: StageTable) -> None:
    assert lead.projection("mql", current={"Status": "Open - Not Contacted"}) == {}
    assert lead.projection("sql", current={"Status": "Closed - Converted"}) == {}
    assert lead.projection("sal", current={"Status": "Open - Not Contacted"}) == {
        "Status": "Working - Contacted"
    }


def test_an_unknown_native_field_is_never_written(contacts: StageTable) -> None:
    written = contacts.projection("sal", current={"lifecyclestage": "lead", "firstname": "Zoë"})

    assert written == {"lifecyclestage": "marketingqualifiedlead"}
    assert contacts.projection("mql", current={"firstname": "Zoë"}) == {}


@given(
    st.sampled_from(STAGES),
    st.sampled_from(LIFECYCLE),
    st.sampled_from(LEAD_STATUS),
    st.sampled_from(STATUS),
)
def test_what_is_set_reads_back_and_is_then_left_alone(
    default: LeadMapping, stage: str, lifecycle: str, lead_status: str, status: str
) -> None:
    for table, current in (
        (default.stage_table("hubspot", "contacts"), _at(lifecycle, lead_status)),
        (default.stage_table("salesforce", "Lead"), {"Status": status}),
    ):
        after = {**current, **table.projection(stage, reason="bad_timing", current=current)}

        assert stage in (table.stages_of(after) or ())
        assert table.projection(stage, reason="bad_timing", current=after) == {}
        assert "Closed - Converted" not in set(after.values()) - set(current.values())


@pytest.mark.parametrize(
    ("current", "wanted", "backward"),
    [
        ("salesqualifiedlead", "lead", True),
        ("lead", "salesqualifiedlead", False),
        ("lead", "lead", False),
        ("", "lead", False),
        ("other", "customer", True),
        ("51439524", "lead", True),
    ],
)
def test_a_step_back_needs_the_reset(
    contacts: StageTable, current: str, wanted: str, backward: bool
) -> None:
    assert contacts.order_field == "lifecyclestage"
    assert contacts.backward(_at(current), {"lifecyclestage": wanted}) is backward


def test_other_fields_never_need_the_reset(contacts: StageTable, lead: StageTable) -> None:
    assert not contacts.backward(_at("customer"), {"hs_lead_status": "UNQUALIFIED"})
    assert not contacts.backward(_at("customer"), {"lifecyclestage": None})
    assert lead.order_field == ""
    assert not lead.backward({"Status": "b"}, {"Status": "a"})


def test_a_converted_status_is_never_written(lead: StageTable) -> None:
    assert lead.convert_statuses == {"Closed - Converted"}
    assert lead.never_write == {"Status": {"Closed - Converted"}}


def test_a_reason_can_have_its_own_status(load: Load) -> None:
    table = load(
        TWO_CRMS.replace(
            "people: {external_id: our_id, match: {email: mail}}",
            "people:\n        external_id: our_id\n        match: {email: mail}\n        stages:\n"
            "          rows:\n"
            "            - {when: {s: [Later, No money]}, means: recycled}\n"
            "            - {when: {s: Out}, means: disqualified}\n"
            "          set:\n"
            "            recycled: {s: {default: Later, no_budget: No money}}\n"
            "            disqualified: {s: Out}",
        )
    ).stage_table("north", "people")

    assert table.projection("recycled", reason="no_budget", current={}) == {"s": "No money"}
    assert table.projection("recycled", reason="bad_timing", current={}) == {"s": "Later"}
    assert table.projection("recycled", reason="", current={"s": "No money"}) == {}
    assert table.projection("sql", reason="", current={"s": "Out"}) == {}


def test_many_odd_values_do_not_pile_up(lead: StageTable) -> None:
    for number in range(10_000):
        lead.stages_of({"Status": f"odd {number}"})

    assert len(lead._known) <= 4096
