"""Open a pair, or its state alone, and close it whatever happens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings
from leadpact_app.bootstrap import connecting
from leadpact_app.bootstrap.budgeting import day_budget, hot_shares_of, shares_of
from leadpact_app.bootstrap.connecting import make_clock
from leadpact_app.bootstrap.documents import load_mapping_file, load_pact_file
from leadpact_app.bootstrap.pair import Pair
from leadpact_app.bootstrap.running import running_pact

if TYPE_CHECKING:
    from leadpact.pact import Pact
    from leadpact.ports.state_store import StateReader, StateStore
    from leadpact_app.settings import Settings


@contextlib.contextmanager
def open_pair(settings: Settings, *, or_running: bool = False) -> Iterator[Pair]:
    """Sign in, open the state, and check that both belong together (R39).

    Args:
        or_running: where the file's agreement is refused, go by the one that runs; ``Pair.refused`` says why.

    Raises:
        FixSettings, SignIn, WaitUntil, Stop: by remedy, before anything was changed.
    """
    from leadpact.mapping.guard import refuse_guards
    from leadpact.mapping.source_check import refuse_sources
    from leadpact_app.observe.calls import CallCounter
    from leadpact_app.store.budget import StoredBudget
    from leadpact_app.store.bursts import Bursts, open_bursts
    from leadpact_app.store.sql import SqlStore

    pact, refused = filed_or_running(settings, or_running=or_running)
    mapping = load_mapping_file(settings, pact)
    calls = CallCounter()
    clock = make_clock(settings)
    budget = day_budget(settings, clock)
    connectors = connecting.connect(settings, clock, calls, budget)
    store: SqlStore | None = None
    shared: StoredBudget | None = None
    bursts: Bursts | None = None
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
        refuse_sources(
            mapping,
            {name: one.signal_sources for name, one in told.items()},
            {name: one.label for name, one in told.items()},
            pact,
        )
        identities = {name: connector.identity() for name, connector in connectors.items()}
        store = SqlStore.open(settings.state.get_secret_value(), settings.pair)
        accounts = {name: identity.id for name, identity in identities.items()}
        store.bind(accounts)
        address = settings.state.get_secret_value()
        shared = StoredBudget.open(
            address,
            accounts,
            clock.now,
            share=settings.day_share,
            shares=shares_of(settings),
            hot=hot_shares_of(settings),
        )
        bursts = open_bursts(address, accounts, clock.now, settings.calls_folder)
        budget.attach(shared, bursts)
        pair = Pair(
            settings,
            pact,
            mapping.for_crms(tuple(connectors)),
            connectors,
            identities,
            store,
            clock,
            calls,
            budget,
            refused=refused,
        )
        pair.take_up_running()
        yield pair
    finally:
        if bursts is not None:
            bursts.close()
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

    _refuse_none(settings)
    store = SqlStore.open(settings.state.get_secret_value(), settings.pair)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def open_reading(settings: Settings) -> Iterator[StateReader]:
    """The same for commands that only read, and of it little: a file of this version, without SQLAlchemy.

    Raises:
        FixSettings: there is no state yet.
    """
    from leadpact_app.store.file_reader import FileReader

    _refuse_none(settings)
    reader = FileReader.open(settings.state.get_secret_value(), settings.pair)
    if reader is None:
        with open_state(settings) as store:
            yield store
        return
    try:
        yield reader
    finally:
        reader.close()


def _refuse_none(settings: Settings) -> None:
    if settings.state_file is not None and not settings.state_file.is_file():
        raise FixSettings(
            f"There is no state at {settings.state_shown} yet; `leadpact sync` makes it.",
            code="no_state",
        )


def filed_or_running(settings: Settings, *, or_running: bool) -> tuple[Pact, FixSettings | None]:
    """The file's agreement; where it is refused and another one runs, that one, and why the file's is refused (R22).

    Raises:
        FixSettings: the file is refused, and no agreement runs yet.
    """
    try:
        return load_pact_file(settings), None
    except FixSettings as error:
        if not or_running:
            raise
        with contextlib.ExitStack() as stack:
            try:
                store = stack.enter_context(open_state(settings))
            except FixSettings:
                raise error from None
            latest = next(iter(store.activations(1)), None)
        if latest is None:
            raise
        return running_pact(latest), error
