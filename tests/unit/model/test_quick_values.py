"""Frozen values that are made quickly behave as dataclasses make them."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime

import pytest

from leadpact.model import link, record, scorecard, stage
from leadpact.model.link import Intent, Link, Side
from leadpact.model.quick import quick
from leadpact.model.quick import replace as quick_replace
from leadpact.model.record import RecordRef

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    """A value of all that a field can be."""

    name: str
    number: int = 3
    parts: dict[str, int] = field(default_factory=dict)
    note: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Usual:
    """The same, made as dataclasses make it."""

    name: str
    number: int = 3
    parts: dict[str, int] = field(default_factory=dict)
    note: str = field(default="", compare=False, repr=False)


def test_it_is_made_equal_and_shown_as_usual() -> None:
    for given in (("a",), ("a", 1), ("a", 1, {"b": 2}), ("a", 1, {"b": 2}, "c")):
        quickly, usually = Quick(*given), Usual(*given)
        assert [getattr(quickly, one.name) for one in fields(quickly)] == [
            getattr(usually, one.name) for one in fields(usually)
        ]
        assert repr(quickly).removeprefix("Quick") == repr(usually).removeprefix("Usual")
        assert type(quickly) is Quick
    assert Quick("a", note="x") == Quick("a", note="y") != Quick("b")
    assert Quick(number=1, name="a") == Quick("a", 1)


def test_it_is_changed_as_usual_and_into_a_frozen_value() -> None:
    one = Quick("a", 1, {"b": 2}, "c")
    changed = quick_replace(one, number=5, note="d")
    assert changed == replace(one, number=5, note="d")
    assert (changed.note, changed.parts, type(changed)) == ("d", one.parts, Quick)
    assert one.number == 1
    assert quick_replace(Usual("a"), number=2) == Usual("a", 2)
    for value in (one, Usual("a")):
        with pytest.raises(TypeError):
            quick_replace(value, nothing=1)  # type: ignore[call-arg]


def test_a_default_that_is_made_is_made_for_each() -> None:
    one, other = Quick("a"), Quick("a")
    assert one.parts == {}
    assert one.parts is not other.parts


def test_it_is_frozen() -> None:
    value = Quick("a")
    with pytest.raises(FrozenInstanceError):
        value.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del value.name
    with pytest.raises((AttributeError, TypeError)):
        value.other = "b"  # type: ignore[attr-defined]


def test_it_is_copied_pickled_replaced_and_hashed() -> None:
    ref = RecordRef("hubspot", "contacts", "7")
    side = Side(ref, "link", image={"lifecyclestage": "lead"})
    assert replace(side, primary=False) == Side(
        ref, "link", False, image={"lifecyclestage": "lead"}
    )
    assert copy.copy(side) == copy.deepcopy(side) == pickle.loads(pickle.dumps(side)) == side
    change = record.Change(ref, "changed", "1")
    assert len({change, record.Change(ref, "changed", "1"), replace(change, version="2")}) == 2


def test_what_is_missing_or_too_much_is_refused() -> None:
    with pytest.raises(TypeError, match="name"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Quick("a", 1, {}, "", "too much")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Quick("a", other=1)  # type: ignore[call-arg]


def test_other_classes_are_refused() -> None:
    @dataclass(slots=True)
    class Open:
        name: str

    @dataclass(frozen=True)
    class WithoutSlots:
        name: str

    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self) -> None:
            raise ValueError(self.name)

    @dataclass(frozen=True, slots=True)
    class Derived:
        name: str
        also: str = field(init=False, default="")

    for one in (Open, WithoutSlots, Checked, Derived):
        with pytest.raises(TypeError, match="plainly"):
            quick(one)


def test_it_has_no_subclass() -> None:
    with pytest.raises(TypeError, match="no subclass"):
        type("More", (Quick,), {"__slots__": ()})


def test_every_value_of_the_model_keeps_what_it_is_given() -> None:
    """Field for field, in the order of the fields: no two are mixed up."""
    made = 0
    for module in (link, record, scorecard, stage):
        for one in vars(module).values():
            if not (
                inspect.isclass(one) and is_dataclass(one) and one.__module__ == module.__name__
            ):
                continue
            names = [each.name for each in fields(one)]
            value = one(*names)
            assert [getattr(value, name) for name in names] == names
            made += 1
    assert made > 15


def test_defaults_of_the_rows_that_are_written() -> None:
    assert Link("a") == Link("a", "live", {}, None, None, False, "", "", "", None)
    intent = Intent(
        "i", "r", "l", RecordRef("salesforce", "Lead", "1"), "set", {}, {}, {}, {}, created_at=NOW
    )
    assert (intent.state, intent.closed_at, intent.attempts) == ("open", None, 0)
