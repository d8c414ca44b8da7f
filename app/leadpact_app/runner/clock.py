"""The real clock, and one that follows a sandbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from leadpact.errors import FixSettings, WaitUntil

FOLLOW_EVERY_S = 0.2


class SystemClock:
    """This machine's time."""

    def now(self) -> datetime:
        """This instant, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def steady(self) -> float:
        """Seconds that only go forward, and stand still while the machine sleeps."""
        return time.monotonic()

    def follow(self, *, lazily: bool = False) -> None:
        """Nothing to follow."""


class SandboxClock(SystemClock):
    """This machine's time plus the offset that a sandbox's control API has moved its own by.

    Args:
        url: the sandbox's ``clock_url``.
    """

    def __init__(self, url: str) -> None:
        import urllib3  # noqa: PLC0415

        self._url = url.rstrip("/") + "/clock"
        self._pool = urllib3.PoolManager(maxsize=1, retries=False)
        self._offset = timedelta()
        self._asked = 0.0
        self.follow()

    def now(self) -> datetime:
        """The sandbox's instant as of the last :meth:`follow`."""
        return datetime.now(UTC) + self._offset

    def follow(self, *, lazily: bool = False) -> None:
        """Ask the sandbox for its offset again; ``lazily``: only a few times a second.

        Raises:
            WaitUntil: if it does not answer.
            FixSettings: if what answers there is no sandbox.
        """
        if lazily and time.monotonic() - self._asked < FOLLOW_EVERY_S:
            return
        import orjson  # noqa: PLC0415
        import urllib3  # noqa: PLC0415

        self._asked = time.monotonic()
        try:
            answer = self._pool.request("GET", self._url, timeout=5.0)
        except urllib3.exceptions.HTTPError as error:
            raise WaitUntil(
                "The sandbox's clock does not answer; is the sandbox still running?",
                code="clock_unreachable",
                detail=type(error).__name__,
            ) from error
        try:
            self._offset = timedelta(seconds=float(orjson.loads(answer.data)["offset_seconds"]))
        except (ValueError, KeyError, TypeError) as error:
            raise FixSettings(
                "LEADPACT_CLOCK_URL does not lead to a sandbox's clock.", code="clock_url"
            ) from error
