"""Reads fault rules, as ``/faults`` and ``--faults FILE`` take them (DESIGN §8)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

import orjson

from leadpact_sandbox.world import FAULTS, STANDING, CrmName, Fault

_KEYS = {"crm", "route", "nth", "rate", "fault", "seconds"}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class FaultRuleError(ValueError):
    """A fault rule that the sandbox does not take; the text names the rule and the key."""


def read_faults(raw: object) -> list[Fault]:
    """Check a JSON list of fault rules.

    Each rule: ``crm`` (hubspot, salesforce), ``route`` (``METHOD template``, a prefix of it, or
    ``*``), ``fault`` (a name of ``FAULTS``), one of ``nth`` (from 1, counted from now) and ``rate``
    (over 0, at most 1; ``stale_index`` and ``skew`` need neither), and for slow
    ones and ``skew`` ``seconds``.

    Raises:
        FaultRuleError: naming the rule, the key, and what would be right.
    """
    if not isinstance(raw, list):
        raise FaultRuleError("faults: a list of rules is needed")
    return [_read_rule(f"faults[{index}]", rule) for index, rule in enumerate(raw)]


def read_faults_file(path: Path) -> list[Fault]:
    """Check the rules of a JSON file.

    Raises:
        FaultRuleError: if the file cannot be read, is not JSON, or holds a wrong rule.
    """
    try:
        raw = orjson.loads(path.read_bytes())
    except OSError as error:
        raise FaultRuleError(f"{path}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise FaultRuleError(f"{path}: not JSON: {error}") from error
    try:
        return read_faults(raw)
    except FaultRuleError as error:
        raise FaultRuleError(f"{path}: {error}") from error


def _read_rule(where: str, rule: object) -> Fault:
    if not isinstance(rule, dict):
        raise FaultRuleError(f"{where}: an object is needed")
    unknown = sorted(str(key) for key in rule.keys() - _KEYS)
    if unknown:
        raise FaultRuleError(
            f"{where}.{unknown[0]}: unknown key; known: {', '.join(sorted(_KEYS))}"
        )
    crm, route, name = rule.get("crm"), rule.get("route"), rule.get("fault")
    if crm not in ("hubspot", "salesforce"):
        raise FaultRuleError(f"{where}.crm: {crm!r} is neither hubspot nor salesforce")
    if not isinstance(route, str) or not _is_route(route):
        raise FaultRuleError(f"{where}.route: {route!r} is neither * nor 'METHOD /template'")
    if name not in FAULTS:
        raise FaultRuleError(f"{where}.fault: {name!r} is none of {', '.join(FAULTS)}")
    nth, rate, seconds = rule.get("nth"), rule.get("rate"), rule.get("seconds")
    if nth is not None and rate is not None:
        raise FaultRuleError(f"{where}: nth and rate exclude each other")
    if nth is None and rate is None and name not in STANDING:
        raise FaultRuleError(f"{where}: nth or rate is needed")
    if nth is not None and (not isinstance(nth, int) or isinstance(nth, bool) or nth < 1):
        raise FaultRuleError(f"{where}.nth: {nth!r} is not a whole number from 1")
    if rate is not None and not (is_number(rate) and 0 < cast(float, rate) <= 1):
        raise FaultRuleError(f"{where}.rate: {rate!r} is not a number over 0 and at most 1")
    _check_seconds(where, str(name), seconds)
    return Fault(
        crm=cast(CrmName, crm), route=route, fault=name, nth=nth, rate=rate, seconds=seconds
    )


def _check_seconds(where: str, name: str, seconds: object) -> None:
    if name == "skew":
        if not is_number(seconds):
            raise FaultRuleError(f"{where}.seconds: {seconds!r} is no number; skew needs one")
    elif seconds is not None and not (is_number(seconds) and cast(float, seconds) >= 0):
        raise FaultRuleError(f"{where}.seconds: {seconds!r} is not a number from 0")


def _is_route(route: str) -> bool:
    method, _, template = route.partition(" ")
    return route == "*" or (method in _METHODS and template[:1] in ("", "/"))


def is_number(raw: object) -> bool:
    """True for a finite int or float; false for a bool."""
    return isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)
