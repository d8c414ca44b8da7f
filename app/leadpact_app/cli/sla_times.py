"""Other response times to count by: another agreement, or some tiers of this one changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadpact.errors import FixSettings

if TYPE_CHECKING:
    from leadpact.pact.response import ResponseTimes, SlaTier
    from leadpact_app.settings import Settings

_TIME: Final = re.compile(r"([1-9][0-9]{0,4})(m|h|d)")


def other_times(settings: Settings, pact: str, changed: Mapping[str, str]) -> ResponseTimes:
    """The response times of a pact file (or the one in force), with some tiers changed.

    Args:
        changed: by intent class, such as ``15m``; "" leaves it.

    Raises:
        FixSettings: nothing is changed, a time is not understood, or the file is refused.
    """
    from leadpact_app.bootstrap import load_pact_file

    if not pact and not any(changed.values()):
        raise FixSettings(
            "Say what is to be different: --pact FILE, --high, --medium or --low.", code="usage"
        )
    named = settings.model_copy(update={"pact": pact}) if pact else settings
    times = load_pact_file(named, scores=False).response
    tiers = dict(times.tiers)
    for intent, text in changed.items():
        if text:
            tiers[intent] = _tier(intent, text, tiers.get(intent))
    flat = times.flat and not any(changed.values())
    return replace(times, tiers=tiers, flat=flat)


def _tier(intent: str, text: str, was: SlaTier | None) -> SlaTier:
    from leadpact.pact.response import SlaTier

    found = _TIME.fullmatch(text)
    if found is None:
        raise FixSettings(
            f"{text!r} is no time; write 15m (minutes), 4h (hours) or 2d (working days).",
            code="usage",
        )
    number, unit = int(found[1]), found[2]
    if unit == "d":
        return SlaTier(intent, f"{number} working days", None, "business_days", number)
    clock = was.clock if was is not None and was.minutes is not None else "business"
    words = "hours" if unit == "h" else "minutes"
    told = f"{number} {words}" if clock == "calendar" else f"{number} working {words}"
    return SlaTier(intent, told, number * (60 if unit == "h" else 1), clock)
