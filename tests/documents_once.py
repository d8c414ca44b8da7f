"""Pact and mapping are compiled once per text and process, where a test is about what is done with them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

import leadpact.mapping
import leadpact.pact
from leadpact.mapping import LeadMapping
from leadpact.mapping.transforms import TextTransform
from leadpact.pact import Pact, ScoringLists
from leadpact.pact.business_calendar import HolidaySource
from leadpact.pact.qualification import Criterion

_compile_pact = leadpact.pact.load_pact
_compile_mapping = leadpact.mapping.load_mapping
_pacts: dict[Hashable, Pact] = {}
_mappings: dict[Hashable, LeadMapping] = {}


def _pact(
    text: str,
    file: str = "pact.yaml",
    *,
    lists: ScoringLists | None = None,
    holidays: HolidaySource | None = None,
) -> Pact:
    key = (text, file, lists, type(holidays))
    if key not in _pacts:
        _pacts[key] = _compile_pact(text, file, lists=lists, holidays=holidays)
    return _pacts[key]


def _mapping(
    text: str,
    file: str,
    *,
    stage_keys: Collection[str],
    reason_keys: Collection[str],
    answers: Sequence[Criterion] = (),
    sub_reason_keys: Collection[str] = (),
    transforms: Mapping[str, TextTransform] | None = None,
) -> LeadMapping:
    key = (
        text,
        file,
        tuple(stage_keys),
        tuple(reason_keys),
        tuple(answers),
        tuple(sub_reason_keys),
        tuple(str(each) for each in (transforms or {}).values()),
    )
    if key not in _mappings:
        _mappings[key] = _compile_mapping(
            text,
            file,
            stage_keys=stage_keys,
            reason_keys=reason_keys,
            answers=answers,
            sub_reason_keys=sub_reason_keys,
            transforms=transforms,
        )
    return _mappings[key]


@contextmanager
def documents_once() -> Iterator[None]:
    """As long as this lasts, a document whose text was compiled before is not compiled again.

    Both are frozen; what is refused is refused each time. Calendars of one type know the same holidays.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leadpact.pact, "load_pact", _pact)
        patch.setattr(leadpact.mapping, "load_mapping", _mapping)
        yield
