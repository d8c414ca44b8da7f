"""What was read or compiled before in this process is not read or compiled again: YAML texts, scoring queries."""

from __future__ import annotations

import pickle

import leadpact.mapping.differences
import leadpact.mapping.loading
import leadpact.pact.loader
import leadpact.pact.signing
import leadpact.scoring.embedded
from leadpact.pact.score_rules import Scoring
from leadpact.pact.yaml_text import Marks, Tree, read_document
from leadpact.scoring.query import ScoringQuery

_read: dict[str, bytes] = {}
_compile = leadpact.scoring.embedded._statements
_compiled: list[tuple[Scoring, tuple[ScoringQuery, str, str]]] = []


def _document(text: str, file: str) -> tuple[dict[str, Tree], Marks]:
    if text not in _read:
        _read[text] = pickle.dumps(read_document(text, file), pickle.HIGHEST_PROTOCOL)
    tree: dict[str, Tree]
    marks: Marks
    tree, marks = pickle.loads(_read[text])
    marks.file = file
    return tree, marks


def _statements(scoring: Scoring) -> tuple[ScoringQuery, str, str]:
    for known, told in _compiled:
        if known is scoring or known == scoring:
            return told
    _compiled.append((scoring, _compile(scoring)))
    return _compiled[-1][1]


def compile_once() -> None:
    """From now on. Each reader of a text has values of its own; what is refused is read, and refused, each time.

    Half of the texts that tests read they read before, and of their queries three in four.
    """
    for module in (
        leadpact.mapping.differences,
        leadpact.mapping.loading,
        leadpact.pact.loader,
        leadpact.pact.signing,
    ):
        vars(module)["read_document"] = _document
    leadpact.scoring.embedded._statements = _statements
