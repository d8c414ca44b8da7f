"""Differences of six kinds between the two CRMs: how people make them, and how each is mended as reconcile says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leadpact.errors import FixSettings
from leadpact.model.record import RecordRef
from leadpact_app.cli.demo_cast import Person, people_of, stand_of
from leadpact_app.cli.demo_story import Staff
from leadpact_app.cli.demo_world import World

if TYPE_CHECKING:
    from leadpact_app.bootstrap import Pair

NOWHERE: Final = "Nowhere"
KINDS: Final = (
    "window",
    "converted",
    "write_refused",
    "duplicate",
    "deleted",
    "status_unmapped",
)
READ_BY_SEVERAL: Final = ("info@", "sales@", "office@", "kontakt@")
_ANSWERS: Final = {"deleted_in_salesforce": "accept", "status_unmapped": "set:{stage}"}


@dataclass(slots=True)
class Differences:
    """So many differences of each kind.

    Attributes:
        records: by record, the cause that a reconciliation must name.
        doubles: second Leads of people who have one.
        rule: id of the validation rule that refuses.
    """

    world: World
    each: int
    staff: Staff
    records: dict[RecordRef, str] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)
    rule: str = ""
    _later: list[Person] = field(default_factory=list)
    _worked: list[Person] = field(default_factory=list)

    def before_a_sync(self, pair: Pair, without: Collection[str] = ()) -> None:
        """Four kinds, of which a sync takes notice.

        Args:
            without: leads that are left alone.

        Raises:
            FixSettings: too few people for it.
        """
        asking = {one.link_id for one in pair.store.holds()} | set(without)
        people = [
            one
            for one in people_of(stand_of(self.world))
            if one.lead_id not in asking and not one.email.startswith(READ_BY_SEVERAL)
        ]
        # Nobody is made anew who opted out in either CRM (R30).
        links = pair.store.links([one.lead_id for one in people])
        out = {key for key, link in links.items() if link.base.get("email_opt_out") is True}
        people = [one for one in people if one.lead_id in links and one.lead_id not in out]
        known = [one for one in people if one.sf_lead and one.company]
        self._later = [one for one in known if one.stage == "mql"][: self.each]
        self._worked = [one for one in known if one.stage in ("sal", "sql")][: self.each]
        taken = {one.lead_id for one in (*self._later, *self._worked)}
        rest = iter([one for one in known if one.lead_id not in taken and one.stage in _OPEN])
        if len(self._later) + len(self._worked) < 2 * self.each:
            raise _too_few(people)
        self._refuse(self._some(iter([one for one in people if _may_ask(one)]), people))
        self._double(self._some(rest, people))
        self._delete(self._some(rest, people))
        self._rename(self._some(rest, people))

    def after_it(self) -> None:
        """Two kinds that only the next sync would take notice of: a rep accepts, a rep converts."""
        for one in self._later:
            self.world.edit_lead(one.sf_lead, {"Status": "Working - Contacted"}, self.staff.rep)
            self._note(one, "window")
        for one in self._worked:
            self.world.convert(one.sf_lead, f"{one.company} - first order", self.staff.executive)
            self._note(one, "converted")

    def mend(self, pair: Pair) -> None:
        """Each does what reconcile says: the org's admin, who merges doubles, and who answers in review."""
        from leadpact.model.link import WorkItem
        from leadpact.ports.state_store import StateChanges

        self.world.salesforce("DELETE", f"/tooling/sobjects/ValidationRule/{self.rule}")
        for lead in self.doubles:
            self._act("delete", lead)
        pair.clock.follow()
        now = pair.clock.now()
        holds = [one for one in pair.store.holds(waiting_only=True) if one.cause in _ANSWERS]
        links = pair.store.links([one.link_id for one in holds])
        failures = pair.store.failures()
        answered = []
        for one in holds:
            state = links[one.link_id].stage
            answer = _ANSWERS[one.cause].format(stage=state.stage if state is not None else "")
            answered.append(replace(one, status="answered", answer=answer))
        again = {one.link_id for one in holds} | {one.link_id for one in failures}
        pair.store.commit(
            StateChanges(
                holds=answered,
                failures=[replace(one, retry_at=now) for one in failures],
                work=[WorkItem(link_id, "review", now, now) for link_id in sorted(again)],
            ),
            None,
            now,
        )

    def _some(self, people: Iterator[Person], everybody: Sequence[Person]) -> list[Person]:
        chosen = [one for _number, one in zip(range(self.each), people, strict=False)]
        if len(chosen) < self.each:
            raise _too_few(everybody)
        return chosen

    def _note(self, one: Person, cause: str) -> None:
        self.records[RecordRef("hubspot", "contacts", one.hs_contact)] = cause

    def _refuse(self, people: Sequence[Person]) -> None:
        """A validation rule of the org keeps the Leads of demo requests from being made."""
        body: Mapping[str, Any] = {
            "FullName": "Lead.leadpact_nowhere",
            "Metadata": {
                "active": True,
                "errorConditionFormula": f'City = "{NOWHERE}"',
                "errorMessage": "There is no such place.",
            },
        }
        self.rule = self.world.salesforce("POST", "/tooling/sobjects/ValidationRule", body)["id"]
        now = datetime.fromisoformat(self.world.get("/clock")["now"]).astimezone(UTC)
        at = (now - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for one in people:
            fields = {"last_demo_request": at, "city": NOWHERE}
            self.world.edit_contact(one.hs_contact, fields, "workflow:7101")
            self._note(one, "write_refused")

    def _double(self, people: Sequence[Person]) -> None:
        """Somebody enters people anew who have a Lead already."""
        for one in people:
            first, _, last = one.name.partition(" ")
            fields = {
                "FirstName": first,
                "LastName": last or first,
                "Company": one.company,
                "Email": one.email,
            }
            lead = self.world.salesforce("POST", "/sobjects/Lead", fields)["id"]
            self.doubles.append(lead)
            self.records[RecordRef("salesforce", "Lead", lead)] = "duplicate"

    def _delete(self, people: Sequence[Person]) -> None:
        for one in people:
            self._act("delete", one.sf_lead)
            self._note(one, "deleted")

    def _rename(self, people: Sequence[Person]) -> None:
        """Marketing uses a value that the stage table does not have."""
        for one in people:
            self.world.edit_contact(
                one.hs_contact, {"lifecyclestage": "other"}, self.staff.marketer
            )
            self._note(one, "status_unmapped")

    def _act(self, act: str, lead: str) -> None:
        body = {"object": "Lead", "id": lead, "by": self.staff.rep}
        self.world.control(f"/salesforce/{act}", body)


_OPEN: Final = ("lead", "mql", "sal", "sql")


def _may_ask(one: Person) -> bool:
    """Known to HubSpot alone, and with all that a Lead needs."""
    named = bool(one.company and one.email) and " " in one.name
    early = one.stage in ("lead", "subscriber")
    return not one.sf_lead and early and named and one.in_play and not one.opted_out


def _too_few(people: Sequence[Person]) -> FixSettings:
    return FixSettings(
        f"Among {len(people)} people are too few for these differences; take more with --leads.",
        code="demo_cast",
    )
