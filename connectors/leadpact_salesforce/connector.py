"""The connector port for Salesforce, by delegation."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from leadpact.errors import SetAside, SignIn, Stop
from leadpact.model.owner import Owner
from leadpact.model.record import (
    SINCE,
    ChangePage,
    FieldChange,
    Observation,
    Record,
    RecordRef,
)
from leadpact.model.schema import KindSchema, Provisioned, WantedField
from leadpact.model.source_signal import SignalPage, SignalSource
from leadpact.ports.clock import Clock
from leadpact.ports.connector import (
    Capabilities,
    ConfigFile,
    CrmIdentity,
    ReasonRule,
    WriteResult,
    WriteRow,
)
from leadpact.ports.diagnosis import Belief, Diagnosis
from leadpact.ports.past import Past
from leadpact_salesforce.additions import AdditionReader
from leadpact_salesforce.bulk import Bulk
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.feed import ChangeFeed
from leadpact_salesforce.history import Authors, History, StageDates, TrackedHistory
from leadpact_salesforce.hot import HotFeed
from leadpact_salesforce.mass import MassTicket, MassWriter
from leadpact_salesforce.objects import ACCOUNT, LEAD, id18, is_field_name
from leadpact_salesforce.owners import OwnerReader
from leadpact_salesforce.past import PastReader
from leadpact_salesforce.provision import Provisioner
from leadpact_salesforce.reader import Reader
from leadpact_salesforce.reason_rule import rule_file
from leadpact_salesforce.schema import LiveSchema
from leadpact_salesforce.settings import SalesforceSettings
from leadpact_salesforce.signals import SignalReader
from leadpact_salesforce.touch import LastTouch
from leadpact_salesforce.writer import Writer

_ORGANIZATION = "SELECT Id, Name, IsSandbox, TimeZoneSidKey FROM Organization"


class SalesforceConnector:
    """One Salesforce org (:class:`leadpact.ports.connector.Connector`)."""

    def __init__(
        self,
        client: SalesforceClient,
        settings: SalesforceSettings,
        *,
        clock: Clock,
        capabilities: Capabilities,
    ) -> None:
        self.capabilities = capabilities
        self._client = client
        self._settings = settings
        self._clock = clock
        self._schema = LiveSchema(client, settings.account_fields)
        self._reader = Reader(client, self._schema, capabilities.crm)
        self._writer = Writer(client, self._schema, self._reader.rows_by_id)
        self._owners = OwnerReader(client, self._own_id)
        self.bulk = Bulk(client, self._schema, clock)
        self._mass = MassWriter(self.bulk)
        self._feed = ChangeFeed(client, clock, capabilities.crm)
        self._hot = HotFeed(client, clock, capabilities.crm, self._own_id)
        self._signals = SignalReader(client, clock, capabilities.crm)
        self._authors = Authors(client, settings, lambda: frozenset({self._own_id()}))
        tracked = TrackedHistory(client)
        self._history = History(self._reader, self._authors, tracked)
        self._additions = AdditionReader(client, self._reader, self._authors, tracked)
        self._dates = StageDates(tracked, lambda: self._schema.statuses().first)
        self._past = PastReader(client, self._reader, tracked, self._dates, self._own_id)
        self._lock = threading.Lock()

    def identity(self) -> CrmIdentity:
        """Which org this is, and as whom leadpact writes there."""
        rows = list(self._client.rows(_ORGANIZATION))
        if not rows:
            raise SignIn("This sign-in may not see its own org.", code="rights_missing")
        org = rows[0]
        self._client.fetcher.settle_org(org["Id"])
        return CrmIdentity(
            crm=self.capabilities.crm,
            id=id18(org["Id"]),
            name=str(org.get("Name") or ""),
            zone=str(org.get("TimeZoneSidKey") or "UTC"),
            production=not org.get("IsSandbox"),
            actor_ids=frozenset({self._own_id()}),
        )

    def schema(self, kinds: Sequence[str]) -> Mapping[str, KindSchema]:
        return self._schema.read(kinds)

    def begin_mass(self, kind: str, rows: Sequence[WriteRow]) -> MassTicket:
        return self._mass.begin(kind, rows)

    def mass_results(self, ticket: MassTicket) -> Sequence[WriteResult]:
        return self._mass.results(ticket)

    def changes(self, kind: str, since: str) -> ChangePage:
        return self._feed.page(kind, since)

    def hot_changes(self, kind: str, since: str, fields: Sequence[str]) -> ChangePage:
        return self._hot.page(kind, since, fields)

    def archived(self, kind: str, since: str) -> ChangePage:
        """What the change feed shows too; ``capabilities.sweeps`` is empty, so the engine never asks."""
        page = self._feed.page(kind, since)
        deleted = tuple(one for one in page.changes if one.how == "deleted")
        return ChangePage(deleted, page.cursor, page.done)

    def fetch(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Observation]:
        if kind == ACCOUNT:
            return self._reader.people_of(ids)
        dated = [name.removeprefix(SINCE) for name in fields if name.startswith(SINCE)]
        if not dated:
            return self._reader.fetch(kind, ids, fields)
        plain = [name for name in fields if not name.startswith(SINCE)]
        seen = self._reader.fetch(kind, ids, plain)
        return self._dates.added(seen, dated) if kind == LEAD else seen

    def find(
        self, kind: str, key: str, values: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        return self._reader.find(kind, key, values, fields)

    def write(self, kind: str, rows: Sequence[WriteRow]) -> Sequence[WriteResult]:
        return self._writer.write(kind, rows)

    def history(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[FieldChange]]:
        return self._history.of(kind, ids, fields)

    def past(
        self, kind: str, ids: Sequence[str], fields: Sequence[str], also: Sequence[str]
    ) -> Mapping[str, Past]:
        return self._past.of(kind, ids, fields, also)

    def untimed(self, kind: str, fields: Sequence[str]) -> Sequence[str]:
        return self._history.tracked.untimed(kind, fields)

    def last_touched(self, kind: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        return LastTouch(self._reader, self._authors).of(kind, ids)

    def once_bore(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        return self._reader.once_bore(kind, ids)

    def additions(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        fields = self._schema.read([kind])[kind].fields
        written = sorted(name for name, field in fields.items() if field.updateable)
        return self._additions.of(kind, ids, written)

    def provision(self, wanted: Sequence[WantedField], *, dry_run: bool) -> Sequence[Provisioned]:
        return Provisioner(self._client, self._schema, self._own_id).run(wanted, dry_run=dry_run)

    def field_files(self, wanted: Sequence[WantedField]) -> Sequence[ConfigFile]:
        from leadpact_salesforce.source_files import source_files

        return source_files(wanted, self._settings.api_version)

    def owners(self, ids: Collection[str], emails: Collection[str] = ()) -> Sequence[Owner]:
        return self._owners.of(ids, emails)

    def reason_rule(self, rule: ReasonRule) -> ConfigFile:
        return rule_file(rule, self._schema, self._own_id)

    def signal_sources(self) -> Sequence[SignalSource]:
        return self._signals.sources()

    def signals(self, source: str, since: str) -> SignalPage:
        return self._signals.page(source, since)

    def diagnose(self, fields: Mapping[str, Sequence[str]]) -> Sequence[Diagnosis]:
        from leadpact_salesforce.diagnose import diagnose

        told = diagnose(self._client, self._settings, self._authors, self._signals, fields)
        return list(told)

    def probe(self, *, writes: bool) -> Sequence[Belief]:
        from leadpact_salesforce.probe import probe

        return probe(self._client, self._schema, now=self._clock.now(), writes=writes)

    def record_url(self, ref: RecordRef) -> str:
        """Where Lightning shows the record; asks nobody.

        Raises:
            Stop: ``bad_id`` or ``kind_unknown``; such a text never enters a URL.
        """
        if not is_field_name(ref.kind) or "." in ref.kind:
            raise Stop(f"{ref.kind[:40]!r} is no Salesforce object.", code="kind_unknown")
        try:
            record_id = id18(ref.id)
        except SetAside as refused:
            raise Stop(refused.message, code=refused.code) from refused
        base = (self._settings.instance_url or self._settings.login_url).rstrip("/")
        return f"{base}/lightning/r/{ref.kind}/{record_id}/view"

    def close(self) -> None:
        self._client.close()

    def _own_id(self) -> str:
        """The person that leadpact is signed in as, in 18 characters."""
        fetcher = self._client.fetcher
        with self._lock:
            if not fetcher.user_id:
                # A token reply names both; a token made elsewhere does not.
                self._client.tokens.held()
            if not fetcher.user_id:
                told = self._client.signed_in_as()
                fetcher.settle_org(str(told["organization_id"]))
                fetcher.user_id = id18(str(told["user_id"]))
            return fetcher.user_id
