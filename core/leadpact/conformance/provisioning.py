"""C6xx: our own fields, identity, addresses, and the day's budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family
from leadpact.conformance.scenario import scenario
from leadpact.errors import WaitUntil
from leadpact.model.record import RecordRef


class ProvisioningScenarios(Family):
    """What a connector makes before the first sync, and what it spends."""

    @scenario("C601", "A dry run tells what it would make, and makes nothing")
    def test_c601_dry_run(self, bench: Bench) -> None:
        wanted = bench.wanted()
        told = bench.connector.provision(wanted, dry_run=True)
        assert [one.result for one in told] == ["would_make"] * len(wanted)
        assert [one.result for one in bench.connector.provision(wanted, dry_run=True)] == [
            "would_make"
        ] * len(wanted)

    @scenario("C602", "Provisioning makes once and then finds everything there")
    def test_c602_idempotent(self, bench: Bench) -> None:
        wanted = bench.wanted()
        made = bench.connector.provision(wanted, dry_run=False)
        assert [one.result for one in made] == ["made"] * len(wanted)
        again = bench.connector.provision(wanted, dry_run=False)
        assert [one.result for one in again] == ["present"] * len(wanted)
        fields = bench.connector.schema([bench.kind])[bench.kind].fields
        assert all(fields[one.name].updateable for one in wanted)

    @scenario("C603", "A picklist that lacks values gets them and keeps those it has")
    def test_c603_extends(self, bench: Bench) -> None:
        wanted = next(one for one in bench.wanted() if one.options)
        bench.connector.provision([wanted], dry_run=False)
        wider = replace(wanted, options=(("brand_new", "Brand new"),))
        (told,) = bench.connector.provision([wider], dry_run=False)
        assert told.result == "extended"
        field = bench.connector.schema([bench.kind])[bench.kind].fields[wanted.name]
        values = {one.value for one in field.picklist}
        assert values >= {"brand_new", *(value for value, _ in wanted.options)}

    @scenario("C604", "What cannot be made is told, and the rest is made")
    def test_c604_goes_on(self, bench: Bench) -> None:
        good = bench.wanted()[0]
        bad = replace(good, name="not a name!")
        told = bench.connector.provision([bad, good], dry_run=False)
        assert [one.result for one in told] == ["refused", "made"]
        assert told[0].detail

    @scenario("C605", "The identity of the account is told, and stays the same")
    def test_c605_identity(self, bench: Bench) -> None:
        first, again = bench.connector.identity(), bench.connector.identity()
        assert first == again
        assert first.id
        assert first.zone

    @scenario("C606", "Each record has an address at which a person opens it")
    def test_c606_record_url(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        address = bench.connector.record_url(RecordRef(bench.crm, bench.kind, who))
        assert who in address

    @scenario(
        "C607", "Each call is charged to the day's budget before it leaves", acts=("calls", "spent")
    )
    def test_c607_calls_are_charged(self, bench: Bench) -> None:
        ids = bench.add(3)
        before = bench.spent()
        bench.calls()
        self.cycle(bench)
        bench.connector.fetch(bench.kind, ids, [bench.roles.text])
        assert bench.spent() - before == bench.calls() > 0

    @scenario("C608", "A spent budget stops a call before it leaves", acts=("calls", "exhaust"))
    def test_c608_a_spent_budget(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        made = self.read(bench, who, bench.roles.text).created_at
        assert made is not None
        bench.calls()
        bench.exhaust(made + timedelta(days=1))
        with pytest.raises(WaitUntil):
            bench.connector.fetch(bench.kind, [who], [bench.roles.text])
        assert bench.calls() == 0
