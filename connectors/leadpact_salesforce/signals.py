"""Engagements where Salesforce keeps them: answers to campaigns, and mails and calls as completed tasks (facts §6).

A membership that is *responded* is one act: Salesforce keeps the day of the first response alone, so a later status
of the same membership is the same act. A completed task of subtype Email or Call says that one was made, by whom
it was made and, of a call, what came of it; which mails were replies no field of it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from leadpact.errors import FixSettings, SetAside, SignIn
from leadpact.model.record import Native, RecordRef
from leadpact.model.source_signal import SignalPage, SignalSource, SourceSignal
from leadpact.ports.clock import Clock
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import ADDRESS_UNKNOWN, FIELD_UNKNOWN, RIGHTS_MISSING
from leadpact_salesforce.keyset import Cursor, Keyset, KeysetPage
from leadpact_salesforce.objects import CONTACT, LEAD, id18, instant

CAMPAIGN_MEMBERS: Final = "campaign_members"
TASKS: Final = "tasks"
_LEAD_PREFIX: Final = "00Q"
_CONTACT_PREFIX: Final = "003"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """One object that holds engagements.

    Attributes:
        needed: fields without which the source says nothing; ``Campaign.Name`` is one of Campaign.
        more: fields that are left out where they are hidden.
        where: which rows are engagements.
        read: a row as a signal, None where it is nobody's or undated.
    """

    name: str
    label: str
    kind: str
    needed: tuple[str, ...]
    more: tuple[str, ...]
    where: tuple[str, ...]
    read: Callable[[str, Row], SourceSignal | None]


def _member(crm: str, row: Row) -> SourceSignal | None:
    contact, lead = row.get("ContactId"), row.get("LeadId")
    day = row.get("FirstRespondedDate")
    if not day or not (contact or lead):
        return None
    campaign = row.get("Campaign") or {}
    return SourceSignal(
        source=CAMPAIGN_MEMBERS,
        id=id18(row["Id"]),
        # Of a converted Lead both are set: the Contact lives on.
        ref=RecordRef(crm, CONTACT if contact else LEAD, id18(str(contact or lead))),
        kind=str(row.get("Status") or ""),
        at=_midnight(day),
        asset=str(campaign.get("Name") or ""),
        whole_day=True,
        detail=_said({"Campaign.Type": campaign.get("Type"), "CampaignId": row.get("CampaignId")}),
    )


def _task(crm: str, row: Row) -> SourceSignal | None:
    who = str(row.get("WhoId") or "")
    kind = {_LEAD_PREFIX: LEAD, _CONTACT_PREFIX: CONTACT}.get(who[:3])
    if kind is None:
        return None
    done, day = row.get("CompletedDateTime"), row.get("ActivityDate")
    # Tasks completed before Salesforce kept the instant have their due day at best.
    otherwise = _midnight(day) if day else instant(row["LastModifiedDate"])
    return SourceSignal(
        source=TASKS,
        id=id18(row["Id"]),
        ref=RecordRef(crm, kind, id18(who)),
        kind=str(row.get("TaskSubtype") or ""),
        at=instant(done) if done else otherwise,
        asset=str(row.get("Subject") or ""),
        quality="exact" if done else "sampled",
        whole_day=not done and bool(day),
        detail=_said({name: row.get(name) for name in _OUTCOME}),
    )


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day[:10]).replace(tzinfo=UTC)


def _said(detail: Mapping[str, Native]) -> dict[str, Native]:
    return {name: value for name, value in detail.items() if value not in (None, "")}


_OUTCOME: Final = ("CallType", "CallDisposition", "CallDurationInSeconds")
SOURCES: Final = {
    one.name: one
    for one in (
        Source(
            CAMPAIGN_MEMBERS,
            "responses to campaigns",
            "CampaignMember",
            (
                "CampaignId",
                "Campaign.Name",
                "LeadId",
                "ContactId",
                "Status",
                "HasResponded",
                "FirstRespondedDate",
            ),
            ("Campaign.Type",),
            ("IsDeleted = false", "HasResponded = true"),
            _member,
        ),
        Source(
            TASKS,
            "mails and calls kept as tasks",
            "Task",
            ("WhoId", "TaskSubtype", "IsClosed", "LastModifiedDate"),
            ("CompletedDateTime", "ActivityDate", "Subject", *_OUTCOME),
            (
                "IsDeleted = false",
                "IsClosed = true",
                "TaskSubtype IN ('Email','Call')",
                "WhoId != null",
            ),
            _task,
        ),
    )
}


class SignalReader:
    """Reads the sources of one org. What is hidden is looked up once a refusal shows it.

    Args:
        crm: the side's name, for refs.
    """

    def __init__(self, client: SalesforceClient, clock: Clock, crm: str) -> None:
        self._client = client
        self._keyset = Keyset(client, clock)
        self._crm = crm
        self._hidden: dict[str, frozenset[str]] = {}

    def sources(self) -> list[SignalSource]:
        """Each source, and whether this sign-in can read it; one call per object."""
        return [self._told(one) for one in SOURCES.values()]

    def page(self, source: str, since: str) -> SignalPage:
        """One page (:meth:`leadpact.ports.signals.GivesSignals.signals`)."""
        one = SOURCES.get(source)
        if one is None:
            raise FixSettings(
                f"{source[:40]!r} is no signal source of Salesforce; it has {', '.join(SOURCES)}.",
                code="signal_source_unknown",
            )
        page = self._rows(one, Cursor.load(since))
        found = (one.read(self._crm, row) for row in page.rows)
        return SignalPage(
            tuple(each for each in found if each is not None), page.cursor.dump(), page.done
        )

    def _rows(self, one: Source, cursor: Cursor) -> KeysetPage:
        if self._hidden.get(one.name, frozenset()).isdisjoint(one.needed):
            try:
                return self._keyset.page(self._select(one), cursor, always=one.where)
            except (FixSettings, SignIn, SetAside) as refused:
                if refused.code not in (FIELD_UNKNOWN, RIGHTS_MISSING):
                    raise
        told = self._told(one)
        if not told.readable:
            raise FixSettings(
                f"Salesforce's {one.label} cannot be read: {told.why_not}. {told.mend}",
                code="signal_source_unreadable",
            )
        return self._keyset.page(self._select(one), cursor, always=one.where)

    def _select(self, one: Source) -> str:
        hidden = self._hidden.get(one.name, frozenset())
        asked = [name for name in (*one.needed, *one.more) if name not in hidden]
        return soql.select(("Id", "SystemModstamp", *asked), one.kind)

    def _told(self, one: Source) -> SignalSource:
        missing = [*self._missing(one.kind, (*one.needed, *one.more))]
        self._hidden[one.name] = frozenset(missing)
        lacking = [_of(one.kind, name) for name in missing if name in one.needed]
        if not lacking:
            return SignalSource(one.name, one.label)
        return SignalSource(
            one.name,
            one.label,
            why_not=f"this sign-in may not see {', '.join(lacking)}",
            mend="In Salesforce: Setup, Permission Sets, the one of this sign-in, Object Settings: tick Read of "
            f"{' and '.join(dict.fromkeys(name.partition('.')[0] for name in lacking))} and of these fields.",
        )

    def _missing(self, kind: str, names: Sequence[str]) -> Iterator[str]:
        own = self._fields(kind)
        parents: dict[str, frozenset[str]] = {}
        for name in names:
            parent, dot, field = name.partition(".")
            if dot and parent not in parents:
                parents[parent] = self._fields(parent)
            if (field if dot else name).lower() not in (parents[parent] if dot else own):
                yield name

    def _fields(self, kind: str) -> frozenset[str]:
        try:
            described = self._client.describe(kind)
        except (FixSettings, SetAside, SignIn) as refused:
            if refused.code not in (ADDRESS_UNKNOWN, RIGHTS_MISSING, FIELD_UNKNOWN):
                raise
            return frozenset()
        if not described.get("queryable", True):
            return frozenset()
        return frozenset(str(row["name"]).lower() for row in described.get("fields") or ())


def _of(kind: str, name: str) -> str:
    return name if "." in name else f"{kind}.{name}"
