"""Keeps the cyclic collector from walking the sandbox's many long-lived records."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Generator

_THRESHOLDS = (50_000, 20, 100)
"""New objects before a collection of the young; such collections before one of the older."""


@contextlib.contextmanager
def filling() -> Generator[None, None, None]:
    """Make records without collections in between, then set them aside for good.

    Collections while 100,000 people are made take as long as making them. What is set aside is
    still freed by reference count when a reset drops it. From then on collections are rare: rows
    hold no cycles, and a full one walks every row that was written since.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
