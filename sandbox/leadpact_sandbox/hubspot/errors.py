"""HubSpot's refusals, each in the shape of facts §1 and §3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from leadpact_sandbox.hubspot.stamp import iso

SCOPES_PAGE = "https://developers.hubspot.com/scopes"
BAD_VALUES = "Property values were not valid: "


class ApiError(Exception):
    """One refusal: an HTTP status, a JSON body (its correlation id is added on the way out)."""

    def __init__(
        self, status: int, body: dict[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status}: {body.get('message')}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def row(self, trace: str | None = None) -> dict[str, object]:
        """This refusal as one row of a 207 answer's ``errors`` (facts §1)."""
        context = dict(_mapping(self.body.get("context")))
        if trace is not None:
            context["objectWriteTraceId"] = [trace]
        row: dict[str, object] = {
            "status": "error",
            "category": self.body.get("category", "VALIDATION_ERROR"),
            "message": self.body["message"],
            "context": context,
        }
        if "errors" in self.body:
            row["errors"] = self.body["errors"]
        return row


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def error(
    status: int,
    message: str,
    category: str | None = None,
    *,
    context: Mapping[str, object] | None = None,
    errors: Sequence[Mapping[str, object]] | None = None,
    **more: object,
) -> ApiError:
    """A refusal in the common shape; absent parts are left out (facts §1 "Errors")."""
    body: dict[str, object] = {"status": "error", "message": message}
    if context is not None:
        body["context"] = dict(context)
    if errors is not None:
        body["errors"] = [dict(one) for one in errors]
    body.update(more)
    if category is not None:
        body["category"] = category
    return ApiError(status, body)


def invalid(message: str, **context: Sequence[str]) -> ApiError:
    """400 ``VALIDATION_ERROR``."""
    return error(400, message, "VALIDATION_ERROR", context=context or None)


def conflict(message: str) -> ApiError:
    """409 ``CONFLICT``."""
    return error(409, message, "CONFLICT")


@dataclass(frozen=True, slots=True)
class BadValue:
    """What is wrong with one property's value."""

    name: str
    code: str
    message: str


def bad_values(problems: Iterable[BadValue], portal: int) -> ApiError:
    """400 for property values: a JSON array inside the message, and again in ``errors``."""
    found = list(problems)
    listed = [
        {
            "isValid": False,
            "message": bad.message,
            "error": bad.code,
            "name": bad.name,
            "localizedErrorMessage": bad.message,
            "portalId": portal,
        }
        for bad in found
    ]
    errors = [
        {"message": bad.message, "code": bad.code, "context": {"propertyName": [bad.name]}}
        for bad in found
    ]
    message = BAD_VALUES + orjson.dumps(listed).decode()
    return error(400, message, "VALIDATION_ERROR", errors=errors)


def bad_json(detail: str) -> ApiError:
    """400 for a body that is not the JSON asked for."""
    return error(400, f"Invalid input JSON on line 1, column 1: {detail}", "VALIDATION_ERROR")


def not_found(asked: str) -> ApiError:
    """404: a numeric id has no category, any other is ``OBJECT_NOT_FOUND`` (facts §1)."""
    if asked.isascii() and asked.isdigit():
        return error(404, "resource not found")
    message = "Object not found.  objectId are usually numeric."
    return error(404, message, "OBJECT_NOT_FOUND", context={"id": [asked]})


def missing_rows(ids: Sequence[str], kind: str) -> ApiError:
    """The one row that names every id which a batch did not find (facts §1)."""
    message = f"Could not get some {kind} objects, they may be deleted or not exist. Check that ids are valid."
    return error(404, message, "OBJECT_NOT_FOUND", context={"ids": list(ids)})


def duplicate_on_create(existing: int) -> ApiError:
    """409: the first form, on create (facts §1)."""
    return error(409, f"Contact already exists. Existing ID: {existing}", "CONFLICT")


def duplicate_on_update(
    portal: int, label: str, name: str, value: str, asked: int, holder: int
) -> ApiError:
    """400: the second form, two ids, the holder of the value is the second one (facts §1)."""
    message = (
        f"Cannot set PropertyValueCoordinates{{portalId={portal}, objectTypeId=ObjectTypeId"
        f"{{legacyObjectType={label}}}, propertyName={name}, value={value}}} on {asked}. "
        f"{holder} already has that value."
    )
    return error(400, message, "VALIDATION_ERROR")


def bad_token(detail: str) -> ApiError:
    """401 ``INVALID_AUTHENTICATION`` (facts §1)."""
    return error(401, detail, "INVALID_AUTHENTICATION")


def expired_token(expired_ms: int) -> ApiError:
    """401 ``EXPIRED_AUTHENTICATION`` with the moment of expiry in its context (facts §1)."""
    message = f"The OAuth token used to make this call expired at {iso(expired_ms)}."
    context = {"expire time": [iso(expired_ms)]}
    return error(401, message, "EXPIRED_AUTHENTICATION", context=context)


def missing_scopes(needed: Sequence[str]) -> ApiError:
    """403 ``MISSING_SCOPES`` naming what would do (facts §1)."""
    message = (
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {SCOPES_PAGE}."
    )
    errors = [
        {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": list(needed)},
        }
    ]
    return error(403, message, "MISSING_SCOPES", errors=errors, links={"scopes": SCOPES_PAGE})


def over_policy(policy: str) -> ApiError:
    """429 of the ten-second bucket or the day: keyed by ``policyName`` (facts §3, form a)."""
    body: dict[str, object] = {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
        "requestId": "00000000-0000-4000-8000-000000000429",
    }
    return ApiError(429, body)


def over_search() -> ApiError:
    """429 of search: no ``policyName``, no Retry-After (facts §3, form b)."""
    return error(429, "You have reached your secondly limit.", "RATE_LIMITS")


def not_covered(area: str) -> ApiError:
    """501: a part of HubSpot that the sandbox does not emulate (DESIGN §8)."""
    return error(501, f"the sandbox does not cover {area}", "NOT_COVERED_BY_SANDBOX")
