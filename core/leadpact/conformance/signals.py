"""C7xx: signals. Each engagement that a source keeps is told, dated honestly, and is the same act in every reading."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import MOST_PAGES, Family
from leadpact.conformance.scenario import scenario
from leadpact.errors import FixSettings, LeadpactError
from leadpact.model.source_signal import SourceSignal
from leadpact.ports.signals import GivesSignals

SOURCES = ("signal_sources",)


class SignalScenarios(Family):
    """Reading dated engagements."""

    def giver(self, bench: Bench) -> GivesSignals:
        """The connector as one that gives signals, which its capabilities promise."""
        assert isinstance(bench.connector, GivesSignals)
        return bench.connector

    def told(self, bench: Bench, source: str, since: str = "") -> tuple[list[SourceSignal], str]:
        """All signals of one cycle, and where the next one begins."""
        found: list[SourceSignal] = []
        for _ in range(MOST_PAGES):
            page = self.giver(bench).signals(source, since)
            found += page.signals
            since = page.cursor
            if page.done and not page.behind:
                return found, since
        raise AssertionError(f"{source} does not end within {MOST_PAGES} pages")

    @scenario(
        "C701",
        "Each source that is declared is told, and what is acted there is read from it",
        needs=SOURCES,
        acts=("engage",),
    )
    def test_c701_each_source_tells_its_acts(self, bench: Bench) -> None:
        declared = bench.connector.capabilities.signal_sources
        assert [one.name for one in self.giver(bench).signal_sources()] == list(declared)
        who, other = bench.add(2)
        for source in declared:
            assert self.told(bench, source)[0] == []
            bench.engage(source, [who])
            bench.settle()
            (act,) = self.told(bench, source)[0]
            assert (act.source, act.ref.id, act.count) == (source, who, 1)
            assert act.ref.kind == bench.kind
            assert act.kind, "an act has the source's own word for it"
            assert act.id
        assert other

    @scenario(
        "C702",
        "Many acts of one stamp all come, over more than one page",
        needs=SOURCES,
        acts=("engage",),
    )
    def test_c702_ties_all_come(self, bench: Bench) -> None:
        ids = bench.add(450)
        source = bench.connector.capabilities.signal_sources[0]
        _, cursor = self.told(bench, source)
        bench.engage(source, ids)
        bench.settle()
        found, _ = self.told(bench, source, cursor)
        assert {act.ref.id for act in found} == set(ids)
        assert len({act.id for act in found}) == len(ids)

    @scenario(
        "C703",
        "The same act has the same identity in every reading, whatever else changes meanwhile",
        needs=SOURCES,
        acts=("engage",),
    )
    def test_c703_the_same_act_is_the_same(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for source in bench.connector.capabilities.signal_sources:
            bench.engage(source, [who])
            bench.settle()
            (first,), cursor = self.told(bench, source)
            bench.edit([who], {bench.roles.text: f"Edited after {source}"})
            bench.settle()
            again, _ = self.told(bench, source, cursor)
            anew, _ = self.told(bench, source)
            assert {(act.id, act.at) for act in (*again, *anew)} == {(first.id, first.at)}

    @scenario(
        "C704",
        "A second act of one person is another one, and the first stays what it was",
        needs=SOURCES,
        acts=("engage", "advance"),
    )
    def test_c704_a_second_act_is_another(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for source in bench.connector.capabilities.signal_sources:
            bench.engage(source, [who])
            bench.settle()
            (first,), cursor = self.told(bench, source)
            bench.advance(1_800)
            bench.engage(source, [who])
            bench.settle()
            later, _ = self.told(bench, source, cursor)
            (second,) = {act.id: act for act in later if act.id != first.id}.values()
            anew, _ = self.told(bench, source)
            assert {act.id for act in anew} == {first.id, second.id}
            assert second.at >= first.at

    @scenario(
        "C705",
        "An act's instant is aware, in UTC and its own, not that of the reading",
        needs=SOURCES,
        acts=("engage", "advance"),
    )
    def test_c705_instants_are_utc(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for source in bench.connector.capabilities.signal_sources:
            acted = bench.engage(source, [who])
            bench.advance(1_800)
            (act,) = self.told(bench, source)[0]
            assert act.at.tzinfo is not None
            assert act.at.utcoffset() == timedelta(0)
            if act.whole_day:
                assert act.at.date() == acted.astimezone(UTC).date()
                assert act.at.time().isoformat() == "00:00:00"
            else:
                assert abs(act.at - acted) <= timedelta(seconds=2)

    @scenario(
        "C706",
        "A counter's first sight is a baseline, and later rises are dated acts",
        needs=SOURCES,
        acts=("count_up", "advance"),
    )
    def test_c706_a_counter_begins_with_a_baseline(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        source = bench.connector.capabilities.signal_sources[0]
        bench.count_up(source, who, by=7)
        bench.settle()
        (baseline,), cursor = self.told(bench, source)
        assert (baseline.quality, baseline.count) == ("counter", 7)
        bench.advance(1_800)
        bench.count_up(source, who, by=2)
        bench.settle()
        later, _ = self.told(bench, source, cursor)
        (rise,) = [act for act in later if act.id != baseline.id]
        assert (rise.quality, rise.count) == ("sampled", 2)
        assert rise.at > baseline.at

    @scenario(
        "C707",
        "A source that this sign-in cannot read is not offered, and reading it is a matter of settings",
        needs=SOURCES,
        acts=("hide_source",),
    )
    def test_c707_an_unreadable_source_is_not_offered(self, bench: Bench) -> None:
        for source in bench.connector.capabilities.signal_sources:
            bench.hide_source(source)
            (told,) = [one for one in self.giver(bench).signal_sources() if one.name == source]
            assert not told.readable
            assert told.why_not
            with pytest.raises(FixSettings) as caught:
                self.giver(bench).signals(source, "")
            assert caught.value.code == "signal_source_unreadable"

    @scenario(
        "C708",
        "A source that there is not and a cursor that is none are refused",
        needs=SOURCES,
    )
    def test_c708_what_is_none_is_refused(self, bench: Bench) -> None:
        with pytest.raises(FixSettings) as caught:
            self.giver(bench).signals("no_such_source", "")
        assert caught.value.code == "signal_source_unknown"
        for source in bench.connector.capabilities.signal_sources:
            with pytest.raises(LeadpactError) as broken:
                self.giver(bench).signals(source, "no cursor")
            assert broken.value.code == "bad_cursor"
