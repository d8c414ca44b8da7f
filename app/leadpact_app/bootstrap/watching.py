"""What watches over a process that syncs all day, and the worker's part in DBOS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from leadpact.errors import FixSettings
from leadpact_app.bootstrap.carrying import carry_out
from leadpact_app.runs.ticks import ticks_of
from leadpact_app.runs.watch import Watch

if TYPE_CHECKING:
    from leadpact.pact import Pact
    from leadpact.ports.clock import Clock
    from leadpact.ports.state_store import StateStore
    from leadpact_app.bootstrap.cycles import Cycles
    from leadpact_app.runs.dbos import DbosRuns
    from leadpact_app.settings import Settings


def watch_of(settings: Settings, pact: Pact, store: StateStore) -> Watch:
    """The watch as settings and agreement have it.

    Raises:
        FixSettings: ``usage`` for a zone that is none, or a channel's address.
    """
    from leadpact_app.notify.channels import channels_of
    from leadpact_app.notify.sending import ChannelNotifier

    channels = channels_of({name: url.get_secret_value() for name, url in settings.notify.items()})
    told = settings.schedule
    zone: ZoneInfo = ticks_of("5m", told.zone).zone
    at = time.fromisoformat(told.digest_at) if told.digest_at else None
    return Watch(
        store,
        ChannelNotifier(channels),
        pact.handoff.notify,
        settings.pair,
        zone,
        timedelta(minutes=told.alarm_after),
        at,
    )


@contextmanager
def open_worker(
    settings: Settings,
    store: StateStore,
    clock: Clock,
    cycles: Cycles,
    name: str = "",
) -> Iterator[DbosRuns]:
    """This process as a worker of its pair.

    Args:
        name: of the worker, the same after a restart; blank = that of the machine.

    Raises:
        FixSettings: ``extra_missing``.
    """
    from importlib.metadata import version

    try:
        from leadpact_app.runs.dbos import DbosRuns, WorkerSettings
    except ImportError as error:
        raise FixSettings(
            "A worker needs the extra `worker`: pip install 'leadpact[worker]'",
            code="extra_missing",
        ) from error
    state = settings.state.get_secret_value()
    file = settings.state_file
    address = state if file is None else f"sqlite:///{file.with_name('worker.db').absolute()}"
    worker = DbosRuns(
        WorkerSettings(address, name or socket.gethostname(), version("leadpact")),
        settings.pair,
        store,
        clock,
        carry_out=lambda order: carry_out(cycles.open(), order),
        turn=cycles.turn,
        stopping=cycles.stopping,
        new_id=lambda: uuid4().hex[:12],
    )
    worker.launch()
    if file is not None:
        file.with_name("worker.db").chmod(0o600)
    try:
        yield worker
    finally:
        worker.close()
