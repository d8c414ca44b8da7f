"""The control API acts only for its token, and says what is wrong with a request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.unit.sandbox_common.asgi import Answer, SmallCrm, call

from leadpact_sandbox.control import Control
from leadpact_sandbox.world import Fault, World

TOKEN = "t0ken"


class Desk:
    """A control API over two small CRMs."""

    def __init__(self) -> None:
        self.world = World()
        self.hubspot = SmallCrm()
        self.salesforce = SmallCrm()
        self.control = Control(
            self.world,
            self.hubspot,
            self.salesforce,
            token=TOKEN,
            switches={"hubspot.4.person_may_go_back": True},
        )

    def get(self, path: str) -> Answer:
        return call(self.control.app, "GET", path, headers={"X-Control-Token": TOKEN})

    def post(self, path: str, body: object = None) -> Answer:
        headers = {"X-Control-Token": TOKEN}
        return call(self.control.app, "POST", path, body, headers=headers)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    "headers", [{}, {"X-Control-Token": "wrong"}, {"X-Control-Token": "t0kén"}]
)
def test_without_the_token_nothing_is_done(desk: Desk, headers: dict[str, str]) -> None:
    body = {"object": "people", "id": "1", "properties": {"name": "Eve"}, "by": "person:9"}
    answer = call(desk.control.app, "POST", "/hubspot/edit", body, headers=headers)
    assert answer.status == 401
    assert "X-Control-Token" in answer.json()["error"]
    assert desk.hubspot.acts == []
    assert call(desk.control.app, "GET", "/calls", headers=headers).status == 401
    assert call(desk.control.app, "POST", "/reset", headers=headers).status == 401


def test_the_clock_answers_without_a_token(desk: Desk) -> None:
    answer = call(desk.control.app, "GET", "/clock")
    assert answer.status == 200
    assert answer.json()["offset_seconds"] == 0
    assert datetime.fromisoformat(answer.json()["now"]).utcoffset() is not None


def test_advance_moves_the_one_clock_and_answers_it(desk: Desk) -> None:
    before = desk.world.clock.now()
    assert desk.post("/advance", {"seconds": 3600.5}).json()["offset_seconds"] == 3600.5
    assert desk.post("/advance", {"seconds": 10}).json()["offset_seconds"] == 3610.5
    assert (desk.world.clock.now() - before).total_seconds() >= 3610.5


@pytest.mark.parametrize("seconds", [-1, "60", True, None, 1e12, [1]])
def test_advance_refuses_what_is_no_step_forward(desk: Desk, seconds: object) -> None:
    answer = desk.post("/advance", {"seconds": seconds})
    assert answer.status == 400
    assert "seconds" in answer.json()["error"]
    assert desk.world.clock.offset.total_seconds() == 0


def test_calls_are_shown_per_crm(desk: Desk) -> None:
    desk.world.calls.add("hubspot", "POST /crm/v3/objects/contacts/batch/update")
    assert desk.get("/calls").json() == {
        "hubspot": {"POST /crm/v3/objects/contacts/batch/update": 1},
        "salesforce": {},
    }


def test_reset_forgets_counts_faults_and_records_but_never_turns_time_back(desk: Desk) -> None:
    drawn = desk.world.rng.random()
    desk.world.calls.add("salesforce", "GET /x")
    desk.world.faults.replace([Fault("hubspot", "*", "throttle", nth=1)])
    desk.post("/advance", {"seconds": 60})
    assert desk.post("/reset").json()["offset_seconds"] == 60
    assert desk.get("/calls").json() == {"hubspot": {}, "salesforce": {}}
    assert desk.get("/faults").json() == []
    assert desk.hubspot.acts == desk.salesforce.acts == [("reset",)]
    assert desk.world.rng.random() == drawn


def test_faults_replace_those_before(desk: Desk) -> None:
    first = {"crm": "hubspot", "route": "*", "nth": 2, "fault": "throttle"}
    second = {"crm": "salesforce", "route": "GET /services", "rate": 0.5, "fault": "slow"}
    desk.post("/faults", [first])
    assert desk.post("/faults", [{**second, "seconds": 2}]).status == 200
    assert [(f.crm, f.fault, f.rate, f.seconds) for f in desk.world.faults.listed()] == [
        ("salesforce", "slow", 0.5, 2)
    ]
    assert desk.get("/faults").json()[0]["route"] == "GET /services"


def test_a_wrong_fault_rule_leaves_the_old_ones_in_force(desk: Desk) -> None:
    good = {"crm": "hubspot", "route": "*", "nth": 2, "fault": "throttle"}
    desk.post("/faults", [good])
    answer = desk.post("/faults", [good, {**good, "fault": "gremlin"}])
    assert answer.status == 400
    assert "faults[1].fault" in answer.json()["error"]
    assert len(desk.world.faults.listed()) == 1


def test_switches_are_shown_with_defaults_and_can_be_set(desk: Desk) -> None:
    name = "hubspot.4.person_may_go_back"
    assert desk.get("/switches").json() == {name: True}
    assert desk.post("/switches", {name: False}).json() == {name: False}
    assert desk.world.switch(name, True) is False
    assert desk.post("/switches", {name: 0}).status == 400
    assert desk.post("/switches", {"hubspot.9.levitate": True}).status == 400


def test_acts_reach_their_crm_and_answer_the_record(desk: Desk) -> None:
    by = "person:9"
    edited = desk.post(
        "/hubspot/edit", {"object": "people", "id": "1", "properties": {"name": "Bo"}, "by": by}
    )
    assert edited.json() == {"id": "1", "name": "Bo"}
    made = desk.post("/hubspot/create", {"object": "people", "properties": {"a": "b"}, "by": by})
    assert (made.status, made.json()["id"]) == (201, "2")
    assert desk.post("/hubspot/archive", {"object": "people", "id": "2", "by": by}).json() == {}
    merge = {"object": "people", "primary": "1", "other": "2"}
    assert desk.post("/hubspot/merge", merge).json() == {"id": "3"}
    desk.post("/salesforce/edit", {"object": "Lead", "id": "1", "fields": {"a": None}, "by": by})
    desk.post("/salesforce/create", {"object": "Lead", "fields": {"a": "b"}, "by": "import:4"})
    desk.post("/salesforce/delete", {"object": "Lead", "id": "2", "by": by})
    desk.post("/salesforce/undelete", {"object": "Lead", "id": "2", "by": by})
    desk.post("/salesforce/merge", {"object": "Lead", "primary": "1", "other": "2", "by": by})
    desk.post(
        "/salesforce/convert", {"lead": "1", "status": "Done", "opportunity": "Deal", "by": by}
    )
    assert desk.hubspot.acts == [
        ("edit", "people", "1", by),
        ("create", "people", by),
        ("archive", "people", "2", by),
        ("merge", "people", "1", "2", ""),
    ]
    assert desk.salesforce.acts == [
        ("edit", "Lead", "1", by),
        ("create", "Lead", "import:4"),
        ("archive", "Lead", "2", by),
        ("undelete", "Lead", "2", by),
        ("merge", "Lead", "1", "2", by),
        ("convert", "1", "Done", None, None, "Deal", by),
    ]


def test_an_edit_of_many_is_one_act_at_one_instant(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = []
    edit = desk.hubspot.edit

    def noting(*act: Any) -> dict[str, object]:
        instants.append(desk.world.clock.now())
        return edit(*act)

    monkeypatch.setattr(desk.hubspot, "edit", noting)
    desk.hubspot.records["2"] = {}
    edits: dict[str, Any] = {"1": {"name": "Bo"}, "2": {"name": "Cy"}}
    body = {"object": "people", "edits": edits, "by": "import:5"}
    assert desk.post("/hubspot/edit_many", body).json() == {"edited": 2}
    assert desk.hubspot.records == {"1": {"name": "Bo"}, "2": {"name": "Cy"}}
    assert len(instants) == 2
    assert len(set(instants)) == 1
    assert desk.world.clock.now() > instants[0]
    edits["2"] = None
    answer = desk.post("/salesforce/edit_many", body)
    assert (answer.status, desk.salesforce.acts) == (400, [])
    assert "edits.2" in answer.json()["error"]


def test_what_the_crm_refuses_is_answered_in_its_own_words(desk: Desk) -> None:
    act = {"object": "people", "id": "404", "properties": {"a": "b"}, "by": "workflow:1"}
    answer = desk.post("/hubspot/edit", act)
    assert (answer.status, answer.json()) == (404, {"message": "no record 404"})


GOOD: dict[str, Any] = {"object": "people", "id": "1", "properties": {"a": "b"}, "by": "person:9"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({**GOOD, "fields": {}}, "fields: unknown key"),
        ({key: GOOD[key] for key in ("object", "id", "properties")}, "by: is missing"),
        ({**GOOD, "id": 1}, "id: 1 is not"),
        ({**GOOD, "object": ""}, "object: ''"),
        ({**GOOD, "properties": []}, "properties:"),
        ({**GOOD, "properties": {}}, "properties:"),
        ({**GOOD, "by": "somebody"}, "by: 'somebody'"),
        ({**GOOD, "by": "person:"}, "by: 'person:'"),
        ([GOOD], "must be a JSON object"),
        (b'{"object": ', "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_a_wrong_act_is_refused_with_the_key_that_is_wrong(
    desk: Desk, body: object, named: str
) -> None:
    answer = desk.post("/hubspot/edit", body)
    assert answer.status == 400
    assert named in str(answer.json()["error"])
    assert desk.hubspot.acts == []


def test_convert_takes_only_texts_for_its_records(desk: Desk) -> None:
    body = {"lead": "1", "status": "Done", "by": "person:9", "opportunity": True}
    answer = desk.post("/salesforce/convert", body)
    assert answer.status == 400
    assert "opportunity" in answer.json()["error"]


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("POST", 404)])
def test_unknown_paths_and_methods_say_so_in_json(desk: Desk, method: str, status: int) -> None:
    path = "/reset" if status == 405 else "/nowhere"
    headers = {"X-Control-Token": TOKEN}
    answer = call(desk.control.app, method, path, headers=headers)
    assert answer.status == status
    assert path in answer.json()["error"]
