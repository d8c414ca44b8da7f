"""Lead conversion by SOAP: REST has none (facts §6). Effect class *convert*: read first (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import requests

from leadpact.errors import LeadpactError, SetAside, WaitUntil
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written
from leadpact_salesforce import errors, soap, transfer
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.limits import CONVERT_BATCH
from leadpact_salesforce.objects import CONVERTED_TO, LEAD, id18
from leadpact_salesforce.schema import LiveSchema
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import ANSWER_LOST

PARTNER: Final = "urn:partner.soap.sforce.com"
STATUS: Final = "convertedStatus"
_IDS: Final = ("accountId", "contactId", "opportunityId", "ownerId")
_NAME: Final = "opportunityName"
_OVERWRITE: Final = "overwriteLeadSource"
FIELDS: Final = frozenset((STATUS, _NAME, _OVERWRITE, *_IDS))
"""What a row's ``fields`` may name, in the API's own words. Without ``opportunityName`` and
``opportunityId`` no Opportunity is made; without ``convertedStatus`` the org's only one is taken."""
_READ: Final = ("Id", "IsConverted", *(field for _, field in CONVERTED_TO))
_RESULTS: Final = {
    "ConvertedContactId": "contactId",
    "ConvertedAccountId": "accountId",
    "ConvertedOpportunityId": "opportunityId",
}


RowsById: TypeAlias = Callable[[str, Sequence[str], Sequence[str]], Mapping[str, Any]]
"""Raw rows of a kind by id; deleted ones and those that never were are missing."""


@dataclass(frozen=True, slots=True)
class _Ready:
    place: int
    lead_id: str
    contact_id: str
    element: str


class LeadConversion:
    """Converts Leads, never one twice.

    Args:
        rows_by_id: how Leads are looked at first, whichever way the org can be read.
    """

    def __init__(self, client: SalesforceClient, schema: LiveSchema, rows_by_id: RowsById) -> None:
        self._client = client
        self._schema = schema
        self._rows_by_id = rows_by_id

    def convert(self, rows: Sequence[WriteRow]) -> list[WriteResult]:
        """One result per row, same order; a Lead that is converted already counts as written.

        ``Written.fields`` holds what the Lead became, under the Lead's own field names.

        Raises:
            WaitUntil, SignIn, FixSettings, Stop: nothing was tried.
        """
        results: list[WriteResult | None] = [None] * len(rows)
        ready: list[_Ready] = []
        for place, row in enumerate(rows):
            try:
                ready.append(self._ready(place, row))
            except SetAside as refused:
                results[place] = Refused(refused)
        tried = False
        for start in range(0, len(ready), CONVERT_BATCH):
            batch = ready[start : start + CONVERT_BATCH]
            try:
                found = self._batch(batch)
            except LeadpactError as error:
                if not tried:
                    raise
                found = [Refused(error)] * len(batch)
            tried = True
            for each, result in zip(batch, found, strict=True):
                results[each.place] = result
        return [each for each in results if each is not None]

    def _ready(self, place: int, row: WriteRow) -> _Ready:
        unknown = tuple(sorted(name[:80] for name in row.fields if name not in FIELDS))
        if unknown:
            raise SetAside(
                "This is no part of a conversion.", fields=unknown, code="field_name_invalid"
            )
        given = {name: value for name, value in row.fields.items() if value not in (None, "")}
        lead_id = id18(row.id)
        told: dict[str, str | bool] = {
            name: id18(str(given[name])) for name in _IDS if name in given
        }
        if "contactId" in told and "accountId" not in told:
            raise SetAside(
                "A Contact to convert into needs its Account.",
                fields=("accountId",),
                code="required_missing",
            )
        if _NAME in given:
            told[_NAME] = str(given[_NAME])
        told[STATUS] = self._status(str(given.get(STATUS) or ""))
        told["doNotCreateOpportunity"] = _NAME not in told and "opportunityId" not in told
        told["leadId"] = lead_id
        told[_OVERWRITE] = given.get(_OVERWRITE) is True
        told["sendNotificationEmail"] = False
        # The WSDL wants its elements in this order, which is that of the alphabet.
        parts = [soap.element(name, told[name]) for name in sorted(told)]
        contact = str(told.get("contactId", ""))
        return _Ready(place, lead_id, contact, soap.element("leadConverts", parts))

    def _status(self, given: str) -> str:
        """A status that conversion may set.

        Raises:
            SetAside: none of the org's, or none given where the org has several.
        """
        converted = self._schema.statuses().converted
        if not given and len(converted) == 1:
            return next(iter(converted))
        if given in converted:
            return given
        raise SetAside(
            f"Name the Lead status to convert to; the org has {', '.join(sorted(converted))}.",
            fields=(STATUS,),
            code="picklist_value_unknown",
        )

    def _batch(self, batch: Sequence[_Ready]) -> list[WriteResult]:
        found = self._rows_by_id(LEAD, [each.lead_id for each in batch], _READ)
        now = [found.get(each.lead_id) for each in batch]
        results: dict[int, WriteResult] = {}
        open_: list[_Ready] = []
        for each, lead in zip(batch, now, strict=True):
            known = _as_it_stands(each, lead)
            if known is None:
                open_.append(each)
            else:
                results[each.place] = known
        if open_:
            for each, result in zip(open_, self._send(open_), strict=True):
                results[each.place] = result
        return [results[each.place] for each in batch]

    def _send(self, rows: Sequence[_Ready]) -> list[WriteResult]:
        parts = [each.element for each in rows]
        try:
            response = transfer.soap(
                self._client,
                lambda session: soap.envelope("convertLead", parts, session, PARTNER),
            )
            answer = _answer(response)
            found = answer.all("result")
            if len(found) != len(rows):
                raise WaitUntil("Salesforce's answer to a conversion is cut.", code=ANSWER_LOST)
        except WaitUntil as wait:
            if wait.code != ANSWER_LOST:
                raise
            return [Refused(wait, unknown=True)] * len(rows)
        return [_result(each, node) for each, node in zip(rows, found, strict=True)]


