"""The day's calls per CRM account: a row that all processes share, corrected by every reply (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, bindparam, event, select

from leadpact.errors import LeadpactError, WaitUntil
from leadpact.ports.budget import Allowance
from leadpact_app.store.columns import insert_for
from leadpact_app.store.day import LOOK_AGAIN, Day, Told, left_to_others
from leadpact_app.store.faults import told_by_remedy
from leadpact_app.store.opening import engine_for, shown
from leadpact_app.store.rows import maybe_instant, maybe_stamp, stamp
from leadpact_app.store.tables import day_budgets

WRITE_AFTER = timedelta(seconds=5)
"""A reply's word waits at most so long, while replies come, before other processes can read it."""
_BUSY_TIMEOUT_MS = 250
"""Any commit takes less; the store's own ten seconds are too long to hold every call up."""


@dataclass(slots=True)
class _Account:
    """What this process holds of one account's day.

    Attributes:
        id: portal or org.
        share: the part of its day that is ours.
        hot: the part of that share which only the hot lane takes.
        day: the row as last read; what is counted on while the state is busy.
        in_hand: calls taken from the row and not made yet; ``bulk_in_hand`` are those of the bulk lane.
        told: the lowest of the replies that the row does not know yet.
        since: calls made after ``told``.
        unwritten: calls taken while the state was busy.
    """

    id: str
    written_at: datetime
    share: float
    hot: float = 0.0
    day: Day = field(default_factory=Day)
    in_hand: int = 0
    bulk_in_hand: int = 0
    told: Told | None = None
    since: int = 0
    unwritten: int = 0

    def merged(self, kept: Day, unwritten: int, now: datetime) -> Day:
        """The row with what only this process knows: a reply wins over every count of ours."""
        kept = kept.renewed(now)
        if self.told is None or kept.knows_better(self.told, now):
            return replace(kept, spent=max(kept.spent + unwritten, 0))
        return kept.told_again(self.told, self.since + self.in_hand + self.bulk_in_hand, now)

    def share_of(self, *, bulk: bool) -> float:
        """What this lane may take of the day."""
        return self.share * (1 - self.hot) if bulk else self.share


