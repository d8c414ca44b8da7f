"""What the doctor makes of findings: exit codes by remedy, and where it refuses to write."""

from __future__ import annotations

from typing import Any, cast

import pytest

from leadpact.errors import FixSettings, SignIn
from leadpact.mapping import LeadMapping
from leadpact.pact import Pact
from leadpact.ports.connector import CrmIdentity
from leadpact.ports.diagnosis import Diagnosis, Remedy
from leadpact_app.cli import checking, doctoring
from leadpact_app.settings import Settings


@pytest.mark.parametrize(
    ("remedies", "code"),
    [
        ((), 0),
        (("", ""), 0),
        (("fix settings",), 2),
        (("fix settings", "sign in"), 3),
        (("wait", "sign in"), 4),
        (("stop", "wait"), 5),
    ],
)
def test_the_highest_remedy_is_the_exit_code(remedies: tuple[Remedy, ...], code: int) -> None:
    findings = [("crm", Diagnosis("rights", "error", "so", remedy=one)) for one in remedies]
    assert doctoring.Doctored(findings).exit_code() == code


def _identity(crm: str, *, production: bool) -> CrmIdentity:
    return CrmIdentity(crm, "1", "One", "UTC", production)


class _Silent:
    """A connector from elsewhere that does not examine its account."""


def _examined(
    monkeypatch: pytest.MonkeyPatch, checked: checking.Checked, url: str, *, writes: bool
) -> doctoring.Doctored:
    monkeypatch.setattr(checking, "offline", lambda *_given: checked)
    monkeypatch.setattr(checking, "online", lambda *_given: None)

    class Here(Settings):
        def crm_tables(self) -> dict[str, dict[str, Any]]:
            return {"crm": {"base_url": url}}

    connectors = cast("Any", {"crm": _Silent()})
    mapping = cast("LeadMapping", None)
    return doctoring.examine(
        Here(), cast("Pact", None), mapping, connectors, probe=writes, writes=writes
    )


@pytest.mark.parametrize(
    ("url", "production", "refused"),
    [
        ("https://api.hubapi.com", True, True),
        ("https://api.hubapi.com", False, False),
        ("http://127.0.0.1:8700", True, False),
    ],
)
def test_writing_probes_are_for_sandboxes(
    monkeypatch: pytest.MonkeyPatch, url: str, production: bool, refused: bool
) -> None:
    checked = checking.Checked(identities={"crm": _identity("crm", production=production)})
    if refused:
        with pytest.raises(FixSettings) as error:
            _examined(monkeypatch, checked, url, writes=True)
        assert error.value.code == "probe_refused"
    else:
        assert _examined(monkeypatch, checked, url, writes=True).exit_code() == 0


def test_an_account_that_does_not_answer_is_not_taken_for_a_sandbox(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked = checking.Checked(errors={"crm": SignIn("bad token")})
    with pytest.raises(FixSettings):
        _examined(monkeypatch, checked, "https://api.hubapi.com", writes=True)


def test_a_connector_that_examines_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _examined(monkeypatch, checking.Checked(), "http://127.0.0.1:1", writes=False)
    assert [one.code for crm, one in told.findings if crm == "crm"] == ["undiagnosable"]
