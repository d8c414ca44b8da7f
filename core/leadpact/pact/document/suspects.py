"""Suspects: labels that stay with a person, so that nobody spends time again (S45)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from leadpact.pact.document.part import Key, Part, one_or_many


class SuspectPart(Part):
    """One label, set by people in either CRM and by the rules that it names."""

    label: str = Field(min_length=1, max_length=80)
    by: Annotated[
        list[Key], BeforeValidator(one_or_many, json_schema_input_type=str | list[str])
    ] = Field(
        default_factory=list, description="Rules under scoring.disqualify or exclude that set it."
    )
