"""Scores with evidence: the pact's rules as one query, scorecards, what of them is published."""

from leadpact.scoring.query import ScoringQuery, compile_scoring

__all__ = ["ScoringQuery", "compile_scoring"]
