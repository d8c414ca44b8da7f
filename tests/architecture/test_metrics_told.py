"""Each metric that Prometheus reads stands in docs/operations.md, each one there exists, and none tells of a person."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leadpact.audit.digest import Liveness
from leadpact.model.link import Link, Run
from leadpact.ports.state_store import StateChanges
from leadpact_app.observe.metrics import COUNTED, TOLD, metrics_text
from leadpact_app.observe.serving import application
from leadpact_app.store.memory import MemoryStore

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def text() -> str:
    store = MemoryStore()
    run = Run("1", "sync", NOW, "done", NOW, {"written": 3, "hot_delay_p95_s": 70})
    link = Link("link-1", base={"email": "ann@acme.example", "first_name": "Ann"})
    store.commit(StateChanges(runs=[run], links=[link]), None, NOW)
    return metrics_text(store, "acme", NOW + timedelta(minutes=5), timedelta(minutes=30))


def test_each_metric_is_told_and_each_one_told_exists() -> None:
    told = set(
        re.findall(r"^\| `(leadpact_\w+)`", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    )
    known = {*COUNTED, *TOLD}
    assert told == known
    assert set(re.findall(r"^# TYPE (\w+) gauge$", text(), re.MULTILINE)) == known


def test_they_say_how_it_stands_and_nothing_of_a_person() -> None:
    shown = text()
    assert 'leadpact_up{pair="acme"} 1.0' in shown
    assert 'leadpact_records_last_day{pair="acme",result="written"} 3.0' in shown
    assert 'leadpact_lane_delay_seconds{lane="hot",pair="acme"} 70.0' in shown
    assert "ann" not in shown.lower()
    assert "link-1" not in shown


def test_health_is_200_while_cycles_succeed_and_503_when_they_do_not() -> None:
    alive = [Liveness(True, NOW), Liveness(False, NOW, "No cycle has succeeded since 08:00.")]
    app = application(text, lambda: alive.pop(0))
    assert _get(app, "/health")[0] == 200
    status, body = _get(app, "/health")
    assert (status, "since 08:00" in body) == (503, True)
    assert "leadpact_up" in _get(app, "/metrics")[1]


def _get(app: Any, path: str) -> tuple[int, str]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    asyncio.run(app(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in sent)
    return int(sent[0]["status"]), body.decode()
