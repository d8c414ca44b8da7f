"""Salesforce's refusals by remedy: one table for whole calls and for rows (facts §1, §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
)

from leadpact.errors import FixSettings, LeadpactError, SetAside, SignIn, Stop, WaitUntil
from leadpact_webapi.certificates import REFUSED, certificate_refused
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import ANSWER_LOST, CRM_UNREACHABLE, UNAVAILABLE

RemedyClass: TypeAlias = Literal["set aside", "later", "wait", "sign in", "fix settings", "stop"]
LIMIT_WAIT_S: Final = 900.0
"""The day's calls are a rolling 24 hours and no answer says when room comes back (facts §5)."""
CONCURRENT_WAIT_S: Final = 30.0
"""Calls over 20 s count against the concurrent limit (facts §5)."""
LOCKED = "UNABLE_TO_LOCK_ROW"
CURSOR_LOST: Final = "cursor_lost"
FIELD_UNKNOWN: Final = "field_unknown"
RIGHTS_MISSING: Final = "rights_missing"
MOVED: Final = "changed_meanwhile"
ADDRESS_UNKNOWN: Final = "address_unknown"
RECORD_NOT_FOUND: Final = "record_not_found"
EXPIRED = "INVALID_SESSION_ID"
SESSION_ENDED: Final = "session_ended"
NETWORK_ERRORS: Final = (requests.RequestException, HTTPError)
"""What a call raises that got no answer: without retries urllib3's own errors come through bare."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a refusal means: its class (``later`` = set aside, but the same write may succeed later)."""

    remedy: RemedyClass
    code: str
    sentence: str


def _aside(code: str, sentence: str) -> Remedy:
    return Remedy("set aside", code, sentence)


def _sign_in(code: str, sentence: str) -> Remedy:
    return Remedy("sign in", code, sentence)


