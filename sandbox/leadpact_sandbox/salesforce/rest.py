"""sObject rows one at a time: create, read, update, delete, upsert, describe (facts salesforce §1)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.responses import Response

from leadpact_sandbox.salesforce import describe, rows
from leadpact_sandbox.salesforce.api import Call, Handler, empty_answer, json_answer
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, not_covered, not_found
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.values import read_moment, stored
from leadpact_sandbox.salesforce.writing import no_such_column


def _owner(call: Call, kind: str) -> Sobject:
    return call.org.catalog.objects[kind]


def _condition(call: Call, name: str) -> datetime | None:
    """A conditional header's instant (§1: one second's grain).

    Raises:
        ApiError: 400 for a header that is no HTTP date.
    """
    text = call.request.headers.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        raise ApiError(400, "INVALID_HEADER", f"{name} is not an HTTP date: {text}") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _unchanged(call: Call, row: Row) -> None:
    """Refuse with 412 a row changed after ``If-Unmodified-Since`` (§1).

    Raises:
        ApiError: 412 PRECONDITION_FAILED; 501 for the ETag that only Account rows have.
    """
    if row["Id"].startswith("001") and call.request.headers.get("if-match") is not None:
        raise not_covered("If-Match on Account rows")
    limit = _condition(call, "if-unmodified-since")
    changed = read_moment(row.get("LastModifiedDate", ""))
    if limit is not None and changed is not None and changed > limit:
        raise ApiError(412, "PRECONDITION_FAILED", "The record has changed since")


def create(kind: str) -> Handler:
    """``POST /sobjects/X``: 201 with the id."""

    def handle(call: Call) -> Response:
        record_id = rows.insert(call.org, _owner(call, kind), call.object_body(), call.caller)
        return json_answer({"id": record_id, "success": True, "errors": []}, 201)

    return handle


def _chosen(call: Call, owner: Sobject, row: Row) -> Response:
    limit = _condition(call, "if-modified-since")
    changed = read_moment(row.get("LastModifiedDate", ""))
    if limit is not None and changed is not None and changed <= limit:
        return empty_answer(304)
    _unchanged(call, row)
    shown = describe.record(owner, row, call.caller.access, call.version)
    wanted = call.query("fields")
    if not wanted:
        return json_answer(shown)
    record = {"attributes": shown["attributes"]}
    for name in wanted.split(","):
        field = owner.field(name.strip())
        if field is None or field.name not in shown:
            raise no_such_column(owner, name.strip())
        record[field.name] = shown[field.name]
    if "Id" not in record:
        record["Id"] = row["Id"]
    return json_answer(record)


def read(kind: str) -> Handler:
    """``GET /sobjects/X/{id}``: 200 with the record, 404 for an absent or deleted one."""

    def handle(call: Call) -> Response:
        owner = _owner(call, kind)
        record_id = rows.record_id_of(owner, call.path["id"])
        return _chosen(call, owner, rows.existing(call.org, owner, record_id))

    return handle


def update(kind: str) -> Handler:
    """``PATCH /sobjects/X/{id}``: 204 without a body."""

    def handle(call: Call) -> Response:
        owner = _owner(call, kind)
        record_id = rows.record_id_of(owner, call.path["id"])
        _unchanged(call, rows.existing(call.org, owner, record_id))
        rows.update(call.org, owner, record_id, call.object_body(), call.caller)
        return empty_answer()

    return handle


def delete(kind: str) -> Handler:
    """``DELETE /sobjects/X/{id}``: 204."""

    def handle(call: Call) -> Response:
        owner = _owner(call, kind)
        record_id = rows.record_id_of(owner, call.path["id"])
        rows.delete(call.org, owner, record_id, call.caller)
        return empty_answer()

    return handle


def _several(call: Call, kind: str, matches: list[str]) -> Response:
    base = f"/services/data/v{call.version}/sobjects/{kind}"
    return json_answer([f"{base}/{each}" for each in matches], 300)


def upsert(kind: str) -> Handler:
    """``PATCH /sobjects/X/{field}/{value}``: 201 created, 200 matched (204 before v46), 300, 404."""

    def handle(call: Call) -> Response:
        owner = _owner(call, kind)
        field = rows.external_field(call.org, owner, call.path["field"], call.caller)
        only = (call.query("updateOnly") or "").lower() == "true"
        try:
            done = rows.upsert(
                call.org,
                owner,
                field,
                call.path["value"],
                call.object_body(),
                call.caller,
                update_only=only,
            )
        except rows.SeveralMatches as several:
            return _several(call, kind, several.matches)
        body = {"id": done.id, "success": True, "errors": []}
        if call.caller.version < 46:
            return json_answer(body, 201) if done.created else empty_answer()
        return json_answer({**body, "created": done.created}, 201 if done.created else 200)

    return handle


def _matches(call: Call, owner: Sobject, field: Field) -> list[str]:
    if field.name == "Id":
        return [rows.record_id_of(owner, call.path["value"])]
    table = call.org.tables[owner.name]
    value = stored(call.org, field, call.path["value"])
    found = sorted(table.equal(field.name, value))
    return [each for each in found if not table.rows[each].get("IsDeleted")]


def read_by_key(kind: str) -> Handler:
    """``GET /sobjects/X/{field}/{value}``: 200, 300 for several, 404 for none."""

    def handle(call: Call) -> Response:
        owner = _owner(call, kind)
        found = _matches(
            call, owner, rows.external_field(call.org, owner, call.path["field"], call.caller)
        )
        if not found:
            raise not_found()
        if len(found) > 1:
            return _several(call, kind, found)
        return _chosen(call, owner, rows.existing(call.org, owner, found[0]))

    return handle


def delete_by_key(kind: str) -> Handler:
    """``DELETE /sobjects/X/{field}/{value}``: 204, 300 for several, 404 for none."""

    def handle(call: Call) -> Response:
        owner = _owner(call, kind)
        found = _matches(
            call, owner, rows.external_field(call.org, owner, call.path["field"], call.caller)
        )
        if not found:
            raise not_found()
        if len(found) > 1:
            return _several(call, kind, found)
        rows.delete(call.org, owner, found[0], call.caller)
        return empty_answer()

    return handle


def _schema_unchanged(call: Call) -> Response | None:
    """304 where ``If-Modified-Since`` names a time after the schema's last change."""
    since = _condition(call, "if-modified-since")
    if since is not None and call.org.schema_changed.replace(microsecond=0) <= since:
        return empty_answer(304)
    return None


