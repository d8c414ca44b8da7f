"""C5xx: trouble. Each ends in its own remedy; none is taken for an answer, none is repeated where it might double."""

from __future__ import annotations

import threading

import pytest

from leadpact.conformance.bench import Bench, FaultName
from leadpact.conformance.family import Family, set_row, written
from leadpact.conformance.scenario import scenario
from leadpact.errors import FixSettings, LeadpactError, SignIn, WaitUntil
from leadpact.model.record import Record
from leadpact.ports.connector import Refused

ACT = ("fault",)
PASSING: tuple[FaultName, ...] = ("unavailable", "html_page", "throttled")
BROKEN: tuple[FaultName, ...] = ("cut_body", "server_error", "lost_answer")


class FailingScenarios(Family):
    """What a connector makes of a CRM in trouble."""

    @scenario("C501", "A read that fails once is read again, and its answer is whole", acts=ACT)
    def test_c501_reads_are_repeated(self, bench: Bench) -> None:
        ids = bench.add(5)
        for name in (*BROKEN, "unavailable", "html_page"):
            bench.fault(name, "read")
            seen = bench.connector.fetch(bench.kind, ids, [bench.roles.text])
            assert [one.ref.id for one in seen] == ids, name
            assert all(isinstance(one, Record) for one in seen), name

    @scenario("C502", "Lasting trouble ends as a wait, for reads and for the feed", acts=ACT)
    def test_c502_lasting_trouble_is_a_wait(self, bench: Bench) -> None:
        ids = bench.add(2)
        cursor = self.caught_up(bench)
        for name in ("unavailable", "html_page", "cut_body"):
            bench.fault(name, "any", always=True)
            with pytest.raises(WaitUntil):
                bench.connector.fetch(bench.kind, ids, [bench.roles.text])
            with pytest.raises(WaitUntil):
                bench.connector.changes(bench.kind, cursor)

    @scenario("C503", "After an outage the feed goes on from its cursor", acts=ACT)
    def test_c503_the_feed_goes_on(self, bench: Bench) -> None:
        ids = bench.add(3)
        cursor = self.caught_up(bench)
        bench.edit(ids, {bench.roles.text: "Meanwhile"})
        bench.settle()
        bench.fault("unavailable", "feed", always=True)
        with pytest.raises(WaitUntil):
            bench.connector.changes(bench.kind, cursor)
        bench.fault("unavailable", "write", nth=1_000)
        changes, _ = self.cycle(bench, cursor)
        assert {change.ref.id for change in changes} == set(ids)

    @scenario(
        "C504",
        "A write whose answer is lost is told as unknown, and sent once",
        acts=(*ACT, "calls"),
    )
    def test_c504_lost_answers(self, bench: Bench) -> None:
        ids = bench.add(3)
        self.write(bench, [set_row(who, {bench.roles.text: "Before"}) for who in ids])
        for name in ("lost_answer", "cut_body"):
            bench.calls()
            bench.fault(name, "write")
            results = self.write(bench, [set_row(who, {bench.roles.text: name}) for who in ids])
            assert bench.calls() == 1, name
            for one in results:
                assert isinstance(one, Refused), name
                assert one.unknown, name
            assert bench.stored(ids[0])[bench.roles.text] == name

    @scenario(
        "C505",
        "A write that the CRM never took is sent again or told as waiting",
        acts=(*ACT, "advance"),
    )
    def test_c505_refused_calls(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for name in PASSING:
            bench.fault(name, "write")
            try:
                (result,) = self.write(bench, [set_row(who, {bench.roles.text: name})])
            except WaitUntil as told:
                bench.advance(max(told.seconds or 0, 15))
                (result,) = self.write(bench, [set_row(who, {bench.roles.text: name})])
            written(result)
            assert bench.stored(who)[bench.roles.text] == name

    @scenario(
        "C506", "The connector itself never waits more than two seconds", acts=(*ACT, "slept")
    )
    def test_c506_no_long_waits(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for name in (*PASSING, "day_spent"):
            bench.fault(name, "any", always=True)
            with pytest.raises(WaitUntil):
                bench.connector.fetch(bench.kind, [who], [bench.roles.text])
        assert all(seconds <= 2 for seconds in bench.slept())

    @scenario("C507", "A spent day is a wait until the CRM counts anew", acts=ACT)
    def test_c507_a_spent_day(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        self.read(bench, who, bench.roles.text)
        bench.fault("day_spent", "any", always=True)
        with pytest.raises(WaitUntil) as caught:
            bench.connector.fetch(bench.kind, [who], [bench.roles.text])
        assert caught.value.until is not None or caught.value.seconds is not None
        assert caught.value.code

    @scenario("C508", "A wrong token is a matter of signing in, after one call", acts=("connect",))
    def test_c508_wrong_token(self, bench: Bench) -> None:
        with pytest.raises(SignIn):
            bench.connect(trouble="wrong_token").identity()

    @scenario("C509", "An address that is no CRM is a matter of settings", acts=("connect",))
    def test_c509_wrong_host(self, bench: Bench) -> None:
        with pytest.raises((FixSettings, SignIn)):
            bench.connect(trouble="wrong_host").identity()

    @scenario("C510", "An address where nobody answers is a wait", acts=("connect",))
    def test_c510_nobody_there(self, bench: Bench) -> None:
        with pytest.raises(WaitUntil):
            bench.connect(trouble="down").identity()

    @scenario(
        "C511",
        "A policy that forbids us is not signed away: one call, then sign in",
        acts=(*ACT, "calls", "policy"),
    )
    def test_c511_policies(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        self.read(bench, who, bench.roles.text)
        bench.calls()
        bench.fault("policy", "any", always=True)
        with pytest.raises(SignIn):
            bench.connector.fetch(bench.kind, [who], [bench.roles.text])
        assert bench.calls() <= 2

    @scenario("C512", "A token that expires in the middle is renewed, or asked for", acts=ACT)
    def test_c512_expiry(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        bench.fault("expired", "read")
        try:
            self.read(bench, who, bench.roles.text)
        except SignIn as told:
            assert told.code

    @scenario("C513", "No error holds a token or an address", acts=ACT)
    def test_c513_errors_hold_no_secrets(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        address = "secret.person@firm.example"
        said: list[str] = []
        bad = {bench.roles.email: address, bench.roles.picklist: "never heard of"}
        for one in self.write(bench, [set_row(who, bad)]):
            assert isinstance(one, Refused)
            said += [one.error.message, one.error.detail]
        for name in ("unavailable", "day_spent", "policy"):
            if name in bench.lacks:
                continue
            bench.fault(name, "any", always=True)
            with pytest.raises(LeadpactError) as caught:
                bench.connector.find(bench.kind, bench.roles.email, [address], [])
            said += [caught.value.message, caught.value.detail]
        for secret in (address, *bench.secrets()):
            assert not any(secret in text for text in said)

    @scenario("C514", "Trouble in one thread is not taken for another's answer", acts=ACT)
    def test_c514_threads_in_trouble(self, bench: Bench) -> None:
        ids = bench.add(8)
        bench.fault("unavailable", "read", nth=3)
        wrong: list[str] = []

        def look(who: str) -> None:
            try:
                seen = self.read(bench, who, bench.roles.text)
            except WaitUntil:
                return
            if seen.ref.id != who:
                wrong.append(who)

        threads = [threading.Thread(target=look, args=(who,)) for who in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    @scenario(
        "C515", "A server that does not answer in time is a wait", acts=(*ACT, "slow", "connect")
    )
    def test_c515_slow_servers(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        impatient = bench.connect(trouble="impatient")
        impatient.fetch(bench.kind, [who], [bench.roles.text])
        bench.fault("slow", "any", always=True)
        with pytest.raises(WaitUntil):
            impatient.fetch(bench.kind, [who], [bench.roles.text])
