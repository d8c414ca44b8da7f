"""pact.signatures.yaml as it stands beside the pact: who signed what, and which reviews were held."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadpact.pact.document.part import Part

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class SignaturePart(Part):
    """One signature under one agreement."""

    name: str = Field(min_length=1, max_length=120)
    role: Literal["marketing", "sales"]
    date: Day
    pact: Hash
    version: str = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=400)


class HeldPart(Part):
    """One review that both teams held."""

    kind: Literal["joint", "scoring", "reasons", "definitions"]
    date: Day
    by: str = Field(min_length=1, max_length=120)
    note: str = Field("", max_length=400)


class SignaturesDocument(Part):
    """The whole file, oldest first."""

    signatures: list[SignaturePart] = Field(default_factory=list)
    reviews: list[HeldPart] = Field(default_factory=list)
