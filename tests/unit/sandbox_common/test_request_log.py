"""``GET /requests``: the last calls one by one, with the status of each."""

from __future__ import annotations

from tests.fuzz.calling import Call, play

from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.world import World


def test_each_call_is_noted_with_its_answer() -> None:
    world = World()
    salesforce = Salesforce(world)
    play(salesforce.app, [Call("GET", "/services/data"), Call("GET", "/no/such/path")])
    noted = [(each.crm, each.method, each.path, each.status) for each in world.calls.last]
    assert noted == [
        ("salesforce", "GET", "/services/data", 200),
        ("salesforce", "GET", "/no/such/path", 404),
    ]


def test_a_reset_forgets_them() -> None:
    world = World()
    play(Salesforce(world).app, [Call("GET", "/services/data")])
    world.reset()
    assert not world.calls.last


def test_a_doubled_leading_slash_is_one() -> None:
    (answer,) = play(Salesforce(World()).app, [Call("GET", "//services/data/")])
    assert answer.status == 200
