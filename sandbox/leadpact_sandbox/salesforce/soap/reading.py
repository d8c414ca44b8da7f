"""What the operations read from their elements (facts salesforce §6, WSDL)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.soap.xml import Element


def client_fault(message: str) -> ApiError:
    """The fault for a message that does not follow the WSDL."""
    return ApiError(500, "soapenv:Client", message)


def text_of(element: Element, name: str) -> str | None:
    """The text of a child; None where it is absent, nil or blank."""
    found = element.child(name)
    if found is None or found.nil or not found.text.strip():
        return None
    if found.children:
        raise client_fault(f"Element {name} holds text only")
    return found.text.strip()


def flag_of(element: Element, name: str, *, needed: bool) -> bool:
    """A boolean child.

    Raises:
        ApiError: the fault of a message that does not follow the WSDL.
    """
    text = text_of(element, name)
    if text is None:
        if needed:
            raise client_fault(f"Element {name} is missing in {element.name}")
        return False
    if text not in ("true", "false", "1", "0"):
        raise client_fault(f"'{text[:40]}' is not a valid value for 'boolean'")
    return text in ("true", "1")


def failed(error: ApiError) -> list[dict[str, object]]:
    """The ``errors`` of a result."""
    row = error.row()["errors"][0]
    fields = list(row["fields"])
    return [
        {
            **({"fields": fields} if fields else {}),
            "message": row["message"],
            "statusCode": row["statusCode"],
        }
    ]


def row_error(error: ApiError) -> ApiError:
    """What a row fails with, where a call of its own would answer 404.

    Raises:
        ApiError: 501 is of the whole call, as are malformed messages.
    """
    if error.status == 501 or error.code.startswith("soapenv:"):
        raise error
    if error.code == "NOT_FOUND":
        return ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    return error


def row_locked(record_id: object) -> ApiError:
    """UNABLE_TO_LOCK_ROW of one row."""
    return ApiError(
        400,
        "UNABLE_TO_LOCK_ROW",
        f"unable to obtain exclusive access to this record or 1 records: {record_id}",
        [],
    )
