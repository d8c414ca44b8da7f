"""Keeps the sandbox's state in one file between a clean stop and the next start (``--file``)."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from leadpact_sandbox.crms import EmulatedCrm
from leadpact_sandbox.world import Clock

FORMAT = 1


class KeptStateError(Exception):
    """The state file is damaged, or of another seed; the text says which."""


class KeptState:
    """One state file.

    Args:
        path: where it lies, or will.
        leads: of the seed in use; a file of another seed is refused.
        seed: of the seed in use.
    """

    def __init__(self, path: Path, *, leads: int, seed: int) -> None:
        self._path = path
        self._leads = leads
        self._seed = seed
        self._kept: dict[str, object] | None = None
        if path.exists():
            self._kept = self._read()

    def _read(self) -> dict[str, object]:
        try:
            kept = orjson.loads(self._path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise KeptStateError(f"{self._path}: cannot be read: {error}") from error
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            raise KeptStateError(f"{self._path}: is no sandbox state of format {FORMAT}")
        if (kept.get("leads"), kept.get("seed")) != (self._leads, self._seed):
            raise KeptStateError(
                f"{self._path}: was made with --leads {kept.get('leads')} --seed"
                f" {kept.get('seed')}; start with these or name another file"
            )
        try:
            as_of = datetime.fromisoformat(str(kept.get("as_of")))
        except ValueError as error:
            raise KeptStateError(f"{self._path}: is damaged: {error}") from error
        if as_of.tzinfo is None:
            raise KeptStateError(f"{self._path}: is damaged: as_of has no time zone")
        return kept

    def as_of(self, now: datetime) -> datetime:
        """The instant to seed at: the kept one, so that a reset finds the same people."""
        if self._kept is None:
            return now
        return datetime.fromisoformat(str(self._kept["as_of"]))

    def restore(self, clock: Clock, crms: dict[str, EmulatedCrm]) -> None:
        """Bring back what was kept; nothing on the first start.

        Raises:
            KeptStateError: if a CRM does not take its part.
        """
        if self._kept is None:
            return
        try:
            clock.offset = timedelta(seconds=float(str(self._kept["offset_seconds"])))
            for name, crm in crms.items():
                state = self._kept[name]
                if not isinstance(state, dict):
                    raise KeptStateError(f"{self._path}: {name} is damaged")
                crm.restore(state)
        except (KeyError, TypeError, ValueError) as error:
            raise KeptStateError(f"{self._path}: is damaged: {error!r}") from error
        self._kept = None

    def save(self, clock: Clock, as_of: datetime, crms: dict[str, EmulatedCrm]) -> None:
        """Write the file whole or not at all."""
        kept: dict[str, object] = {
            "format": FORMAT,
            "leads": self._leads,
            "seed": self._seed,
            "as_of": as_of.isoformat(),
            "offset_seconds": clock.offset.total_seconds(),
        }
        kept.update({name: crm.snapshot() for name, crm in crms.items()})
        partial = self._path.with_name(self._path.name + ".partial")
        with partial.open("wb") as stream:
            stream.write(orjson.dumps(kept, option=orjson.OPT_NON_STR_KEYS))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self._path)
