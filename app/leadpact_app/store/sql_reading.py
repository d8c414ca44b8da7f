"""What the engine and the commands read of a state, each verb on one snapshot."""

from __future__ import annotations

from leadpact_app.store.sql_clocks import ClockReader
from leadpact_app.store.sql_handoffs import HandoffReader
from leadpact_app.store.sql_journal import JournalReader
from leadpact_app.store.sql_leads import LeadReader
from leadpact_app.store.sql_pauses import PauseReader
from leadpact_app.store.sql_people import PeopleReader
from leadpact_app.store.sql_runs import RunReader
from leadpact_app.store.sql_scope import ScopeReader
from leadpact_app.store.sql_signals import WaitingReader


class SqlReader(
    LeadReader,
    RunReader,
    JournalReader,
    ClockReader,
    WaitingReader,
    HandoffReader,
    PauseReader,
    PeopleReader,
    ScopeReader,
):
    """All reading verbs of one pair."""
