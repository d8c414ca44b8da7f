"""Retries, burst windows and tokens: short waits here, long ones for the engine (DESIGN §7)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from leadpact.errors import LeadpactError, LeaseLost, SetAside, WaitUntil
from leadpact_webapi.oauth import Token, TokenSource
from leadpact_webapi.rate_limit import BurstWindows
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import call_with_retry


@dataclass
class Clock:
    at: datetime = datetime(2026, 11, 21, 10, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


def failing(times: int, error: LeadpactError) -> tuple[Callable[[], str], list[int]]:
    tries: list[int] = []

    def call() -> str:
        tries.append(1)
        if len(tries) <= times:
            raise error
        return "answer"

    return call, tries


def wait(code: str, seconds: float | None = None, until: datetime | None = None) -> WaitUntil:
    return WaitUntil("later", code=code, seconds=seconds, until=until)


def test_a_safe_call_is_repeated_with_growing_waits() -> None:
    clock = Clock()
    call, tries = failing(3, wait("answer_lost"))

    assert call_with_retry(call, safe=True, clock=clock, jitter=lambda: 0.5) == "answer"

    assert len(tries) == 4
    assert clock.slept == [0.2, 0.4, 0.8]


def test_the_last_error_is_raised_as_it_is() -> None:
    error = wait("answer_lost")
    call, tries = failing(9, error)
    with pytest.raises(WaitUntil) as caught:
        call_with_retry(call, safe=True, clock=Clock())
    assert caught.value is error
    assert len(tries) == 4


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_what_the_crm_asks_for_is_kept(jitter: float) -> None:
    clock = Clock()
    call, _ = failing(1, wait("throttled", seconds=2.0))

    call_with_retry(call, safe=False, clock=clock, jitter=lambda: jitter)

    assert clock.slept == [2.0]


@pytest.mark.parametrize(
    "error",
    [
        wait("throttled", seconds=2.5),
        wait("daily_limit", until=datetime(2026, 11, 22, tzinfo=UTC)),
        LeaseLost("taken over", code="answer_lost"),
        SetAside("refused"),
    ],
)
def test_long_waits_and_other_remedies_are_not_waited_out(error: LeadpactError) -> None:
    clock = Clock()
    call, tries = failing(1, error)
    with pytest.raises(LeadpactError) as caught:
        call_with_retry(call, safe=True, clock=clock)
    assert caught.value is error
    assert (len(tries), clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("code", "tried"),
    [("answer_lost", 1), ("budget", 1), ("throttled", 2), ("crm_unreachable", 2)],
)
def test_an_unsafe_call_is_repeated_only_if_nothing_was_done(code: str, tried: int) -> None:
    call, tries = failing(1, wait(code))
    if tried == 1:
        with pytest.raises(WaitUntil):
            call_with_retry(call, safe=False, clock=Clock())
    else:
        call_with_retry(call, safe=False, clock=Clock())
    assert len(tries) == tried


def test_a_window_lets_so_many_through_and_then_waits() -> None:
    clock = Clock()
    windows = BurstWindows("crm", clock, {"search": (4, 1.0)})
    for _ in range(9):
        windows.take("search")
        windows.take("unlimited")
    assert 2.0 <= sum(clock.slept) <= 2.1
    assert max(clock.slept) <= 1.1


def test_a_long_wait_is_raised_with_its_seconds() -> None:
    clock = Clock()
    windows = BurstWindows("crm", clock, {"burst": (2, 10.0)})
    windows.take("burst")
    clock.at += timedelta(seconds=3)
    windows.take("burst")

    with pytest.raises(WaitUntil) as caught:
        windows.take("burst")

    assert caught.value.seconds == pytest.approx(7.1, abs=0.05), "and what calls lose on the way"
    assert caught.value.until == clock.at + timedelta(seconds=caught.value.seconds or 0)
    assert clock.slept == []


def test_a_window_that_others_share_is_asked_first_and_once_for_each_call() -> None:
    clock = Clock()
    answers, asked = [0.0, 0.3, 0.0], []

    def shared(bucket: str, calls: int, seconds: float) -> float:
        asked.append((bucket, calls, seconds))
        return answers.pop(0)

    windows = BurstWindows("crm", clock, {"burst": (1, 1.0)}, shared)
    windows.take("burst")
    windows.take("unlimited")
    windows.take("burst")

    assert asked == [("burst", 1, 1.0)] * 3
    # 0.3 s for the others, then what its own window still wants.
    assert clock.slept[0] == 0.3
    assert sum(clock.slept) == pytest.approx(1.02, abs=0.01)


def test_a_clock_that_stands_still_or_goes_back_ends_no_worse_than_in_a_wait() -> None:
    class Frozen(Clock):
        def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)

    clock = Frozen()
    windows = BurstWindows("crm", clock, {"search": (1, 1.0)})
    windows.take("search")
    clock.at -= timedelta(hours=1)
    with pytest.raises(WaitUntil):
        windows.take("search")
    assert len(clock.slept) <= 3


def test_hold_stops_all_threads_of_a_bucket() -> None:
    clock = Clock()
    windows = BurstWindows("crm", clock, {"burst": (5, 10.0)})
    windows.hold("burst", 9)
    windows.take("other")
    with pytest.raises(WaitUntil):
        windows.take("burst")
    clock.at += timedelta(seconds=9)
    windows.take("burst")


def test_a_hold_is_as_short_as_our_own_calls_explain_it() -> None:
    clock = Clock()
    windows = BurstWindows("crm", clock, {"burst": (5, 10.0)})
    for _ in range(4):
        windows.take("burst")
    assert windows.hold("burst", 10) == 10, "others fill what we left"
    clock.at += timedelta(seconds=10)
    windows.take("burst")
    clock.at += timedelta(seconds=4)
    for _ in range(4):
        windows.take("burst")
    assert windows.hold("burst", 10) == pytest.approx(6.1, abs=0.01), "the first leaves then"
    assert windows.hold("burst", 3) == 3, "never longer than asked"
    clock.at += timedelta(seconds=6.2)
    windows.take("burst")


def test_a_window_counts_right_under_threads() -> None:
    windows = BurstWindows("crm", Clock(), {"burst": (50, 10.0)})
    through: list[int] = []

    def work() -> None:
        for _ in range(10):
            try:
                windows.take("burst")
            except WaitUntil:
                return
            through.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(through) == 50


def source(clock: Clock, life_s: int | None) -> tuple[TokenSource, list[int]]:
    fetched: list[int] = []

    def fetch() -> Token:
        fetched.append(1)
        expires = None if life_s is None else clock.now() + timedelta(seconds=life_s)
        return Token(f"t{len(fetched)}", expires)

    return TokenSource(fetch, clock), fetched


def test_a_token_is_fetched_once_and_renewed_before_it_expires() -> None:
    clock = Clock()
    tokens, fetched = source(clock, 1800)
    assert [tokens.token() for _ in range(3)] == ["t1"] * 3
    clock.at += timedelta(seconds=1739)
    assert tokens.token() == "t1"
    clock.at += timedelta(seconds=1)
    assert tokens.token() == "t2"
    assert len(fetched) == 2


def test_many_refused_threads_fetch_one_token() -> None:
    tokens, fetched = source(Clock(), None)
    refused = tokens.token()
    barrier = threading.Barrier(8)
    seen: list[str] = []

    def work() -> None:
        barrier.wait()
        seen.append(tokens.refresh(refused))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["t2"] * 8
    assert len(fetched) == 2


def test_a_failed_fetch_leaves_the_next_to_try_anew() -> None:
    tries: list[int] = []

    def fetch() -> Token:
        tries.append(1)
        if len(tries) == 1:
            raise wait("crm_unreachable")
        return Token("t")

    tokens = TokenSource(fetch, Clock())
    with pytest.raises(WaitUntil):
        tokens.token()
    assert tokens.token() == "t"


def test_a_token_does_not_show_itself() -> None:
    assert "secret" not in repr(Token("secret-value"))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer pat-na1-0a1b2c3d-4e5f", "0a1b2c3d"),
        ("token pat-eu1-0a1b2c3d-4e5f-6789 refused", "0a1b2c3d"),
        ('{"access_token":"00Dxx0000001gPL!AQ0AQJ.x"}', "AQ0AQJ"),
        ("session 00Dxx0000001gPLEAY!AQ0AQJ.x invalid", "AQ0AQJ"),
        ("grant_type=x&client_secret=hunter2&y=1", "hunter2"),
        ("assertion=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqbyJ9.c2ln", "eyJ"),
        ("jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqbyJ9.c2ln bad", "eyJ"),
        ("Contact jo.doe+x@firm.example exists", "jo.doe"),
        ("/contacts/jo%40firm.example", "firm.example"),
        ("phone +49 (30) 901820-33 invalid", "901820"),
        ("phone (555) 123-4567 invalid", "4567"),
    ],
)
def test_secrets_and_personal_data_go(text: str, secret: str) -> None:
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Existing ID: 51234567890",
        "correlationId=3f2b1c11-1234-4567-8901-abcdefabcdef",
        "expired at 2026-11-21T10:00:00.000Z",
        "HTTP 429 on 127.0.0.1:8700",
        "at most 650,000 calls a day",
    ],
)
def test_what_an_engineer_needs_stays(text: str) -> None:
    assert redact(text) == text


def test_long_texts_are_cut() -> None:
    assert len(redact("option, " * 10_000)) <= 600
