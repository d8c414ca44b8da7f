"""Processes that have everything imported when they begin, for tests that are not about the start itself.

They are forked off a server of this process (``multiprocessing``'s forkserver), which imports
``tests.forked_begin`` once. Arguments, environment, streams, signals and exit codes are a process's own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import IO, Any

LOADED = (
    "alembic.command",
    "leadpact.audit",
    "leadpact.sync.cycle",
    "leadpact.sync.forecast",
    "leadpact.sync.hot_cycle",
    "leadpact_app.cli.explain_json",
    "leadpact_app.cli.explain_more",
    "leadpact_app.cli.explain_text",
    "leadpact_app.cli.faults_text",
    "leadpact_app.cli.run_text",
    "leadpact_app.cli.sla_text",
    "leadpact_app.notify.sending",
    "leadpact_app.observe.logs",
    "leadpact_app.runner.runner",
    "leadpact_app.store.opening",
    "leadpact_app.store.sql",
    "leadpact_hubspot.connector",
    "leadpact_salesforce.connector",
    "leadpact_sandbox.__main__",
    "rich.traceback",
    "sqlalchemy.dialects.sqlite",
    "structlog.dev",
    "tests.acceptance.town",
    "uvicorn.protocols.http.httptools_impl",
)
"""What is imported ahead, besides what these import; one that is gone would go unnoticed but for its time."""
ROOT = Path(__file__).resolve().parents[1]
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.forked_begin"])


def process_of(call: Callable[..., None], *arguments: Any) -> Any:
    """A process of multiprocessing for this call, not yet started; its streams are this process's."""
    with contextlib.chdir(ROOT):  # from which the server imports
        ensure_running()
    return _CONTEXT.Process(target=call, args=arguments, daemon=True)


class Forked:
    """A command as a process of its own; what is asked of it is what a ``Popen`` of text answers.

    Args:
        command: the call that the process makes; it finds the arguments in ``sys.argv``.
        arguments: after the name of the program.
        folder: where it runs.
        environment: all of its environment; left out = this process's.

    Attributes:
        stdin: what is written here the process reads.
        stdout: what the process writes.
    """

    def __init__(
        self,
        command: Callable[[], object],
        *arguments: str,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        theirs_in, ours_in = Pipe(duplex=False)
        ours_out, theirs_out = Pipe(duplex=False)
        theirs_err = Connection(os.dup(self._errors.fileno()), readable=False)
        told = dict(os.environ if environment is None else environment)
        where = str(folder or Path.cwd())
        ends = (theirs_in, theirs_out, theirs_err)
        self._process = process_of(_begin, command, arguments, where, told, ends)
        self._process.start()
        for end in ends:
            end.close()
        self.stdin: IO[str] = _opened(ours_in, "w")
        self.stdout: IO[str] = _opened(ours_out, "r")

    @property
    def pid(self) -> int:
        """Its number."""
        return int(self._process.pid)

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, the number of a signal below zero, None while it runs."""
        code: int | None = self._process.exitcode
        return code

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; how it ended.

        Raises:
            subprocess.TimeoutExpired: if it runs longer than ``timeout`` seconds.
        """
        self._process.join(timeout)
        code = self.returncode
        if code is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0.0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it wrote to stdout and was not read yet, and to stderr.

        Raises:
            subprocess.TimeoutExpired: if it ran longer than ``timeout`` seconds; it was killed.
        """
        self.stdin.close()
        late = threading.Timer(timeout or 3600, self.kill)
        late.start()
        try:
            said = self.stdout.read()
            self.wait(timeout)
        finally:
            late.cancel()
        self.stdout.close()
        with self._errors:
            self._errors.seek(0)
            return said, self._errors.read().decode()


def run_forked(
    command: Callable[[], object],
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as ``subprocess.run`` does with both streams captured."""
    process = Forked(command, *arguments, folder=folder, environment=environment)
    said, errors = process.communicate(timeout)
    return subprocess.CompletedProcess(arguments, process.wait(), said, errors)


def _opened(end: Connection, mode: str) -> IO[str]:
    with end:
        return open(os.dup(end.fileno()), mode)  # noqa: PTH123 - a descriptor, no path


def _begin(
    command: Callable[[], object],
    arguments: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    ends: Sequence[Connection],
) -> None:
    for number, end in enumerate(ends):
        with end:
            os.dup2(end.fileno(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a descriptor, for good
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, errors="backslashreplace")  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["leadpact", *arguments]
    sys.exit(command())  # type: ignore[arg-type]