def _as_it_stands(row: _Ready, lead: Mapping[str, Any] | None) -> WriteResult | None:
    """The result where nothing is to be done; None where the Lead is still open."""
    if lead is None:
        return Refused(errors.of_row([{"statusCode": "NOT_FOUND"}]))
    if not lead.get("IsConverted"):
        return None
    became = {field: lead[field] for _, field in CONVERTED_TO if lead.get(field)}
    if row.contact_id and became.get("ConvertedContactId") != row.contact_id:
        return Refused(
            SetAside(
                "The Lead has been converted into another Contact than the one that was meant.",
                fields=("contactId",),
                code="lead_converted",
            )
        )
    return Written(row.lead_id, {"IsConverted": True, **became})


def _result(row: _Ready, node: soap.Node) -> WriteResult:
    if node.value("success") == "true":
        became = {name: node.value(told) for name, told in _RESULTS.items() if node.value(told)}
        return Written(row.lead_id, {"IsConverted": True, **became})
    refused = [
        {
            "statusCode": each.value("statusCode"),
            "message": each.value("message"),
            "fields": [one.text or "" for one in each.all("fields")],
        }
        for each in node.all("errors")
    ]
    return Refused(errors.of_row(refused))


def _answer(response: requests.Response) -> soap.Node:
    """The response element.

    Raises:
        LeadpactError: by the remedy of the fault, or ``answer_lost`` for what is none.
    """
    try:
        node = soap.parse(response.content)
    except soap.WrongXml as wrong:
        if response.status_code == 200:
            raise WaitUntil(
                "Salesforce's answer to a conversion is cut.", code=ANSWER_LOST, detail=str(wrong)
            ) from wrong
        raise errors.of_call(response.status_code, response.text[:2_000]) from wrong
    if node.name != "Fault":
        return node
    code = node.value("faultcode").rpartition(":")[2]
    message = node.value("faultstring")
    told = [{"errorCode": code, "message": message}]
    # A fault is HTTP 500 whatever it says. One with a code of Salesforce's refused the whole call;
    # only its own failures leave open what was done.
    if code in ("UNKNOWN_EXCEPTION", "Server", ""):
        raise errors.of_call(500, told)
    if code == "SERVER_UNAVAILABLE":
        raise errors.of_call(503, told)
    raise _of_whole_call(errors.of_call(400, told), redact(f"{code} {message}"))


def _of_whole_call(error: LeadpactError, detail: str) -> LeadpactError:
    """Locks and the like of a whole call come back later; no single Lead is at fault."""
    if isinstance(error, SetAside):
        return errors.of_read(error)
    error.detail = detail
    return error
