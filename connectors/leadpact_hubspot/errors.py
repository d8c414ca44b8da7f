"""What each HubSpot answer means for the operator: one table (facts §1 "Errors", §3, §9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from leadpact.errors import FixSettings, LeadpactError, SetAside, SignIn, Stop, WaitUntil
from leadpact_hubspot.objects import Json
from leadpact_webapi.certificates import REFUSED, certificate_refused
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import ANSWER_LOST, CRM_UNREACHABLE, THROTTLED, UNAVAILABLE

Remedy = Literal["wait", "sign_in", "set_aside", "fix", "stop"]

DAILY: Final = "daily_limit"
RECORD_MISSING: Final = "record_missing"
RECORD_MOVED: Final = "record_moved"
VALUE_REFUSED: Final = "value_refused"
VALUE_TAKEN: Final = "value_taken"
FIELD_UNKNOWN: Final = "field_unknown"
BAD_VALUES: Final = "Property values were not valid: "


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; the first that fits decides.

    Attributes:
        low, high: HTTP statuses from ``low`` to ``high``.
        word: what one of policyName, category, errorType or a value error's code must be; "" = any.
        seconds: the least wait, where HubSpot does not say one.
    """

    low: int
    high: int
    word: str
    remedy: Remedy
    code: str
    sentence: str
    seconds: float | None = None


RULES: Final = (
    Rule(401, 401, "EXPIRED_AUTHENTICATION", "sign_in", "token_expired",
         "The HubSpot token has expired; set a new one."),
    Rule(401, 401, "", "sign_in", "token_refused",
         "HubSpot refuses the token; set the token of a live private app or service key, or "
         "authorize the public app again."),
    Rule(403, 403, "MISSING_SCOPES", "sign_in", "missing_scope",
         "The HubSpot token lacks a scope; grant it to the private app or service key"),
    Rule(403, 403, "", "sign_in", "forbidden",
         "HubSpot does not let this token do that; check the app's scopes and the account's plan."),
    Rule(429, 429, "DAILY", "wait", DAILY, "HubSpot's daily call limit is used up."),
    Rule(429, 429, "TEN_SECONDLY_ROLLING", "wait", THROTTLED,
         "HubSpot's ten-second limit is used up.", 10),
    Rule(429, 429, "", "wait", THROTTLED, "HubSpot asks to slow down.", 1),
    Rule(423, 423, "", "wait", THROTTLED, "HubSpot has locked these records for a moment.", 2),
    Rule(477, 477, "", "wait", "account_moving",
         "HubSpot is moving this account between data centres.", 3600),
    Rule(503, 503, "", "wait", UNAVAILABLE, "HubSpot is not available at present."),
    Rule(521, 523, "", "wait", UNAVAILABLE, "HubSpot is not reachable at present."),
    Rule(501, 501, "", "stop", "not_covered", "This HubSpot does not offer that call."),
    Rule(500, 599, "", "wait", ANSWER_LOST, "HubSpot failed while it worked on a call."),
    Rule(400, 400, "PROPERTY_DOESNT_EXIST", "set_aside", FIELD_UNKNOWN,
         "HubSpot has no such property"),
    Rule(400, 400, "CONFLICT", "set_aside", VALUE_TAKEN,
         "Another HubSpot contact has this unique value already"),
    Rule(400, 400, "", "set_aside", VALUE_REFUSED, "HubSpot refuses a value"),
    Rule(409, 409, "", "set_aside", VALUE_TAKEN,
         "Another HubSpot contact has this unique value already"),
    Rule(404, 404, "OBJECT_NOT_FOUND", "set_aside", RECORD_MISSING,
         "HubSpot has no such record any more."),
    Rule(404, 405, "", "fix", "not_hubspot",
         "What answers at this address is not HubSpot's API; check base_url."),
    Rule(300, 399, "", "fix", "redirected",
         "HubSpot's address answers with a redirect, which leadpact does not follow; "
         "set base_url to where it leads."),
    Rule(0, 999, "", "stop", "unexpected_answer", "HubSpot answered in a way not known."),
)  # fmt: skip