class StoredBudget:
    """A :class:`~leadpact.ports.budget.CallBudget` kept in the state; safe for threads and processes.

    Calls are taken from the row in blocks and handed out in memory. A state that is busy or cannot be written
    never stops a call here: it is counted in memory, and the next block brings it to the row. Whether the state
    can be written is told by the store's own commits, before anything is written to a CRM.

    What another process has in hand when a reply corrects the row is not counted until that process hears a reply
    itself; that is at most one block each.

    Args:
        engine: of the state, for this object alone; closed with it.
        accounts: crm → portal or org id.
        now: this instant, UTC.
        share: the part of each day's calls that is ours, above 0 and up to 1; ``shares``: by CRM, where it differs.
        hot: by CRM, the part of that share which the bulk lane leaves to the hot one (R19).
    """

    def __init__(
        self,
        engine: Engine,
        accounts: Mapping[str, str],
        now: Callable[[], datetime],
        *,
        share: float,
        shares: Mapping[str, float] | None = None,
        hot: Mapping[str, float] | None = None,
    ) -> None:
        self._engine = engine
        self._writing = engine.execution_options(leadpact_write=True)
        self._select, self._begin, self._put = _statements(engine.dialect)
        self._where = shown(engine)
        self._now = now
        self._lock = Lock()
        self._closed = False
        shares, hot = shares or {}, hot or {}
        self._accounts = {
            crm: _Account(account, now(), shares.get(crm, share), hot.get(crm, 0.0))
            for crm, account in accounts.items()
        }

    @classmethod
    def open(
        cls,
        path_or_url: str | Path,
        accounts: Mapping[str, str],
        now: Callable[[], datetime],
        *,
        share: float,
        shares: Mapping[str, float] | None = None,
        hot: Mapping[str, float] | None = None,
    ) -> StoredBudget:
        """Open the budget of a state that a store has opened before.

        Raises:
            FixSettings, Stop: as the store's own ``open``.
        """
        engine, file = engine_for(path_or_url)
        if file is not None:
            event.listen(engine, "connect", _wait_briefly)
        return cls(engine, accounts, now, share=share, shares=shares, hot=hot)

    def spend(self, crm: str, calls: int = 1, *, bulk: bool = False) -> None:
        """Count calls about to be made.

        Args:
            bulk: they are the bulk lane's.

        Raises:
            WaitUntil: code ``day_used_up``, if only what is left to others, or to the hot lane, remains.
        """
        account = self._accounts[crm]
        with self._lock:
            in_hand = account.bulk_in_hand if bulk else account.in_hand
            if in_hand < calls:
                in_hand += self._taken(crm, account, calls - in_hand, bulk=bulk)
            if bulk:
                account.bulk_in_hand = in_hand - calls
            else:
                account.in_hand = in_hand - calls
            account.since += calls

    def allowances(self) -> dict[str, Allowance]:
        """What each account's row says by now, with what only this process knows."""
        told = {}
        with self._lock:
            for crm, account in self._accounts.items():
                now = self._now()
                self._settle(crm, account, now)
                in_hand = account.in_hand + account.bulk_in_hand
                told[crm] = account.day.allowance_of(account.share, in_hand)
        return told

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        """What the CRM said of its own count; never raises."""
        account = self._accounts[crm]
        with self._lock:
            now = self._now()
            if not timedelta() <= now - account.written_at < WRITE_AFTER:
                self._settle(crm, account, now)
                account.written_at = now
            told = Told(limit, remaining, resets_at, now)
            if account.told is None or not account.told.stands_against(told):
                account.told, account.since = told, 0
            room = max(remaining - left_to_others(limit, account.share), 0)
            account.in_hand = min(account.in_hand, room)
            room = max(remaining - left_to_others(limit, account.share_of(bulk=True)), 0)
            account.bulk_in_hand = min(account.bulk_in_hand, room)

    def close(self) -> None:
        """Write what the row does not know, give back what was not used, and close."""
        with self._lock:
            for crm, account in self._accounts.items():
                back = account.in_hand + account.bulk_in_hand
                if account.told or account.unwritten or back:
                    account.in_hand = account.bulk_in_hand = 0
                    self._settle(crm, account, self._now(), back=back)
            self._closed = True
        self._engine.dispose()

    def _taken(self, crm: str, account: _Account, calls: int, *, bulk: bool) -> int:
        now = self._now()
        granted = self._settle(crm, account, now, calls=calls, bulk=bulk)
        if granted < calls:
            raise _used_up(crm, account, now, bulk=bulk)
        return granted

    def _settle(
        self,
        crm: str,
        account: _Account,
        now: datetime,
        *,
        calls: int = 0,
        back: int = 0,
        bulk: bool = False,
    ) -> int:
        """Bring the row up to date and take calls from it; in memory alone while it cannot be had."""
        share = account.share_of(bulk=bulk)
        if not self._closed:
            try:
                with told_by_remedy(self._where), self._writing.begin() as connection:
                    kept = self._read(connection, crm, account.id)
                    # A block taken before someone else's correction is no longer in the row.
                    owed = account.unwritten - (back if kept.told_at == account.day.told_at else 0)
                    day, granted = _granted(account.merged(kept, owed, now), calls, now, share)
                    self._write(connection, crm, account.id, day, now)
            except LeadpactError:
                pass
            else:
                account.day, account.told, account.unwritten = day, None, 0
                account.written_at = now
                return granted
        day = account.merged(account.day, 0, now)
        account.day, granted = _granted(day, calls, now, share, whole=True)
        account.unwritten += granted - back
        return granted

    def _read(self, connection: Connection, crm: str, account: str) -> Day:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_BUSY_TIMEOUT_MS}")
            # A row that is not there cannot be locked, and two would begin it anew.
            unknown = (None, 0, 0, None, None, 0)
            connection.exec_driver_sql(self._begin, ("", crm, account, *unknown))
        row = connection.exec_driver_sql(self._select, ("", crm, account)).one_or_none()
        if row is None:
            return Day()
        return Day(row[3], row[4], row[5], maybe_instant(row[6]), maybe_instant(row[7]))

    def _write(
        self, connection: Connection, crm: str, account: str, day: Day, now: datetime
    ) -> None:
        counted = (day.allowance, day.remaining, day.spent)
        instants = (maybe_stamp(day.told_at), maybe_stamp(day.resets_at), stamp(now))
        connection.exec_driver_sql(self._put, ("", crm, account, *counted, *instants))


def _granted(
    day: Day, calls: int, now: datetime, share: float, *, whole: bool = False
) -> tuple[Day, int]:
    return day.grant(calls, now, share, whole=whole) if calls else (day, 0)


def _used_up(crm: str, account: _Account, now: datetime, *, bulk: bool) -> WaitUntil:
    day, share = account.day, account.share
    if bulk and account.hot:
        others = f" but for the {account.hot:.0%} of our share that the hot lane keeps"
    else:
        others = f" but for the {1 - share:.0%} left to others" if share < 1 else ""
    return WaitUntil(
        f"The day's calls to {crm} are used up{others}; the next run goes on after they renew.",
        until=day.resets_at or (day.told_at or now) + LOOK_AGAIN,
        code="day_used_up",
        detail=f"{day.remaining - day.spent} of {day.allowance} left",
    )


def _statements(dialect: Dialect) -> tuple[str, str, str]:
    """Reading, beginning and putting a row, by positional parameters in the order of its columns."""
    key = [column.name for column in day_budgets.primary_key]
    read = (
        select(day_budgets)
        .where(*[day_budgets.c[name] == bindparam(name) for name in key])
        .with_for_update()
    )
    begin = insert_for(dialect.name, day_budgets).on_conflict_do_nothing()
    put = insert_for(dialect.name, day_budgets)
    rest = [column.name for column in day_budgets.columns if column.name not in key]
    put = put.on_conflict_do_update(
        index_elements=key, set_={name: put.excluded[name] for name in rest}
    )
    compiled = [str(each.compile(dialect=dialect)) for each in (read, begin, put)]
    return compiled[0], compiled[1], compiled[2]


def _wait_briefly(connection: Any, _: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}").close()
