"""Lifecycle stages go forward only, in silence, and leave their dates behind (facts §4)."""

from __future__ import annotations

from collections.abc import Mapping

STAGE = "lifecyclestage"


def is_backward(stages: Mapping[str, int], old: str | None, new: str) -> bool:
    """Whether ``new`` lies before ``old`` in the portal's own order; clearing never does."""
    if not old or not new:
        return False
    return stages.get(new, -1) < stages.get(old, -1)


def stage_dates(old: str | None, new: str, now_iso: str) -> dict[str, str]:
    """The read-only dates that a change of stage sets."""
    dates: dict[str, str] = {}
    if old:
        dates[f"hs_v2_date_exited_{old}"] = now_iso
    if new:
        dates[f"hs_lifecyclestage_{new}_date"] = now_iso
        dates[f"hs_v2_date_entered_{new}"] = now_iso
    dates["hs_v2_date_entered_current_stage"] = now_iso if new else ""
    return dates