def from_answer(
    status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> LeadpactError:
    """The error of an answer that is no success.

    Args:
        status: HTTP status.
        body: JSON or HTML, whole or empty.
        headers: for ``Retry-After``.
    """
    content = _json(body)
    words = _words(content)
    return _made(status, words, content, headers or {})


def from_row(row: Json) -> LeadpactError:
    """The error of one row of a 207 answer (facts §1)."""
    words = _words(row)
    by_category = {"OBJECT_NOT_FOUND": 404, "CONFLICT": 409}
    status = by_category.get(str(row.get("category")), 400)
    return _made(status, words, row, {})


def network(error: BaseException, *, sent: bool) -> WaitUntil | FixSettings:
    """The error of a call whose answer did not come whole, or never could.

    Args:
        sent: the request had left, so it may have been carried out.
    """
    detail = redact(f"{type(error).__name__}: {error}")
    if REFUSED in detail:
        return certificate_refused("HubSpot", detail)
    if sent:
        return WaitUntil(
            "The connection to HubSpot broke before its answer was whole.",
            code=ANSWER_LOST,
            detail=detail,
        )
    return WaitUntil(
        "HubSpot cannot be reached: check the network and base_url.",
        code=CRM_UNREACHABLE,
        detail=detail,
    )


@dataclass(frozen=True, slots=True)
class BadValue:
    """One property that a 400 complains of."""

    name: str
    code: str
    message: str


def bad_values(content: Json) -> list[BadValue]:
    """The properties that a refusal names, from both forms of facts §1, each once."""
    found: dict[str, BadValue] = {}
    for one in _dicts(content.get("errors")):
        context = one.get("context")
        names = context.get("propertyName") if isinstance(context, dict) else None
        for name in names if isinstance(names, list) else ():
            found[str(name)] = BadValue(
                str(name), str(one.get("code", "")), str(one.get("message", ""))
            )
    message = str(content.get("message", ""))
    if message.startswith(BAD_VALUES):
        listed = _json_list(message[len(BAD_VALUES) :])
        for one in _dicts(listed):
            name = str(one.get("name", ""))
            if name and name not in found:
                found[name] = BadValue(name, str(one.get("error", "")), str(one.get("message", "")))
    if not found and "propertyName=" in message:
        # The second duplicate form names its property inside a printed object.
        name = message.split("propertyName=", 1)[1].split(",", 1)[0].strip()
        found[name] = BadValue(name, "CONFLICT", message)
    return list(found.values())


def told_rows(content: Json) -> set[str]:
    """Trace ids of the inputs that a refusal blames, where it does."""
    traces: set[str] = set()
    for one in (content, *_dicts(content.get("errors"))):
        context = one.get("context")
        named = context.get("objectWriteTraceId") if isinstance(context, dict) else None
        traces.update(str(each) for each in (named if isinstance(named, list) else ()))
    return traces


class Refusal(SetAside):
    """A SetAside that still knows the answer it came from, so that a batch can be split by it."""

    def __init__(
        self, message: str, *, content: Json, fields: tuple[str, ...], code: str, detail: str
    ) -> None:
        super().__init__(message, fields=fields, code=code, detail=detail)
        self.content = content


def _made(status: int, words: set[str], content: Json, headers: Mapping[str, str]) -> LeadpactError:
    values = bad_values(content) if status in {400, 409} else []
    words |= {value.code for value in values}
    rule = next(r for r in RULES if r.low <= status <= r.high and (not r.word or r.word in words))
    detail = _detail(status, content)
    if rule.remedy == "wait":
        seconds = _retry_after(headers)
        return WaitUntil(
            rule.sentence,
            seconds=rule.seconds if seconds is None else seconds,
            code=rule.code,
            detail=detail,
        )
    if rule.remedy == "sign_in":
        scopes = _scopes(content)
        sentence = f"{rule.sentence}: {', '.join(scopes)}." if scopes else rule.sentence
        return SignIn(sentence, code=rule.code, detail=detail)
    if rule.remedy == "set_aside":
        named = ", ".join(f"{v.name} ({v.code})" if v.code else v.name for v in values)
        sentence = f"{rule.sentence}: {named}." if named else f"{rule.sentence.rstrip('.')}."
        fields = tuple(value.name for value in values)
        return Refusal(sentence, content=content, fields=fields, code=rule.code, detail=detail)
    kind = FixSettings if rule.remedy == "fix" else Stop
    return kind(f"{rule.sentence} (HTTP {status})", code=rule.code, detail=detail)


def _words(content: Json) -> set[str]:
    keys = ("policyName", "category", "errorType", "subCategory")
    return {str(content[key]) for key in keys if content.get(key)}


def _detail(status: int, content: Json) -> str:
    keys = ("category", "subCategory", "policyName", "message", "correlationId")
    told = [f"{key}={content[key]}" for key in keys if content.get(key)]
    return redact("; ".join([f"HTTP {status}", *told]))


def _scopes(content: Json) -> list[str]:
    found: dict[str, None] = {}
    for one in _dicts(content.get("errors")):
        context = one.get("context")
        if isinstance(context, dict):
            for key in ("requiredGranularScopes", "requiredScopes"):
                named = context.get(key)
                found.update(dict.fromkeys(map(str, named if isinstance(named, list) else ())))
    return list(found)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, where the header is there and sane (facts §3); HTTP dates are not used by HubSpot."""
    text = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    if not text.isdigit() or len(text) > 6:
        return None
    return float(min(int(text), 86_400))


def _json(body: bytes) -> Json:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _json_list(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _dicts(value: object) -> Iterable[Json]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
