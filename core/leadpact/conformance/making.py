"""C4xx: making records. A repeat makes no second one, whatever became of the first answer."""

from __future__ import annotations

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family, aside, written
from leadpact.conformance.scenario import scenario
from leadpact.ports.connector import Refused, WriteRow, Written

NEEDS = ("op:make", "external_id")


def make_row(bench: Bench, key: str, address: str) -> WriteRow:
    """A new person under our own key."""
    return WriteRow("make", "", {**bench.roles.required, bench.roles.email: address}, key)


class MakingScenarios(Family):
    """Upserts on our external id."""

    @scenario("C401", "A record made twice under one key is one record", needs=NEEDS)
    def test_c401_a_repeat_makes_no_second(self, bench: Bench) -> None:
        row = make_row(bench, "key-1", "new@firm.example")
        (first,) = self.write(bench, [row])
        (again,) = self.write(bench, [row])
        assert (written(first).created, written(again).created) == (True, False)
        assert written(first).id == written(again).id
        assert bench.count() == 1

    @scenario(
        "C402", "A lost answer to a make, made again, is one record", needs=NEEDS, acts=("fault",)
    )
    def test_c402_a_lost_answer_makes_no_second(self, bench: Bench) -> None:
        row = make_row(bench, "key-1", "new@firm.example")
        bench.fault("lost_answer", "make")
        (lost,) = self.write(bench, [row])
        assert isinstance(lost, Refused)
        assert lost.unknown
        (again,) = self.write(bench, [row])
        written(again)
        assert bench.count() == 1

    @scenario("C403", "A record is found again by our key, whatever its case", needs=NEEDS)
    def test_c403_found_by_key(self, bench: Bench) -> None:
        (made,) = self.write(bench, [make_row(bench, "Key-7f", "new@firm.example")])
        (found,) = bench.connector.find(bench.kind, bench.external_field, ["Key-7f", "key-0"], [])
        assert found.ref.id == written(made).id

    @scenario("C404", "One row that cannot be made costs itself only", needs=NEEDS)
    def test_c404_one_bad_row(self, bench: Bench) -> None:
        rows = [make_row(bench, f"key-{at}", f"n{at}@firm.example") for at in range(8)]
        rows[3] = make_row(bench, "key-3", "no address")
        results = self.write(bench, rows)
        assert [at for at, one in enumerate(results) if not isinstance(one, Written)] == [3]
        aside(results[3])
        assert bench.count() == 7

    @scenario("C405", "Making without a key is refused: a repeat could make a second", needs=NEEDS)
    def test_c405_no_key(self, bench: Bench) -> None:
        (result,) = self.write(bench, [make_row(bench, "", "new@firm.example")])
        aside(result)
        assert bench.count() == 0

    @scenario(
        "C406",
        "A duplicate rule of the CRM is never overridden",
        needs=NEEDS,
        acts=("duplicate_rule",),
    )
    def test_c406_duplicate_rules(self, bench: Bench) -> None:
        (there,) = bench.add(1)
        address = str(self.read(bench, there, bench.roles.email).fields[bench.roles.email])
        bench.duplicate_rule()
        (result,) = self.write(bench, [make_row(bench, "key-1", address)])
        assert address not in aside(result).message + aside(result).detail
        assert bench.count() == 1

    @scenario(
        "C407", "A person is converted once, however often it is asked", needs=("op:convert",)
    )
    def test_c407_convert_once(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        first = self.write(bench, [WriteRow("convert", who, {})])
        again = self.write(bench, [WriteRow("convert", who, {})])
        written(first[0])
        assert isinstance(again[0], Written)
        assert again[0].id == written(first[0]).id
