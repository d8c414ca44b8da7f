"""Keeps the cyclic collector from walking the sandbox's many long-lived records."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Generator


@contextlib.contextmanager
def filling() -> Generator[None, None, None]:
    """Make records without collections in between, then set them aside for good.

    Collections while 100,000 people are made take as long as making them. What is set aside is
    still freed by reference count when a reset drops it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
