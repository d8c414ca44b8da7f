"""What a call or a row is refused with, in Salesforce's shapes (facts salesforce §1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """One refusal: an HTTP status with an error code, or one row of a collection.

    Args:
        status: HTTP status when the refusal answers a whole call.
        code: ``errorCode`` (``statusCode`` in a collection row).
        message: text for people.
        fields: API names concerned; None leaves the key out of the body.
        extra: keys that some errors add (``duplicateResut``).
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)
        self.extra = dict(extra or {})

    def body(self) -> list[dict[str, Any]]:
        """The answer of a single-record call: a JSON array of one error."""
        error: dict[str, Any] = {**self.extra, "message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = self.fields
        return [error]

    def row(self) -> dict[str, Any]:
        """The failed row of a collection: ``statusCode``, and never duplicate matches (§6)."""
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields or []}
        return {"success": False, "errors": [error]}


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """404 as every unknown address and absent record answers."""
    return ApiError(404, "NOT_FOUND", message)


def not_covered(area: str) -> ApiError:
    """501: the real Salesforce has this, the sandbox does not."""
    return ApiError(501, "NOT_IMPLEMENTED", f"The sandbox does not cover {area}")


def malformed_id(message: str, field: str | None = None) -> ApiError:
    """400 MALFORMED_ID (status believed, §1)."""
    return ApiError(400, "MALFORMED_ID", message, [field] if field else [])


def malformed_query(message: str) -> ApiError:
    """400 MALFORMED_QUERY, for all that is not SOQL."""
    return ApiError(400, "MALFORMED_QUERY", message)
