"""C1xx: the change feed. It names which records changed, and none is ever passed over."""

from __future__ import annotations

import pytest

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family, ids_of
from leadpact.conformance.scenario import scenario
from leadpact.errors import LeadpactError


class FeedScenarios(Family):
    """Reading which records changed."""

    @scenario("C101", "The first read of a feed names every record there is, and ends")
    def test_c101_the_first_read_names_everything(self, bench: Bench) -> None:
        ids = bench.add(230)
        bench.settle()
        changes, _ = self.cycle(bench)
        assert set(ids_of(changes)) == set(ids)

    @scenario("C102", "An empty CRM ends its feed at once and still hands back a cursor")
    def test_c102_an_empty_crm_has_a_cursor(self, bench: Bench) -> None:
        changes, cursor = self.cycle(bench)
        assert changes == []
        ids = bench.add(2)
        bench.settle()
        later, _ = self.cycle(bench, cursor)
        assert set(ids_of(later)) == set(ids)

    @scenario("C103", "What a person edits shows, and by its id only")
    def test_c103_an_edit_shows(self, bench: Bench) -> None:
        ids = bench.add(5)
        cursor = self.caught_up(bench)
        bench.edit([ids[2]], {bench.roles.text: "Edited"})
        bench.settle()
        changes, _ = self.cycle(bench, cursor)
        assert ids[2] in ids_of(changes)
        assert {change.how for change in changes if change.ref.id == ids[2]} == {"changed"}

    @scenario("C104", "A quiet cycle costs one call", acts=("calls", "advance"))
    def test_c104_a_quiet_cycle_costs_one_call(self, bench: Bench) -> None:
        bench.add(5)
        cursor = self.caught_up(bench)
        bench.advance(3_600)
        _, cursor = self.cycle(bench, cursor)
        bench.calls()
        changes, _ = self.cycle(bench, cursor)
        assert (changes, bench.calls()) == ([], 1)

    @scenario("C105", "Many records of one stamp all come, over more than one page")
    def test_c105_ties_all_come(self, bench: Bench) -> None:
        ids = bench.add(450)
        cursor = self.caught_up(bench)
        bench.edit(ids, {bench.roles.text: "Together"})
        bench.settle()
        changes, _ = self.cycle(bench, cursor)
        assert set(ids_of(changes)) == set(ids)

    @scenario("C106", "More changes than the CRM's own feed shows at once all come")
    def test_c106_more_than_the_wall_all_come(self, bench: Bench) -> None:
        if not bench.feed_wall:
            pytest.skip(f"C106: {bench.crm}: its feed shows everything at once")
        ids = bench.add(bench.feed_wall + 60)
        cursor = self.caught_up(bench)
        half = len(ids) // 2
        bench.edit(ids[:half], {bench.roles.text: "First"})
        bench.edit(ids[half:], {bench.roles.text: "Second"})
        bench.settle()
        changes, _ = self.cycle(bench, cursor)
        assert set(ids_of(changes)) == set(ids)

    @scenario(
        "C107", "A record that surfaces late with an older stamp is found", acts=("surface_late",)
    )
    def test_c107_late_ones_are_found(self, bench: Bench) -> None:
        bench.add(2)
        cursor = self.caught_up(bench)
        late = bench.surface_late()
        changes, _ = self.cycle(bench, cursor)
        assert late in ids_of(changes)

    @scenario(
        "C108",
        "An edit that the feed shows late is not lost when others come first",
        acts=("lag", "advance"),
    )
    def test_c108_a_lagging_feed_loses_nothing(self, bench: Bench) -> None:
        slow, quick = bench.add(2)
        cursor = self.caught_up(bench)
        bench.lag(20)
        bench.edit([slow], {bench.roles.text: "Slow"})
        bench.advance(1)
        bench.edit([quick], {bench.roles.text: "Quick"})
        found: list[str] = []
        for _ in range(4):
            changes, cursor = self.cycle(bench, cursor)
            found += ids_of(changes)
            bench.advance(10)
        assert {slow, quick} <= set(found)

    @scenario("C109", "What changes while a feed is being read comes in this cycle or the next")
    def test_c109_a_feed_in_motion_loses_nothing(self, bench: Bench) -> None:
        ids = bench.add(320)
        bench.settle()
        page = bench.connector.changes(bench.kind, "")
        found = ids_of(page.changes)
        moved = [ids[0], ids[150], ids[319]]
        bench.edit(moved, {bench.roles.text: "Moved"})
        late = bench.add(1)
        bench.settle()
        cursor, done = page.cursor, page.done
        while not done:
            page = bench.connector.changes(bench.kind, cursor)
            found += ids_of(page.changes)
            cursor, done = page.cursor, page.done
        again, _ = self.cycle(bench, cursor)
        assert set(ids) <= set(found)
        assert {*moved, *late} <= set(found) | set(ids_of(again))
        for one in moved:
            assert (found + ids_of(again)).count(one) >= 1

    @scenario(
        "C110",
        "A cursor survives being kept as text and used by another connector",
        acts=("connect",),
    )
    def test_c110_a_cursor_is_only_text(self, bench: Bench) -> None:
        ids = bench.add(3)
        cursor = self.caught_up(bench)
        bench.edit([ids[1]], {bench.roles.text: "Edited"})
        bench.settle()
        other = bench.connect(trouble="none")
        assert ids[1] in ids_of(other.changes(bench.kind, cursor.encode().decode()).changes)

    @scenario("C111", "A cursor that is none is refused, and nothing is read in its place")
    def test_c111_a_broken_cursor_is_refused(self, bench: Bench) -> None:
        bench.add(1)
        for broken in ("no cursor", "{}", "[]", '{"start": 1}'):
            with pytest.raises(LeadpactError) as caught:
                bench.connector.changes(bench.kind, broken)
            assert caught.value.code, "a refused cursor has a code"

    @scenario("C112", "The version that the feed shows is the one that reading shows")
    def test_c112_feed_and_reading_agree_on_versions(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        cursor = self.caught_up(bench)
        bench.edit([who], {bench.roles.text: "Edited"})
        bench.settle()
        changes, _ = self.cycle(bench, cursor)
        shown = [change.version for change in changes if change.ref.id == who]
        assert shown[-1] == self.read(bench, who, bench.roles.text).version

    @scenario("C113", "A deleted record is never shown as one that merely changed")
    def test_c113_deletes_are_no_changes(self, bench: Bench) -> None:
        ids = bench.add(3)
        cursor = self.caught_up(bench)
        bench.delete(ids[1])
        bench.settle()
        changes, _ = self.cycle(bench, cursor)
        assert {change.how for change in changes if change.ref.id == ids[1]} <= {"deleted"}

    @scenario("C114", "A feed of a kind that there is not is a matter of settings")
    def test_c114_an_unknown_kind_is_refused(self, bench: Bench) -> None:
        with pytest.raises(LeadpactError) as caught:
            bench.connector.changes("no_such_kind", "")
        assert caught.value.code

    @scenario(
        "C115",
        "A machine whose clock is wrong loses no change",
        acts=("skew", "surface_late"),
    )
    @pytest.mark.parametrize("seconds", [-420, 420])
    def test_c115_a_wrong_clock_loses_nothing(self, bench: Bench, seconds: int) -> None:
        ids = bench.add(3)
        bench.skew(seconds)
        cursor = self.caught_up(bench)
        bench.edit([ids[1]], {bench.roles.text: "Edited"})
        bench.settle()
        changes, cursor = self.cycle(bench, cursor)
        assert ids[1] in ids_of(changes)
        late = bench.surface_late()
        changes, _ = self.cycle(bench, cursor)
        assert late in ids_of(changes)
