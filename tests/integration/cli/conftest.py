"""The commands in this process, against both emulated CRMs as a process of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.documents_once import documents_once
from tests.integration.sandbox.conftest import RunningSandbox, start_sandbox

from leadpact_app.cli import run

LEADS = 40


@dataclass(frozen=True)
class Ended:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """A folder with settings, and commands run in it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    settings: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **settings: str) -> Ended:
        """Run one command; ``settings`` hold for it alone."""
        told = {**self.settings, **settings}
        lines = [f"LEADPACT_{name}={value}" for name, value in told.items() if value]
        (self.folder / ".env").write_text("\n".join(lines) + "\n")
        self.capsys.readouterr()
        code = run(["--folder", str(self.folder), *arguments])
        said = self.capsys.readouterr()
        return Ended(code, said.out, said.err)

    def state(self) -> Path:
        return self.folder / ".leadpact" / "state.db"


def settings_of(sandbox: RunningSandbox) -> dict[str, str]:
    """What leads to a sandbox's CRMs, Salesforce by client credentials."""
    hubspot, salesforce = sandbox.ready["hubspot"], sandbox.ready["salesforce"]
    return {
        "HUBSPOT__BASE_URL": hubspot["base_url"],
        "HUBSPOT__TOKEN": hubspot["token"],
        "SALESFORCE__INSTANCE_URL": salesforce["instance_url"],
        "SALESFORCE__LOGIN_URL": salesforce["login_url"],
        "SALESFORCE__CLIENT_ID": salesforce["client_id"],
        "SALESFORCE__CLIENT_SECRET": salesforce["client_secret"],
        "CLOCK_URL": sandbox.ready["clock_url"],
    }


@pytest.fixture(scope="module", autouse=True)
def _documents_once() -> Iterator[None]:
    with documents_once():
        yield


@pytest.fixture(scope="module")
def crms(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    """Both CRMs, filled, for the tests of one file, which may say how many ``PEOPLE`` it needs."""
    people = getattr(request.module, "PEOPLE", LEADS)
    running = start_sandbox("--port", "0", "--leads", str(people), "--seed", "7")
    yield running
    assert running.stop() == (0, "")


@pytest.fixture
def shell(crms: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """An empty folder with settings that lead to the CRMs."""
    return Shell(tmp_path, capsys, settings_of(crms))


@pytest.fixture(scope="module")
def agreed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pair, shared by the tests of one file."""
    return tmp_path_factory.mktemp("agreed")


@pytest.fixture
def agreed(
    crms: RunningSandbox, agreed_folder: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A pair whose first plan was approved, with nothing left to write."""
    here = Shell(agreed_folder, capsys, settings_of(crms))
    if not here.state().exists():
        assert here("provision").code == 0
        assert here("plan").code == 0
        assert here("apply", "--yes").code in (0, 1)
    yield here
    crms.control("POST", "/faults", [])
    until_quiet(here, crms)


def until_quiet(shell: Shell, crms: RunningSandbox) -> None:
    """Cycles until one writes nothing, with time going on between them."""
    for _cycle in range(8):
        crms.control("POST", "/advance", {"seconds": 300})
        ended = shell("sync", "--json")
        assert ended.code in (0, 1), ended.err
        if ended.json["counts"]["written"] == 0:
            return
    raise AssertionError(f"the pair does not come to rest: {ended.out}")


@pytest.fixture
def someone(crms: RunningSandbox, agreed: Shell) -> Callable[[], tuple[str, str]]:
    """A person with one contact and one open Lead, agreed in both: (contact id, Lead id)."""

    def find() -> tuple[str, str]:
        leads = crms.salesforce(
            "GET",
            "/query",
            params={
                "q": "SELECT Id, leadpact_lead_id__c FROM Lead WHERE IsConverted = false "
                "AND leadpact_lead_id__c != null AND Status = 'Open - Not Contacted' ORDER BY Id"
            },
        ).json()["records"]
        for lead in leads:
            told = agreed("explain", lead["leadpact_lead_id__c"], "--offline", "--json").json
            records = {one["crm"]: one["id"] for one in told["leads"][0]["records"]}
            if "hubspot" in records and not told["leads"][0]["holds"]:
                return records["hubspot"], records["salesforce"]
        raise AssertionError("nobody is in both CRMs")

    return find


@pytest.fixture
def answering() -> Iterator[Callable[[int, object], str]]:
    """Start servers that give every call the same answer; each is told by its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: object) -> str:
        payload = json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PATCH = answer  # noqa: N815  # names that http.server looks for

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
