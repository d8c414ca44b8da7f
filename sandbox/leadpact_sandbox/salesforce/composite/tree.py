"""``POST /composite/tree/X``: records with their children, all or none (facts salesforce §2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce import rows
from leadpact_sandbox.salesforce.api import Call, Handler, json_answer
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.composite.requests import only, wrong_json
from leadpact_sandbox.salesforce.errors import ApiError

MOST_RECORDS = 200
MOST_LEVELS = 5
MOST_KINDS = 5


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of a tree: its own values, and the lookup that its parent's id goes into."""

    owner: Sobject
    name: str
    values: dict[str, Any]
    parent: str | None
    lookup: str


class _Failed(Exception):
    """Ends the transaction of a tree of which a record failed."""


def _nodes(
    call: Call, owner: Sobject, given: object, level: int, parent: str | None, lookup: str
) -> Iterator[_Node]:
    if level > MOST_LEVELS:
        raise ApiError(400, "LIMIT_EXCEEDED", f"a tree has at most {MOST_LEVELS} levels")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise wrong_json("records is not a list of records")
    for record in given:
        about = record.get("attributes")
        about = about if isinstance(about, dict) else {}
        name = about.get("referenceId")
        if about.get("type") != owner.name or not isinstance(name, str) or not name:
            raise ApiError(
                400,
                "INVALID_INPUT",
                f"each record needs attributes with type {owner.name} and a referenceId",
            )
        links = {
            key: child
            for key in record
            for child in owner.children
            if key.lower() == child.relationship.lower()
        }
        values = {key: value for key, value in record.items() if key not in links}
        yield _Node(owner, name, values, parent, lookup)
        for key, child in links.items():
            below = record[key].get("records") if isinstance(record[key], dict) else None
            kind = call.org.catalog.objects[child.object]
            yield from _nodes(call, kind, below, level + 1, name, child.field)


def tree(kind: str) -> Handler:
    """The handler: 201, or 400 with the records that failed and nothing made."""

    def handle(call: Call) -> Response:
        body = call.object_body()
        only(body, frozenset({"records"}))
        owner = call.org.catalog.objects[kind]
        nodes = list(_nodes(call, owner, body.get("records"), 1, None, ""))
        if not nodes or len(nodes) > MOST_RECORDS:
            raise ApiError(400, "LIMIT_EXCEEDED", f"1 to {MOST_RECORDS} records, not {len(nodes)}")
        if len({each.owner.name for each in nodes}) > MOST_KINDS:
            raise ApiError(400, "LIMIT_EXCEEDED", f"at most {MOST_KINDS} types of records")
        names = [each.name for each in nodes]
        if len(set(names)) < len(names):
            raise ApiError(400, "DUPLICATE_VALUE", "a referenceId is used twice")
        made: dict[str, str] = {}
        failed: list[dict[str, Any]] = []
        try:
            with call.org.transaction():
                for each in nodes:
                    _make(call, each, made, failed)
                if failed:
                    raise _Failed
        except _Failed:
            return json_answer({"hasErrors": True, "results": failed}, 400)
        results = [{"referenceId": name, "id": made[name]} for name in names]
        return json_answer({"hasErrors": False, "results": results}, 201)

    return handle


def _make(call: Call, node: _Node, made: dict[str, str], failed: list[dict[str, Any]]) -> None:
    values = node.values
    if node.parent is not None:
        if node.parent not in made:
            return
        values = {**values, node.lookup: made[node.parent]}
    try:
        made[node.name] = rows.insert(call.org, node.owner, values, call.caller)
    except ApiError as error:
        if error.status == 501:
            raise
        failed.append({"referenceId": node.name, "errors": error.row()["errors"]})
