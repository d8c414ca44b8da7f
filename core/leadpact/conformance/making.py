"""C4xx: making records and taking them away. A repeat does nothing twice, whatever became of the first answer."""

from __future__ import annotations

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family, aside, set_row, written
from leadpact.conformance.scenario import scenario
from leadpact.model.record import Gone
from leadpact.ports.connector import Refused, WriteRow, Written
from leadpact.ports.taking_away import ShowsAdditions

NEEDS = ("op:make", "external_id")
TAKES = ("op:archive",)


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

    @scenario(
        "C408", "A record that is taken away is gone, however often that is asked", needs=TAKES
    )
    def test_c408_taken_away_once(self, bench: Bench) -> None:
        who, stays = bench.add(2)
        for _again in range(2):
            (result,) = self.write(bench, [WriteRow("archive", who, {})])
            written(result)
        seen = bench.connector.fetch(bench.kind, [who, stays], [bench.roles.email])
        assert [isinstance(one, Gone) for one in seen] == [True, False]
        assert bench.count() == 1

    @scenario(
        "C409",
        "A record that was taken away can be restored, and is the same again",
        needs=TAKES,
        acts=("restore",),
    )
    def test_c409_restorable(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: "As it was"})
        (result,) = self.write(bench, [WriteRow("archive", who, {})])
        written(result)
        bench.restore(who)
        assert self.read(bench, who, bench.roles.text).fields[bench.roles.text] == "As it was"

    @scenario(
        "C410",
        "What somebody added is told of each record, what leadpact wrote is not",
        needs=TAKES,
    )
    def test_c410_additions(self, bench: Bench) -> None:
        assert isinstance(bench.connector, ShowsAdditions)
        rows = [make_row(bench, f"key-{at}", f"n{at}@firm.example") for at in range(2)]
        ours, theirs = (written(one).id for one in self.write(bench, rows))
        self.write(bench, [set_row(ours, {bench.roles.text: "Ours"})])
        bench.edit([theirs], {bench.roles.text: "Theirs"})
        (added,) = bench.add(1)
        told = bench.connector.additions(bench.kind, [ours, theirs, added])
        assert told.keys() == {theirs, added}
        assert all(told.values())
        self.write(bench, [WriteRow("archive", theirs, {})])
        assert bench.connector.additions(bench.kind, [ours, theirs]) == {}

    @scenario("C411", "A row that cannot be taken away costs itself only", needs=TAKES)
    def test_c411_bad_ids(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        rows = [WriteRow("archive", one, {}) for one in ("../7", who)]
        results = self.write(bench, rows)
        aside(results[0])
        written(results[1])
        assert bench.count() == 0
