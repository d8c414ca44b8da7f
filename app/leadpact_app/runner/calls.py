"""Which calls of a connector answer an effect, in the pieces that it takes, and how their answers are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from leadpact.model.owner import Owner
from leadpact.model.record import ChangePage
from leadpact.model.source_signal import SignalPage
from leadpact.ports.connector import Connector, KnowsOwners, TellsHot
from leadpact.ports.signals import GivesSignals, TellsActsOf
from leadpact.sync.effects import (
    CollectArchived,
    CollectChanges,
    CollectHot,
    Commit,
    Effect,
    EnterLane,
    FindGone,
    FindMatches,
    Gather,
    Instant,
    LastTouched,
    Notify,
    Observe,
    ReadAdditions,
    ReadHistory,
    ReadOwners,
    ReadPast,
    ReadSignals,
    ReadSignalsOf,
    RecordUrls,
    Write,
)
from leadpact_app.runner.long_calls import remembering

Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
"""What is called, and what it is given."""
_ONE_CALL = (CollectChanges, CollectHot, CollectArchived, ReadSignals, Write, ReadOwners)
"""Effects that are one call each: its answer is theirs."""
_WORDS: Mapping[type[object], str] = {
    CollectChanges: "collect",
    CollectHot: "collect",
    CollectArchived: "collect",
    ReadSignals: "signals",
    ReadSignalsOf: "signals",
    Observe: "observe",
    FindMatches: "find",
    FindGone: "find",
    ReadHistory: "history",
    ReadPast: "history",
    LastTouched: "history",
    ReadAdditions: "history",
    ReadOwners: "owners",
    Write: "write",
}


def words_of(effects: Iterable[Effect]) -> list[str]:
    """What boundaries are called that lie before and after these effects."""
    return sorted({_WORDS[type(one)] for one in effects})


def calls_of(connectors: Mapping[str, Connector], effect: Effect) -> list[Call]:
    """The calls that answer a reading effect.

    Raises:
        TypeError: it is none of a connector, or not of this one.
    """
    if isinstance(effect, Instant | Commit | Gather | RecordUrls | Notify | EnterLane | Write):
        raise TypeError(f"{type(effect).__name__} reads nothing of a connector")
    connector = connectors[effect.crm]
    if isinstance(effect, ReadOwners):
        told = connector.owners if isinstance(connector, KnowsOwners) else _nobody
        return [(told, (effect.ids, effect.emails))]
    kind, capabilities = effect.kind, connector.capabilities
    if isinstance(effect, CollectHot):
        return [(_hot_teller(connector).hot_changes, (kind, effect.since, effect.fields))]
    if isinstance(effect, CollectChanges | CollectArchived | ReadSignals):
        return [(_feed(connector, effect), (kind, effect.since))]
    if isinstance(effect, ReadSignalsOf):
        told_of = _tells_acts(connector).signals_of
        return [(told_of, (kind, part)) for part in _pieces(effect.ids, capabilities.history_batch)]
    if isinstance(effect, LastTouched):
        touched, parts = connector.last_touched, _pieces(effect.ids, capabilities.fetch_batch)
        return [(touched, (kind, part)) for part in parts]
    if isinstance(effect, FindMatches):
        parts = _pieces(effect.values, capabilities.find_batch)
        return [(connector.find, (kind, effect.key, part, effect.fields)) for part in parts]
    if isinstance(effect, ReadHistory | ReadPast | ReadAdditions | FindGone):
        call, more = remembering(connector, effect)
        parts = _pieces(effect.ids, capabilities.history_batch)
        return [(call, (kind, part, *more)) for part in parts]
    parts = _pieces(effect.ids, capabilities.fetch_batch)
    return [(connector.fetch, (kind, part, effect.fields)) for part in parts]


def joined(effect: Effect, results: Sequence[Any]) -> Any:
    """The answers of all calls of an effect as the one that it promises."""
    if isinstance(effect, _ONE_CALL):
        return results[0]
    if isinstance(effect, LastTouched | ReadHistory | ReadPast | ReadAdditions | FindGone):
        return {each: told for result in results for each, told in result.items()}
    return [one for result in results for one in result]


def _nobody(_ids: Sequence[str], _emails: Sequence[str]) -> Sequence[Owner]:
    return ()


def _feed(
    connector: Connector, effect: CollectChanges | CollectArchived | ReadSignals
) -> Callable[[str, str], ChangePage | SignalPage]:
    """What reads this feed from a cursor."""
    if isinstance(effect, CollectChanges):
        return connector.changes
    if isinstance(effect, CollectArchived):
        return connector.archived
    return _giver(connector).signals


def _giver(connector: Connector) -> GivesSignals:
    """The connector as one that gives signals, which its capabilities promise."""
    if not isinstance(connector, GivesSignals):
        raise TypeError(
            f"{connector.capabilities.crm} declares signal sources and gives no signals"
        )
    return connector


def _tells_acts(connector: Connector) -> TellsActsOf:
    """The connector as one that tells people's acts by name, which its capabilities promise."""
    if not isinstance(connector, TellsActsOf):
        raise TypeError(
            f"{connector.capabilities.crm} declares hot sources and tells nobody's acts"
        )
    return connector


def _hot_teller(connector: Connector) -> TellsHot:
    """The connector as one that tells what is hot, which its capabilities promise."""
    if not isinstance(connector, TellsHot):
        raise TypeError(f"{connector.capabilities.crm} declares hot feeds and tells of none")
    return connector


def _pieces(items: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    return [items[i : i + size] for i in range(0, len(items), size)]
