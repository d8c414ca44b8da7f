"""Changing tokens in the state: sealed with AES-GCM, one turn at a time for all processes (DESIGN §7)."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Engine, and_, or_, select, update

from leadpact.errors import FixSettings, LeadpactError, WaitUntil
from leadpact.ports.clock import Clock
from leadpact_app.store.columns import insert_for
from leadpact_app.store.faults import told_by_remedy
from leadpact_app.store.opening import engine_for, prepare, shown
from leadpact_app.store.rows import maybe_instant, stamp
from leadpact_app.store.tables import sign_ins

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from leadpact_app.settings import Settings

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_LOOKS: Final = 20
_LOOK_EVERY_S: Final = 0.1
_PAIR: Final = ""


def vault_for(settings: Settings, clock: Clock) -> StateVault | None:
    """The vault of this installation; None where no key is set to keep anything under."""
    if settings.state_key is None:
        return None
    return StateVault(settings.state.get_secret_value(), settings.pair, settings.state_key, clock)


class StateVault:
    """A :class:`~leadpact.ports.vault.TokenVault` in the state; opens it for each turn, a few times an hour.

    Whose turn it is stands in the row, with an end: a process that dies holds nobody up for longer, and no
    transaction stays open while a CRM is asked.

    Args:
        address: the state's file or URL.
        pair_id: a pair that the state may be opened for.
        state_key: one key or several with commas; the first one seals, all unseal.
        clock: tells when a turn ends, and waits for one.

    Raises:
        FixSettings: ``state_key_malformed``.
    """

    def __init__(self, address: str, pair_id: str, state_key: SecretStr, clock: Clock) -> None:
        # Slow to import, and most installations sign in by tokens that last.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        self._address = address
        self._pair_id = pair_id
        self._ciphers = [AESGCM(key) for key in _keys(state_key.get_secret_value())]
        self._clock = clock

    @contextmanager
    def turn(self, crm: str, source: str, lasts: timedelta) -> Iterator[StateTurn]:
        """The only turn at this sign-in; see :class:`~leadpact.ports.vault.TokenVault`."""
        engine, _ = engine_for(self._address)
        try:
            prepare(engine, self._pair_id)
            turn = StateTurn(engine, self._ciphers, crm, source)
            self._wait_for(turn, lasts)
            try:
                yield turn
            finally:
                # Left as it is, it ends by itself; what was done in it must not be undone by that.
                with suppress(LeadpactError):
                    turn.end()
        finally:
            engine.dispose()

    def _wait_for(self, turn: StateTurn, lasts: timedelta) -> None:
        for look in range(_LOOKS):
            if look:
                self._clock.sleep(_LOOK_EVERY_S)
            now = self._clock.now()
            if turn.begin(now, now + lasts):
                return
        raise WaitUntil(
            f"Another process is renewing the sign-in to {turn.crm}; the next try uses what it gets.",
            until=turn.ends_at(),
            code="signing_in",
        )


class StateTurn:
    """One turn at one row."""

    def __init__(self, engine: Engine, ciphers: list[AESGCM], crm: str, source: str) -> None:
        self._engine = engine
        self._writing = engine.execution_options(leadpact_write=True)
        self._where = shown(engine)
        self._ciphers = ciphers
        self._source = source
        self._me = uuid4().hex
        self.crm = crm

    def begin(self, now: datetime, until: datetime) -> bool:
        """Take the turn if nobody has it, or whoever has it is past the end."""
        free = or_(sign_ins.c.claimed_by == "", sign_ins.c.claimed_until <= stamp(now))
        row = insert_for(self._engine.dialect.name, sign_ins).values(
            pair_id=_PAIR, crm=self.crm, source=self._source, sealed="", claimed_by="",
            claimed_until=0,
        )  # fmt: skip
        take = (
            update(sign_ins)
            .where(self._mine(), free)
            .values(claimed_by=self._me, claimed_until=stamp(until))
        )
        with told_by_remedy(self._where), self._writing.begin() as connection:
            connection.execute(row.on_conflict_do_nothing())
            return connection.execute(take).rowcount == 1

    def ends_at(self) -> datetime | None:
        """When the turn of whoever has it is over."""
        until = select(sign_ins.c.claimed_until).where(self._mine())
        with told_by_remedy(self._where), self._engine.connect() as connection:
            return maybe_instant(connection.execute(until).scalar())

    def end(self) -> None:
        """Give the turn back, if it is still ours."""
        over = (
            update(sign_ins)
            .where(self._mine(), sign_ins.c.claimed_by == self._me)
            .values(claimed_by="")
        )
        with told_by_remedy(self._where), self._writing.begin() as connection:
            connection.execute(over)

    def load(self) -> str | None:
        """What was stored last.

        Raises:
            FixSettings: ``state_key_wrong``.
        """
        with told_by_remedy(self._where), self._engine.connect() as connection:
            sealed = connection.execute(select(sign_ins.c.sealed).where(self._mine())).scalar()
        return self._unsealed(sealed) if sealed else None

    def store(self, text: str) -> None:
        """Replace it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._ciphers[0].encrypt(nonce, text.encode(), self._bound())
        put = (
            update(sign_ins)
            .where(self._mine())
            .values(sealed=base64.b64encode(sealed).decode("ascii"))
        )
        with told_by_remedy(self._where), self._writing.begin() as connection:
            connection.execute(put)

    def _unsealed(self, sealed: str) -> str:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        try:
            raw = base64.b64decode(sealed, validate=True)
        except binascii.Error:
            raw = b""
        for cipher in self._ciphers:
            # What is too short or was moved here from another row is refused like a wrong key.
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(
                    raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], self._bound()
                ).decode()
        raise FixSettings(
            f"The stored sign-in to {self.crm} cannot be read with LEADPACT_STATE_KEY. Set the key that it was "
            "written with (a new one may stand before it, with a comma), or authorize the app again and set the "
            "new refresh token.",
            code="state_key_wrong",
        )

    def _bound(self) -> bytes:
        return f"{self.crm}\0{self._source}".encode()

    def _mine(self) -> ColumnElement[bool]:
        return and_(
            sign_ins.c.pair_id == _PAIR,
            sign_ins.c.crm == self.crm,
            sign_ins.c.source == self._source,
        )


def _keys(text: str) -> list[bytes]:
    keys = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        try:
            key = base64.b64decode(one.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise FixSettings(
                "LEADPACT_STATE_KEY must be 32 bytes in base64, such as `openssl rand -base64 32` prints.",
                code="state_key_malformed",
            )
        keys.append(key)
    if not keys:
        raise FixSettings("LEADPACT_STATE_KEY is blank.", code="state_key_malformed")
    return keys
