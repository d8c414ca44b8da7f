"""Makes our fields where they are missing, and lets this sign-in see them (facts §7).

A field made by API is invisible, to admins too, until a permission set grants it; so each run ends
with the permission set ``Leadpact``, assigned to the person that leadpact is signed in as.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadpact.errors import FixSettings, SetAside, SignIn, Stop
from leadpact.model.schema import FieldSchema, Provisioned, ProvisionResult, WantedField
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.limits import WRITE_BATCH
from leadpact_salesforce.objects import PEOPLE, each_once, id18, is_field_name
from leadpact_salesforce.schema import LiveSchema

PERMISSION_SET: Final = "Leadpact"
_LONG_TEXT: Final = 255
"""Longer texts are long text areas, which no query can filter by."""
_PICKLIST_VALUE: Final = 255


@dataclass(slots=True)
class _Step:
    """What is to be done for one field."""

    wanted: WantedField
    result: ProvisionResult = "present"
    detail: str = ""
    visible: FieldSchema | None = None
    tooling_id: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.wanted.kind}.{self.wanted.name}"

    def refuse(self, why: str) -> None:
        self.result, self.detail = "refused", why


class Provisioner:
    """One run over the wanted fields; what is there already is left as it is.

    Args:
        signed_in_as: tells the id of the person whom the permission set is assigned to.
    """

    def __init__(
        self, client: SalesforceClient, schema: LiveSchema, signed_in_as: Callable[[], str]
    ) -> None:
        self._client = client
        self._schema = schema
        self._signed_in_as = signed_in_as

    def run(self, wanted: Sequence[WantedField], *, dry_run: bool) -> list[Provisioned]:
        """One result per field, same order.

        A hidden field that is granted counts as ``extended``, as one with new picklist values does.
        """
        steps = [_Step(each) for each in wanted]
        self._look(steps)
        if not dry_run:
            for step in steps:
                if step.result in ("would_make", "would_extend"):
                    self._carry_out(step)
            try:
                self._grant([step for step in steps if step.result != "refused"])
            except SetAside as refused:
                raise SignIn(
                    f"The permission set {PERMISSION_SET} cannot be kept: {refused.message}",
                    code="rights_missing",
                    detail=refused.detail,
                ) from refused
            self._look_again(steps)
        return [
            Provisioned(step.wanted.kind, step.wanted.name, step.result, step.detail)
            for step in steps
        ]

    def _look(self, steps: Sequence[_Step]) -> None:
        for step in steps:
            name = step.wanted.name
            if step.wanted.kind not in PEOPLE:
                step.refuse(f"Fields are made on {' and '.join(PEOPLE)} only.")
            elif not is_field_name(name) or not name.endswith("__c") or "." in name:
                step.refuse("A field that is made must have a name that ends in __c.")
        usable = [step for step in steps if step.result != "refused"]
        live = self._schema.read(each_once(step.wanted.kind for step in usable))
        for step in usable:
            fields = {name.lower(): each for name, each in live[step.wanted.kind].fields.items()}
            step.visible = fields.get(step.wanted.name.lower())
        known = self._tooling_ids(
            [step for step in usable if step.visible is None or step.wanted.options]
        )
        for step in usable:
            step.tooling_id = known.get(step.full_name.lower(), "")
            self._compare(step)

    def _look_again(self, steps: Sequence[_Step]) -> None:
        """Readers and writers learn of the new fields; what stays hidden is not passed for made."""
        changed = [step for step in steps if step.result in ("made", "extended")]
        live = self._schema.read(each_once(step.wanted.kind for step in changed))
        for step in changed:
            if step.wanted.name.lower() not in map(str.lower, live[step.wanted.kind].fields):
                step.refuse("It is there, but this sign-in still does not see it.")

    def _compare(self, step: _Step) -> None:
        if step.visible is None:
            hidden = bool(step.tooling_id)
            step.result = "would_extend" if hidden else "would_make"
            step.detail = "there, but hidden from this sign-in" if hidden else ""
            return
        if step.visible.type != step.wanted.type and not _same_type(step):
            step.refuse(f"There is a field of this name of type {step.visible.type}.")
            return
        missing = self._missing_options(step)
        if missing:
            step.result, step.detail = "would_extend", f"values {', '.join(missing)}"

    def _missing_options(self, step: _Step) -> list[str]:
        if step.visible is None:
            return []
        present = {value.value for value in step.visible.picklist if value.active}
        return [value for value, _ in step.wanted.options if value not in present]

    def _tooling_ids(self, steps: Sequence[_Step]) -> dict[str, str]:
        """Ids of custom fields by ``kind.name`` in lower case, hidden ones too."""
        if not steps:
            return {}
        names = each_once(step.wanted.name.removesuffix("__c") for step in steps)
        kinds = ", ".join(soql.text(kind) for kind in PEOPLE)
        head = (
            soql.select(("Id", "DeveloperName", "TableEnumOrId"), "CustomField")
            + f" WHERE TableEnumOrId IN ({kinds}) AND DeveloperName"
        )
        found: dict[str, str] = {}
        for statement in soql.in_groups(head, [soql.text(name) for name in names]):
            for row in self._client.tooling_rows(statement):
                name = f"{row['TableEnumOrId']}.{row['DeveloperName']}__c".lower()
                found[name] = str(row["Id"])
        return found

    def _carry_out(self, step: _Step) -> None:
        try:
            if step.result == "would_make":
                body = {"FullName": step.full_name, "Metadata": metadata(step.wanted)}
                self._client.make("tooling/sobjects/CustomField", body)
                step.result = "made"
            else:
                if self._missing_options(step):
                    self._extend(step)
                step.result = "extended"
        except (SetAside, SignIn, FixSettings, Stop) as error:
            step.refuse(f"{error.message} {error.detail}".strip())

    def _extend(self, step: _Step) -> None:
        """Add picklist values, keeping all that the field has."""
        if not step.tooling_id:
            raise SetAside("The picklist is not a custom field of the org.", code="field_read_only")
        record = self._client.tooling_record("CustomField", id18(step.tooling_id))
        body = dict(record["Metadata"])
        value_set = dict(body.get("valueSet") or {})
        if value_set.get("valueSetName"):
            raise SetAside(
                "The picklist takes its values from a global value set; add them there.",
                code="global_value_set",
            )
        definition = dict(value_set.get("valueSetDefinition") or {})
        values = list(definition.get("value") or ())
        missing = set(self._missing_options(step))
        kept = [each for each in values if each.get("valueName") not in missing]
        new = [option for option in step.wanted.options if option[0] in missing]
        definition["value"] = [*kept, *map(_option, new)]
        value_set["valueSetDefinition"] = definition
        body["valueSet"] = value_set
        self._client.change(
            f"tooling/sobjects/CustomField/{id18(step.tooling_id)}", {"Metadata": body}
        )

    def _grant(self, steps: Sequence[_Step]) -> None:
        """Let the permission set see the fields, and this sign-in have the permission set."""
        if not steps:
            return
        parent = self._permission_set()
        head = soql.select(("Field", "PermissionsEdit"), "FieldPermissions")
        rows = self._client.rows(f"{head} WHERE ParentId = {soql.ids([parent])[0]}")
        granted = {str(row["Field"]).lower() for row in rows if row["PermissionsEdit"]}
        # A field that is visible and writable by other means needs no grant of ours.
        open_ = [step for step in steps if step.visible is None or not step.visible.updateable]
        lacking = [step for step in open_ if step.full_name.lower() not in granted]
        for start in range(0, len(lacking), WRITE_BATCH):
            self._grant_some(parent, lacking[start : start + WRITE_BATCH])
        self._assign(parent)

    def _grant_some(self, parent: str, steps: Sequence[_Step]) -> None:
        records = [
            {
                "attributes": {"type": "FieldPermissions"},
                "ParentId": parent,
                "SobjectType": step.wanted.kind,
                "Field": step.full_name,
                "PermissionsRead": True,
                "PermissionsEdit": True,
            }
            for step in steps
        ]
        answer = self._client.make("composite/sobjects", {"allOrNone": False, "records": records})
        for step, row in zip(steps, answer, strict=True):
            if not row.get("success"):
                first = (row.get("errors") or [{}])[0]
                step.refuse(f"It cannot be granted: {first.get('message') or first}")

    def _permission_set(self) -> str:
        head = soql.select(("Id",), "PermissionSet")
        rows = list(self._client.rows(f"{head} WHERE Name = {soql.text(PERMISSION_SET)}"))
        if rows:
            return id18(str(rows[0]["Id"]))
        made = self._client.make(
            "sobjects/PermissionSet",
            {
                "Name": PERMISSION_SET,
                "Label": PERMISSION_SET,
                "Description": "Fields that leadpact keeps on leads and contacts.",
            },
        )
        return id18(str(made["id"]))

    def _assign(self, parent: str) -> None:
        person = self._signed_in_as()
        head = soql.select(("Id",), "PermissionSetAssignment")
        where = f" WHERE PermissionSetId = '{parent}' AND AssigneeId = '{id18(person)}'"
        if not list(self._client.rows(head + where)):
            self._client.make(
                "sobjects/PermissionSetAssignment",
                {"PermissionSetId": parent, "AssigneeId": person},
            )


def _same_type(step: _Step) -> bool:
    """Whether a type that reads otherwise holds the same: a whole number is a number without scale."""
    there = step.visible
    return (
        there is not None
        and step.wanted.type == "integer"
        and there.type == "number"
        and there.scale == 0
    )


def _option(option: tuple[str, str]) -> Mapping[str, Any]:
    value, label = option
    return {"valueName": value[:_PICKLIST_VALUE], "label": label, "default": False}


def metadata(wanted: WantedField) -> dict[str, Any]:
    """The Tooling ``Metadata`` of a field to be made (facts §7).

    Raises:
        SetAside: references are not made.
    """
    made: dict[str, Any] = {"label": wanted.label, "description": wanted.description}
    length = wanted.max_length or _LONG_TEXT
    if wanted.type == "text" and length > _LONG_TEXT:
        made |= {"type": "LongTextArea", "length": length, "visibleLines": 6}
    elif wanted.type == "text":
        made |= {"type": "Text", "length": length, "required": False}
        if wanted.external_id:
            made |= {"externalId": True, "unique": True, "caseSensitive": False}
    elif wanted.type in ("integer", "number"):
        scale = 0 if wanted.type == "integer" else (2 if wanted.scale is None else wanted.scale)
        made |= {"type": "Number", "precision": 18, "scale": scale, "required": False}
    elif wanted.type == "boolean":
        made |= {"type": "Checkbox", "defaultValue": "false"}
    elif wanted.type in ("date", "datetime"):
        kind = "Date" if wanted.type == "date" else "DateTime"
        made |= {"type": kind, "required": False}
    elif wanted.type in ("picklist", "picklist_set"):
        many = wanted.type == "picklist_set"
        made |= {
            "type": "MultiselectPicklist" if many else "Picklist",
            "valueSet": {
                "restricted": True,
                "valueSetDefinition": {
                    "sorted": False,
                    "value": [_option(each) for each in wanted.options],
                },
            },
        }
        if many:
            made["visibleLines"] = 4
    else:
        raise SetAside("References are not made.", code="field_type")
    return made
