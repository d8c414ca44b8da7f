"""Every call through the gate is counted, and struck by exactly the faults in force."""

from __future__ import annotations

import asyncio
import time

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from tests.unit.sandbox_common.asgi import LoopbackTransport, call, send

from leadpact_sandbox import gate
from leadpact_sandbox.world import CrmName, Fault, World


class Shop:
    """Two endpoints behind the gate; ``handled`` says which calls reached them."""

    def __init__(self, world: World, crm: CrmName = "hubspot") -> None:
        self.handled: list[str] = []
        table = [
            ("GET", "/shop/special", self.special),
            ("GET", "/shop/{id}", self.read),
            ("POST", "/shop/{id}", self.write),
        ]
        self.app: ASGIApp = Starlette(
            routes=[
                *gate.routes(world, crm, table, self.fault),
                *gate.uncovered(world, crm, [("/lists", "lists")], self.not_covered),
                *gate.unknown(world, crm, lambda request: Response("?", 404)),
            ]
        )

    async def special(self, request: Request) -> Response:
        self.handled.append("special")
        return Response(b"")

    async def read(self, request: Request) -> Response:
        self.handled.append(request.path_params["id"])
        return Response(b"0123456789")

    async def write(self, request: Request) -> Response:
        self.handled.append((await request.body()).decode())
        if self.handled[-1] == "bad":
            raise ValueError("refused")
        return Response(b"written")

    def fault(self, fault: Fault, request: Request) -> Response:
        return Response(fault.fault, 503)

    def not_covered(self, area: str, request: Request) -> Response:
        return Response(f"{area} is not covered", 501)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


def strike(world: World, fault: str, nth: int = 1, route: str = "*") -> None:
    world.faults.replace([Fault("hubspot", route, fault, nth=nth)])


def test_calls_are_counted_by_method_and_template(world: World, shop: Shop) -> None:
    call(shop.app, "GET", "/shop/1")
    call(shop.app, "GET", "/shop/2")
    call(shop.app, "POST", "/shop/2")
    call(shop.app, "GET", "/shop/special")
    assert world.calls.counts()["hubspot"] == {
        "GET /shop/{id}": 2,
        "POST /shop/{id}": 1,
        "GET /shop/special": 1,
    }
    assert world.calls.counts()["salesforce"] == {}


def test_the_endpoint_gets_path_parameters_and_body(shop: Shop) -> None:
    assert call(shop.app, "GET", "/shop/77").body == b"0123456789"
    assert call(shop.app, "POST", "/shop/1", b"hello").body == b"written"
    assert shop.handled == ["77", "hello"]


def test_uncovered_areas_answer_501_and_are_counted_as_one(world: World, shop: Shop) -> None:
    for path in ("/lists", "/lists/4/members"):
        answer = call(shop.app, "DELETE", path)
        assert (answer.status, answer.body) == (501, b"lists is not covered")
    assert world.calls.counts()["hubspot"] == {"DELETE /lists/*": 2}


def test_unknown_paths_and_wrong_methods_are_counted_too(world: World, shop: Shop) -> None:
    assert call(shop.app, "GET", "/elsewhere").status == 404
    assert call(shop.app, "DELETE", "/shop/1").status == 404
    assert world.calls.counts()["hubspot"] == {"GET (unknown)": 1, "DELETE (unknown)": 1}


def test_a_fault_answers_instead_of_the_endpoint_once(world: World, shop: Shop) -> None:
    strike(world, "unavailable")
    assert call(shop.app, "GET", "/shop/1").status == 503
    assert shop.handled == []
    assert call(shop.app, "GET", "/shop/1").status == 200
    assert sum(world.calls.counts()["hubspot"].values()) == 2


def test_a_fault_strikes_only_its_route_and_only_its_nth_call(world: World, shop: Shop) -> None:
    strike(world, "server_error", nth=2, route="POST /shop")
    statuses = [call(shop.app, "GET", "/shop/1").status]
    statuses += [call(shop.app, "POST", "/shop/1").status for _ in range(3)]
    assert statuses == [200, 200, 503, 200]


def test_waiting_faults_each_count_every_call(world: World, shop: Shop) -> None:
    rules = [Fault("hubspot", "*", "throttle", nth=nth) for nth in (1, 2)]
    world.faults.replace(rules)
    statuses = [call(shop.app, "GET", "/shop/1").status for _ in range(3)]
    assert statuses == [503, 503, 200]


