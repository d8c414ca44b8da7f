"""``POST /services/Soap/u/{v}`` and ``/c/{v}``: sessions, operations, faults (facts salesforce §0, §6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from leadpact_sandbox.gate import Endpoint
from leadpact_sandbox.salesforce.api import LOCKED, NEWEST, OLDEST, Api, read_body
from leadpact_sandbox.salesforce.errors import ApiError, not_covered
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.sessions import EXPIRED
from leadpact_sandbox.salesforce.soap import convert_lead, merge
from leadpact_sandbox.salesforce.soap.xml import Element, XmlError, read_xml, write_xml

MAX_BYTES = 10_000_000
NO_LOGIN_FROM = 65
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
FLAVOURS = {
    "u": "urn:partner.soap.sforce.com",
    "c": "urn:enterprise.soap.sforce.com",
}
_VERSION = re.compile(r"(\d{1,3})(?:\.0)?", re.ASCII)
_XML = "text/xml;charset=UTF-8"
_INVALID_LOGIN = "Invalid username, password, security token; or user locked out."

Results: TypeAlias = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class SoapCall:
    """One call with its session.

    Attributes:
        operation: the element in the body.
        locked: whether one of its rows is to fail for a row lock.
    """

    org: Org
    caller: Caller
    operation: Element
    locked: bool


OPERATIONS: dict[str, Callable[[SoapCall], Results]] = {
    "convertLead": lambda call: convert_lead.convert_leads(
        call.org, call.caller, call.operation, locked=call.locked
    ),
    "merge": lambda call: merge.merge_records(
        call.org, call.caller, call.operation, locked=call.locked
    ),
}


def _envelope(space: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns="{space}" '
        f'xmlns:sf="urn:fault.{space.split(":")[1]}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )


def fault_answer(error: ApiError, space: str = FLAVOURS["u"]) -> Response:
    """HTTP 500 with ``sf:exceptionCode``; 501 and 503 keep their status."""
    client = error.code.startswith("soapenv:")
    code = error.code if client else f"sf:{error.code}"
    text = error.message if client else f"{error.code}: {error.message}"
    detail = ""
    if not client:
        kind = {"INVALID_LOGIN": "LoginFault"}.get(error.code, "UnexpectedErrorFault")
        detail = (
            f'<detail><sf:{kind} xsi:type="sf:{kind}">'
            f"<sf:exceptionCode>{error.code}</sf:exceptionCode>"
            f"<sf:exceptionMessage>{escape(error.message)}</sf:exceptionMessage>"
            f"</sf:{kind}></detail>"
        )
    body = (
        f"<soapenv:Fault><faultcode>{code}</faultcode>"
        f"<faultstring>{escape(text)}</faultstring>{detail}</soapenv:Fault>"
    )
    status = error.status if error.status in (413, 501, 503) else 500
    return Response(_envelope(space, body), status, {"content-type": _XML})


def malformed(message: str) -> ApiError:
    """The fault for a message that does not follow the WSDL."""
    return ApiError(500, "soapenv:Client", message)


def soap_routes(api: Api) -> list[tuple[str, str, Endpoint]]:
    """Rows of (method, template, endpoint); an organisation id may follow the version."""
    made: list[tuple[str, str, Endpoint]] = []
    for flavour, space in FLAVOURS.items():
        for tail in ("", "/{org}"):
            path = f"/services/Soap/{flavour}/{{version}}{tail}"
            made.append(("POST", path, _endpoint(api, space)))
    return made


def _endpoint(api: Api, space: str) -> Endpoint:
    async def run(request: Request) -> Response:
        try:
            content = await read_body(request, MAX_BYTES)
            response = _answer(api, request, content, space)
        except ApiError as error:
            response = fault_answer(error, space)
        response.headers["Sforce-Limit-Info"] = api.usage()
        return response

    return run


def _answer(api: Api, request: Request, content: bytes, space: str) -> Response:
    version = _version(request.path_params["version"])
    try:
        envelope = read_xml(content)
    except XmlError as error:
        raise malformed(f"Unable to parse the message: {error}") from None
    operation = _operation(envelope, space)
    if operation.name == "login":
        raise _login_refusal(version)
    user_id = api.sessions.user_of(_session_of(envelope))
    if not api.day.take():
        raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    do = OPERATIONS.get(operation.name)
    if do is None:
        raise not_covered(f"the SOAP operation {operation.name[:80]}")
    api.settle()
    header = envelope.child("Header") or Element("Header")
    caller = Caller(
        user_id,
        api.org.access(user_id),
        auto_assign=False,
        allow_duplicates=_says_true(header, "DuplicateRuleHeader", "allowSave"),
        version=float(version),
    )
    call = SoapCall(api.org, caller, operation, bool(request.scope.get(LOCKED)))
    results = do(call)
    answer = write_xml(f"{operation.name}Response", {"result": results})
    return Response(_envelope(space, answer), 200, {"content-type": _XML})


def _version(text: str) -> int:
    match = _VERSION.fullmatch(text)
    number = 0 if match is None else int(match.group(1))
    if not OLDEST <= number <= NEWEST:
        raise ApiError(
            500, "UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {text[:20]}"
        )
    return number


def _operation(envelope: Element, space: str) -> Element:
    if envelope.name != "Envelope" or envelope.space != ENVELOPE:
        raise malformed("A SOAP 1.1 Envelope is needed")
    body = envelope.child("Body")
    if body is None or len(body.children) != 1:
        raise malformed("The Body holds exactly one operation")
    operation = body.children[0]
    if operation.space != space:
        raise malformed(
            f"No operation available for request {{{operation.space[:80]}}}{operation.name[:80]}"
        )
    return operation


def _session_of(envelope: Element) -> str:
    header = envelope.child("Header")
    session = None if header is None else header.child("SessionHeader")
    token = None if session is None else session.child("sessionId")
    if token is None or not token.text.strip():
        raise ApiError(
            500, "INVALID_SESSION_ID", f"Invalid Session ID found in SessionHeader: {EXPIRED}"
        )
    return token.text.strip()


def _says_true(header: Element, name: str, setting: str) -> bool:
    found = header.child(name)
    value = None if found is None else found.child(setting)
    return value is not None and value.text.strip() in ("true", "1")


def _login_refusal(version: int) -> ApiError:
    """No ``login()`` from 65.0 on; before it, no password of this org is right (§0)."""
    if version >= NO_LOGIN_FROM:
        return ApiError(
            500,
            "UNSUPPORTED_API_VERSION",
            f"SOAP API login() is not available in API version {version}.0; use OAuth",
        )
    return ApiError(500, "INVALID_LOGIN", _INVALID_LOGIN)
