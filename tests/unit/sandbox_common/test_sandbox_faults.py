"""Fault rules are taken whole or refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leadpact_sandbox.faults import FaultRuleError, read_faults, read_faults_file
from leadpact_sandbox.world import FAULTS

RULE: dict[str, Any] = {
    "crm": "hubspot",
    "route": "POST /crm/v3/objects/contacts/batch/update",
    "nth": 3,
    "fault": "throttle",
}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in RULE.items() if name != key}


@pytest.mark.parametrize("name", FAULTS)
def test_every_named_fault_is_taken_by_rate(name: str) -> None:
    (fault,) = read_faults([{**without("nth"), "rate": 0.1, "fault": name, "seconds": 3}])
    assert (fault.fault, fault.rate, fault.nth) == (name, 0.1, None)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("throttle", "an object"),
        ({**RULE, "when": 3}, "when: unknown key"),
        ({**RULE, "fault": "skew"}, "skew needs one"),
        ({**RULE, "crm": "pipedrive"}, "crm: 'pipedrive'"),
        (without("crm"), "crm: None"),
        ({**RULE, "route": "/crm/v3"}, "route:"),
        ({**RULE, "route": "POST crm"}, "route:"),
        ({**RULE, "route": 7}, "route:"),
        ({**RULE, "fault": "gremlin"}, "fault: 'gremlin'"),
        (without("nth"), "nth or rate is needed"),
        ({**RULE, "rate": 0.5}, "exclude each other"),
        ({**RULE, "nth": 0}, "nth: 0"),
        ({**RULE, "nth": True}, "nth: True"),
        ({**RULE, "nth": 1.5}, "nth: 1.5"),
        ({**without("nth"), "rate": 0}, "rate: 0"),
        ({**without("nth"), "rate": 1.01}, "rate: 1.01"),
        ({**RULE, "seconds": -1}, "seconds: -1"),
        ({**RULE, "seconds": "2"}, "seconds: '2'"),
    ],
)
def test_a_wrong_rule_is_refused_by_its_place_and_key(rule: object, named: str) -> None:
    with pytest.raises(FaultRuleError) as refused:
        read_faults([RULE, rule])
    assert str(refused.value).startswith("faults[1]")
    assert named in str(refused.value)


def test_only_a_list_is_taken() -> None:
    with pytest.raises(FaultRuleError, match="list"):
        read_faults(RULE)


def test_stale_index_is_in_force_without_nth_or_rate() -> None:
    (fault,) = read_faults([{**without("nth"), "fault": "stale_index", "seconds": 90}])
    assert (fault.nth, fault.rate, fault.seconds) == (None, None, 90)


def test_routes_may_be_a_method_alone_or_everything() -> None:
    rules = [{**RULE, "route": route} for route in ("*", "PATCH", "GET /services")]
    assert [fault.route for fault in read_faults(rules)] == ["*", "PATCH", "GET /services"]


def test_a_file_is_read_and_its_errors_name_it(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"crm": "hubspot", "route": "*", "nth": 1, "fault": "slow"}]')
    assert [fault.fault for fault in read_faults_file(path)] == ["slow"]
    path.write_text("- crm: hubspot")
    with pytest.raises(FaultRuleError, match=r"faults\.json: not JSON"):
        read_faults_file(path)
    with pytest.raises(FaultRuleError, match=r"absent\.json"):
        read_faults_file(tmp_path / "absent.json")
