"""The story of one lead for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadpact_app.cli.answers import remedy

if TYPE_CHECKING:
    from leadpact.audit.rebuilt import Rebuilt
    from leadpact.model.episode import Episode
    from leadpact_app.cli.explain_text import LeadTold


def as_json(told: LeadTold) -> dict[str, Any]:
    """For programs."""
    story, stage, score = told.story, told.story.stage, told.story.score
    return {
        "lead": story.link.id,
        "status": story.link.status,
        "who": told.who,
        "headlines": list(story.headlines),
        "records": [
            {
                "crm": one.ref.crm,
                "kind": one.ref.kind,
                "id": one.ref.id,
                "primary": one.primary,
                "state": one.state,
                "url": told.urls.get(one.ref, ""),
            }
            for one in story.records
        ],
        "stage": None
        if stage is None
        else {
            "key": stage.stage,
            "label": story.stage_label,
            "since": stage.since,
            "since_approximate": stage.since_approximate,
            "why": stage.why,
            "episode": stage.episode,
            "reason": stage.reason,
            "reason_label": story.reason_label,
            "reason_owed": stage.reason_owed,
            "priority": stage.priority,
            "pact": stage.pact_hash,
        },
        "score": None
        if score is None
        else {
            "total": score.total / 100,
            "fit": score.fit / 100,
            "engagement": score.engagement / 100,
            "grade": score.grade,
            "verdict": score.verdict,
            "reasons": list(score.reasons),
            "breakdown": score.breakdown,
            "scored_at": score.scored_at,
            "pact": score.pact_hash,
        },
        "missing": list(story.missing),
        "owner": {"id": story.link.owner, "name": told.people.say(story.link.owner)}
        if story.link.owner
        else None,
        "due": told.response,
        "answerable": told.answerable,
        "first_touch": told.touched,
        "no_record": list(told.absent),
        "paused": list(told.paused),
        "timeline": [
            {"at": one.at, "kind": one.kind, "says": told.people.say(one.text)}
            for one in told.events
        ],
        "score_then": None if told.score_then is None else _score_then(told.score_then),
        "qualification": None if story.qualification is None else story.qualification.as_dict(),
        "history": [
            {
                "at": one.transition.at,
                "result": one.transition.result,
                "from": one.transition.from_stage,
                "to": one.transition.to_stage,
                "actor": one.transition.actor,
                "crm": one.transition.crm,
                "why": one.transition.why,
                "reason": one.transition.reason,
                "episode": one.transition.episode,
                "sentence": one.sentence,
            }
            for one in story.history
        ],
        "episodes": [_episode(one) for one in story.episodes],
        "joined": [
            {
                "lead": one.link.id,
                "stage": one.stage_label,
                "history": [each.sentence for each in one.history],
            }
            for one in story.joined
        ],
        "holds": [
            {
                "hold": one.id,
                "field": one.field,
                "cause": one.cause,
                "why": one.why,
                "shown": dict(one.shown),
                "since": one.since,
                "status": one.status,
                "what_to_do": remedy(one),
            }
            for one in story.holds
        ],
        "failures": [
            {
                "crm": one.crm,
                "cause": one.cause,
                "message": one.message,
                "remedy": one.remedy,
                "fields": list(one.fields),
                "attempts": one.attempts,
                "retry_at": one.retry_at,
            }
            for one in story.failures
        ],
        "writes": [
            {
                "at": one.at,
                "crm": one.ref.crm,
                "kind": one.ref.kind,
                "record": one.ref.id,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "rule": one.rule,
                "state": one.state,
                "run": one.run_id,
            }
            for one in story.writes
        ],
    }


def _score_then(one: Rebuilt) -> dict[str, Any]:
    card = one.card
    return {
        "as_of": card.as_of,
        "pact": card.pact_hash,
        "total": card.total / 100,
        "fit": card.fit / 100,
        "engagement": card.engagement / 100,
        "grade": card.grade,
        "verdict": card.verdict,
        "decided": one.decided is not None,
        "same_as_decided": one.same,
        "evidence": [
            {"rule": each.rule, "points": each.points / 100, "at": each.at, "says": each.text}
            for each in card.evidence
        ],
        "missing": list(card.missing),
        "lines": list(one.lines),
    }


def _episode(one: Episode) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.kind,
        "opened_at": one.opened_at,
        "opened_by": one.opened_by,
        "why": one.why,
        "reached": dict(one.reached),
        "implied": list(one.implied),
        "closed_at": one.closed_at,
        "closed_from": one.closed_from,
        "outcome": one.outcome,
        "reason": one.reason,
        "sub_reason": one.sub_reason,
        "rejected_by": one.rejected_by,
        "intent": one.intent,
    }
