"""What of a lead stands still: by the stop button (R38), or since it is out of scope (R37). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.model.frozen import Frozen
from leadpact.model.link import Side
from leadpact.model.pause import Parked, Pause, paused_words


def paused_sentences(
    sides: Sequence[Side],
    pauses: Sequence[Pause],
    parked: Parked | None,
    names: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """One sentence for each pause that concerns this lead's records, and one for what of it waits.

    Args:
        pauses: those that stand.
        names: CRM name → name for people.
    """
    places = {(one.ref.crm, one.ref.kind) for one in sides if one.state == "live"}
    said = [
        pause_sentence(one, names or {})
        for one in pauses
        if any(one.crm in ("", crm) and one.kind in ("", kind) for crm, kind in places)
    ]
    if parked is not None:
        what = ", ".join(parked.what)
        goes_on = "until `leadpact resume`" if pauses else "for the next sync, which takes it up"
        said.append(f"Of this lead {what} waits {goes_on}.")
    return tuple(said)


def pause_sentence(pause: Pause, names: Mapping[str, str]) -> str:
    """Who stopped what, since when and why."""
    why = f" ({pause.why})" if pause.why else ""
    what = paused_words(pause, names)
    return f"Paused by {pause.by} since {pause.since:%Y-%m-%d %H:%M} UTC: {what}{why}."


def frozen_sentence(frozen: Frozen | None, names: Mapping[str, str]) -> str:
    """Why a lead is left alone, or that it was; "" where it always took part."""
    if frozen is None:
        return ""
    where = f"{names.get(frozen.ref.crm, frozen.ref.crm)} {frozen.ref.kind} {frozen.ref.id}"
    if frozen.ended_at is not None:
        return f"Back in scope since {frozen.ended_at:%Y-%m-%d %H:%M} UTC; what was done before counts as known."
    return (
        f"Not kept in step since {frozen.since:%Y-%m-%d %H:%M} UTC: {where} is out of scope, whose condition is: "
        f"{frozen.why}. Nothing of it is written, blanked or deleted."
    )
