"""Scores with evidence: the pact's rules as one query, scorecards, what of them is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadpact.scoring.query import ScoringQuery, compile_scoring

__all__ = ["ScoringQuery", "compile_scoring"]


def __getattr__(name: str) -> Any:
    """The query when it is wanted: its parser costs more to import than all else that tells of a score."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from leadpact.scoring import query  # noqa: PLC0415

    return getattr(query, name)
