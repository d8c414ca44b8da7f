"""SIGTERM and Ctrl-C are asked for once, heeded between pages, and the second one interrupts as ever."""

from __future__ import annotations

import os
import signal

import pytest

from leadpact_app.cli.ending import asked_to_end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_one_only_asks_and_the_handlers_are_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with asked_to_end() as stopping:
        assert not stopping.is_set()
        os.kill(os.getpid(), number)
        assert stopping.wait(5)
        assert signal.getsignal(number) == before, "a second one does what it always did"
    assert signal.getsignal(number) == before
