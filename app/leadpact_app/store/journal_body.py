"""What an intent's row keeps of its values: each field's name once, each sentence once.

Nine of ten bytes of a state are this journal, since every write keeps what was there before, what was wanted, and by
which rule, for each field. Most fields of a row share their rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PARTS = 6


def parts_of(
    before: Mapping[str, Any],
    wanted: Mapping[str, Any],
    agrees: Mapping[str, Any],
    rule: Mapping[str, str],
) -> tuple[Any, ...]:
    """What is kept: names, values before, values wanted, number of each name's sentence, sentences, what it agrees."""
    names = list(wanted)
    if (before and before.keys() != wanted.keys()) or not rule.keys() <= wanted.keys():
        return (before, wanted, agrees, rule)
    sentences = {sentence: at for at, sentence in enumerate(dict.fromkeys(rule.values()))}
    return (
        names,
        [before[name] for name in names] if before else [],
        list(wanted.values()),
        [sentences[rule[name]] if name in rule else -1 for name in names],
        list(sentences),
        agrees,
    )


def told_by(
    parts: Sequence[Any],
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, str]]:
    """Back again: before, wanted, agrees, rule; also from what versions before this one wrote."""
    if len(parts) != _PARTS:
        before, wanted, agrees, rule = parts
        return before, wanted, agrees, rule
    names, were, values, numbers, sentences, agrees = parts
    return (
        dict(zip(names, were, strict=True)) if were else {},
        dict(zip(names, values, strict=True)),
        agrees,
        {
            name: sentences[number]
            for name, number in zip(names, numbers, strict=True)
            if number >= 0
        },
    )
