"""`check` refuses `newest` where a CRM keeps no times of the field (R9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from tests.simulation.agreement import mapping

from leadpact.mapping import LeadMapping
from leadpact_app.cli.newest_check import newest_findings


def newest(*names: str) -> LeadMapping:
    fields = dict(mapping().fields)
    fields |= {name: replace(fields[name], policy="newest") for name in names}
    return replace(mapping(), fields=fields)


def crm(*, times: bool, untimed: tuple[str, ...] | None = None) -> Any:
    made = SimpleNamespace(capabilities=SimpleNamespace(field_times=times))
    if untimed is not None:

        def answer(kind: str, fields: Sequence[str]) -> list[str]:
            return [one for one in fields if one in untimed]

        made.untimed = answer
    return cast("Any", made)


def test_a_field_that_is_tracked_in_both_is_fine() -> None:
    crms = {"hubspot": crm(times=True), "salesforce": crm(times=False, untimed=())}
    assert list(newest_findings(newest("title"), crms)) == []


def test_one_that_is_not_is_told_with_its_place_and_what_would_be_right() -> None:
    crms = {"hubspot": crm(times=True), "salesforce": crm(times=False, untimed=("Title", "City"))}
    told = list(newest_findings(newest("title", "phone"), crms))
    assert {(one.level, one.code) for one in told} == {("error", "newest_untimed")}
    assert ["Lead.Title" in one.message for one in told].count(True) == 1
    assert all("track the field there" in one.message and one.place.line for one in told)


def test_a_crm_that_knows_no_times_at_all_is_refused_for_each_field() -> None:
    crms = {"hubspot": crm(times=True), "salesforce": crm(times=False)}
    assert len(list(newest_findings(newest("title"), crms))) == 2


def test_nothing_is_asked_without_such_a_field() -> None:
    crms = {"salesforce": crm(times=False)}
    assert list(newest_findings(mapping(), crms)) == []
