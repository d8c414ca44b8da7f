"""What a pact says, apart from how it is written: its content as plain values, its hash, and its own words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from leadpact.pact.document import PactDocument
from leadpact.pact.review import Review, Signatory

_ORDERED: Final = ("fast_lanes", "disqualify")
"""Sections whose first entry that holds is the one that counts, so that their order is content."""


def content_of(document: PactDocument) -> dict[str, Any]:
    """The whole document as plain values, defaults written out."""
    content: dict[str, Any] = document.model_dump(mode="json", by_alias=True)
    return content


def hash_of(document: PactDocument) -> str:
    """First 16 hex digits of the SHA-256 over what the document says.

    Comments, the order of keys and what only repeats a default are no content: a key that a later leadpact knows and
    this document does not use changes no hash, so a signature outlives an upgrade.
    """
    said = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    scoring = said.get("scoring", {})
    for name in _ORDERED:
        if name in scoring:
            scoring[name] = list(scoring[name].items())
    for criterion in said.get("qualification", {}).get("criteria", {}).values():
        if "options" in criterion:
            criterion["options"] = list(criterion["options"].items())
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def review_of(document: PactDocument) -> Review:
    """Whose the agreement is, what its words mean, who signs it, how often it is looked at again."""
    named = {
        team: Signatory(part.name, part.title)
        for team in ("marketing", "sales")
        if (part := getattr(document.signatories, team)) is not None
    }
    cadence: Mapping[str, str] = document.review.model_dump()
    return Review(
        document.firm,
        MappingProxyType(dict(cadence)),
        MappingProxyType(named),
        MappingProxyType(dict(document.contacts)),
        MappingProxyType(dict(document.meanings)),
    )
