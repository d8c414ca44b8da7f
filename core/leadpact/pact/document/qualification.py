"""``qualification:`` of the pact as people write it: what sales asks before a lead is an SQL (S71..S82)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.document.part import Days, Key, Part, Words, one_or_many

Way = Literal["sales", "score", "reply"]


class CountsPart(Part):
    """What counts as an answer; exactly one of these."""

    one_of: Words | None = Field(None, description="These of the options.")
    known: Literal[True] | None = Field(None, description="Any answer at all.")
    within_days: Days | None = Field(None, description="A date from today to so many days ahead.")
    at_least: int | None = Field(None, ge=0, description="A number not below this.")

    @model_validator(mode="after")
    def _one_form(self) -> CountsPart:
        given = [self.one_of, self.known, self.within_days, self.at_least]
        if sum(form is not None for form in given) != 1:
            raise ValueError("give exactly one of `one_of`, `known`, `within_days`, `at_least`")
        return self


class CriterionPart(Part):
    """One thing that sales finds out, the question that a rep asks, and what counts as its answer."""

    label: str = Field(min_length=1, max_length=60)
    letter: str | None = Field(
        None, min_length=1, max_length=2, description="As the framework spells it; else the first."
    )
    question: str = Field(min_length=1, max_length=250)
    fact: Key | None = Field(
        None, description="The mapping's field that holds the answer; the criterion's own key."
    )
    options: dict[Key, Annotated[str, Field(min_length=1, max_length=80)]] = Field(
        default_factory=dict, description="The answers to pick from: value → label."
    )
    counts: CountsPart
    evidence: Key | None = Field(
        None, description="conversation, or the name of a signal that proves the answer (S78)."
    )
    ranks: bool = Field(
        False, description="The order of the options ranks leads: the first is worked first."
    )

    @model_validator(mode="after")
    def _options_fit(self) -> CriterionPart:
        if (self.counts.one_of is not None) != bool(self.options):
            raise ValueError("`options` and `counts: {one_of: [...]}` belong together")
        if self.ranks and not self.options:
            raise ValueError("`ranks` needs `options`: their order is the rank")
        return self


class MinimumPart(Part):
    """What must be confirmed before a lead is an SQL: these criteria, and so many in all."""

    needs: Words | None = None
    at_least: int | None = Field(None, ge=1, le=40)

    @model_validator(mode="after")
    def _something(self) -> MinimumPart:
        if self.needs is None and self.at_least is None:
            raise ValueError("give `needs`, `at_least` or both")
        return self


class FrameworkPart(Part):
    """A checklist of criteria, the same for every rep (S81); ``also`` is recorded and not counted."""

    label: str = Field(min_length=1, max_length=40)
    asks: Words
    also: Words | None = None
    minimum: MinimumPart | None = Field(None, description="All that it asks, unless said.")


class UsePart(Part):
    """Which framework a deal of this size gets (S77); ``when`` narrows it, by industry for one (S80)."""

    framework: Key
    from_: Annotated[int, Field(alias="from", ge=0)] = 0
    below: Annotated[int, Field(ge=1)] | None = None
    when: ConditionPart | None = None

    @model_validator(mode="after")
    def _a_range(self) -> UsePart:
        if self.below is not None and self.below <= self.from_:
            raise ValueError(f"no size is both from {self.from_} and below {self.below}")
        return self


class SqlPart(Part):
    """What makes an SQL (K4)."""

    made_by: Annotated[
        list[Way],
        BeforeValidator(one_or_many, json_schema_input_type=Way | list[Way]),
        Field(min_length=1),
    ] = Field(default_factory=lambda: list[Way](("sales",)))
    unconfirmed: Literal["accept", "hold", "refuse"] = Field(
        "hold", description="Sales says SQL or opportunity before the criteria are confirmed."
    )
    from_: Annotated[
        list[Key] | None,
        BeforeValidator(one_or_many, json_schema_input_type=Key | list[Key] | None),
        Field(alias="from", description="Stages at which the minimum, once met, makes the SQL."),
    ] = None
    replies: Words = Field(
        default_factory=lambda: ["email_reply"], description="Signals that count as a reply (S63)."
    )


class OpportunityPart(Part):
    """What an opportunity needs on record (K17, S11): criteria, or all of one framework."""

    needs: Words


class OutboundPart(Part):
    """Target accounts: their confirmed criteria make an SQL at first contact, never an MQL (S61)."""

    when: ConditionPart


class QualificationPart(Part):
    """Criteria, the frameworks made of them, and what follows from them."""

    criteria: dict[Key, CriterionPart] = Field(min_length=1)
    frameworks: dict[Key, FrameworkPart] = Field(min_length=1)
    deal_size: Key = Field("deal_size", description="The mapping's field with the expected size.")
    use: list[UsePart] = Field(default_factory=list)
    unknown_size: Key = Field(description="The framework while the size is unknown.")
    conversation: Words = Field(
        default_factory=lambda: ["email_reply", "call_connected", "meeting_held"],
        description="Signals that show a direct conversation (S79).",
    )
    evidence: Literal["told", "required"] = Field(
        "told", description="required: an answer without its evidence confirms nothing."
    )
    sql: SqlPart = Field(default_factory=SqlPart)
    opportunity: OpportunityPart | None = None
    demo_request: Literal["fast_lane", "straight_to_sql"] = "fast_lane"
    hand_raisers: Literal["after_fit", "first"] = "after_fit"
    outbound: OutboundPart | None = None
