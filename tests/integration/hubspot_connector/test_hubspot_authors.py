"""Field histories and who wrote (R12), provisioning, addresses (facts §5, §7, §8)."""

from __future__ import annotations

from typing import Any

from leadpact.model.record import RecordRef
from leadpact.model.schema import WantedField
from leadpact.ports.connector import WriteRow
from leadpact_sandbox.seed import generate

READ = "POST /crm/v3/objects/contacts/batch/read"
STAGES = (("lead", "Lead"), ("mql", "MQL"))


def wanted(**changes: Any) -> WantedField:
    given: dict[str, Any] = {
        "kind": "contacts",
        "name": "leadpact_stage",
        "label": "Agreed stage",
        "type": "picklist",
        "description": "Where this lead stands.",
        "options": STAGES,
    }
    return WantedField(**{**given, **changes})


def test_each_author_is_recognised_and_people_have_their_team(portal: Any, connector: Any) -> None:
    portal.hubspot.load(generate(30, 7, portal.world.clock.now()))
    connector.provision(
        [wanted(name="leadpact_lead_id", type="text", options=(), external_id=True)],
        dry_run=False,
    )
    owner = next(iter(portal.hubspot._portal.owners))
    (who,) = portal.people(1)
    for by, name in (
        (f"person:{owner.id}", "A"),
        ("workflow:31", "B"),
        ("integration:555", "C"),
    ):
        portal.world.clock.advance(1)
        portal.hubspot.edit("contacts", who, {"firstname": name}, by)
    portal.world.clock.advance(1)
    connector.write("contacts", [WriteRow("set", who, {"firstname": "D"})])
    portal.calls()

    rows = connector.history("contacts", [who], ["firstname"])[who]

    assert [row.value for row in rows] == ["D", "C", "B", "A", "P"]
    assert [row.author.kind for row in rows] == [
        "ours",
        "integration",
        "workflow",
        "person",
        "import",
    ]
    assert (rows[2].author.id, rows[1].author.id) == ("31", "555")
    assert (rows[3].author.id, rows[3].author.team) == (str(owner.user_id), owner.team)
    assert all(row.at.tzinfo is not None for row in rows)
    assert rows == sorted(rows, key=lambda row: row.at, reverse=True)
    connector.history("contacts", [who], ["firstname"])
    assert portal.calls()["GET /crm/v3/owners/"] == 2, "teams are kept"


def test_history_reads_fifty_at_a_time_and_follows_merges(portal: Any, connector: Any) -> None:
    ids = portal.people(120)
    portal.hubspot.merge("contacts", ids[0], ids[1])
    portal.calls()

    made = connector.history("contacts", [*ids, "987654321"], ["firstname"])

    assert portal.calls() == {READ: 3}
    assert made["987654321"] == []
    assert made[ids[0]]
    assert made[ids[5]][0].field == "firstname"


def test_provision_makes_extends_and_then_finds_all_present(portal: Any, connector: Any) -> None:
    fields = [
        wanted(),
        wanted(name="leadpact_total", type="integer", options=()),
        wanted(name="leadpact_why", type="text", options=(), max_length=4000),
        wanted(name="leadpact_hot", type="boolean", options=()),
        wanted(name="leadpact_at", type="datetime", options=()),
        wanted(name="leadpact_days", type="date", options=()),
        wanted(name="leadpact_tags", type="picklist_set"),
    ]

    planned = connector.provision(fields, dry_run=True)
    assert {one.result for one in planned} == {"would_make"}
    made = connector.provision(fields, dry_run=False)
    assert {one.result for one in made} == {"made"}, made
    again = connector.provision(fields, dry_run=False)
    assert {one.result for one in again} == {"present"}

    live = connector.schema(["contacts"])["contacts"].fields
    assert [live[one.name].type for one in fields] == [
        "picklist",
        "number",
        "text",
        "boolean",
        "datetime",
        "date",
        "picklist_set",
    ]
    assert live["leadpact_stage"].restricted


def test_provision_adds_options_and_keeps_those_that_people_made(
    portal: Any, connector: Any
) -> None:
    connector.provision([wanted(options=(("own", "Somebody's own"),))], dry_run=False)

    (would,) = connector.provision([wanted()], dry_run=True)
    (done,) = connector.provision([wanted()], dry_run=False)

    assert (would.result, done.result) == ("would_extend", "extended")
    field = connector.schema(["contacts"])["contacts"].fields["leadpact_stage"]
    assert [one.value for one in field.picklist] == ["own", "lead", "mql"]


def test_provision_refuses_what_cannot_be_and_goes_on(portal: Any, connector: Any) -> None:
    results = connector.provision(
        [
            wanted(name="firstname"),
            wanted(name="leadpact_ref", type="reference", options=()),
            wanted(kind="Lead"),
            wanted(name="Leadpact Bad".replace(" ", "_").upper(), options=STAGES),
            wanted(),
        ],
        dry_run=False,
    )

    assert [one.result for one in results[:3]] == ["refused"] * 3
    assert "exists as text" in results[0].detail
    assert results[4].result == "made"


def test_records_have_an_address_in_the_app(portal: Any, connector: Any) -> None:
    url = connector.record_url(RecordRef("hub", "contacts", "512"))

    portal_id = portal.hubspot.portal_id
    assert url == f"https://app.hubspot.com/contacts/{portal_id}/record/0-1/512"
