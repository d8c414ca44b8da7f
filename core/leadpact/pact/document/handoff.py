"""The section ``handoff`` of ``pact.yaml``: when a lead goes to sales, with what, and who is told (S12, S83..S85)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from leadpact.model.notice import NoticeKind
from leadpact.pact.document.part import Key, Part, one_or_many

HandoffCause = Literal["mql", "pql", "fast_lane"]
Channel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Rep = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class TaskPart(Part):
    """The task that a rep finds in the CRM where sales works."""

    subject: str = Field("Answer {name}: {why}", min_length=1, max_length=200)
    due: Literal["sla", "same_day"] = Field(
        "sla", description="sla: when first contact is due; same_day: by the end of the day."
    )


class CapsPart(Part):
    """How many leads a rep can take (R34)."""

    per_rep_per_day: int = Field(25, ge=1, le=10_000)


class RoundRobinPart(Part):
    """Reps by their e-mail address, in both CRMs the same; each lead always comes to the same one, unless strict."""

    round_robin: list[Rep] = Field(min_length=1, max_length=500)
    strict: bool = Field(
        default=False, description="true: one after the other, in the list's order, across runs."
    )


class NoticePart(Part):
    """Whom a notice goes to: the lead's ``owner``, or a channel whose address stands in the settings."""

    to: Channel
    when: Annotated[
        list[NoticeKind],
        BeforeValidator(one_or_many, json_schema_input_type=NoticeKind | list[NoticeKind]),
        Field(min_length=1),
    ]


class HandoffPart(Part):
    """How a lead goes from marketing to sales."""

    on: Annotated[
        list[HandoffCause],
        BeforeValidator(one_or_many, json_schema_input_type=HandoffCause | list[HandoffCause]),
    ] = Field(default_factory=list)
    must_have: list[Key | list[Key]] = Field(
        default_factory=list, description="A list within the list: one of these is enough."
    )
    task: TaskPart | Literal[False] = Field(default_factory=TaskPart)
    caps: CapsPart = Field(default_factory=CapsPart)
    routing: Literal["crm"] | RoundRobinPart = "crm"
    fallback_owner: Rep | None = None
    notify: list[NoticePart] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_named_once(self) -> HandoffPart:
        reps = [] if isinstance(self.routing, str) else self.routing.round_robin
        folded = [rep.casefold() for rep in reps]
        if len(set(folded)) < len(folded):
            raise ValueError("each rep stands once in round_robin")
        if any(isinstance(words, list) and not words for words in self.must_have):
            raise ValueError("a list in must_have names at least one field")
        return self
