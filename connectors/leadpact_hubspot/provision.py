"""Makes the properties that leadpact needs, and only those (facts §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.errors import FixSettings, SetAside, Stop
from leadpact.model.schema import FieldSchema, Provisioned, ProvisionResult, WantedField
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.errors import VALUE_TAKEN
from leadpact_hubspot.objects import CONTACTS, GROUP, checked_properties
from leadpact_hubspot.schema import SchemaSource, definition, option, same_type


class Provisioner:
    """Idempotent: what is there is left alone, picklists only ever gain values."""

    def __init__(self, client: HubSpotClient, schema: SchemaSource) -> None:
        self._client = client
        self._schema = schema

    def provision(self, wanted: Sequence[WantedField], *, dry_run: bool) -> list[Provisioned]:
        """One result per wanted field, same order.

        Raises:
            SignIn: the token lacks ``crm.schemas.contacts.write``.
        """
        live = self._schema.fresh().fields
        grouped = dry_run
        results = []
        for field in wanted:
            if field.kind != CONTACTS:
                results.append(_outcome(field, "refused", f"HubSpot has no kind {field.kind} here"))
                continue
            try:
                checked_properties([field.name])
            except FixSettings as error:
                results.append(_outcome(field, "refused", error.message))
                continue
            if field.name not in live and not grouped:
                self._make_group()
                grouped = True
            results.append(self._one(field, live, dry_run=dry_run))
        if not dry_run:
            self._schema.forget()
        return results

    def _one(
        self, field: WantedField, live: Mapping[str, FieldSchema], *, dry_run: bool
    ) -> Provisioned:
        found = live.get(field.name)
        try:
            if found is None:
                return self._make(field, dry_run=dry_run)
            if not same_type(field, found):
                detail = f"exists as {found.type}{', unique' if found.unique else ''}"
                return _outcome(field, "refused", detail)
            held = {one.value for one in found.picklist}
            if all(value in held for value, _ in field.options):
                return _outcome(field, "present")
            if dry_run:
                return _outcome(field, "would_extend")
            return self._extend(field)
        except SetAside as error:
            return _outcome(field, "refused", f"{error.message} {error.detail}".strip())

    def _make(self, field: WantedField, *, dry_run: bool) -> Provisioned:
        body = definition(field)
        if body is None:
            return _outcome(field, "refused", f"HubSpot has no property type for {field.type}")
        if dry_run:
            return _outcome(field, "would_make")
        try:
            self._client.create_property(body)
        except SetAside as error:
            if error.code != VALUE_TAKEN:
                raise
            # Someone made it between the look and the call.
            return _outcome(field, "present")
        return _outcome(field, "made")

    def _extend(self, field: WantedField) -> Provisioned:
        """Add the missing options to those there are now: a PATCH replaces the whole list."""
        live = self._client.read_property(field.name)
        options = [dict(one) for one in live.get("options") or ()]
        held = {str(one.get("value")) for one in options}
        new = [(value, label) for value, label in field.options if value not in held]
        order = max((int(one.get("displayOrder") or 0) for one in options), default=-1) + 1
        options += [option(value, label, order + at) for at, (value, label) in enumerate(new)]
        self._client.update_property(field.name, {"options": options})
        return _outcome(field, "extended", ", ".join(value for value, _ in new))

    def _make_group(self) -> None:
        try:
            self._client.create_group({"name": GROUP, "label": "leadpact", "displayOrder": -1})
        except SetAside as error:
            if error.code != VALUE_TAKEN:
                raise Stop(
                    "HubSpot refuses the property group of leadpact.",
                    code=error.code,
                    detail=error.detail,
                ) from error


def _outcome(field: WantedField, result: ProvisionResult, detail: str = "") -> Provisioned:
    return Provisioned(field.kind, field.name, result, detail)
