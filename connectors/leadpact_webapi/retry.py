"""The only retry layer: short waits here, longer ones are for the engine to park (DESIGN §7)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from leadpact.errors import LeaseLost, SignIn, WaitUntil
from leadpact_webapi.timing import Listening, Timing

CRM_UNREACHABLE: Final = "crm_unreachable"
"""The request never left: name not resolved, connection refused, connect timed out."""
ANSWER_LOST: Final = "answer_lost"
"""The request left and the answer did not come whole: it may have been carried out."""
THROTTLED: Final = "throttled"
"""The CRM says that it did nothing because of a short-term limit."""
UNAVAILABLE: Final = "crm_unavailable"
"""The CRM says that it is not there at present and did nothing."""

SIGNED_IN_AGAIN: Final = "signed_in_again"
"""A token had ended; the call went on with another one."""

NOTHING_DONE: Final = frozenset({CRM_UNREACHABLE, THROTTLED, UNAVAILABLE})
"""Codes after which even a call that must not be repeated may be tried again."""

OURS: Final = "bucket "
"""How the detail of a throttle begins that is our own pacing and no word of the CRM."""

Answer = TypeVar("Answer")

_FIRST_BACKOFF_S = 0.2


def call_with_retry(
    fn: Callable[[], Answer],
    *,
    safe: bool,
    clock: Timing,
    attempts: int = 4,
    max_wait_s: float = 2.0,
    jitter: Callable[[], float] = random.random,
) -> Answer:
    """Call ``fn`` until it answers, as long as each wait is short.

    Args:
        fn: raises :class:`~leadpact.errors.WaitUntil` for a throttle, an outage or a lost answer.
        safe: a repeat does no harm. Unsafe calls are repeated only after codes of ``NOTHING_DONE``.
        clock: who waits; a :class:`~leadpact_webapi.timing.Listening` one is told of each fault and each further try.
        attempts: calls in all.
        max_wait_s: longest single wait; where the CRM asks for more, the error is raised at once.
        jitter: 0 to 1, spreads the waits of many threads.

    Raises:
        WaitUntil: the last one, unchanged.
    """

    def planned(error: WaitUntil, attempt: int) -> float:
        asked = error.seconds
        if asked is None and error.until is not None:
            asked = (error.until - clock.now()).total_seconds()
        if asked is not None:
            return max(asked, 0.0) + 0.1 * jitter()
        backoff: float = _FIRST_BACKOFF_S * 2 ** (attempt - 1)
        return min(max_wait_s, backoff * (0.5 + jitter()))

    def again(error: BaseException) -> bool:
        if not isinstance(error, WaitUntil) or isinstance(error, LeaseLost):
            return False
        if not safe and error.code not in NOTHING_DONE:
            return False
        # 0.1 s of jitter on top of exactly the longest wait is still a short wait.
        return planned(error, 1) <= max_wait_s + 0.1

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, WaitUntil):
            return 0.0
        return min(planned(error, state.attempt_number), max_wait_s)

    told, once_more = _told_of(fn, clock)
    return Retrying(
        stop=stop_after_attempt(attempts),
        retry=retry_if_exception(again),
        wait=wait,
        sleep=clock.sleep,
        before_sleep=once_more,
        reraise=True,
    )(told)


def _told_of(
    fn: Callable[[], Answer], clock: Timing
) -> tuple[Callable[[], Answer], Callable[[RetryCallState], None] | None]:
    """The call, and what is to be done before it is made again, where somebody counts what it meets."""
    if not isinstance(clock, Listening):
        return fn, None
    heard = clock

    def told() -> Answer:
        try:
            return fn()
        except (WaitUntil, SignIn) as error:
            if not isinstance(error, LeaseLost) and not error.detail.startswith(OURS):
                heard.met(error.code)
            raise

    def once_more(state: RetryCallState) -> None:
        heard.tried_again(state.next_action.sleep if state.next_action is not None else 0.0)

    return told, once_more
