"""Each cause of a hold and of a failure that the code can give stands in docs/operations.md, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "operations.md"
CORE = [*(ROOT / "core" / "leadpact" / "sync").glob("*.py")]
CONNECTORS = [
    path
    for folder in ("leadpact_hubspot", "leadpact_salesforce", "leadpact_webapi")
    for path in (ROOT / "connectors" / folder).rglob("*.py")
]
ASIDE = {"set aside", "later", "set_aside"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def parsed(paths: list[Path]) -> list[ast.Module]:
    return [tree_of(path) for path in paths]


def constants(trees: list[ast.Module]) -> dict[str, str]:
    """Words that a name stands for, over all files."""
    found: dict[str, str] = {}
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(
                node.value, ast.Constant
            ):
                name = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if isinstance(name, ast.Name):
                    found[name.id] = str(node.value.value)
    return found


def calls(trees: list[ast.Module]) -> Iterator[tuple[str, ast.Call]]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                named = node.func
                yield getattr(named, "id", getattr(named, "attr", "")), node


def word(node: ast.expr | None, known: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "CRM" for part in node.values
        )
    return known.get(node.id, "") if isinstance(node, ast.Name) else ""


def hold_causes(trees: list[ast.Module]) -> set[str]:
    known = constants(trees)
    places = {"hold": 3, "Waits": 0, "_cannot": 4}
    found = {
        word(node.args[places[name]], known)
        for name, node in calls(trees)
        if name in places and len(node.args) > places[name]
    }
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "refusal_ahead":
                found |= {
                    word(one.value.elts[0], known)
                    for one in ast.walk(node)
                    if isinstance(one, ast.Return) and isinstance(one.value, ast.Tuple)
                }
            # Why two records may not be joined: by cause.
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "WHY":
                assert isinstance(node.value, ast.Dict)
                found |= {word(key, known) for key in node.value.keys}
    return found - {""}


def failure_causes(trees: list[ast.Module]) -> set[str]:
    known = constants(trees)
    found: set[str] = set()
    for name, node in calls(trees):
        given = {one.arg: one.value for one in node.keywords}
        if name == "SetAside":
            found.add(word(given.get("code"), known))
        elif name == "_aside":
            found.add(word(node.args[0], known))
        elif name in ("Remedy", "Rule"):
            words = [word(one, known) for one in node.args]
            place = next((i for i, one in enumerate(words) if one in ASIDE), None)
            if place is not None:
                found.add(words[place + 1])
    return found - {""}


def told(heading: str) -> set[str]:
    """First cells of the table under a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    cells = re.findall(r"^\| ((?:`[a-z_A-Z]+`(?:, )?)+) \|", section, re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`(\w+)`", cell)}


def test_each_cause_of_a_hold_is_told() -> None:
    assert told("Why a lead is held") == hold_causes(parsed(CORE))


def test_each_cause_of_a_failure_is_told() -> None:
    assert told("Why a write failed") == failure_causes(parsed(CORE + CONNECTORS))


def test_a_seeded_cause_is_found() -> None:
    tree = ast.parse(
        'LATER = "locked_now"\n'
        'hold(context, view, "stage", f"gone_in_{crm}", "why")\n'
        'Waits("unclear", "why")\n'
        'SetAside("no", code=LATER)\n'
        'Remedy("wait", "limit", "x")\n'
        'Rule(1, 2, "", "set_aside", "odd", "x")\n'
    )
    assert hold_causes([tree]) == {"gone_in_CRM", "unclear"}
    assert failure_causes([tree]) == {"locked_now", "odd"}