REMEDIES: Final[Mapping[str, Remedy]] = {
    # Rows.
    LOCKED: Remedy("later", "row_locked", "The record is locked by another change in Salesforce."),
    "CANNOT_UPDATE_CONVERTED_LEAD": _aside(
        "lead_converted", "The Lead has been converted; what follows belongs to its Contact."
    ),
    "ENTITY_IS_DELETED": _aside("record_deleted", "The record has been deleted in Salesforce."),
    "NOT_FOUND": _aside(RECORD_NOT_FOUND, "Salesforce has no such record that we may see."),
    "INVALID_CROSS_REFERENCE_KEY": _aside(
        "reference_invalid", "A record that this one points to is not there or not ours to use."
    ),
    "DUPLICATES_DETECTED": _aside(
        "duplicate_rule",
        "A duplicate rule of the org stopped this record; see which one it doubles.",
    ),
    "DUPLICATE_VALUE": _aside(
        "duplicate_value", "Another record already has a value that must be unique."
    ),
    "DUPLICATE_EXTERNAL_ID": _aside(
        "duplicate_value", "Several records have this external id; merge them in Salesforce."
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _aside(
        "picklist_value_unknown",
        "The picklist has no such value, or the record type leaves it out; mend the mapping or the picklist.",
    ),
    "STRING_TOO_LONG": _aside("value_too_long", "The text is longer than the field takes."),
    "NUMBER_OUTSIDE_VALID_RANGE": _aside(
        "value_out_of_range", "The number is beyond what the field takes."
    ),
    "INVALID_EMAIL_ADDRESS": _aside(
        "email_invalid", "Salesforce takes this for no e-mail address."
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _aside(
        "validation_rule", "A validation rule of the org refuses the record as it would become."
    ),
    "REQUIRED_FIELD_MISSING": _aside(
        "required_missing", "A field that must not be blank is blank."
    ),
    "FIELD_INTEGRITY_EXCEPTION": _aside(
        "value_refused", "The value does not fit the field or another field beside it."
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": _aside(
        "field_read_only", "The field cannot be written; take it out of the mapping or grant it."
    ),
    "INVALID_FIELD": _aside(
        FIELD_UNKNOWN, "The field is not there, or this sign-in may not see it; run provision."
    ),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": _aside("value_refused", "The value is of the wrong type."),
    "JSON_PARSER_ERROR": _aside("value_refused", "The value is of the wrong type for its field."),
    "MALFORMED_ID": _aside("bad_id", "This is not a Salesforce record id."),
    "INACTIVE_OWNER_OR_USER": _aside("owner_inactive", "The owner is not active in Salesforce."),
    "TRANSFER_REQUIRES_READ": _aside("owner_refused", "The new owner may not see this record."),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _aside(
        "automation_failed", "A trigger of the org failed on this record; its admin must look."
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": _aside(
        "automation_failed", "A flow of the org failed on this record; its admin must look."
    ),
    "APEX_ERROR": _aside("automation_failed", "Code of the org failed on this record."),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _aside(
        "rights_missing_here", "This sign-in lacks rights on a record that this one points to."
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": _aside(
        "rights_missing_here", "This sign-in may not change this record; share it or grant it."
    ),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Remedy(
        "later", "rolled_back", "Salesforce undid this record because of another in the call."
    ),
    "UNKNOWN_EXCEPTION": Remedy("later", "crm_fault", "Salesforce failed on this record."),
    # Whole calls.
    EXPIRED: _sign_in("token_refused", "Salesforce refuses the token; sign in anew."),
    "INVALID_AUTH_HEADER": _sign_in("token_refused", "Salesforce refuses the token; sign in anew."),
    "INSUFFICIENT_ACCESS": _sign_in(
        "rights_missing", "This sign-in lacks rights for the call; grant them to its person."
    ),
    "API_DISABLED_FOR_ORG": _sign_in(
        "api_disabled", "The API is off for this sign-in; grant 'API Enabled' to its person."
    ),
    "API_CURRENTLY_DISABLED": _sign_in(
        "api_disabled", "The API is off for this sign-in; grant 'API Enabled' to its person."
    ),
    "INVALID_TYPE": _sign_in(
        RIGHTS_MISSING, "The object is not there, or this sign-in may not see it."
    ),
    "FORBIDDEN": _sign_in("rights_missing", "This sign-in lacks rights for the call."),
    "REQUEST_LIMIT_EXCEEDED": Remedy(
        "wait", "daily_limit", "The org's API calls of the last 24 hours are used up."
    ),
    "SERVER_UNAVAILABLE": Remedy("wait", UNAVAILABLE, "Salesforce is not there at present."),
    "QUERY_TIMEOUT": Remedy("wait", "query_timeout", "Salesforce took too long over a query."),
    "UNSUPPORTED_API_VERSION": Remedy(
        "fix settings", "api_version", "Salesforce has retired this API version; set a newer one."
    ),
    "MALFORMED_QUERY": Remedy("stop", "query_refused", "Salesforce refuses a query of leadpact's."),
    "INVALID_QUERY_LOCATOR": Remedy("stop", CURSOR_LOST, "A page of the feed has expired."),
    "INVALID_REPLICATION_DATE": Remedy("stop", CURSOR_LOST, "Salesforce does not cover this span."),
    "EXCEEDED_ID_LIMIT": Remedy("stop", CURSOR_LOST, "Too many changes for one call."),
}

BY_STATUS: Final[Mapping[int, Remedy]] = {
    401: REMEDIES[EXPIRED],
    403: REMEDIES["FORBIDDEN"],
    404: Remedy(
        "fix settings",
        ADDRESS_UNKNOWN,
        "Salesforce has nothing at this address; check its URL and api_version.",
    ),
    410: REMEDIES["UNSUPPORTED_API_VERSION"],
    412: Remedy("later", MOVED, "The record changed after it was read; it is looked at again."),
    414: Remedy("stop", "address_too_long", "A call of leadpact's has too long an address."),
    429: Remedy("wait", "throttled", "Salesforce asks for fewer calls."),
    431: Remedy("stop", "address_too_long", "A call of leadpact's has too long headers."),
    # 500, 502 and 504 may come after the work was done; 503 says that it was not begun.
    500: Remedy("wait", ANSWER_LOST, "Salesforce failed; what came of the call is not known."),
    502: Remedy("wait", ANSWER_LOST, "A gateway failed; what came of the call is not known."),
    503: REMEDIES["SERVER_UNAVAILABLE"],
    504: Remedy("wait", ANSWER_LOST, "A gateway gave up; what came of the call is not known."),
}
"""For answers without a code that the table knows: HTML pages, gateways."""


def _build(
    found: Remedy, detail: str, fields: tuple[str, ...] = (), seconds: float | None = None
) -> LeadpactError:
    named = f" ({', '.join(fields)})" if fields else ""
    sentence = found.sentence.removesuffix(".") + named + "."
    if found.remedy in ("set aside", "later"):
        transient = found.remedy == "later"
        return SetAside(
            sentence, fields=fields, transient=transient, code=found.code, detail=detail
        )
    if found.remedy == "wait":
        return WaitUntil(sentence, seconds=seconds, code=found.code, detail=detail)
    kinds = {"sign in": SignIn, "fix settings": FixSettings, "stop": Stop}
    return kinds[found.remedy](sentence, code=found.code, detail=detail)


def first_error(content: Any) -> Mapping[str, Any]:
    """The first of an error answer's items, ``{}`` where the body is of another shape."""
    if isinstance(content, list) and content and isinstance(content[0], dict):
        return content[0]
    return content if isinstance(content, dict) else {}


def code_of(error: Mapping[str, Any]) -> str:
    """``errorCode`` of a call, ``statusCode`` of a collection row."""
    return str(error.get("errorCode") or error.get("statusCode") or "")


def doubled(error: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(kind, id) of each record that a duplicate rule found; Salesforce misspells the key (facts §6)."""
    told = error.get("duplicateResut") or error.get("duplicateResult") or {}
    found: dict[tuple[str, str], None] = {}
    for result in told.get("matchResults") or () if isinstance(told, dict) else ():
        for match in result.get("matchRecords") or ():
            record = match.get("record") or {}
            kind = (record.get("attributes") or {}).get("type") or result.get("entityType")
            if kind and record.get("Id"):
                found[str(kind), str(record["Id"])] = None
    return tuple(found)


def _fields_of(error: Mapping[str, Any]) -> tuple[str, ...]:
    fields = error.get("fields")
    return tuple(str(name) for name in fields) if isinstance(fields, list) else ()


def of_call(status: int, content: Any) -> LeadpactError:
    """The error of a call that was refused as a whole.

    Args:
        status: the HTTP status.
        content: the parsed body, or its text where it was not JSON.
    """
    error = first_error(content)
    code = code_of(error)
    message = str(error.get("message") or (content if isinstance(content, str) else ""))
    detail = redact(f"{status} {code} {message}".strip())
    if status in {414, 431}:
        return _build(BY_STATUS[status], detail)
    if code == "REQUEST_LIMIT_EXCEEDED":
        if "concurrent" in message.lower():
            found = Remedy("wait", "concurrent_limit", "Too many long calls run in the org.")
            return _build(found, detail, seconds=CONCURRENT_WAIT_S)
        return _build(REMEDIES[code], detail, seconds=LIMIT_WAIT_S)
    if LOCKED in code or LOCKED in message:
        return _build(REMEDIES[LOCKED], detail)
    # Below 500 the code says more; from 500 on only the status tells whether the work was begun.
    found_or_none = REMEDIES.get(code) if status < 500 else None
    if found_or_none is None:
        found_or_none = BY_STATUS.get(status)
    if found_or_none is None:
        if status >= 500:
            found_or_none = BY_STATUS[500]
        else:
            found_or_none = Remedy(
                "stop", "call_refused", "Salesforce refuses a call of leadpact's."
            )
    built = _build(found_or_none, detail, _fields_of(error))
    if isinstance(built, SetAside):
        built.records = doubled(error)
    return built


def of_row(errors: Sequence[Mapping[str, Any]]) -> LeadpactError:
    """The error of one row of a collection, whose call was well formed."""
    error = errors[0] if errors else {}
    code = code_of(error)
    message = str(error.get("message") or "")
    detail = redact(f"{code} {message}".strip())
    fields = _fields_of(error)
    # A trigger's text often wraps the lock that made it fail (facts §1).
    if code == LOCKED or LOCKED in message:
        return _build(REMEDIES[LOCKED], detail, fields)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _build(REMEDIES[code], detail, seconds=LIMIT_WAIT_S)
    found = REMEDIES.get(code)
    if found is None or found.remedy not in ("set aside", "later"):
        found = _aside(
            code.lower() or "row_refused", "Salesforce refuses the record; the detail says why."
        )
    return _build(found, detail, fields)


def of_read(refused: SetAside) -> LeadpactError:
    """A read that was refused as a whole concerns no single record: the same cause by its remedy."""
    if refused.transient:
        return WaitUntil(refused.message, code=refused.code, detail=refused.detail)
    if refused.code == FIELD_UNKNOWN:
        return FixSettings(refused.message, code=FIELD_UNKNOWN, detail=refused.detail)
    if refused.code == RECORD_NOT_FOUND:
        return _build(BY_STATUS[404], refused.detail)
    return Stop(refused.message, code=refused.code, detail=refused.detail)


def token_expired(content: Any) -> bool:
    """Whether a 401 can be cured by a new token; other texts are policies (facts §1)."""
    error = first_error(content)
    if code_of(error) != EXPIRED:
        return False
    message = str(error.get("message") or "").lower()
    return not message or "expired" in message or "session invalid" in message


def policy(content: Any) -> SignIn:
    """A 401 that no new token cures."""
    error = first_error(content)
    return SignIn(
        "Salesforce refuses this sign-in by a policy of the org; its admin must allow the app.",
        code="sign_in_policy",
        detail=redact(f"401 {code_of(error)} {error.get('message') or ''}".strip()),
    )


def of_network(error: Exception) -> WaitUntil | FixSettings:
    """The error of a call that got no whole answer; ``crm_unreachable`` only where it never left."""
    detail = redact(f"{type(error).__name__}: {error}")
    if REFUSED in detail:
        return certificate_refused("Salesforce", detail)
    if _never_left(error):
        return WaitUntil("Salesforce cannot be reached.", code=CRM_UNREACHABLE, detail=detail)
    return WaitUntil(
        "Salesforce's answer did not arrive whole; what came of the call is not known.",
        code=ANSWER_LOST,
        detail=detail,
    )


def _never_left(error: BaseException) -> bool:
    """Whether the connection was never made; requests wraps what urllib3 says, once or twice."""
    seen: Any = error
    while isinstance(seen, BaseException):
        if isinstance(seen, (requests.ConnectTimeout, NewConnectionError, ConnectTimeoutError)):
            return True
        inner = seen.args[0] if seen.args else None
        seen = seen.reason if isinstance(seen, MaxRetryError) else inner
    return False


def unknown_fields(hidden: Sequence[str], detail: str = "") -> SetAside:
    """Fields that the org does not show to this sign-in."""
    return SetAside(
        f"Salesforce shows no field {', '.join(hidden)} to this sign-in; run provision or grant it.",
        fields=tuple(hidden),
        code=FIELD_UNKNOWN,
        detail=detail,
    )


def status_refused(status: str, usable: frozenset[str], converted: frozenset[str]) -> SetAside:
    """A Lead status that is not written: an org without restriction stores any in silence (§6)."""
    if status in converted:
        return SetAside(
            f"The Lead status {status[:80]} comes by conversion only; it is never written.",
            fields=("Status",),
            code="converted_status",
        )
    return SetAside(
        f"The org has no Lead status {status[:80]}; it has {', '.join(sorted(usable))}.",
        fields=("Status",),
        code="picklist_value_unknown",
    )
