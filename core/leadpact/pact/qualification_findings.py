"""What is odd in what a pact says of qualification: told by ``check``, never fatal."""

from __future__ import annotations

from collections.abc import Iterator

from leadpact.pact.findings import PactFinding, ReadPact
from leadpact.pact.qualification import CONVERSATION


def qualification_findings(read: ReadPact) -> Iterator[PactFinding]:
    """SQL without agreed criteria (S82), frameworks for no deal, evidence that nothing asks for (S79)."""
    part = read.document.qualification
    if part is None:
        yield read.hint(
            "sql_undefined",
            (),
            "no `qualification`: what makes an SQL is each rep's own judgement (S82); the pact that "
            "`leadpact init` writes has one to start from",
        )
        return
    if part.sql.unconfirmed == "accept":
        yield read.hint(
            "sql_unconfirmed_accepted",
            ("qualification", "sql", "unconfirmed"),
            "accept: an SQL may be made without its criteria, which is only told on the record (S82)",
        )
    if read.document.thresholds.sql is not None and "score" not in part.sql.made_by:
        yield read.warn(
            "sql_score_unused",
            ("thresholds", "sql"),
            "no score makes an SQL: say `made_by: [sales, score]` under `qualification.sql`, or take this out (K4)",
        )
    used = {one.framework for one in part.use} | {part.unknown_size}
    asked = {word for key in used & part.frameworks.keys() for word in part.frameworks[key].asks}
    proved = {part.criteria[key].evidence for key in asked & part.criteria.keys()}
    if part.evidence == "required" and CONVERSATION not in proved:
        yield read.warn(
            "no_conversation_asked",
            ("qualification", "evidence"),
            "evidence is required, but no criterion in use names a conversation (S79); write "
            "`evidence: conversation` at those that a rep learns by talking",
        )
    if part.sql.made_by == ["sales"] and part.sql.from_ == []:
        yield read.hint(
            "minimum_turns_nobody",
            ("qualification", "sql", "from"),
            "the criteria alone make nobody an SQL: a rep must say so, too; name a stage, such as sal",
        )
