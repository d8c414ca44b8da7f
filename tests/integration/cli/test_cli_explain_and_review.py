"""Explain and review against both emulated CRMs: who, why, what waits, and how it is settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox

PEOPLE = 120  # enough for stages that differ and addresses that several people read
Someone = Callable[[], tuple[str, str]]


def _hubspot(crms: RunningSandbox, contact: str, *names: str) -> dict[str, str]:
    path = f"/crm/v3/objects/contacts/{contact}?properties={','.join(names)}"
    properties: dict[str, str] = crms.hubspot("GET", path).json()["properties"]
    return properties


def _stage_in_hubspot(crms: RunningSandbox, contact: str, stage: str) -> None:
    owners = crms.hubspot("GET", "/crm/v3/owners").json()["results"]
    marketer = next(one["id"] for one in owners if one["teams"][0]["name"] == "Marketing")
    crms.control(
        "POST",
        "/hubspot/edit",
        {
            "object": "contacts",
            "id": contact,
            "properties": {"lifecyclestage": stage},
            "by": f"person:{marketer}",
        },
    )
    crms.control("POST", "/advance", {"seconds": 120})


def test_a_lead_is_found_by_every_name_it_has(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    contact, lead = someone()
    told = agreed("explain", contact, "--json").json["leads"]
    assert len(told) == 1
    link_id = told[0]["lead"]
    email = _hubspot(crms, contact, "email")["email"]
    url = next(one["url"] for one in told[0]["records"] if one["crm"] == "salesforce")
    for name in (lead, link_id, link_id[:10], email, email.upper(), url):
        found = agreed("explain", name, "--json").json["leads"]
        assert [one["lead"] for one in found] == [link_id], name
    blind = agreed("explain", email, "--offline", "--json").json["leads"]
    assert [one["lead"] for one in blind] == [link_id]


def test_a_rep_reads_the_first_lines(agreed: Shell, crms: RunningSandbox, someone: Someone) -> None:
    contact, lead = someone()
    person = _hubspot(crms, contact, "firstname", "email")
    ended = agreed("explain", lead)
    assert ended.code == 0
    first = ended.out.splitlines()[:5]
    assert person["email"] in first[0]
    assert " since " in first[1]
    assert " points; grade " in first[2]
    assert lead in ended.out
    assert f"/{contact}" in ended.out
    offline = agreed("explain", lead, "--offline")
    assert person["email"] not in offline.out, "no name is stored"
    assert " since " in offline.out


def test_why_a_record_is_not_kept_in_step(agreed: Shell, crms: RunningSandbox) -> None:
    made = crms.control(
        "POST",
        "/hubspot/create",
        {"object": "contacts", "properties": {"email": "brand.new@new.example"}, "by": "import:1"},
    )
    new = agreed("explain", "brand.new@new.example", "--json").json
    assert new["leads"] == []
    assert made["id"] in new["why_not"][0]
    assert any("not seen it yet" in one for one in new["why_not"])
    by_id = agreed("explain", made["id"])
    assert by_id.code == 0
    assert "not seen it yet" in by_id.out
    nobody = agreed("explain", "no.body@nowhere.example")
    assert nobody.code == 0
    assert "neither HubSpot nor Salesforce" in nobody.out
    assert "No lead is known" in agreed("explain", "00QDn00000zzzzzAAA").out
    blind = agreed("explain", "no.body@nowhere.example", "--offline")
    assert blind.code == 0
    assert "No CRM was asked" in blind.out


def test_explain_goes_on_without_a_crm_that_is_down(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    contact, _lead = someone()
    down = {"crm": "hubspot", "route": "*", "rate": 1.0, "fault": "unavailable"}
    crms.control("POST", "/faults", [down])
    ended = agreed("explain", contact)
    assert ended.code == 0
    assert " since " in ended.out
    assert "No CRM was asked" in ended.err


def test_a_refused_stage_is_explained(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    contact, lead = someone()
    before = _hubspot(crms, contact, "lifecyclestage", "leadpact_stage")
    _stage_in_hubspot(crms, contact, "salesqualifiedlead")
    assert agreed("sync").code == 0
    told = agreed("explain", lead, "--json").json["leads"][0]
    assert told["stage"]["key"] == before["leadpact_stage"]
    assert told["history"][0]["result"] == "refused"
    assert told["history"][0]["sentence"].startswith("Marketing (person ")
    assert "asked for SQL; refused" in told["history"][0]["sentence"]
    assert any("refused" in one for one in told["headlines"])
    assert _hubspot(crms, contact, "lifecyclestage")["lifecyclestage"] == before["lifecyclestage"]


def test_a_hold_is_settled_by_what_one_crm_shows(agreed: Shell, crms: RunningSandbox) -> None:
    held = agreed("review", "list", "--cause", "stages_differ", "--json").json["holds"]
    assert held, "the seed holds people whose stages differ"
    one = held[0]
    people = agreed("review", "list", "--field", "stage")
    assert one["hold"][:8] in people.out
    assert "--take CRM" in people.out
    unclear = agreed("review", "accept", one["hold"])
    assert unclear.code == 2
    assert "Say which stage" in unclear.err
    assert agreed("review", "refuse", one["hold"]).code == 2
    assert agreed("review", "accept", one["hold"], "--take", "pipedrive").code == 2
    assert agreed("review", "accept", one["hold"][:8], "--set", "sal").code == 0
    waiting = agreed("explain", one["lead"]).out
    assert "the next sync carries it out" in waiting
    until_quiet(agreed, crms)
    told = agreed("explain", one["lead"], "--json").json["leads"][0]
    assert told["stage"]["key"] == "sal"
    assert told["holds"] == []
    by_crm = {record["crm"]: record["id"] for record in told["records"] if record["primary"]}
    assert _hubspot(crms, by_crm["hubspot"], "leadpact_stage")["leadpact_stage"] == "sal"


def test_holds_are_settled_in_bulk(agreed: Shell, crms: RunningSandbox) -> None:
    held = agreed("review", "list", "--cause", "role_address", "--json").json["holds"]
    if not held:
        raise AssertionError("the seed holds role addresses")
    assert agreed("review", "refuse", "--cause", "role_address").code == 2
    answered = agreed("review", "refuse", "--cause", "role_address", "--all", "--yes", "--json")
    assert len(answered.json["answered"]) == len(held)
    assert {one["answer"] for one in answered.json["answered"]} == {"refuse"}


def test_a_rejection_without_its_reason_is_listed_until_it_is_given(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    assert agreed("review", "owed", "--json").json == {"owed": [], "by_rep": {}, "total": 0}
    assert "No rejection owes a reason" in agreed("review", "owed").out
    assert "review owed" not in agreed("review", "list").out
    _contact, lead = someone()
    _by_a_rep(crms, lead, Status="Closed - Not Converted")
    assert agreed("sync").code == 0
    told = agreed("review", "owed", "--json").json
    link_id = agreed("explain", lead, "--offline", "--json").json["leads"][0]["lead"]
    assert [(one["lead"], one["stage"]) for one in told["owed"]] == [(link_id, "recycled")]
    assert told["total"] == 1
    (one,) = told["owed"]
    assert (one["what"], one["escalated"]) == ("rejected", False)
    assert one["rep"].startswith("salesforce:005")
    assert told["by_rep"] == {one["rep"]: 1}
    assert agreed("review", "owed", "--rep", "salesforce:other", "--json").json["owed"] == []
    # Two business days later, whatever the day, the manager's turn has come.
    assert agreed("review", "owed", "--rep", one["rep"], "--json").json["total"] == 1
    people = agreed("review", "owed").out
    assert link_id[:8] in people
    assert "Recycled" in people
    assert "Sales (Salesforce) rejected without a reason" in people
    assert "1 rejection still owes a reason: leadpact review owed" in agreed("review", "list").out
    # The rep is called by name on the screen, and by the id alone in the state.
    story = agreed("explain", lead, "--limit", "40").out
    assert "Recycled by sales (Aiko Tanabe" in story
    assert "person 005" not in story
    assert "person 005" in agreed("explain", lead, "--limit", "40", "--offline").out
    kept = b"".join(file.read_bytes() for file in agreed.state().parent.iterdir())
    assert b"Tanabe" not in kept
    _by_a_rep(crms, lead, leadpact_rejection_reason__c="no_budget")
    assert agreed("sync").code == 0
    assert agreed("review", "owed", "--json").json["total"] == 0


def test_the_queue_tells_who_waits_how_long_and_with_whom(
    agreed: Shell, crms: RunningSandbox
) -> None:
    told = agreed("queue", "--json").json
    assert told["total"] > 0
    assert told["late"] == 0
    first = told["queue"][0]
    assert (first["stage"], first["late"]) == ("mql", False)
    assert first["days"] == _working_days(first["since"], crms.control("GET", "/clock")["now"])
    assert first["since"] == max(one["since"] for one in told["queue"][:1])
    everybody = agreed("queue").out
    assert first["lead"][:8] in everybody
    assert "After 30 days unworked a lead is recycled: Not worked in time." in everybody
    assert "Nobody waits longer than agreed." in agreed("queue", "--late").out
    mine = agreed("queue", "--owner", first["owner"], "--json").json["queue"]
    assert {one["owner"] for one in mine} == {first["owner"]}
    crms.control("POST", "/advance", {"seconds": 8 * 86_400})
    late = agreed("queue", "--late", "--json").json
    assert late["late"] >= 1
    assert all(one["late"] and one["days"] >= 3 for one in late["queue"])
    assert "late, by owner:" in agreed("queue").out


def _working_days(since: str, now: str) -> int:
    """Mondays to Fridays after the day of ``since``; none, but where the sandbox's clock passed midnight meanwhile."""
    began, ended = (datetime.fromisoformat(one).astimezone(UTC).date() for one in (since, now))
    days = (began + timedelta(days=n) for n in range(1, (ended - began).days + 1))
    return sum(day.isoweekday() < 6 for day in days)


def _by_a_rep(crms: RunningSandbox, lead: str, **fields: str) -> None:
    asked = {"q": "SELECT Id FROM User WHERE LastName = 'Tanabe'"}
    rep = crms.salesforce("GET", "/query", params=asked).json()["records"][0]["Id"]
    edit = {"object": "Lead", "id": lead, "fields": fields, "by": f"person:{rep}"}
    crms.control("POST", "/salesforce/edit", edit)
    crms.control("POST", "/advance", {"seconds": 120})
