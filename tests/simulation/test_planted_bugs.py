"""Nine bugs planted on purpose: each is found within 1,000 histories, and its story is short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from tests.simulation.agreement import pact
from tests.simulation.choices import recorded
from tests.simulation.consent_turns import ConsentDriver
from tests.simulation.crm_hubspot import CONTACTS, FakeHubSpot
from tests.simulation.crm_rows import as_asked
from tests.simulation.driver import play
from tests.simulation.invariants import check
from tests.simulation.story import Play, kind_of, shortest, story, turns

from leadpact.model.record import Observation, Record, RecordRef, Scalar
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges
from leadpact.sync import execute, fields, merge, merged, observe, pausing, plan, settle
from leadpact.sync.context import Context
from leadpact.sync.plan import LeadPlan
from leadpact.sync.unsettled import agreed_base

TURNS = 24
HISTORIES = 1000
MOST_TURNS = 6


def short_story(wanted: str, play: Play = play) -> str:
    """The reduced story of the first history that shows the bug by these words."""
    for seed in range(HISTORIES):
        choices = recorded(seed, TURNS)
        problems = [one for one in check(play(choices)) if wanted in one]
        if problems:
            break
    else:
        raise AssertionError(f"no history of {HISTORIES} found it")
    short = shortest(choices, kind_of(problems[0]), play)
    told = story(short, play)
    print(told)
    assert turns(short) <= MOST_TURNS, told
    assert story(short, play) == told  # a history is replayed exactly
    return told


def test_base_not_updated_after_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced (who is in the CRMs and cycles without writes left out):

    1. Cycle A writes Ann's title 'director p0' from HubSpot to her Salesforce Lead, where there was none.
    2. A marketer changes jobtitle from 'director p0' to 'jobtitle p0 v1' on Ann's HubSpot contact 101.
    3. Cycle A writes hubspot 101: jobtitle: 'jobtitle p0 v1' → 'director p0'.

    WRONG: title 'jobtitle p0 v1' typed on hubspot:contacts:101 was replaced by 'director p0', which nobody
    typed in the other CRM.
    """
    monkeypatch.setattr(settle, "_agree", lambda *_args: None)
    assert "which nobody typed in the other CRM" in short_story(
        "which nobody typed in the other CRM"
    )


