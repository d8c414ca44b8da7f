"""What all parts of ``pact.yaml`` are built of: the base model and the common kinds of words and numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def one_or_many(value: object) -> object:
    """A single word as a list of one."""
    return [value] if isinstance(value, str) else value


Words = Annotated[
    list[str],
    BeforeValidator(one_or_many, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
"""One word or a list of them."""

Points = Annotated[int | float, Field(ge=-1000, le=1000)]
Days = Annotated[int, Field(ge=1, le=3660)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Speaker = Literal["marketing", "sales", "automation", "score", "agreement"]
FactType = Literal["text", "integer", "boolean"]


class Part(BaseModel):
    """A part of the document: unknown keys and loose types are refused, what was read is frozen."""

    # Built once, for the whole document, when one is read: importing this costs little.
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, populate_by_name=True, defer_build=True
    )