def _schema_stamp(call: Call) -> str:
    return format_datetime(call.org.schema_changed.astimezone(UTC), usegmt=True)


def describe_object(kind: str) -> Handler:
    """``GET /sobjects/X/describe``: 200, or 304 when the schema is older than asked."""

    def handle(call: Call) -> Response:
        unchanged = _schema_unchanged(call)
        if unchanged is not None:
            return unchanged
        owner = _owner(call, kind)
        response = json_answer(describe.describe(call.org, owner, call.caller.access, call.version))
        response.headers["Last-Modified"] = _schema_stamp(call)
        return response

    return handle


def basic_information(kind: str) -> Handler:
    """``GET /sobjects/X``: the object without its fields."""

    def handle(call: Call) -> Response:
        shown = describe.object_description(_owner(call, kind), call.version)
        return json_answer({"objectDescribe": shown, "recentItems": []})

    return handle


def describe_all(call: Call) -> Response:
    """``GET /sobjects``: the global describe; 304 when the schema is older than asked."""
    unchanged = _schema_unchanged(call)
    if unchanged is not None:
        return unchanged
    response = json_answer(describe.describe_global(call.org, call.version))
    response.headers["Last-Modified"] = _schema_stamp(call)
    return response


def describe_all_tooling(call: Call) -> Response:
    """``GET /tooling/sobjects``: what the Tooling API knows here."""
    return json_answer(describe.describe_global(call.org, call.version, tooling=True))


def layouts(call: Call) -> Response:
    """Layouts, list views and quick actions of an object.

    Raises:
        ApiError: 501, always.
    """
    raise not_covered(f"{call.request.url.path.rpartition('/')[2]} of objects")
