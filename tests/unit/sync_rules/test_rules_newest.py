"""R9 through the engine: of two edits the later one wins, by the times of the field itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.simulation.agreement import mapping
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.effects import ReadHistory


def at_odds(
    *, hubspot_last: bool, apart_s: float = 3600, tracked: bool = True
) -> tuple[Desk, dict[str, object]]:
    """The title was changed in both CRMs since they agreed on it; the record was touched again later."""
    desk = Desk()
    fields = dict(mapping().fields)
    fields["title"] = replace(fields["title"], policy="newest")
    desk.scoped = replace(mapping(), fields=fields)
    contact, lead = desk.contact(jobtitle="Rep"), desk.lead(Title="Rep")
    desk.world.salesforce.tracked = tracked
    desk.world.salesforce.tracked_fields.add("Title")
    desk.sync()
    assert desk.link(contact).base["title"] == "Rep"
    edits = [(lead, {"Title": "VP"}), (contact, {"jobtitle": "CEO"})]
    first, last = edits if hubspot_last else reversed(edits)
    desk.put(first[0], None, **first[1])
    desk.later(seconds=apart_s - 60)
    desk.put(last[0], None, **last[1])
    # The other record is modified after both: a record's stamp says nothing of the field.
    desk.put(first[0], None, **({"City": "Oslo"} if first[0] is lead else {"city": "Oslo"}))
    desk.sync()
    return desk, {
        "contact": contact.fields["jobtitle"],
        "lead": lead.fields["Title"],
        "row": contact,
    }


@pytest.mark.parametrize(("hubspot_last", "title"), [(True, "CEO"), (False, "VP")])
def test_the_later_edit_of_the_field_wins_whatever_the_record_says(
    hubspot_last: bool, title: str
) -> None:
    _desk, shown = at_odds(hubspot_last=hubspot_last)
    assert (shown["contact"], shown["lead"]) == (title, title)


@pytest.mark.parametrize("hubspot_last", [True, False])
def test_within_a_minute_it_is_a_tie_for_the_system_of_record(hubspot_last: bool) -> None:
    _desk, shown = at_odds(hubspot_last=hubspot_last, apart_s=59)
    assert (shown["contact"], shown["lead"]) == ("VP", "VP")


def test_at_a_minute_it_is_none() -> None:
    _desk, shown = at_odds(hubspot_last=True, apart_s=60)
    assert shown["lead"] == "CEO"


def test_where_a_crm_tells_no_time_a_person_is_asked() -> None:
    desk, shown = at_odds(hubspot_last=True, tracked=False)
    assert (shown["contact"], shown["lead"]) == ("CEO", "VP")
    held = next(iter(desk.store.holds(waiting_only=True)))
    assert (held.field, held.cause) == ("title", "values_differ")
    assert "not both tell when" in held.why


def test_histories_are_asked_only_where_two_edits_meet() -> None:
    desk, _shown = at_odds(hubspot_last=True)
    contact = next(iter(desk.world.hubspot.live()))
    desk.put(contact, jobtitle="CFO")
    desk.sync()
    assert not any(
        isinstance(one, ReadHistory) and "jobtitle" in one.fields for one in desk.effects
    )
