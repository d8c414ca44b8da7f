"""R4 on the command line: a field that an import emptied waits alone, and is answered once for all its leads."""

from __future__ import annotations

from typing import Any

from tests.integration.cli.conftest import Shell
from tests.integration.sandbox.conftest import RunningSandbox

from leadpact.model.record import RecordRef
from leadpact_app.store.sql import SqlStore

PEOPLE = 150


def _with_a_city(crms: RunningSandbox, agreed: Shell) -> dict[str, str]:
    """City by contact, of people of whom nothing waits; those who have an open Lead come first."""
    page = crms.hubspot("GET", "/crm/v3/objects/contacts?limit=100&properties=city").json()
    cities = {one["id"]: one["properties"]["city"] for one in page["results"]}
    with_lead: dict[str, str] = {}
    others: dict[str, str] = {}
    refs = {RecordRef("hubspot", "contacts", contact): contact for contact in cities}
    store = SqlStore.open(agreed.state(), "default")
    try:
        leads = store.link_ids(list(refs))
        sides = store.sides(list(leads.values()))
        waiting = {one.link_id for one in store.holds(waiting_only=True)}
    finally:
        store.close()
    for ref, lead in leads.items():
        contact = refs[ref]
        if cities[contact] and lead not in waiting:
            live = {one.ref.kind for one in sides[lead] if one.state == "live"}
            (with_lead if "Lead" in live else others)[contact] = cities[contact]
    assert with_lead
    return with_lead | others


def _edit(crms: RunningSandbox, edits: dict[str, Any]) -> None:
    by = "import:31"
    crms.control("POST", "/hubspot/edit_many", {"object": "contacts", "edits": edits, "by": by})
    crms.control("POST", "/advance", {"seconds": 120})


def _city(crms: RunningSandbox, contact: str) -> str:
    path = f"/crm/v3/objects/contacts/{contact}?properties=city"
    return crms.hubspot("GET", path).json()["properties"]["city"] or ""


def test_a_field_that_an_import_emptied_waits_alone_until_it_is_answered(
    agreed: Shell, crms: RunningSandbox
) -> None:
    cities = _with_a_city(crms, agreed)
    assert len(cities) > 50
    # One lead has another edit besides: that one goes on.
    one = next(iter(cities))
    _edit(crms, {c: {"city": "", **({"jobtitle": "CFO"} if c == one else {})} for c in cities})
    ended = agreed("sync")
    assert ended.code == 6
    assert f"{len(cities)} of " in ended.out
    assert "known values of city turned blank in HubSpot at once" in ended.out
    assert "Nothing was written" not in ended.out
    told = agreed("runs", "show", "last", "--json").json
    assert told["counts"]["suspended_fields"] == 1
    assert told["counts"]["written_salesforce"] == 1
    assert "known values of city" in told["note"]

    listed = agreed("review", "list")
    assert "all" in listed.out
    assert listed.out.count("blanked_in_bulk") == 2, "the field's own hold, and what to do"
    holds = agreed("review", "list", "--cause", "blanked_in_bulk", "--json").json["holds"]
    assert len(holds) == len(cities) + 1
    (whole,) = [hold for hold in holds if not hold["lead"]]
    assert (whole["field"], list(whole["shown"])) == ("city", ["hubspot"])

    assert agreed("review", "accept", whole["hold"], "--set", "Oslo").code == 2
    answered = agreed("review", "refuse", whole["hold"])
    assert answered.code == 0
    assert f"{len(cities) + 1:,} answered" in answered.out
    crms.control("POST", "/advance", {"seconds": 120})
    assert agreed("sync").code in (0, 1)
    assert {contact: _city(crms, contact) for contact in cities} == cities
