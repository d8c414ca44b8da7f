"""What is odd in what a pact says of qualification: told by ``check``, never fatal."""

from __future__ import annotations

from collections.abc import Container, Iterator, Set

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


def unread_answers(
    read: ReadPact, fields: Container[str], signals: Set[str]
) -> Iterator[PactFinding]:
    """Criteria in use whose answers no CRM keeps, and evidence that comes from nowhere (R35).

    Args:
        fields: canonical names of the mapping.
        signals: names of the signals that the mapping and the sources give.
    """
    rules = read.pact.qualification
    if rules is None:
        return
    for one in rules.asked():
        path = ("qualification", "criteria", one.key)
        if one.fact not in fields:
            yield read.warn(
                "answer_without_field",
                path,
                f"no CRM keeps an answer to {one.label}, so it is never confirmed; give {one.fact} a row under "
                "`qualification:` in the mapping, or take it out of the frameworks in use",
                key=True,
            )
        proofs = rules.conversation if one.evidence == CONVERSATION else {one.evidence}
        if one.evidence and not proofs & signals:
            yield read.warn(
                "evidence_without_source",
                (*path, "evidence"),
                f"nothing can prove {one.label}: no mapping or source gives {', '.join(sorted(proofs))}",
            )
    sized = any(use.least or use.below is not None for use in rules.uses)
    if sized and rules.deal_size not in fields:
        yield read.warn(
            "deal_size_without_field",
            ("qualification", "deal_size"),
            f"no CRM keeps the deal size, so every lead gets {rules.unknown_size.label}; give "
            f"{rules.deal_size} a row under `qualification:` in the mapping",
        )
    if "reply" in rules.made_by and not rules.replies & signals:
        yield read.warn(
            "reply_without_source",
            ("qualification", "sql", "replies"),
            f"no reply can make an SQL: no mapping or source gives {', '.join(sorted(rules.replies))}",
        )
