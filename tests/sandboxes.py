"""Sandboxes as processes of their own, forked off with everything imported: quick to start, alike in all else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import orjson
from tests.forked import Forked

from leadpact_app.cli.demo_world import World
from leadpact_sandbox.__main__ import main

END_S = 20.0


def launch(*arguments: str) -> Forked:
    """Start one with these options; its ready line comes on stdout."""
    return Forked(main, *arguments)


@contextlib.contextmanager
def running_world(leads: int, seed: int) -> Iterator[World]:
    """What the demo's ``running_world`` is, without its wait for Python."""
    process = launch("--port", "0", "--leads", str(leads), "--seed", str(seed))
    line = process.stdout.readline()
    if not line:
        raise AssertionError(f"the sandbox did not start: {process.communicate(END_S)[1]}")
    world = World(orjson.loads(line))
    try:
        yield world
    finally:
        world.close()
        process.kill()  # it keeps nothing, and its clean end is proved elsewhere
        process.communicate(END_S)
