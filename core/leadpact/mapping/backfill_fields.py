"""The part of a mapping that says what a backfill fills in (R33)."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.mapping.document import BackfillPart
from leadpact.mapping.rules import BackfillRule
from leadpact.mapping.stage_rows import Say
from leadpact.pact.checked import did_you_mean
from leadpact.pact.yaml_text import Path


def compile_backfill(
    part: BackfillPart | None, path: Path, stages: Sequence[str], say: Say
) -> BackfillRule:
    """The rule of one kind; a stage that the pact does not have is told with what would be right."""
    if part is None:
        return BackfillRule()
    for stage in part.dates:
        if stage not in stages:
            hint = did_you_mean(stage, stages)
            say((*path, "dates", stage), f'"{stage}" is not a stage of the pact; {hint}', key=True)
    return BackfillRule(part.mark or "", dict(part.dates))
