"""R29: one address in two spellings of its domain is one key; dots and tags before the @ are not folded."""

from __future__ import annotations

from functools import partial

import pytest
from tests.unit.sync_rules import desk as desk_module
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches
from leadpact_app.bootstrap.normalising import email_key, spellings


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose addresses are compared as the app does."""
    made = partial(Context, email_key=email_key, spellings=spellings)
    monkeypatch.setattr(desk_module, "Context", made)
    return Desk()


def test_a_domain_in_its_own_letters_and_in_ascii_is_one_person(desk: Desk) -> None:
    contact = desk.contact(email="ann@b\u00fccher.example")
    lead = desk.lead(Email="Ann@xn--bcher-kva.example")
    desk.sync()
    asked = {value for one in desk.effects if isinstance(one, FindMatches) for value in one.values}
    assert {"ann@b\u00fccher.example", "ann@xn--bcher-kva.example"} <= asked
    assert desk.link(contact).id == desk.link(lead).id


def test_dots_and_tags_tell_people_apart(desk: Desk) -> None:
    contact = desk.contact(email="a.nn@gmail.example")
    lead = desk.lead(Email="ann@gmail.example")
    tagged = desk.lead(Email="a.nn+news@gmail.example")
    desk.sync()
    assert len({desk.link(row).id for row in (contact, lead, tagged)}) == 3
