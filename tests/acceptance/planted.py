"""Differences of six kinds, planted by people in both CRMs, and the turns by which people mend them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.town import LIFTED, Town

from leadpact.model.link import WorkItem
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import Person, people_of, stand_of

NOWHERE = "Nowhere"
KINDS = (
    "window",
    "converted",
    "write_refused",
    "duplicate",
    "deleted",
    "status_unmapped",
)
SHARED = ("info@", "sales@", "office@", "kontakt@")


@dataclass
class Planted:
    """So many differences of each kind.

    Attributes:
        records: by record, the cause that a reconciliation must name.
        doubles: second Leads, to be merged away.
        rule: id of the validation rule that refuses.
    """

    town: Town
    each: int
    records: dict[RecordRef, str] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)
    rule: str = ""

    def plant(self, pair: Pair) -> None:
        """Four kinds before a sync that notices them, two after it."""
        people = [
            one
            for one in people_of(stand_of(self.town.world))
            if not one.email.startswith(SHARED) and not self._asks(pair, one.lead_id)
        ]
        mqls = [one for one in people if one.sf_lead and one.stage == "mql"]
        others = [one for one in people if one.sf_lead and one.stage in ("lead", "sal", "sql")]
        alone = [one for one in people if _may_ask(one)]
        edited, others = mqls[: self.each], [*mqls[self.each :], *others]
        worked = [one for one in others if one.stage in ("sal", "sql")][: self.each]
        taken = {one.lead_id for one in worked}
        parts = iter([one for one in others if one.company and one.lead_id not in taken])
        assert len(edited) == len(worked) == self.each, "too few people"
        self._refuse([alone[number] for number in range(self.each)])
        self._double([next(parts) for _ in range(self.each)])
        self._delete([next(parts) for _ in range(self.each)])
        self._rename([next(parts) for _ in range(self.each)])
        self.town.later()
        report = pair.run_cycle(limits=LIFTED)
        assert report.status == "done", report.note
        self.town.until_quiet(pair)
        self._edit(edited)
        self._convert(worked)
        self.town.later(60)

    @staticmethod
    def _asks(pair: Pair, link_id: str) -> bool:
        return bool(pair.store.holds(link_ids=[link_id]))

    def _note(self, one: Person, cause: str) -> None:
        self.records[RecordRef("hubspot", "contacts", one.hs_contact)] = cause

    def _refuse(self, people: list[Person]) -> None:
        """A validation rule of the org keeps the Leads of demo requests from being made."""
        body = {
            "FullName": "Lead.leadpact_nowhere",
            "Metadata": {
                "active": True,
                "errorConditionFormula": f'City = "{NOWHERE}"',
                "errorMessage": "There is no such place.",
            },
        }
        self.rule = self._salesforce("POST", "/tooling/sobjects/ValidationRule", body)["id"]
        now = datetime.fromisoformat(self.town.world.get("/clock")["now"]).astimezone(UTC)
        at = (now - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for one in people:
            fields = {"last_demo_request": at, "city": NOWHERE}
            self.town.world.edit_contact(one.hs_contact, fields, "workflow:7101")
            self._note(one, "write_refused")

    def _double(self, people: list[Person]) -> None:
        """Somebody enters people anew who have a Lead already."""
        for one in people:
            made = self._salesforce(
                "POST",
                "/sobjects/Lead",
                {
                    "LastName": one.name.split(" ", 1)[-1],
                    "FirstName": one.name.split(" ", 1)[0],
                    "Company": one.company or "Somewhere",
                    "Email": one.email,
                },
            )
            self.doubles.append(made["id"])
            self.records[RecordRef("salesforce", "Lead", made["id"])] = "duplicate"

    def _delete(self, people: list[Person]) -> None:
        for one in people:
            self._control("delete", one.sf_lead)
            self._note(one, "deleted")

    def _rename(self, people: list[Person]) -> None:
        """Marketing uses a value that the stage table does not have."""
        for one in people:
            self.town.world.edit_contact(
                one.hs_contact, {"lifecyclestage": "other"}, self.town.staff().marketer
            )
            self._note(one, "status_unmapped")

    def _edit(self, people: list[Person]) -> None:
        for one in people:
            self.town.world.edit_lead(
                one.sf_lead, {"Status": "Working - Contacted"}, self.town.staff().rep
            )
            self._note(one, "window")

    def _convert(self, people: list[Person]) -> None:
        for one in people:
            self.town.world.convert(one.sf_lead, "First order", self.town.staff().executive)
            self._note(one, "converted")

    def mend(self, pair: Pair) -> None:
        """Each does what reconcile says: the org's admin, who merges, and who answers in review."""
        self._salesforce("DELETE", f"/tooling/sobjects/ValidationRule/{self.rule}")
        for lead in self.doubles:
            self._control("delete", lead)
        pair.clock.follow()
        now = pair.clock.now()
        answers = {"deleted_in_salesforce": "accept", "status_unmapped": "set:{stage}"}
        holds = [one for one in pair.store.holds(waiting_only=True) if one.cause in answers]
        links = pair.store.links([one.link_id for one in holds])
        failing = [one.link_id for one in pair.store.failures()]
        pair.store.commit(
            StateChanges(
                holds=[
                    replace(
                        one,
                        status="answered",
                        answer=answers[one.cause].format(stage=_stage(links[one.link_id])),
                    )
                    for one in holds
                ],
                failures=[replace(one, retry_at=now) for one in pair.store.failures()],
                work=[
                    WorkItem(link_id, "review", now, now)
                    for link_id in {*failing, *(one.link_id for one in holds)}
                ],
            ),
            None,
            now,
        )

    def _control(self, act: str, lead: str) -> None:
        by = self.town.staff().rep
        self.town.world.control(f"/salesforce/{act}", {"object": "Lead", "id": lead, "by": by})

    def _salesforce(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.town.world.salesforce(method, path, body)


def _stage(link: Any) -> str:
    return str(link.stage.stage)


def _may_ask(one: Person) -> bool:
    named = bool(one.company and one.email) and " " in one.name
    plain = one.in_play and not one.opted_out
    return not one.sf_lead and one.stage in ("lead", "subscriber") and named and plain
