"""``POST /composite/graph``: several Composite calls, each all or none (facts salesforce §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce.api import Call, Handler, json_answer
from leadpact_sandbox.salesforce.composite.composite import run_parts, shown
from leadpact_sandbox.salesforce.composite.references import halted
from leadpact_sandbox.salesforce.composite.requests import Wanted, listed, only, wanted, wrong_json
from leadpact_sandbox.salesforce.composite.subrequests import Subrequests, refused, resource_of
from leadpact_sandbox.salesforce.errors import ApiError

MOST_GRAPHS = 75
MOST_NODES = 500
MOST_DEPTH = 15
MOST_KINDS = 15
MOST_FAILED = 14


def _check(graphs: Sequence[tuple[str, Sequence[Wanted]]]) -> None:
    nodes = sum(len(requests) for _, requests in graphs)
    if nodes > MOST_NODES:
        raise _limit(f"{nodes} nodes in one payload, at most {MOST_NODES}")
    for name, requests in graphs:
        depth: dict[str, int] = {}
        for each in requests:
            depth[each.name] = 1 + max((depth.get(use, 0) for use in each.uses), default=0)
        if max(depth.values()) > MOST_DEPTH:
            raise _limit(f"graph {name} is deeper than {MOST_DEPTH}")
        kinds = {(each.method, [*resource_of(each.url).split("/"), ""][1]) for each in requests}
        if len(kinds) > MOST_KINDS:
            raise _limit(f"graph {name} has {len(kinds)} different nodes, at most {MOST_KINDS}")


def _limit(message: str) -> ApiError:
    return ApiError(400, "LIMIT_EXCEEDED", message)


def graph(parts: Subrequests) -> Handler:
    """The handler: 200 also where graphs fail; after 14 failed ones the rest is not begun."""

    def handle(call: Call) -> Response:
        body = call.object_body()
        only(body, frozenset({"graphs"}))
        graphs: list[tuple[str, list[Wanted]]] = []
        for each in listed(body.get("graphs"), MOST_GRAPHS):
            only(each, frozenset({"graphId", "compositeRequest"}))
            name = each.get("graphId")
            if not isinstance(name, str) or not name or any(name == known for known, _ in graphs):
                raise wrong_json("each graph needs a graphId of its own")
            graphs.append((name, wanted(each.get("compositeRequest"), MOST_NODES)))
        _check(graphs)
        answered: list[dict[str, Any]] = []
        failed = 0
        for name, requests in graphs:
            if failed > MOST_FAILED:
                halt = refused(halted("Processing was halted, too many graphs have failed."))
                done, ok = [halt] * len(requests), False
            else:
                done, ok = run_parts(call, parts, requests, all_or_none=True, allowed=("sobjects",))
                failed += not ok
            answered.append(
                {
                    "graphId": name,
                    "graphResponse": {"compositeResponse": shown(requests, done)},
                    "isSuccessful": ok,
                }
            )
        return json_answer({"graphs": answered})

    return handle
