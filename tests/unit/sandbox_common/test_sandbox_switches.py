"""The list of switches is what the emulated CRMs ask for, name by name and default by default."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import leadpact_sandbox
from leadpact_sandbox.switches import SWITCHES

SOURCE = Path(leadpact_sandbox.__file__).parent


@cache
def asked() -> dict[str, set[bool]]:
    """Every ``switch("name", default)`` call in the two CRMs."""
    found: dict[str, set[bool]] = {}
    for crm in ("hubspot", "salesforce"):
        for path in sorted((SOURCE / crm).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else None
                name = called.id if isinstance(called, ast.Name) else name
                if name == "switch":
                    switch, default = (ast.literal_eval(argument) for argument in node.args)
                    found.setdefault(switch, set()).add(default)
    return found


def test_every_switch_that_a_crm_asks_for_is_listed_and_no_other() -> None:
    assert sorted(asked()) == sorted(SWITCHES)


def test_the_listed_default_is_the_one_in_force() -> None:
    assert asked() == {name: {switch.default} for name, switch in SWITCHES.items()}


def test_names_say_the_crm_and_the_section_of_its_facts() -> None:
    for name in SWITCHES:
        crm, section, behaviour = name.split(".")
        assert crm in ("hubspot", "salesforce")
        assert section.isdigit()
        assert behaviour.islower()
