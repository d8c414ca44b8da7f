"""What `leadpact doctor` shows to people: fields whose lack costs the same stand in one row."""

from __future__ import annotations

import pytest

from leadpact.ports.diagnosis import Diagnosis
from leadpact_app.cli.console import Console
from leadpact_app.cli.doctoring import Doctored, show


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")


def shown(capsys: pytest.CaptureFixture[str], *findings: tuple[str, Diagnosis]) -> str:
    show(Console(), Doctored(list(findings)))
    return capsys.readouterr().out


def missing(field: str) -> Diagnosis:
    sentence = f"{field} is missing: without it nobody sees the stage."
    return Diagnosis("fields", "warning", sentence, code="own_field_missing")


def test_fields_whose_lack_costs_the_same_share_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(
        capsys,
        ("salesforce", missing("Lead.stage__c")),
        ("hubspot", missing("contacts.stage")),
        ("salesforce", missing("Contact.stage__c")),
    )
    rows = [line for line in text.splitlines() if "stage" in line]
    assert len(rows) == 2
    assert "Lead.stage__c, Contact.stage__c are missing: without them nobody sees" in rows[0]
    assert "contacts.stage is missing: without it" in rows[1]


def test_warnings_are_not_told_as_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nothing needs mending" not in shown(capsys, ("hubspot", missing("contacts.stage")))
    assert "Nothing needs mending" in shown(capsys, ("", Diagnosis("account", "ok", "Fine.")))
