"""The properties API of one object type: properties, groups, their options (facts §5)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leadpact_sandbox.hubspot.batch import read_inputs
from leadpact_sandbox.hubspot.calls import Answer, Call, text_part
from leadpact_sandbox.hubspot.catalog import MAX_UNIQUE, Catalog, Group
from leadpact_sandbox.hubspot.definitions import FIELD_TYPES, Definition, Option
from leadpact_sandbox.hubspot.errors import ApiError, error, invalid
from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso

MAX_INPUTS = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_PATCHED = {"label": "label", "description": "description", "groupName": "group"}


class Properties:
    """The endpoints under ``/crm/v3/properties/{type}``."""

    def __init__(self, portal: Portal, kind: Kind) -> None:
        self._portal = portal
        self._kind = kind

    @property
    def _catalog(self) -> Catalog:
        return self._portal.spaces[self._kind.name].catalog

    def page(self, call: Call) -> Answer:
        """GET list, unpaged."""
        catalog = self._catalog
        shown = catalog.archived if call.flag("archived") else catalog.live
        return Answer(200, {"results": [one.body() for one in shown.values()]})

    def read(self, call: Call) -> Answer:
        """GET one."""
        return Answer(200, self._found(call.path["name"], archived=call.flag("archived")).body())

    def create(self, call: Call) -> Answer:
        """POST: 201, or 409 for a name that exists (believed)."""
        made = self._made(call.json(), call.now_ms)
        self._catalog.put(made)
        return Answer(201, made.body())

    def update(self, call: Call) -> Answer:
        """PATCH: ``options`` replace the whole list (facts §5)."""
        sent = call.json()
        definition = self._found(call.path["name"])
        self._patch(definition, sent, call.now_ms)
        return Answer(200, definition.body())

    def archive(self, call: Call) -> Answer:
        """DELETE: 204; HubSpot's own cannot be archived."""
        self._archive(call.path["name"], call.now_ms)
        return Answer(204)

    def batch_create(self, call: Call) -> Answer:
        """POST batch/create: what fails is an error row of a 207."""
        rows: list[object] = []
        errors: list[object] = []
        for one in read_inputs(call.json(), MAX_INPUTS):
            try:
                made = self._made(one, call.now_ms)
            except ApiError as refusal:
                errors.append(refusal.row())
            else:
                self._catalog.put(made)
                rows.append(made.body())
        return self._answer(call, rows, errors, 201)

    def batch_read(self, call: Call) -> Answer:
        """POST batch/read by name."""
        sent = call.json()
        archived = sent.get("archived", False) is True
        rows: list[object] = []
        errors: list[object] = []
        for one in read_inputs(sent, MAX_INPUTS):
            name = text_part(one, "name", needed=True) or ""
            try:
                rows.append(self._found(name, archived=archived).body())
            except ApiError as refusal:
                errors.append(refusal.row())
        return self._answer(call, rows, errors, 200)

    def batch_archive(self, call: Call) -> Answer:
        """POST batch/archive: 204."""
        names = [
            text_part(one, "name", needed=True) for one in read_inputs(call.json(), MAX_INPUTS)
        ]
        for name in names:
            if name in self._catalog.live:
                self._archive(str(name), call.now_ms)
        return Answer(204)

    # -- groups -----------------------------------------------------------------------------------

    def groups(self, call: Call) -> Answer:  # noqa: ARG002
        """GET groups."""
        found = [group.body() for group in self._catalog.groups.values()]
        return Answer(200, {"results": found})

    def group(self, call: Call) -> Answer:
        """GET one group."""
        return Answer(200, self._group(call.path["name"]).body())

    def create_group(self, call: Call) -> Answer:
        """POST groups: 201, or 409 for a name that exists."""
        sent = call.json()
        name = text_part(sent, "name", needed=True) or ""
        label = text_part(sent, "label", needed=True) or ""
        if not _NAME.fullmatch(name):
            raise invalid(f"Property group name {name[:200]!r} is not valid", name=[name])
        if name in self._catalog.groups:
            raise error(409, f"A property group named '{name}' already exists.", "CONFLICT")
        group = Group(name, label, _integer(sent, "displayOrder"))
        self._catalog.groups[name] = group
        return Answer(201, group.body())

    def update_group(self, call: Call) -> Answer:
        """PATCH one group's label and place."""
        sent = call.json()
        group = self._group(call.path["name"])
        group.label = text_part(sent, "label") or group.label
        group.display_order = _integer(sent, "displayOrder", group.display_order)
        return Answer(200, group.body())

    def archive_group(self, call: Call) -> Answer:
        """DELETE one group: 204; one with properties in it stays (believed)."""
        name = self._group(call.path["name"]).name
        if any(one.group == name for one in self._catalog.live.values()):
            raise invalid(f"Property group '{name}' still holds properties")
        del self._catalog.groups[name]
        return Answer(204)

    # -- parts ------------------------------------------------------------------------------------

    def _found(self, name: str, *, archived: bool = False) -> Definition:
        catalog = self._catalog
        found = (catalog.archived if archived else catalog.live).get(name)
        if found is None:
            raise error(404, f"No properties found for given name {name}", "OBJECT_NOT_FOUND")
        return found

    def _group(self, name: str) -> Group:
        found = self._catalog.groups.get(name)
        if found is None:
            raise error(404, f"No property group named '{name}'", "OBJECT_NOT_FOUND")
        return found

    def _archive(self, name: str, now_ms: int) -> None:
        if self._found(name).hubspot_defined:
            raise invalid(f"Property '{name}' is defined by HubSpot and cannot be archived")
        self._catalog.archive(name, now_ms)
        self._portal.spaces[self._kind.name].store.forget_values(name)

    def _made(self, sent: Mapping[str, object], now_ms: int) -> Definition:
        catalog = self._catalog
        name, label, group, kind, field_type = (
            text_part(sent, part, needed=True) or ""
            for part in ("name", "label", "groupName", "type", "fieldType")
        )
        if not _NAME.fullmatch(name):
            raise invalid(f"Property name {name[:200]!r} is not valid", name=[name])
        if name in catalog.live:
            conflict = self._portal.world.switch("hubspot.5.existing_name_is_409", True)
            message = f"A property named '{name}' already exists."
            raise error(409, message, "CONFLICT") if conflict else invalid(message, name=[name])
        if field_type not in FIELD_TYPES.get(kind, ()):
            raise invalid(f"Type {kind!r} with fieldType {field_type!r} is not valid")
        if group not in catalog.groups:
            raise invalid(f"Property group '{group}' does not exist", groupName=[group])
        unique = _flag(sent, "hasUniqueValue")
        if unique and kind not in {"string", "number"}:
            raise invalid(f"A property of type {kind} cannot have unique values")
        if unique and len(catalog.unique - {"email"}) >= MAX_UNIQUE:
            raise invalid(f"At most {MAX_UNIQUE} properties with unique values are supported")
        options = read_options(sent.get("options"))
        if options and kind not in {"enumeration", "bool"}:
            raise invalid(f"A property of type {kind} cannot have options")
        return Definition(
            name=name,
            label=label,
            type=kind,
            field_type=field_type,
            group=group,
            description=text_part(sent, "description") or "",
            options=options,
            display_order=_integer(sent, "displayOrder"),
            hidden=_flag(sent, "hidden"),
            form_field=_flag(sent, "formField"),
            unique=unique,
            external_options=_flag(sent, "externalOptions"),
            created_ms=now_ms,
            updated_ms=now_ms,
        )

    def _patch(self, definition: Definition, sent: Mapping[str, object], now_ms: int) -> None:
        catalog = self._catalog
        fixed = {"type", "fieldType", "hidden", "formField", *_PATCHED} & sent.keys()
        if definition.hubspot_defined and fixed:
            raise invalid(f"The definition of '{definition.name}' is read only: {sorted(fixed)}")
        kind = text_part(sent, "type") or definition.type
        field_type = text_part(sent, "fieldType") or definition.field_type
        if field_type not in FIELD_TYPES.get(kind, ()):
            raise invalid(f"Type {kind!r} with fieldType {field_type!r} is not valid")
        group = text_part(sent, "groupName")
        if group is not None and group not in catalog.groups:
            raise invalid(f"Property group '{group}' does not exist", groupName=[group])
        if "options" in sent:
            if kind != "enumeration" or definition.external_options or definition.read_only:
                raise invalid(f"The options of '{definition.name}' cannot be changed")
            definition.options = read_options(sent["options"])
        for part, attribute in _PATCHED.items():
            value = text_part(sent, part)
            if value is not None:
                setattr(definition, attribute, value)
        definition.type, definition.field_type = kind, field_type
        definition.hidden = _flag(sent, "hidden", definition.hidden)
        definition.form_field = _flag(sent, "formField", definition.form_field)
        definition.display_order = _integer(sent, "displayOrder", definition.display_order)
        definition.updated_ms = now_ms
        catalog.put(definition)

    def _answer(self, call: Call, rows: list[object], errors: list[object], success: int) -> Answer:
        body: dict[str, object] = {"status": "COMPLETE", "results": rows}
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        body |= {"startedAt": iso(call.now_ms), "completedAt": iso(call.now_ms)}
        return Answer(207 if errors else success, body)


def read_options(sent: object) -> list[Option]:
    """The options of a property: label and value are needed, values are unique.

    Raises:
        ApiError: 400.
    """
    if sent is None:
        return []
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise invalid("Invalid input JSON: options must be a list of objects")
    made = [
        Option(
            label=text_part(one, "label", needed=True) or "",
            value=text_part(one, "value", needed=True) or "",
            hidden=_flag(one, "hidden"),
            display_order=_integer(one, "displayOrder"),
            description=text_part(one, "description"),
        )
        for one in sent
    ]
    values = [option.value for option in made]
    if len(set(values)) < len(values):
        raise invalid("Option values must be unique")
    if any(";" in value for value in values):
        raise invalid("Option values must not contain semicolons")
    return made


def _flag(sent: Mapping[str, object], name: str, default: bool = False) -> bool:
    value = sent.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise invalid(f"Invalid input JSON: {name} must be true or false")
    return value


def _integer(sent: Mapping[str, object], name: str, default: int = -1) -> int:
    value = sent.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"Invalid input JSON: {name} must be a whole number")
    return value