def test_faults_of_the_other_crm_do_not_strike(world: World, shop: Shop) -> None:
    world.faults.replace([Fault("salesforce", "*", "unavailable", rate=1.0)])
    assert call(shop.app, "GET", "/shop/1").status == 200


def test_random_faults_strike_at_about_their_rate_and_repeat_with_the_seed(
    world: World, shop: Shop
) -> None:
    def draw() -> list[int]:
        world.reset()
        world.faults.replace([Fault("hubspot", "*", "throttle", rate=0.25)])
        return [call(shop.app, "GET", "/shop/1").status for _ in range(200)]

    first, second = draw(), draw()
    assert first == second
    assert 30 <= first.count(503) <= 70


def test_stale_index_is_listed_but_strikes_no_call(world: World, shop: Shop) -> None:
    world.faults.replace([Fault("hubspot", "*", "stale_index", rate=1.0)])
    assert call(shop.app, "GET", "/shop/1").status == 200
    assert [fault.fault for fault in world.faults.listed()] == ["stale_index"]


def test_a_lost_answer_is_handled_in_full_and_nobody_hears_it(world: World, shop: Shop) -> None:
    strike(world, "lost_answer")
    connection = LoopbackTransport()
    answer = call(shop.app, "POST", "/shop/1", b"kept", transport=connection)
    assert shop.handled == ["kept"]
    assert answer.status == 0
    assert connection.ended == "aborted"


def test_a_lost_refusal_is_not_heard_either(world: World, shop: Shop) -> None:
    strike(world, "lost_answer")
    connection = LoopbackTransport()
    assert call(shop.app, "POST", "/shop/1", b"bad", transport=connection).status == 0
    assert connection.ended == "aborted"


def test_a_cut_body_promises_more_than_comes(world: World, shop: Shop) -> None:
    strike(world, "cut_body")
    connection = LoopbackTransport()
    answer = call(shop.app, "GET", "/shop/1", transport=connection)
    assert answer.headers["content-length"] == "10"
    assert answer.body == b"01234"
    assert connection.ended == "closed"


def test_an_empty_body_is_cut_too(world: World, shop: Shop) -> None:
    strike(world, "cut_body")
    answer = call(shop.app, "GET", "/shop/special", transport=LoopbackTransport())
    assert (answer.headers["content-length"], answer.body) == ("1", b"")


def test_without_a_connection_to_drop_the_caller_sees_an_exception(
    world: World, shop: Shop
) -> None:
    strike(world, "lost_answer")
    with pytest.raises(gate.DroppedConnectionError):
        call(shop.app, "GET", "/shop/1")


def test_a_slow_call_waits_and_is_then_answered(world: World, shop: Shop) -> None:
    world.faults.replace([Fault("hubspot", "*", "slow", nth=1, seconds=0.02)])
    began = time.monotonic()
    assert call(shop.app, "GET", "/shop/1").status == 200
    assert time.monotonic() - began >= 0.02


def test_salesforce_refuses_while_too_many_long_calls_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "LONG_S", 0.05)
    world = World(limits=0.04)  # one of 25
    shop = Shop(world, "salesforce")
    world.faults.replace([Fault("salesforce", "GET /shop/{id}", "slow", nth=1, seconds=0.05)])

    async def side_by_side() -> list[int]:
        slow = asyncio.create_task(send(shop.app, "GET", "/shop/1", b"", {}, {}))
        await asyncio.sleep(0.01)
        quick = await send(shop.app, "GET", "/shop/special", b"", {}, {})
        statuses = [quick.status, (await slow).status]
        return [*statuses, (await send(shop.app, "GET", "/shop/special", b"", {}, {})).status]

    assert asyncio.run(side_by_side()) == [503, 200, 200]
    assert world.long_calls == 0


def test_the_first_call_of_a_connection_waits_for_its_opening_too(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.latency_s = 0.01
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    connection = {gate.OPENING: [0.02]}
    for _ in range(2):
        asyncio.run(send(shop.app, "GET", "/shop/1", b"", {}, connection))
    assert waited == [0.03, 0.01]


def test_latency_delays_every_call(world: World, shop: Shop) -> None:
    world.latency_s = 0.01
    began = time.monotonic()
    call(shop.app, "GET", "/shop/1")
    assert time.monotonic() - began >= 0.01
