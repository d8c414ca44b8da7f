"""What is different between two pacts, in sentences, section by section. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.words import (
    TEAMS,
    condition_words,
    listed,
    plain,
    some_of,
    title,
    value_words,
)

TITLES: Final[Mapping[str, str]] = {
    "lattice": "Who may move a lead where",
    "thresholds": "When a lead is an MQL",
    "scoring": "Scoring",
    "sla": "How soon sales answers",
    "reasons": "Rejection reasons",
    "teams": "Who speaks for whom",
    "handoff": "How a lead goes over",
    "health": "When the numbers are healthy",
    "calibration": "What we learn from wins",
    "review": "When we look at it again",
    "signatories": "Who signs",
}
_NAMES: Final[Mapping[str, str]] = {
    "thresholds.mql": "Points needed",
    "thresholds.fit_floor": "Least fit",
    "thresholds.engagement_floor": "Least engagement",
    "publish_step": "Points that a total must move to be shown",
    "scoring.window_days": "Days that an act counts",
}
_MOST: Final = 10
_NOTHING: Final[tuple[Any, ...]] = (None, [], {}, "")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that another pact says otherwise.

    Attributes:
        section: the key of pact.yaml.
        path: where in it, dotted.
        sentence: for people.
    """

    section: str
    title: str
    path: str
    sentence: str


def differences(before: Pact, after: Pact) -> tuple[Difference, ...]:
    """All that ``after`` says otherwise than ``before``, in the order of the document; the version itself aside."""
    return tuple(
        Difference(path[0], TITLES.get(path[0], title(path[0])), ".".join(path), sentence)
        for path, sentence in _told(before, after)
    )


def _told(before: Pact, after: Pact) -> Iterator[tuple[Path, str]]:
    old, new = before.content, after.content
    for section in dict.fromkeys((*new, *old)):
        if section == "version":
            continue
        if section == "lattice":
            yield from ((("lattice",), line) for line in _moves(before, after))
        else:
            yield from _walk((section,), old.get(section), new.get(section), old, new)
    lanes = [list(each.get("scoring", {}).get("fast_lanes", {})) for each in (old, new)]
    if lanes[0] != lanes[1] and sorted(lanes[0]) == sorted(lanes[1]):
        names = ", ".join(str(lane.label) for lane in after.fast_lanes.values())
        yield ("scoring", "fast_lanes"), f"The order of the fast lanes: {names}"


def _walk(
    path: Path, old: Any, new: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[Path, str]]:
    if old == new or (old in _NOTHING and new in _NOTHING):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and path[-1] != "when":
        for key in dict.fromkeys((*new, *old)):
            yield from _walk((*path, str(key)), old.get(key), new.get(key), before, after)
        return
    if _words(old) and _words(new) and len(path) > 1:
        yield path, _words_changed(_name(path, after), old, new)
        return
    name = _name(path, after if new not in _NOTHING else before)
    was = _shown(path, old, before.get("lists", {}))
    now = _shown(path, new, after.get("lists", {}))
    if old in _NOTHING:
        yield path, f"New: {name}: {now}"
    elif new in _NOTHING:
        yield path, f"Gone: {name} (was {was})"
    else:
        yield path, f"{name}: {was} → {now}"


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str | int) for each in value)


def _words_changed(name: str, old: Sequence[Any], new: Sequence[Any]) -> str:
    came = [str(each) for each in new if each not in old]
    went = [str(each) for each in old if each not in new]
    parts = [f"added {some_of(came, _MOST)}"] if came else []
    parts += [f"taken out {some_of(went, _MOST)}"] if went else []
    return (
        f"{name}: {'; '.join(parts) or 'another order: ' + some_of([str(x) for x in new], _MOST)}"
    )


def _name(path: Path, content: Mapping[str, Any]) -> str:
    """What stands at this path, as people call it: labels of the parts on the way, else their keys."""
    dotted = ".".join(path)
    if dotted in _NAMES:
        return _NAMES[dotted]
    names: list[str] = []
    here: Any = content
    stages = content.get("stages", {})
    for step in path:
        here = here.get(step) if isinstance(here, Mapping) else None
        if isinstance(here, Mapping) and here.get("label"):
            names = [f"“{here['label']}”"]
        elif path[0] == "meanings" and step in stages:
            names = [f"“{stages[step]['label']}” means"]
        elif step != path[0] or len(path) == 1:
            names.append(plain(step))
    shown = ", ".join(names)
    return shown[:1].upper() + shown[1:]


def _shown(path: Path, value: Any, lists: Mapping[str, Any]) -> str:
    if isinstance(value, Mapping):
        if path[-1] == "when":
            return condition_words(value, lists)
        kept = {
            key: condition_words(part, lists) if key == "when" else part
            for key, part in value.items()
            if part not in _NOTHING and part is not False and key != "label"
        }
        return value_words(kept)
    if isinstance(value, str):
        return TEAMS.get(value, value)
    return value_words(value)


def _moves(before: Pact, after: Pact) -> Iterator[str]:
    old, new = _single(before), _single(after)
    labels = {
        **{k: s.label for k, s in before.stages.items()},
        **{k: s.label for k, s in after.stages.items()},
    }

    def way(key: tuple[str, str]) -> str:
        return f"{labels.get(key[0], key[0])} → {labels.get(key[1], key[1])}"

    for key, speakers in new.items():
        if key not in old:
            yield f"New move: {way(key)}, by {_by(speakers)}"
        elif old[key] != speakers:
            yield f"{way(key)}: {_by(old[key])} → {_by(speakers)}"
    for key, speakers in old.items():
        if key not in new:
            yield f"No longer allowed: {way(key)} (was by {_by(speakers)})"


Spoken = frozenset[tuple[str, bool, tuple[str, ...]]]


def _single(pact: Pact) -> dict[tuple[str, str], Spoken]:
    """By (from, to) who may make the move: speaker, whether a reason is needed, on what it must rest."""
    found: dict[tuple[str, str], set[tuple[str, bool, tuple[str, ...]]]] = {}
    for move in pact.lattice.moves:
        said = found.setdefault((move.start, move.goal), set())
        said |= {(by, move.needs_reason, tuple(sorted(move.basis))) for by in move.by}
    return {key: frozenset(said) for key, said in found.items()}


def _by(spoken: Spoken) -> str:
    return listed(
        [
            TEAMS.get(by, by).lower()
            + (" with a reason" if reason else "")
            + (f" ({', '.join(plain(each) for each in basis)})" if basis else "")
            for by, reason, basis in sorted(spoken)
        ],
        "or",
    )
