"""Where each family of calls lies: under its number, and under the dated release (facts §0, §10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from leadpact_sandbox.hubspot.calls import Answer, Call
from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.limits import Bucket

Handler = Callable[[Call], Answer]
DATED = "2026-03"
FAMILIES: dict[str, tuple[str, str]] = {
    "objects": ("/crm/v3/objects", f"/crm/objects/{DATED}"),
    "properties": ("/crm/v3/properties", f"/crm/properties/{DATED}"),
    "owners": ("/crm/v3/owners", f"/crm/owners/{DATED}"),
    "pipelines": ("/crm/v3/pipelines", f"/crm/pipelines/{DATED}"),
    "links": ("/crm/v4/objects", f"/crm/objects/{DATED}"),
    "associations": ("/crm/v4/associations", f"/crm/associations/{DATED}"),
    "lists": ("/crm/v3/lists", f"/crm/lists/{DATED}"),
    "schemas": ("/crm/v3/schemas", f"/crm-object-schemas/{DATED}/schemas"),
    "account": ("/account-info/v3", f"/account-info/{DATED}"),
    "webhooks": ("/webhooks/v3", "/app-webhooks/2026-09"),
}
"""Family: its numbered prefix and its dated one."""


class Row(NamedTuple):
    """One call of one family.

    Attributes:
        rest: the template after the prefix; ``{type}`` is each name of ``kind`` in turn.
        needs: scopes of which a token must have one; none = any token will do.
        bucket: whose limits count it.
        kind: the object type in the path.
        door: who gets in: a ``bearer``, or for ``open`` whom the handler itself lets in.
        form: whether the body is a form instead of JSON.
    """

    method: str
    family: str
    rest: str
    handler: Handler
    needs: tuple[str, ...] = ()
    bucket: Bucket = "plain"
    kind: Kind | None = None
    door: str = "bearer"
    form: bool = False


class Placed(NamedTuple):
    """A row at one path.

    Attributes:
        template: the path, with the name of the object type that it takes here.
        counted: the path that counts and fault rules go by: the type's own name.
        dated: the release, ``""`` for the numbered one.
    """

    row: Row
    template: str
    counted: str
    dated: str


def placed(rows: list[Row]) -> Iterator[Placed]:
    """Every row under every path that it has."""
    for row in rows:
        prefixes = FAMILIES.get(row.family, (row.family,))
        for place, prefix in enumerate(prefixes):
            release = DATED if place else ""
            template = prefix + row.rest
            if row.kind is None:
                yield Placed(row, template, template, release)
                continue
            counted = template.replace("{type}", row.kind.name)
            for name in row.kind.names:
                yield Placed(row, template.replace("{type}", name), counted, release)
