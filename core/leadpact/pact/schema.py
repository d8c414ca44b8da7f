"""The JSON Schema of pact.yaml, for editors that complete and check while people type."""

from __future__ import annotations

from typing import Any

from leadpact.pact.document import PactDocument


def json_schema() -> dict[str, Any]:
    """The schema of the document, with the ``$schema`` and title that editors look for."""
    schema = PactDocument.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "leadpact pact",
    }
