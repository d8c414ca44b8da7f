"""docs/connectors.md and the kit say the same: each scenario once, by number and by sentence."""

from __future__ import annotations

import re
from pathlib import Path

from leadpact.conformance import registered
from leadpact.ports.connector import Capabilities

DOCUMENT = Path(__file__).parents[2] / "docs" / "connectors.md"
ROW = re.compile(r"^- \*\*(C\d{3})\*\* (.+?)\.(?: \*Where .+ declared\.\*)?$", re.MULTILINE)


def test_the_document_states_each_scenario_as_its_test_does() -> None:
    stated = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert stated == [(number, one.title) for number, one in registered().items()]


def test_each_scenario_needs_what_a_connector_can_declare() -> None:
    none = Capabilities(crm="none", person_kinds=())
    for number, one in registered().items():
        assert one.undeclared(none) is not None, number
