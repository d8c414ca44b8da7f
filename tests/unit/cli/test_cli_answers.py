"""Which answers a hold takes, and in which words they are written down for the engine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadpact.errors import FixSettings
from leadpact.model.link import Hold
from leadpact_app.cli.answers import accepted, refused, remedy

STAGES = ("lead", "mql", "sal", "sql")
BOTH = {"hubspot": "a", "salesforce": "b"}


def _hold(cause: str, field: str = "city", shown: dict[str, str] | None = None) -> Hold:
    at = datetime(2026, 3, 5, tzinfo=UTC)
    return Hold("hold-1", "link-1", field, cause, "why", BOTH if shown is None else shown, at, "r")


@pytest.mark.parametrize(
    ("hold", "take", "value", "answer"),
    [
        (_hold("values_differ"), "salesforce", None, "take:salesforce"),
        (_hold("values_differ"), "", "Lund", "set:Lund"),
        (_hold("values_differ"), "", "", "set:"),
        (_hold("field_changed"), "", None, "accept"),
        (_hold("stages_differ", "stage"), "hubspot", None, "take:hubspot"),
        (_hold("stages_differ", "stage"), "", "sal", "set:sal"),
        (_hold("status_unmapped", "stage"), "", "mql", "set:mql"),
        (_hold("contested", "stage", {"hubspot": "x", "agreed": "mql"}), "", None, "take:hubspot"),
        (_hold("role_address", ""), "", None, "accept"),
        (_hold("two_surnames", ""), "", None, "accept"),
    ],
)
def test_what_is_accepted_is_written_as_the_engine_reads_it(
    hold: Hold, take: str, value: str | None, answer: str
) -> None:
    assert accepted(hold, take, value, STAGES) == answer


@pytest.mark.parametrize(
    ("hold", "take", "value", "said"),
    [
        (_hold("values_differ"), "", None, "Say which value"),
        (_hold("values_differ"), "pipedrive", None, "does not settle it"),
        (_hold("values_differ"), "hubspot", "x", "not both"),
        (_hold("stages_differ", "stage"), "", None, "Say which stage"),
        (_hold("equal_rank", "stage"), "", "vip", "no stage of the pact"),
        (_hold("status_unmapped", "stage"), "hubspot", None, "does not settle it"),
        (
            _hold("contested", "stage", {"hubspot": "x", "agreed": "mql"}),
            "agreed",
            None,
            "not settle",
        ),
        (_hold("consent_reopened"), "", None, "confirm it in both CRMs"),
        (_hold("consent_reopened"), "hubspot", None, "confirm it in both CRMs"),
        (_hold("consent_reopened"), "", "false", "leadpact opts nobody in"),
        (_hold("role_address", ""), "hubspot", None, "neither --take nor --set"),
        (_hold("value_too_long"), "", None, "Shorten the value"),
        (_hold("deleted_in_hubspot", ""), "hubspot", None, "neither --take nor --set"),
        (_hold("several_records_one_person", ""), "", None, "Merge the records"),
        (_hold("a_cause_of_tomorrow"), "", None, "Mend the cause"),
    ],
)
def test_an_answer_that_settles_nothing_is_refused_with_one_that_does(
    hold: Hold, take: str, value: str | None, said: str
) -> None:
    with pytest.raises(FixSettings, match="hold-1") as refusal:
        accepted(hold, take, value, STAGES)
    assert said in refusal.value.message


@pytest.mark.parametrize(
    "cause", ["field_changed", "consent_reopened", "contested", "equal_rank", "two_surnames"]
)
def test_what_was_agreed_can_stand(cause: str) -> None:
    assert refused(_hold(cause)) == "refuse"


@pytest.mark.parametrize("cause", ["stages_differ", "status_unmapped", "picklist_value_unknown"])
def test_nothing_stands_where_nothing_was_agreed(cause: str) -> None:
    with pytest.raises(FixSettings):
        refused(_hold(cause))


def test_each_cause_that_the_engine_holds_has_a_remedy_of_its_own() -> None:
    causes = {
        *("values_differ", "field_changed", "consent_reopened", "stages_differ", "equal_rank"),
        *("contested", "status_unmapped", "role_address", "several_records_one_person"),
        *("creation_lacks_fields", "value_too_long", "picklist_value_unknown", "field_missing"),
        *("field_read_only", "value_not_writable", "deleted_in_salesforce"),
        *("value_unreadable", "reset_failed"),
    }
    for cause in causes:
        assert "Mend the cause" not in remedy(_hold(cause)), cause
