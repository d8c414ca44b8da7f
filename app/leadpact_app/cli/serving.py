"""Metrics and health over HTTP, and whether cycles succeed: for commands that go on and for those that ask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import Console

if TYPE_CHECKING:
    from leadpact.audit.digest import Liveness
    from leadpact_app.observe.serving import Served
    from leadpact_app.settings import Settings


def serving(console: Console, settings: Settings, listen: str) -> Served:
    """The two pages, served by a thread; whoever listens beyond this machine is told so.

    Raises:
        FixSettings: ``usage``, ``extra_missing``.
    """
    from leadpact_app.observe.serving import LOOPBACK, Served, address_of, application

    host, port = address_of(listen)
    if host not in LOOPBACK:
        console.warn(
            f"leadpact serves at {host} without a sign-in: numbers and times, no person. Let a firewall or a proxy "
            "decide who may read them."
        )
    app: Any = application(lambda: metrics_of(settings), lambda: health_of(settings))
    console.warn(f"Metrics and health at http://{host}:{port}/metrics and /health.")
    return Served(app, host, port)


def metrics_of(settings: Settings) -> str:
    """What Prometheus reads."""
    from leadpact_app.bootstrap import make_clock, open_state
    from leadpact_app.observe.metrics import metrics_text

    with open_state(settings) as store:
        return metrics_text(
            store, settings.pair, make_clock(settings).now(), _alarm_after(settings)
        )


def health_of(settings: Settings) -> Liveness:
    """Whether whole cycles succeed."""
    from leadpact.audit.digest import liveness_of
    from leadpact_app.bootstrap import make_clock, open_state
    from leadpact_app.observe.metrics import RECENT

    with open_state(settings) as store:
        return liveness_of(store.runs(RECENT), make_clock(settings).now(), _alarm_after(settings))


def _alarm_after(settings: Settings) -> timedelta:
    return timedelta(minutes=settings.schedule.alarm_after)
