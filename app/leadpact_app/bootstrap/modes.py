"""The mode of a pair: observing, or shadowing, is a pause that the settings press and let go (R36, R38)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from leadpact.model.pause import Pause

if TYPE_CHECKING:
    from leadpact.ports.state_store import StateStore

Mode: TypeAlias = Literal["act", "observe", "shadow"]
BY = "the settings"
_FIELDS: dict[Mode, str] = {"observe": "native", "shadow": ""}
_WHY: dict[Mode, str] = {
    "observe": "mode: observe; only leadpact's own fields are written and nobody is handed over until it says act",
    "shadow": "mode: shadow; everything is decided and told, and nothing written until it says act",
}


def keep_mode(store: StateStore, mode: Mode, now: datetime) -> None:
    """Let the state's pauses say what the settings say; what waited goes on with the first cycle that acts.

    ``observe`` and ``shadow`` stop writing alone: everything is read and decided, and what may not be written waits as
    it does under the stop button, so that nothing is lost and nothing half agreed when the mode changes.
    """
    standing = [one for one in store.pauses() if one.by == BY]
    if mode == "act" and not standing:
        return
    from leadpact.ports.state_store import StateChanges

    changes = StateChanges()
    wanted = _FIELDS.get(mode)
    kept = False
    for one in standing:
        if wanted is not None and one.field == wanted and not kept:
            kept = True
        else:
            changes.pauses.append(replace(one, ended_at=now, ended_by=BY))
    if wanted is not None and not kept:
        pause_id = f"{int(now.timestamp() * 1000):012x}"[-12:]
        pressed = Pause(pause_id, now, BY, direction="to_crm", field=wanted, why=_WHY[mode])
        changes.pauses.append(pressed)
    if changes.pauses:
        store.commit(changes, None, now)
