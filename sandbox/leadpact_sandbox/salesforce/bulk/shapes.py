"""What the calls of both kinds of jobs share: options, CSV answers, refusals (facts salesforce §4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from leadpact_sandbox.salesforce.api import Call, json_answer
from leadpact_sandbox.salesforce.bulk.csv_rows import DELIMITERS, LINE_ENDINGS
from leadpact_sandbox.salesforce.errors import ApiError

PAGE = 1_000
"""Jobs on a page of the list."""


def job_error(code: str, message: str, status: int = 400) -> ApiError:
    """A refusal in the words of Bulk: ``INVALIDJOB`` and ``InvalidJob : text``."""
    return ApiError(status, code.upper(), f"{code} : {message}")


def choice(body: dict[str, Any], name: str, known: tuple[str, ...], default: str | None) -> str:
    """One of the known words.

    Raises:
        ApiError: 400 for another, or for none where one is needed.
    """
    value = body.get(name)
    if value is None:
        value = default
    if value not in known:
        raise job_error("InvalidJob", f"{name} is one of {', '.join(known)}")
    return str(value)


def csv_options(body: dict[str, Any]) -> tuple[str, str]:
    """(column delimiter, line ending) as asked for; comma and LF unless said.

    Raises:
        ApiError: 400.
    """
    choice(body, "contentType", ("CSV",), "CSV")
    delimiter = choice(body, "columnDelimiter", tuple(DELIMITERS), "COMMA")
    return delimiter, choice(body, "lineEnding", tuple(LINE_ENDINGS), "LF")


def only(body: dict[str, Any], known: frozenset[str]) -> None:
    """Refuse properties that the resource does not have.

    Raises:
        ApiError: 400.
    """
    unknown = sorted(set(body) - known)
    if unknown:
        raise ApiError(400, "JSON_PARSER_ERROR", f'Unrecognized field "{unknown[0][:80]}"')


def csv_answer(blocks: Iterator[bytes], headers: dict[str, str] | None = None) -> Response:
    """CSV, block by block; the content type says no charset, as recorded."""

    async def flow() -> AsyncIterator[bytes]:
        for block in blocks:
            yield block

    return StreamingResponse(flow(), headers={**(headers or {}), "content-type": "text/csv"})


def job_list(call: Call, records: list[dict[str, Any]], path: str) -> Response:
    """A page of jobs; ``queryLocator`` goes on."""
    start = call.query("queryLocator") or "0"
    if not start.isascii() or not start.isdigit() or int(start) > len(records):
        raise job_error("InvalidQueryLocator", "invalid query locator")
    first, end = int(start), int(start) + PAGE
    done = end >= len(records)
    following = None if done else f"/services/data/v{call.version}/{path}?queryLocator={end}"
    return json_answer({"done": done, "nextRecordsUrl": following, "records": records[first:end]})
