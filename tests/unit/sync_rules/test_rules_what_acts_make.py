"""K11: what an act makes of a lead on the records: a subscriber, an MQL, a PQL."""

from __future__ import annotations

import pytest
from tests.unit.sync_rules.signalling import Signalling, signalling

from leadpact.mapping.signal_sources import SourceRow


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Signalling:
    return signalling(monkeypatch)


def _row(name: str) -> tuple[SourceRow, ...]:
    return (SourceRow((name,)),)


@pytest.mark.parametrize(
    ("title", "name", "stage"),
    [
        ("VP Sales", "chat_question", "mql"),
        ("Designer", "chat_question", "lead"),
        ("Designer", "trial_started", "pql"),
        ("VP Sales", "newsletter_signup", "lead"),
    ],
)
def test_an_act_that_is_enough_by_itself_moves_the_lead(
    desk: Signalling, title: str, name: str, stage: str
) -> None:
    desk.rows = _row(name)
    ann = desk.contact(jobtitle=title, numemployees="1-5")
    desk.sync()
    assert desk.stage(ann).stage == "lead"
    desk.later(hours=1)
    desk.act("1", ann.ref, desk.now)
    desk.sync()
    assert desk.stage(ann).stage == stage
    assert ann.fields["leadpact_stage"] == stage


def test_a_competitors_trial_makes_nothing_of_them(desk: Signalling) -> None:
    desk.rows = _row("trial_started")
    spy = desk.contact(email="spy@rival.example")
    desk.sync()
    desk.later(hours=1)
    desk.act("1", spy.ref, desk.now)
    desk.sync()
    assert desk.stage(spy).stage == "disqualified"


@pytest.mark.parametrize(
    ("names", "stage"),
    [
        (("newsletter_signup",), "subscriber"),
        (("newsletter_signup", "gated_download"), "lead"),
        (("gated_download",), "lead"),
        ((), "lead"),
    ],
)
def test_who_only_signed_up_for_the_newsletter_starts_as_a_subscriber(
    desk: Signalling, names: tuple[str, ...], stage: str
) -> None:
    desk.rows = tuple(SourceRow((name,), (("kind", "is", (name,)),)) for name in names) or _row("x")
    ann = desk.contact(lifecyclestage="")
    for name in names:
        desk.act(name, ann.ref, desk.now, kind=name)
    desk.sync()
    desk.sync()
    assert desk.stage(ann).stage == stage
