"""Burst windows of a CRM account that several processes share: beside an SQLite state, or in PostgreSQL (DESIGN §7).

A window is the list of instants, in milliseconds, at which calls were let go within it. Where the list cannot be had
at once, the caller's own window holds alone: a limiter never stops work that the CRM itself would refuse.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import ColumnElement, Engine, bindparam, func, literal_column, select, update

from leadpact.errors import LeadpactError
from leadpact_app.store.columns import insert_for
from leadpact_app.store.faults import told_by_remedy
from leadpact_app.store.opening import engine_for, shown
from leadpact_app.store.rows import pack, unpack
from leadpact_app.store.tables import burst_windows

LONGEST_WAIT_S = 0.25
"""For the list; it takes less than a thousandth of that."""
LOOK_AGAIN_S = 0.001
"""How soon a list that another process has at this moment is tried for again."""
TRAVEL = 0.01
"""Calls leave in time and may arrive closer together: this part of a window, or 20 ms, is added to it."""


class Bursts(Protocol):
    """A :class:`~leadpact.ports.budget.SharesBursts` that can be closed."""

    def take_burst(self, crm: str, bucket: str, calls: int, seconds: float) -> float:
        """Count one call; 0 where it was counted, else the seconds until there may be room."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


def open_bursts(
    path_or_url: str | Path,
    accounts: Mapping[str, str],
    now: Callable[[], datetime],
    folder: Path | None = None,
) -> Bursts:
    """The shared windows of a state's accounts.

    Args:
        path_or_url: of the state, which a store has opened before.
        accounts: crm → portal or org id.
        now: this instant, UTC; PostgreSQL goes by the server's clock instead, which all its workers have in common.
        folder: where files are kept, if not beside the state.
    """
    if "://" not in str(path_or_url):
        return FileBursts(folder or Path(path_or_url).parent, accounts, now)
    engine, file = engine_for(path_or_url)
    if file is None:
        return TableBursts(engine, accounts)
    engine.dispose()
    return FileBursts(folder or file.parent, accounts, now)


def travel_ms(window: int) -> int:
    """What is added to a window of so many milliseconds."""
    return max(20, int(window * TRAVEL))


def let_go(instants: Sequence[int], now: int, calls: int, window: int) -> tuple[list[int], int]:
    """The window with one call more, or as it is.

    Args:
        instants: of earlier calls, in milliseconds; those of a clock that was set back count as of now.
        window: its length in milliseconds.

    Returns:
        The instants that still count, and 0 where the call is one of them, else the milliseconds until there is room.
    """
    length = window + travel_ms(window)
    kept = sorted(instants)
    del kept[: bisect_right(kept, now - length)]
    if kept and kept[-1] > now:
        kept = [min(one, now) for one in kept]
    if len(kept) < calls:
        kept.append(now)
        return kept, 0
    return kept, max(kept[len(kept) - calls] + length - now, 1)


class _Window:
    """A window's file with its lock.

    It is kept open and written in place: to make it anew costs more than the other bookkeeping of a call together.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open: int | None = None
        self.lock = FileLock(
            file.with_name(file.name + ".lock"),
            timeout=LONGEST_WAIT_S,
            poll_interval=LOOK_AGAIN_S,
            mode=0o600,
            thread_local=False,
        )

    def read(self) -> array[int]:
        """The instants in it."""
        if self._open is not None and not os.fstat(self._open).st_nlink:
            self.close()
        if self._open is None:
            self._open = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = os.fstat(self._open).st_size
        there = os.pread(self._open, size, 0)
        instants = array("q")
        # Half a number is the rest of a write that was cut off.
        instants.frombytes(there[: size // instants.itemsize * instants.itemsize])
        return instants

    def write(self, instants: Sequence[int], before: int) -> None:
        """Put these in the place of the ``before`` that were read."""
        if self._open is None:
            return
        kept = array("q", instants)
        os.pwrite(self._open, kept.tobytes(), 0)
        if len(kept) < before:
            os.ftruncate(self._open, len(kept) * kept.itemsize)

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            os.close(self._open)
            self._open = None


class FileBursts:
    """Windows in one small file each, for the processes of one machine.

    Args:
        folder: where the files are; made where it is not there.
    """

    def __init__(
        self, folder: Path, accounts: Mapping[str, str], now: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._accounts = dict(accounts)
        self._now = now
        self._windows: dict[tuple[str, str], _Window] = {}
        self._turn = Lock()

    def take_burst(self, crm: str, bucket: str, calls: int, seconds: float) -> float:
        """Count one call; 0 where it was counted, else the seconds until there may be room."""
        if crm not in self._accounts:
            return 0.0
        with self._turn, contextlib.suppress(Timeout, OSError, ValueError):
            window = self._window(crm, bucket)
            with window.lock:
                instants = window.read()
                now = int(self._now().timestamp() * 1000)
                kept, short_by = let_go(instants, now, calls, int(seconds * 1000))
                if not short_by:
                    window.write(kept, len(instants))
                return short_by / 1000
        return 0.0

    def _window(self, crm: str, bucket: str) -> _Window:
        window = self._windows.get((crm, bucket))
        if window is None:
            account = "".join(one for one in self._accounts[crm] if one.isalnum())
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            window = _Window(self._folder / f"calls-{crm}-{account}-{bucket}")
            self._windows[crm, bucket] = window
        return window

    def close(self) -> None:
        """Let go of the files."""
        with self._turn:
            for window in self._windows.values():
                window.close()


class TableBursts:
    """Windows as rows of the state on PostgreSQL, for workers on several machines.

    Args:
        engine: of the state, for this object alone; closed with it.
    """

    def __init__(self, engine: Engine, accounts: Mapping[str, str]) -> None:
        self._engine = engine
        self._accounts = dict(accounts)
        self._where = shown(engine)
        self._turn = Lock()
        table = burst_windows
        clock: ColumnElement[int] = literal_column(
            "(extract(epoch from clock_timestamp()) * 1000)::bigint"
        )
        mine = (
            (table.c.pair_id == "")
            & (table.c.crm == bindparam("of_crm"))
            & (table.c.account == bindparam("of_account"))
            & (table.c.bucket == bindparam("of_bucket"))
        )
        self._read = select(table.c.instants, clock).where(mine).with_for_update()
        self._put = update(table).where(mine).values(instants=bindparam("kept"))
        self._begin = insert_for(engine.dialect.name, table).on_conflict_do_nothing()
        self._patience = select(
            func.set_config("lock_timeout", f"{int(LONGEST_WAIT_S * 1000)}ms", True)
        )

    def take_burst(self, crm: str, bucket: str, calls: int, seconds: float) -> float:
        """Count one call; 0 where it was counted, else the seconds until there may be room."""
        account = self._accounts.get(crm)
        if account is None:
            return 0.0
        key = {"of_crm": crm, "of_account": account, "of_bucket": bucket}
        try:
            with self._turn, told_by_remedy(self._where), self._engine.begin() as connection:
                connection.execute(self._patience)
                row = connection.execute(self._read, key).one_or_none()
                if row is None:
                    begun = {"pair_id": "", "crm": crm, "account": account, "bucket": bucket}
                    connection.execute(self._begin, {**begun, "instants": "[]"})
                    row = connection.execute(self._read, key).one()
                # The clock was read before the row was waited for.
                instants = [int(one) for one in unpack(row[0])]
                now = max([row[1], *instants[-1:]])
                kept, short_by = let_go(instants, now, calls, int(seconds * 1000))
                if not short_by:
                    connection.execute(self._put, {**key, "kept": pack(kept)})
                return short_by / 1000
        except LeadpactError:
            return 0.0

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
