"""HubSpot behind the connector port (DESIGN §8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from leadpact.model.other_sync import OtherSync
from leadpact.model.owner import Owner
from leadpact.model.record import ChangePage, FieldChange, Observation, Record, RecordRef
from leadpact.model.schema import KindSchema, Provisioned, WantedField
from leadpact.model.source_signal import SignalPage, SignalSource, SourceSignal
from leadpact.ports.budget import CallBudget
from leadpact.ports.clock import Clock
from leadpact.ports.connector import (
    Capabilities,
    ConfigFile,
    CrmIdentity,
    WriteResult,
    WriteRow,
)
from leadpact.ports.diagnosis import Belief, Diagnosis, sources_told
from leadpact.ports.past import Past
from leadpact.ports.vault import TokenVault
from leadpact_hubspot.counters import COUNTERS, FORMS, LAG
from leadpact_hubspot.objects import (
    COMPANIES,
    CONTACTS,
    DEALS,
    HISTORY_BATCH,
    OPS,
    READ_BATCH,
    STAGE,
    TYPE_IDS,
    WRITE_BATCH,
    checked_ids,
    checked_kind,
)
from leadpact_hubspot.objects import (
    COMPANY_PREFIX as PREFIX,
)
from leadpact_hubspot.settings import HubSpotSettings

if TYPE_CHECKING:
    from leadpact_hubspot.client import HubSpotClient

APP: Final = "https://app.hubspot.com"


HOW_TO_ERASE = (
    "In HubSpot, an admin deletes the contact permanently (a privacy deletion), or calls "
    'POST /crm/v3/objects/contacts/gdpr-delete with {"objectId": "<record id>"}; it cannot be undone.'
)


def capabilities(settings: HubSpotSettings, crm_name: str = "hubspot") -> Capabilities:
    """What this connector can do under these settings."""
    evidence = (DEALS,) if settings.deals else ()
    return Capabilities(
        crm=crm_name,
        person_kinds=(CONTACTS,),
        evidence_kinds=evidence,
        subscribed=(CONTACTS, *evidence),
        sweeps=(CONTACTS,),
        ops=OPS,
        write_batch=WRITE_BATCH,
        fetch_batch=READ_BATCH,
        find_batch=READ_BATCH,
        history_batch=HISTORY_BATCH,
        default_team="marketing",
        answers_values=True,
        stage_forward_only={CONTACTS: STAGE},
        field_times=True,
        field_history=True,
        stage_history=True,
        consistent_fetch=True,
        external_id=True,
        signal_sources=tuple(COUNTERS),
        hot=(CONTACTS,) if settings.hot_dates else (),
        hot_sources=(FORMS,),
        accounts=COMPANIES if settings.company_fields else "",
        account_prefix=PREFIX,
        signal_feeds=dict.fromkeys(COUNTERS, CONTACTS),
        feed_overlap_s=settings.feed_overlap_s,
        how_to_erase=HOW_TO_ERASE,
        label="HubSpot",
        calls_per_s=settings.burst_per_10s * settings.share / 10,
    )


class HubSpotConnector:
    """One signed-in HubSpot account. Safe for many threads."""

    def __init__(
        self,
        settings: HubSpotSettings,
        *,
        clock: Clock,
        call_budget: CallBudget,
        token_vault: TokenVault | None,
        crm_name: str,
        count_call: Callable[[str, str], None],
    ) -> None:
        from leadpact_hubspot.additions import AdditionReader
        from leadpact_hubspot.auth import signed_in_by
        from leadpact_hubspot.client import HubSpotClient
        from leadpact_hubspot.companies import CompanyFields
        from leadpact_hubspot.deals import DealReader
        from leadpact_hubspot.feed import ChangeFeed
        from leadpact_hubspot.history import HistoryReader, Teams
        from leadpact_hubspot.hot import HotFeed
        from leadpact_hubspot.limits import Limits
        from leadpact_hubspot.owners import OwnerList
        from leadpact_hubspot.past import PastReader
        from leadpact_hubspot.provision import Provisioner
        from leadpact_hubspot.reader import RecordReader
        from leadpact_hubspot.schema import SchemaSource
        from leadpact_hubspot.signals import SignalReader
        from leadpact_hubspot.sweep import ArchivedList
        from leadpact_hubspot.writer import RecordWriter

        self.capabilities = capabilities(settings, crm_name)
        self._settings = settings
        self._clock = clock
        self._crm = crm_name
        self._identity: CrmIdentity | None = None
        self._identity_lock = threading.Lock()
        limits = Limits(
            settings, clock=clock, call_budget=call_budget, crm_name=crm_name, zone=self._zone
        )
        sign_in = signed_in_by(
            settings, clock=clock, vault=token_vault, crm_name=crm_name, count_call=count_call
        )
        client = HubSpotClient(
            settings,
            sign_in=sign_in,
            clock=clock,
            limits=limits,
            crm_name=crm_name,
            count_call=count_call,
        )
        self._client: HubSpotClient = client
        self._schema = SchemaSource(client.list_properties)
        self._feeds = {
            kind: ChangeFeed(
                client,
                clock=clock,
                crm_name=crm_name,
                overlap_s=settings.feed_overlap_s,
                kind=kind,
            )
            for kind in self.capabilities.subscribed
        }
        if self.capabilities.accounts:
            self._feeds[COMPANIES] = ChangeFeed(
                client,
                clock=clock,
                crm_name=crm_name,
                overlap_s=settings.feed_overlap_s,
                kind=COMPANIES,
                listed=False,
            )
        self._hot = HotFeed(client, clock=clock, crm_name=crm_name, dates=settings.hot_dates)
        self._signals = SignalReader(
            client,
            self._feeds[CONTACTS],
            lambda name: ChangeFeed(
                client,
                clock=clock,
                crm_name=crm_name,
                overlap_s=settings.feed_overlap_s + int(LAG.total_seconds()),
                by=name,
            ),
            crm_name=crm_name,
        )
        self._archived = ArchivedList(client, clock=clock, crm_name=crm_name)
        self._reader = RecordReader(client, schema=self._schema, crm_name=crm_name)
        self._contacts = CompanyFields(
            client, contacts=self._reader, offered=settings.company_fields
        )
        deals = RecordReader(client, schema=self._schema, crm_name=crm_name, kind=DEALS)
        self._deals = DealReader(client, reader=deals, clock=clock)
        self._writer = RecordWriter(client)
        self._history = HistoryReader(
            client, teams=Teams(client, clock), actor_ids=lambda: self.identity().actor_ids
        )
        self._additions = AdditionReader(client, self._history, self._written_by_people)
        self._past = PastReader(
            client, self._history, lambda: self._schema.values_of(STAGE), self._deals.state
        )
        self._provisioner = Provisioner(client, self._schema)
        self._owners = OwnerList(client, clock)

    def identity(self) -> CrmIdentity:
        from leadpact_hubspot.auth import read_identity

        with self._identity_lock:
            if self._identity is None:
                self._identity = read_identity(self._client, self._settings, self._crm)
            return self._identity

    def schema(self, kinds: Sequence[str]) -> Mapping[str, KindSchema]:
        return {checked_kind(kind): self._contacts.schema(self._schema.fresh()) for kind in kinds}

    def changes(self, kind: str, since: str) -> ChangePage:
        return self._feeds[checked_kind(kind, *self._also_read())].page(since)

    def hot_changes(self, kind: str, since: str, fields: Sequence[str]) -> ChangePage:
        checked_kind(kind)
        known = self._schema.kept().fields
        there = [name for name in dict.fromkeys(fields) if name in known]
        dated = [name for name in there if known[name].type == "datetime"]
        # HubSpot dates the lifecycle stage by itself.
        undated = [name for name in there if name not in (*dated, STAGE)]
        return self._hot.page(since, dated, undated)

    def _also_read(self) -> tuple[str, ...]:
        """Kinds besides people."""
        told = self.capabilities
        return (*told.evidence_kinds, *((told.accounts,) if told.accounts else ()))

    def archived(self, kind: str, since: str) -> ChangePage:
        checked_kind(kind)
        return self._archived.page(since)

    def fetch(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Observation]:
        checked_kind(kind, *self._also_read())
        if kind == COMPANIES:
            return self._contacts.people_of(ids, self._crm)
        return (
            self._deals.fetch(ids, fields) if kind == DEALS else self._contacts.fetch(ids, fields)
        )

    def find(
        self, kind: str, key: str, values: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        checked_kind(kind, *self.capabilities.evidence_kinds)
        reader = self._deals if kind == DEALS else self._contacts
        return reader.find(key, values, fields)

    def write(self, kind: str, rows: Sequence[WriteRow]) -> Sequence[WriteResult]:
        checked_kind(kind)
        return self._writer.write(rows)

    def history(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[FieldChange]]:
        checked_kind(kind)
        return self._history.read(ids, fields)

    def past(
        self, kind: str, ids: Sequence[str], fields: Sequence[str], also: Sequence[str]
    ) -> Mapping[str, Past]:
        checked_kind(kind, *self.capabilities.evidence_kinds)
        return self._past.deals(ids) if kind == DEALS else self._past.contacts(ids, fields, also)

    def last_touched(self, kind: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        """Nothing: a person has one contact, so there is none to choose among."""
        checked_kind(kind)
        checked_ids(list(ids))
        return {}

    def additions(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        checked_kind(kind)
        return self._additions.of(ids)

    def _written_by_people(self) -> list[str]:
        fields = self._schema.kept().fields
        return sorted(name for name, field in fields.items() if field.updateable)

    def provision(self, wanted: Sequence[WantedField], *, dry_run: bool) -> Sequence[Provisioned]:
        return self._provisioner.provision(wanted, dry_run=dry_run)

    def field_files(self, wanted: Sequence[WantedField]) -> Sequence[ConfigFile]:
        from leadpact_hubspot.property_files import property_files

        return property_files(wanted)

    def owners(self, ids: Collection[str], emails: Collection[str] = ()) -> Sequence[Owner]:
        return self._owners.of(ids, emails)

    def signal_sources(self) -> Sequence[SignalSource]:
        return self._signals.sources()

    def signals_of(self, source: str, ids: Sequence[str]) -> Sequence[SourceSignal]:
        return self._signals.acts_of(source, ids)

    def signals(self, source: str, since: str) -> SignalPage:
        return self._signals.page(source, since)

    def other_syncs(self, fields: Mapping[str, Sequence[str]]) -> Sequence[OtherSync]:
        from leadpact_hubspot.native import other_syncs

        return other_syncs(self._client, self._schema, fields)

    def diagnose(self, fields: Mapping[str, Sequence[str]]) -> Sequence[Diagnosis]:
        from leadpact_hubspot.diagnose import diagnose

        del fields
        told = diagnose(self._client, self._settings, self._clock.now())
        return [*told, *sources_told(self._signals.sources())]

    def probe(self, *, writes: bool) -> Sequence[Belief]:
        from leadpact_hubspot.probe import probe

        return probe(
            self._client,
            native=lambda: bool(self.other_syncs({})),
            now=self._clock.now(),
            writes=writes,
        )

    def record_url(self, ref: RecordRef) -> str:
        kind = checked_kind(ref.kind, *self.capabilities.evidence_kinds)
        ids = checked_ids([ref.id])
        return f"{APP}/contacts/{self.identity().id}/record/{TYPE_IDS[kind]}/{ids[0]}"

    def close(self) -> None:
        self._client.close()

    def _zone(self) -> str | None:
        # Read without the lock: the limits ask in the middle of the very call that tells it.
        known = self._identity
        return known.zone if known else None
