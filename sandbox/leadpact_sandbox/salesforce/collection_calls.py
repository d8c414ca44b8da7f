"""Up to 200 rows in one call, each with its own outcome; reads up to 2,000 (facts salesforce §2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from starlette.responses import Response

from leadpact_sandbox.salesforce import ids, rows
from leadpact_sandbox.salesforce.api import Call, Handler, json_answer
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, malformed_id
from leadpact_sandbox.salesforce.saving import Outcome, Saving
from leadpact_sandbox.salesforce.shapes import split_id
from leadpact_sandbox.salesforce.soql.binder import source
from leadpact_sandbox.salesforce.writing import no_such_column

MAX_ROWS = 200
MAX_READ = 2_000
MAX_CHUNKS = 10
Record: TypeAlias = dict[str, Any]
_WHOLE_CALL = frozenset({"JSON_PARSER_ERROR", "NOT_IMPLEMENTED"})


class _RolledBack(Exception):
    """Ends the transaction of an all-or-none call of which a row failed."""


def _too_many(limit: int) -> ApiError:
    return ApiError(
        400,
        "EXCEEDED_ID_LIMIT",
        f"record limit reached. cannot submit more than {limit} records into this call",
    )


def _records(call: Call) -> list[dict[str, Any]]:
    body = call.object_body()
    unknown = sorted(set(body) - {"allOrNone", "records"})
    if unknown:
        raise ApiError(400, "JSON_PARSER_ERROR", f'Unrecognized field "{unknown[0]}"')
    records = body.get("records")
    if not isinstance(records, list) or not {*map(type, records)} <= {dict}:
        raise ApiError(400, "JSON_PARSER_ERROR", "records is not a list of records")
    if len(records) > MAX_ROWS:
        raise _too_many(MAX_ROWS)
    return records


def _all_or_none(call: Call) -> bool:
    value = call.object_body().get("allOrNone", False)
    if not isinstance(value, bool):
        raise ApiError(400, "JSON_PARSER_ERROR", "allOrNone is not a boolean")
    return value


def _runs(call: Call, records: Sequence[Record]) -> list[tuple[Sobject, list[Record]]]:
    """The records as runs of one type; at most ten (§2).

    Raises:
        ApiError: 400 for a record without a known type, or too many runs.
    """
    runs: list[tuple[Sobject, list[Record]]] = []
    done = 0
    for name, same in groupby(_type_names(records)):
        if not isinstance(name, str):
            raise ApiError(
                400, "INVALID_TYPE", "Include the attributes and type property for each record"
            )
        owner = source(call.org, name)
        end = done + len([*same])
        if runs and runs[-1][0] is owner:
            runs[-1][1].extend(records[done:end])
        else:
            runs.append((owner, [*records[done:end]]))
        done = end
    if len(runs) > MAX_CHUNKS:
        raise ApiError(400, "LIMIT_EXCEEDED", f"{len(runs)} chunks of types, at most {MAX_CHUNKS}")
    return runs


def _type_names(records: Sequence[Record]) -> list[object]:
    """What each record names as its type, None where it names none."""
    try:
        return [record["attributes"]["type"] for record in records]
    except (KeyError, TypeError):
        every = (record.get("attributes") for record in records)
        return [given.get("type") if isinstance(given, dict) else None for given in every]


def _row_error(error: ApiError) -> Outcome:
    if error.code in _WHOLE_CALL:
        raise error
    if error.code == "NOT_FOUND":
        error = ApiError(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    return error.row()


def _answer(call: Call, save: Callable[[], list[Outcome]], all_or_none: bool) -> Response:
    """The outcomes of rows that are saved in one transaction; all or none is undone for one refusal."""
    outcomes: list[Outcome] = []
    try:
        with call.org.transaction():
            outcomes = save()
            if all_or_none and not all(each["success"] for each in outcomes):
                raise _RolledBack
    except _RolledBack:
        undone = ApiError(
            400,
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using "
            "AllOrNone header",
            [],
        )
        outcomes = [undone.row() if each["success"] else each for each in outcomes]
    return json_answer(outcomes)


def _each(call: Call, work: Callable[[int], Outcome], names: Sequence[object]) -> list[Outcome]:
    """Do each row's work in order; a failed row leaves the others.

    Args:
        work: saves the row at a place.
        names: what a locked row is called, one for each row.
    """
    outcomes: list[Outcome] = []
    struck = len(names) // 2 if call.locked else -1
    for place in range(len(names)):
        if place == struck:
            outcomes.append(rows.row_locked(call.org, names[place]).row())
            continue
        try:
            outcomes.append(work(place))
        except ApiError as error:
            outcomes.append(_row_error(error))
    return outcomes


def _saved(call: Call, records: Sequence[Record], *, creating: bool) -> Response:
    """The outcomes of new or changed rows, saved a run of one type at a time."""
    runs = _runs(call, records)
    all_or_none = _all_or_none(call)
    struck = len(records) // 2 if call.locked else len(records)

    def save() -> list[Outcome]:
        outcomes: list[Outcome] = []
        for owner, alike in runs:
            # Made when its turn comes, since one run may change what holds for the next.
            saving = Saving(call.org, owner, call.caller, creating=creating)
            do = saving.insert_all if creating else saving.update_all
            at = struck - len(outcomes)
            outcomes += do(alike[:at] if 0 <= at < len(alike) else alike, _row_error)
            if 0 <= at < len(alike):
                name = None if creating else split_id(alike[at])[0]
                outcomes.append(rows.row_locked(call.org, name).row())
                outcomes += do(alike[at + 1 :], _row_error)
        return outcomes

    return _answer(call, save, all_or_none)


def _done(record_id: str, **more: bool) -> Outcome:
    return {"id": record_id, "success": True, "errors": [], **more}


def create(call: Call) -> Response:
    """``POST /composite/sobjects``."""
    return _saved(call, _records(call), creating=True)


def update(call: Call) -> Response:
    """``PATCH /composite/sobjects``: each record carries its ``id``."""
    return _saved(call, _records(call), creating=False)


def delete(call: Call) -> Response:
    """``DELETE /composite/sobjects?ids=a,b&allOrNone=false``."""
    given = [each for each in (call.query("ids") or "").split(",") if each]
    if not given:
        raise ApiError(400, "MISSING_ARGUMENT", "ids not specified")
    if len(given) > MAX_ROWS:
        raise _too_many(MAX_ROWS)

    def remove(place: int) -> Outcome:
        record_id = ids.normalised(given[place])
        kind = None if record_id is None else call.org.catalog.of_id(record_id)
        if record_id is None or kind is None:
            raise malformed_id(f"malformed id {given[place]}")
        rows.delete(call.org, call.org.catalog.objects[kind], record_id, call.caller)
        return _done(record_id)

    all_or_none = (call.query("allOrNone") or "").lower() == "true"
    return _answer(call, lambda: _each(call, remove, given), all_or_none)


def _repeated(keys: Sequence[Any]) -> list[bool]:
    """Which of these stand there more than once; what is no key at all is refused later."""
    try:
        often = Counter(keys)
    except TypeError:
        return [keys.count(each) > 1 for each in keys]
    return [often[each] > 1 for each in keys]


def upsert(kind: str) -> Handler:
    """``PATCH /composite/sobjects/X/{field}``: a null Id creates, as recorded (§2)."""

    def handle(call: Call) -> Response:
        records = _records(call)
        owner = call.org.catalog.objects[kind]
        if any(each is not owner for each, _ in _runs(call, records)):
            raise ApiError(400, "INVALID_TYPE", f"every record must be of type {kind}")
        field = rows.external_field(call.org, owner, call.path["field"], call.caller)
        table = call.org.tables[kind]

        def key_of(record: dict[str, Any]) -> Any:
            named = (value for key, value in record.items() if key.lower() == field.name.lower())
            return next(named, None)

        keys = [key_of(record) for record in records]
        indexed = [None if each is None else table.key_of(field.name, each) for each in keys]

        repeated = _repeated(indexed)
        changing = Saving(call.org, owner, call.caller, creating=False)
        creating = Saving(call.org, owner, call.caller, creating=True)

        def save(place: int) -> Outcome:
            record, value = records[place], keys[place]
            rest = {key: each for key, each in record.items() if key.lower() != field.name.lower()}
            if value is None and field.name == "Id":
                return _done(creating.insert(rest), created=True)
            if value is not None and repeated[place]:
                raise ApiError(
                    400,
                    "DUPLICATE_VALUE",
                    f"Duplicate external id specified: {value}",
                    [field.name],
                )
            try:
                done = rows.upsert(
                    *(call.org, owner, field, value, rest, call.caller),
                    change=changing.update_one,
                    make=creating.insert,
                )
            except rows.SeveralMatches as several:
                raise ApiError(
                    400,
                    "DUPLICATE_EXTERNAL_ID",
                    f"{field.name}: more than one record found for external id field: "
                    f"{several.matches}",
                    [field.name],
                ) from None
            return _done(done.id, created=done.created)

        unnamed = [None] * len(records)
        return _answer(call, lambda: _each(call, save, unnamed), _all_or_none(call))

    return handle


def _read(call: Call, kind: str, given: Sequence[object], fields: Sequence[object]) -> Response:
    owner = call.org.catalog.objects[kind]
    if len(given) > MAX_READ:
        raise _too_many(MAX_READ)
    names: list[str] = []
    for name in fields:
        field = owner.field(name) if isinstance(name, str) else None
        if field is None or not call.caller.access.reads(owner, field):
            raise no_such_column(owner, str(name))
        if field.name not in names:
            names.append(field.name)
    if "Id" not in names:
        names.append("Id")
    table = call.org.tables[kind].rows
    found: list[Outcome | None] = []
    for text in given:
        row = table.get(rows.record_id_of(owner, text))
        if row is None or row.get("IsDeleted"):
            found.append(None)
            continue
        shown: Outcome = {
            "attributes": {
                "type": kind,
                "url": f"/services/data/v{call.version}/sobjects/{kind}/{row['Id']}",
            }
        }
        for name in names:
            value = row.get(name)
            shown[name] = bool(value) if owner.fields[name].type == "boolean" else value
        found.append(shown)
    return json_answer(found)


def read(kind: str) -> Handler:
    """``POST /composite/sobjects/X {ids, fields}``: in the order asked, null for what is missing.

    The switch ``salesforce.2.collection_read`` off answers 404, as an org without it would [b].
    """

    def handle(call: Call) -> Response:
        if not call.org.world.switch("salesforce.2.collection_read", True):
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        body = call.object_body()
        given, fields = body.get("ids"), body.get("fields")
        if not isinstance(given, list) or not isinstance(fields, list) or not fields:
            raise ApiError(400, "MISSING_ARGUMENT", "ids and fields must be lists")
        return _read(call, kind, given, fields)

    return handle


def read_by_address(kind: str) -> Handler:
    """``GET /composite/sobjects/X?ids=&fields=``."""

    def handle(call: Call) -> Response:
        given = [each for each in (call.query("ids") or "").split(",") if each]
        fields = [each.strip() for each in (call.query("fields") or "").split(",") if each.strip()]
        if not given or not fields:
            raise ApiError(400, "MISSING_ARGUMENT", "ids and fields must be given")
        return _read(call, kind, given, fields)

    return handle
