"""What a run's calls met on their way, in words: nothing of it is hidden, though it was overcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadpact_app.cli.console import crm_label, many

WORDS = {
    "throttled": "told to slow down",
    "crm_unavailable": "not available",
    "crm_unreachable": "not reached",
    "answer_lost": "answer lost or cut",
    "signed_in_again": "sign-in renewed",
    "token_expired": "token ended",
    "day_used_up": "the day's calls used up",
}


def faults_met(counts: Mapping[str, int], crms: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Faults by CRM and kind; CRMs that met none are absent."""
    found: dict[str, dict[str, int]] = {}
    for crm in crms:
        start = f"fault_{crm}_"
        kinds = {
            name.removeprefix(start): n for name, n in counts.items() if name.startswith(start)
        }
        if kinds:
            found[crm] = dict(sorted(kinds.items()))
    return found


def told(counts: Mapping[str, int], crms: tuple[str, ...]) -> Iterator[str]:
    """One sentence per CRM that met a fault."""
    for crm, kinds in faults_met(counts, crms).items():
        what = ", ".join(f"{n:,} × {WORDS.get(kind, kind)}" for kind, n in kinds.items())
        again, waited = counts.get(f"tried_again_{crm}", 0), counts.get(f"waited_ms_{crm}", 0)
        tail = (
            f"; {many(again, 'call')} tried again after {waited / 1000:.1f} s of waiting"
            if again
            else ""
        )
        yield f"Met on the way in {crm_label(crm)}: {what}{tail}."
