"""Values of a field stored together are what they are stored as one by one; ids likewise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact_sandbox.hubspot import definitions
from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.value_columns import column_writer
from leadpact_sandbox.salesforce.values import writer
from leadpact_sandbox.world import World

FIELDS = ("Email", "Title", "Status", "Description", "AnnualRevenue", "DoNotCall", "LeadSource")
ODD = (None, 7, True, "", " Ada", "Ada\n", "a\nb", "x" * 129, "Ada@Lima.example", "a..b@x.example")
PLAIN = ("Ada", "Web", "Working - Contacted", "ada@lima.example", "zoe.b@a-b.lima.example")
VALUES = st.lists(st.sampled_from(PLAIN) | st.sampled_from((*PLAIN, *ODD)), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def org() -> Org:
    return Org(World())


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(FIELDS), sent=VALUES)
def test_a_column_is_stored_as_its_values_are(org: Org, name: str, sent: list[Any]) -> None:
    field = org.catalog.objects["Lead"].fields[name]
    together = column_writer(field)(sent)
    if together is not None:
        assert together == [writer(field)(org, value) for value in sent]


@pytest.mark.parametrize(("name", "sent"), [("Email", ["A@b.example"]), ("Title", ["Boss"] * 2)])
def test_usual_values_need_no_look_each(org: Org, name: str, sent: list[str]) -> None:
    together = column_writer(org.catalog.objects["Lead"].fields[name])(sent)
    assert together == [value.lower() if name == "Email" else value for value in sent]
    with pytest.raises(ApiError):
        writer(org.catalog.objects["Lead"].fields["Email"])(org, "a..b@x.example")


@settings(max_examples=100, deadline=None)
@given(sent=st.lists(st.sampled_from(("a@b.example", "A@B.example", "", "a@b", " a@b.example"))))
def test_hubspot_checks_many_as_each(sent: list[str]) -> None:
    check = definitions._email

    def one_by_one() -> list[str] | str:
        try:
            return [check(value) if value else value for value in sent]
        except definitions.Refused as refused:
            return refused.message

    try:
        together: list[str] | str = definitions.checked_all(check, sent)
    except definitions.Refused as refused:
        together = refused.message
    assert together == one_by_one()


def test_ids_of_many_are_those_of_each_across_a_turn_of_their_last_characters() -> None:
    first = 62 * 62 - 3
    many = ids.mint_all("00Q", first, 8)
    assert many == [ids.mint("00Q", number) for number in range(first, first + 8)]
    assert many == sorted(many)
    assert [ids.normalised(each[:15]) for each in many] == many
