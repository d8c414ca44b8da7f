"""A test of facts as people write it: in scoring, in gates, in qualification."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from leadpact.model.terms import Scalar
from leadpact.pact.document.part import Part


class ConditionPart(Part):
    """A test of facts: one of `field`/`op`/`value`, `all`, `any`, `not`, or `query` text."""

    field: str | None = None
    op: str | None = None
    value: Scalar | list[Scalar] = None
    list_: Annotated[str | None, Field(alias="list")] = None
    all_: Annotated[list[ConditionPart] | None, Field(alias="all", min_length=1)] = None
    any_: Annotated[list[ConditionPart] | None, Field(alias="any", min_length=1)] = None
    not_: Annotated[ConditionPart | None, Field(alias="not")] = None
    query: str | None = Field(None, max_length=2000)

    @model_validator(mode="after")
    def _one_form(self) -> ConditionPart:
        given = [self.field, self.all_, self.any_, self.not_, self.query]
        if sum(form is not None for form in given) != 1:
            raise ValueError("give exactly one of `field`, `all`, `any`, `not`, `query`")
        if (self.field is None) != (self.op is None):
            raise ValueError("`field` and `op` belong together")
        return self
