"""What commands open: settings of the working folder, the pair, its state."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from leadpact_app.cli.console import Console

if TYPE_CHECKING:
    from leadpact.errors import FixSettings
    from leadpact.mapping import LeadMapping
    from leadpact.pact import Pact
    from leadpact.ports.connector import Connector
    from leadpact.ports.state_store import StateStore
    from leadpact_app.bootstrap import Pair
    from leadpact_app.settings import Settings


def settings_here() -> Settings:
    """The settings of the working folder.

    Raises:
        FixSettings: one of them is wrong.
    """
    from leadpact_app.settings import load_settings

    return load_settings(Path())


@contextlib.contextmanager
def pair_here(console: Console, *, or_running: bool = False) -> Iterator[Pair]:
    """The pair, signed in, with its state; ``or_running``: also where the file's agreement is refused (R22)."""
    from leadpact_app.bootstrap import open_pair
    from leadpact_app.observe.logs import set_up_logs

    set_up_logs(verbose=console.verbose)
    settings = settings_here()
    with open_pair(settings, or_running=or_running) as pair:
        look_for_garbage()
        if pair.refused is not None:
            console.warn(refused_words(settings.pact, pair.refused, pair.pact))
        if pair.pending is not None:
            console.warn(pending_words(settings.pact, pair.pending, pair.pact.hash))
        yield pair


def pending_words(file: str, pending: Pact, running: str) -> str:
    """That the file's agreement is not the one that runs (R22)."""
    return (
        f"{file or 'The pact that ships'} (version {pending.version}, {pending.hash}) is not the agreement that runs "
        f"({running}); leadpact keeps to the running one. `leadpact pact diff` shows what the other would change, "
        "`leadpact pact activate` lets it take effect."
    )


def refused_words(file: str, error: FixSettings, running: Pact) -> str:
    """That the file is refused, and that the sync goes on all the same (R22)."""
    return (
        f"REFUSED: {error}\n  {file or 'The pact that ships'} is not understood. The agreement that runs (version "
        f"{running.version}, {running.hash}) goes on without it, and the exit code is 2 until the file is mended: "
        "`leadpact check`."
    )


def look_for_garbage() -> None:
    """Collect again what a cycle leaves behind, now that what stays is loaded (the start switches it off)."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


@contextlib.contextmanager
def state_here() -> Iterator[StateStore]:
    """The state alone; no CRM is asked."""
    from leadpact_app.bootstrap import open_state

    with open_state(settings_here()) as store:
        yield store


def documents(settings: Settings) -> tuple[Pact, LeadMapping]:
    """Pact and mapping, compiled, for commands that score nobody."""
    from leadpact_app.bootstrap import load_mapping_file, load_pact_file

    pact = load_pact_file(settings, scores=False)
    return pact, load_mapping_file(settings, pact)


@contextlib.contextmanager
def crms_here(console: Console, settings: Settings) -> Iterator[Mapping[str, Connector]]:
    """The CRMs alone; no state is made or opened."""
    from leadpact_app.bootstrap import connect, make_clock
    from leadpact_app.observe.calls import CallCounter
    from leadpact_app.observe.logs import set_up_logs

    set_up_logs(verbose=console.verbose)
    connectors = connect(settings, make_clock(settings), CallCounter())
    try:
        yield connectors
    finally:
        for connector in connectors.values():
            connector.close()