def test_intent_not_written_before_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced:

    1. There is Ann's HubSpot contact 101 with city 'Oslo0', and her Salesforce Lead with city 'Bergen0'.
    2. Cycle A writes hubspot 101: city: 'Oslo0' → 'Bergen0', and Salesforce's half.
    3. Cycle A is killed before it settles.

    WRONG: city 'Oslo0' typed on hubspot:contacts:101 is lost: 'Bergen0' stands there, and no journal holds
    what it replaced.
    """
    intend = execute._intend

    def forgetful(context: Context, page: execute.PlannedPage) -> StateChanges:
        changes = intend(context, page)
        changes.intents.clear()
        return changes

    monkeypatch.setattr(execute, "_intend", forgetful)
    assert "no journal holds what it replaced" in short_story("no journal holds what it replaced")


@pytest.mark.soak
def test_search_row_used_as_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced:

    1. A marketer changes leadpact_stage from None to 'sql' on Ann's HubSpot contact 101.
    2. A second later, cycle A reads the contact as search still shows it, without that.
    3. Cycle A writes hubspot 101: leadpact_stage: 'sql' → 'lead', found so in the CRMs.

    WRONG: leadpact_stage 'sql' typed on hubspot:contacts:101 is lost: 'lead' stands there, and no journal
    holds what it replaced.
    """

    def from_the_index(
        self: FakeHubSpot, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> list[Observation]:
        return [_indexed(self, RecordRef(self.name, CONTACTS, one), fields) for one in ids]

    monkeypatch.setattr(FakeHubSpot, "fetch", from_the_index)
    assert "no journal holds what it replaced" in short_story("no journal holds what it replaced")


def test_older_observation_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced:

    1. Cycle A writes Ben's first name and title from HubSpot to his Salesforce Lead, where there were none.
    2. Salesforce shows the Lead once more as it was before.
    3. Cycle A takes that for an edit: it writes hubspot 102: firstname: 'Ben' → None, jobtitle → None.

    WRONG: an observation of the Lead from 2026-02-21 was settled after one from 2026-03-02.
    """
    monkeypatch.setattr(observe, "is_older", lambda *_args: False)
    assert "was settled after one from" in short_story("was settled after one from")


@pytest.mark.soak
def test_paused_field_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced: the operator pauses writes to Salesforce; cycle A writes three Leads there.

    WRONG: ['FirstName', 'Title', ...] was written while paused.
    """
    monkeypatch.setattr(pausing, "unwritable", lambda *_args: False)
    monkeypatch.setattr(fields, "unwritable", lambda *_args: False)
    monkeypatch.setattr(plan, "may_go", lambda _context, _view, _crm, _kind, wanted: wanted)
    assert "was written while paused" in short_story("was written while paused")


@pytest.mark.soak
def test_undo_forgets_its_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced: cycle A fills Ann's first name and title on her Lead; the operator undoes that run.

    WRONG: ['FirstName', 'Title', ...] of her Lead was put back, and nothing keeps it so.
    """
    monkeypatch.setattr(execute, "agreed_base", _without_pins)
    assert "nothing keeps it so" in short_story("nothing keeps it so")


def _without_pins(context: Context, plan: LeadPlan) -> Mapping[str, Scalar]:
    plan.view.pin_news.clear()
    return agreed_base(context, plan)


@pytest.mark.soak
def test_merge_keeps_the_lower_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced: Ben has two HubSpot contacts, one at lead and one at subscriber, which a marketer merges;
    cycle A sets the new contact back: leadpact_stage: 'lead' → 'subscriber'.

    WRONG: lead and subscriber were merged, and the lower one stands.
    """
    monkeypatch.setattr(
        merged, "joined_stage", lambda survivor, folded, _pact: (_lower(survivor, folded), "")
    )
    assert "the lower one stands" in short_story("the lower one stands")


@pytest.mark.soak
def test_opt_out_taken_back_in_one_crm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story, reduced:

    1. Somebody has opted out in both CRMs, and that was agreed.
    2. A rep takes the opt-out back on Ann's Salesforce Lead; in HubSpot it stands.

    WRONG: the opt-out that hubspot:contacts:101 shows was agreed to be none.
    """
    monkeypatch.setattr(merge, "_one_edit", _as_any_field)
    words = "was agreed to be none"
    assert words in short_story(words, partial(play, family=ConsentDriver))


@pytest.mark.soak
def test_opt_out_written_back_as_opt_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two guards have to fail for it: the merge agrees that nobody opted out, and what is written is not looked at.

    1. A marketer opts out Ann's HubSpot contact 101; cycle A writes that to her Salesforce Lead.
    2. A marketer takes it back on the contact alone.
    3. Cycle A writes Salesforce 00Q...1: HasOptedOutOfEmail: True → False.

    WRONG: we opted 00Q...1 in.
    """
    monkeypatch.setattr(merge, "_one_edit", _as_any_field)
    monkeypatch.setattr(fields, "takes_opt_out", lambda *_args: True)
    assert "we opted" in short_story("we opted", partial(play, family=ConsentDriver))


_one_edit = merge._one_edit


def _as_any_field(policy: merge.Policy, *rest: Any, **more: Any) -> merge.Verdict:
    lenient: merge.Policy = "system_of_record" if policy == "most_restrictive" else policy
    return _one_edit(lenient, *rest, **more)


def _lower(one: StageState, other: StageState) -> StageState:
    stages = pact().stages
    return min(one, other, key=lambda state: stages[state.stage].rank)


def _indexed(crm: FakeHubSpot, ref: RecordRef, asked: Sequence[str]) -> Observation:
    """A contact as search shows it: as it was ``lag`` ago."""
    seen = crm._seen(ref, asked)
    row = crm.rows.get(ref)
    if not isinstance(seen, Record) or row is None:
        return seen
    horizon = crm.now() - crm.lag
    shot = next((one for one in reversed(row.shots) if one.at <= horizon), row.shots[0])
    return Record(ref, as_asked(shot.fields, asked), shot.version, None, row.created)
