"""The sandbox as a process: its ready line, its end, its ports, its kept state."""

from __future__ import annotations

import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests
from tests.integration.sandbox.conftest import TIMEOUT_S, RunningSandbox
from tests.sandboxes import launch

from leadpact_sandbox.server import bind

Start = Callable[..., RunningSandbox]
BARE_URL = re.compile(r"http://127\.0\.0\.1:\d+")


def free_run_of_ports() -> int:
    """A port that is free together with the two after it."""
    for port in range(18_700, 19_700, 3):
        try:
            sockets = bind(port)
        except OSError:
            continue
        for sock in sockets:
            sock.close()
        return port
    raise AssertionError("no three free ports in a row")


def test_the_ready_line_has_exactly_the_promised_keys(sandbox: RunningSandbox) -> None:
    ready = sandbox.ready
    assert list(ready) == ["hubspot", "salesforce", "control_url", "control_token", "clock_url"]
    assert set(ready["hubspot"]) == {"base_url", "token"}
    assert set(ready["salesforce"]) == {
        "instance_url",
        "access_token",
        "client_id",
        "client_secret",
        "login_url",
    }
    urls = [
        ready["hubspot"]["base_url"],
        ready["salesforce"]["instance_url"],
        ready["salesforce"]["login_url"],
        ready["control_url"],
        ready["clock_url"],
    ]
    assert all(BARE_URL.fullmatch(url) for url in urls)


def test_ports_are_the_three_from_the_one_named(start: Start) -> None:
    port = free_run_of_ports()
    ready = start("--port", str(port), "--leads", "1").ready
    assert ready["hubspot"]["base_url"].endswith(f":{port}")
    assert ready["salesforce"]["instance_url"].endswith(f":{port + 1}")
    assert ready["control_url"].endswith(f":{port + 2}")


def test_the_same_seed_gives_the_same_credentials(start: Start) -> None:
    first, second = (start("--port", "0", "--leads", "1", "--seed", "3").ready for _ in range(2))
    assert first["hubspot"]["token"] == second["hubspot"]["token"]
    assert first["salesforce"]["access_token"] == second["salesforce"]["access_token"]
    assert first["control_token"] == second["control_token"]
    other = start("--port", "0", "--leads", "1", "--seed", "4").ready
    assert other["control_token"] != first["control_token"]


def test_it_is_ready_soon() -> None:
    command = [sys.executable, "-m", "leadpact_sandbox", "--port", "0", "--leads", "1000"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen([*command, "--seed", "7"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["hubspot"]
        process.terminate()
        assert process.wait(TIMEOUT_S) == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # Start and stop; processor time, as the wall's depends on who else runs.
    assert spent < 2.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_while_clients_keep_their_connections(start: Start, number: int) -> None:
    running = start("--port", "0", "--leads", "5")
    assert running.hubspot("GET", "/crm/v3/objects/contacts").ok
    assert running.stop(number) == (0, "")
    with pytest.raises(requests.ConnectionError):
        requests.get(running.ready["control_url"] + "/clock", timeout=TIMEOUT_S)


def test_it_listens_on_loopback_only() -> None:
    sockets = bind(0)
    try:
        assert {sock.getsockname()[0] for sock in sockets} == {"127.0.0.1"}
        assert len({sock.getsockname()[1] for sock in sockets}) == 3
    finally:
        for sock in sockets:
            sock.close()


def test_answers_are_sent_at_once_on_a_kept_connection(sandbox: RunningSandbox) -> None:
    # Without TCP_NODELAY each answer of two parts waits 40 ms for the client's acknowledgement.
    url = sandbox.ready["hubspot"]["base_url"] + "/crm/v3/objects/contacts?limit=100"
    headers = {"Authorization": f"Bearer {sandbox.ready['hubspot']['token']}"}
    taken = []
    for _ in range(20):
        began = time.monotonic()
        assert sandbox.session.get(url, headers=headers, timeout=TIMEOUT_S).ok
        taken.append(time.monotonic() - began)
    assert min(taken) < 0.03


def test_a_taken_port_ends_with_2_and_is_named() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = launch("--port", str(port), "--leads", "1")
        printed, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 2
    assert printed == ""
    assert f"port {port}" in errors
    assert "Traceback" not in errors


def test_state_is_kept_from_a_clean_stop_to_the_next_start(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    arguments = ("--port", "0", "--leads", "20", "--seed", "7", "--file", str(path))
    first = start(*arguments)
    listed = first.hubspot("GET", "/crm/v3/objects/contacts?limit=1").json()
    contact = listed["results"][0]["id"]
    edit = {"object": "contacts", "id": contact, "by": "workflow:1"}
    first.control("POST", "/hubspot/edit", {**edit, "properties": {"city": "Umeå"}})
    lead = first.control(
        "POST",
        "/salesforce/create",
        {"object": "Lead", "fields": {"LastName": "Quist", "Company": "Birch"}, "by": "import:1"},
    )["Id"]
    first.control("POST", "/advance", {"seconds": 3600})
    assert first.stop() == (0, "")

    second = start(*arguments)
    assert second.control("GET", "/clock")["offset_seconds"] == 3600
    found = second.hubspot("GET", f"/crm/v3/objects/contacts/{contact}?properties=city")
    assert found.json()["properties"]["city"] == "Umeå"
    assert second.salesforce("GET", f"/sobjects/Lead/{lead}").json()["LastName"] == "Quist"
    second.control("POST", "/reset")
    assert second.salesforce("GET", f"/sobjects/Lead/{lead}").status_code == 404
    found = second.hubspot("GET", f"/crm/v3/objects/contacts/{contact}?properties=city")
    assert found.json()["properties"]["city"] != "Umeå"


def test_a_damaged_state_file_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"format": 1, "leads": 1, "seed": 7, "as_of": "2026-01-01"}))
    process = launch("--port", "0", "--leads", "1", "--file", str(path))
    _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 2
    assert "state.json" in errors
    assert "Traceback" not in errors
