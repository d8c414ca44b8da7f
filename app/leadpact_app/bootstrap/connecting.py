"""Which CRMs the settings name, where they are, and what else keeps them in step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from leadpact.errors import FixSettings
from leadpact_app.bootstrap.budgeting import day_budget
from leadpact_app.settings import connector_entry_points, crm_settings

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.mapping.coexistence import Neighbour
    from leadpact.ports.connector import Connector
    from leadpact_app.observe.calls import CallCounter, DayBudget
    from leadpact_app.runner.clock import SystemClock
    from leadpact_app.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
    from leadpact_app.observe.met import ListeningClock
    from leadpact_app.store.vault import vault_for

    tables = settings.crm_tables()
    if not tables:
        raise FixSettings(
            "No CRM is named. Set LEADPACT_HUBSPOT__TOKEN, LEADPACT_SALESFORCE__… or both, in the environment "
            "or in .env; `leadpact init` writes a first one, `leadpact demo` needs none.",
            code="no_crm",
        )
    budget = budget or day_budget(settings, clock)
    connectors: dict[str, Connector] = {}
    for name, table in tables.items():
        spec: Any = connector_entry_points()[name].load()
        connectors[name] = spec.connect(
            crm_settings(name, table, spec.settings_type),
            clock=ListeningClock(clock, name, calls.faults),
            call_budget=budget,
            token_vault=vault_for(settings, clock),
            crm_name=name,
            count_call=calls.count,
        )
    return connectors
