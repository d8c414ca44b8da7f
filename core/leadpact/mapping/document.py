"""The mapping as people write it: ``mapping.yaml``, key by key. Unknown keys are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from leadpact.mapping.rules import Direction, Guard, InitialPolicy, OutputName, Policy
from leadpact.mapping.values import ValueStyle
from leadpact.model.terms import FieldType
from leadpact.pact.document.conditions import ConditionPart

_FIELD_NAME = re.compile(r"(?:[A-Za-z][A-Za-z0-9_]{0,99}\.)?[A-Za-z][A-Za-z0-9_]{0,99}", re.ASCII)


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _field_name(text: str) -> str:
    if not _FIELD_NAME.fullmatch(text):
        raise ValueError(f'"{text[:60]}" is not a field\'s API name: letters, digits and _')
    return text


Name = Annotated[str, AfterValidator(_field_name)]
"""A CRM field's API name."""
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Value = Annotated[str, BeforeValidator(_as_text)]
"""A picklist value; numbers and booleans are taken as their text."""
Values = Annotated[list[Value], BeforeValidator(_one_or_many), Field(min_length=1)]
Words = Annotated[list[str], BeforeValidator(_one_or_many), Field(min_length=1)]
Names = Annotated[list[Name], BeforeValidator(_one_or_many), Field(min_length=1)]
Transform = Literal["trim", "lower", "digits", "phone", "domain", "registered_domain"]


class _Part(BaseModel):
    # Built once, for the whole document, when one is read: importing this costs little.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class OrderPart(_Part):
    """A native field whose values only go forward, and their order."""

    field: Name
    values: list[Value] = Field(min_length=2)


class RowPart(_Part):
    """``when`` these fields have one of these values, the record can ``means`` these stages."""

    when: dict[Name, Values] = Field(min_length=1)
    means: Words
    incomplete: bool = Field(
        False, description="Understood when a person makes it so; leadpact then completes it."
    )


class StagesPart(_Part):
    """The stage table of one kind."""

    forward_only: OrderPart | None = None
    never_write: dict[Name, Values] = Field(default_factory=dict)
    rows: list[RowPart] = Field(min_length=1)
    set: dict[str, dict[Name, Value | dict[str, Value] | None]]


class BackfillPart(_Part):
    """Our own fields that `leadpact backfill` fills in (R33)."""

    mark: Name | None = Field(None, description="Says when a backfill wrote the record.")
    dates: dict[str, Name] = Field(
        default_factory=dict, description="By stage: since when the lead was first there."
    )


class KindPart(_Part):
    """One kind of person record: how it is found, what is written to it, its stage table."""

    external_id: Name
    match: dict[Key, Name] = Field(min_length=1)
    also: dict[Key, Names] = Field(
        default_factory=dict, description="Where further values of a key are, joined with `;`."
    )
    owner: Name | None = Field(None, description="The field that says whose record it is (R31).")
    account_owner: Name | None = Field(
        None,
        description="The field that says whose account it is: a customer's request goes there (R36).",
    )
    outputs: dict[OutputName, Name] = Field(default_factory=dict)
    scope: ConditionPart | None = Field(
        None, description="Which records of this kind take part (R37)."
    )
    stages: StagesPart | None = None
    backfill: BackfillPart | None = None


class CreationPart(_Part):
    """When a record is made here for a lead that only the other CRM knows (R30)."""

    kind: str
    at_stage: str = ""
    required: list[Key] = Field(default_factory=list)
    needs_email: bool = True
    refuse_opted_out: bool = True


def _as_mode(value: object) -> object:
    return {"mode": value} if isinstance(value, str) else value


class CoexistPart(_Part):
    """What to do about another sync of the two CRMs that is found at work (R13)."""

    mode: Literal["native", "replace"]
    confirmed_by: str = Field("", max_length=120)
    confirmed_on: str = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")


class CrmPart(_Part):
    """One CRM."""

    values: ValueStyle = "typed"
    kinds: dict[str, KindPart] = Field(min_length=1)
    creation: CreationPart | None = None
    coexist: Annotated[CoexistPart, BeforeValidator(_as_mode)] | None = None
    guard: Guard | None = None
    scope: ConditionPart | None = Field(None, description="Which records take part, of all kinds.")


class SidePart(_Part):
    """A canonical field as one kind keeps it."""

    field: Name
    direction: Direction = "both"
    lossy: bool = False
    cut: int | None = Field(None, ge=1, le=100_000)
    scale: int | None = Field(None, ge=0, le=10)
    values: dict[Value, Value] = Field(default_factory=dict)
    bands: dict[str, list[int]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bands_have_bounds(self) -> SidePart:
        for band, bounds in self.bands.items():
            if len(bounds) not in (1, 2) or sorted(bounds) != bounds:
                raise ValueError(
                    f"the range {band} needs [lowest, highest], or [lowest] if it is open-ended"
                )
        return self

    @model_validator(mode="after")
    def _losses_are_told(self) -> SidePart:
        for name in ("cut", "scale", "bands"):
            if getattr(self, name) not in (None, {}) and not self.lossy:
                raise ValueError(f"`{name}` loses something; say `lossy: true` beside it")
        return self


class FieldPart(_Part):
    """One canonical field; the CRMs' own keys are added by :func:`document_type`."""

    type: FieldType
    policy: Policy
    initial: InitialPolicy | None = None
    system_of_record: str | None = None
    transform: Annotated[list[Transform], BeforeValidator(_one_or_many)] = Field(
        default_factory=list
    )
    spellings: dict[str, list[str]] = Field(default_factory=dict)
    scale: int | None = Field(None, ge=0, le=10)
    blank_means: bool | None = None

    @model_validator(mode="after")
    def _parts_fit_the_type(self) -> FieldPart:
        if (self.transform or self.spellings) and self.type != "text":
            raise ValueError(f"`transform` and `spellings` are for text, not for {self.type}")
        if self.scale is not None and self.type != "number":
            raise ValueError(f"`scale` is for numbers, not for {self.type}")
        if self.blank_means is not None and self.type != "boolean":
            raise ValueError(f"`blank_means` is for boolean, not for {self.type}")
        if "most_restrictive" in (self.policy, self.initial) and self.type != "boolean":
            raise ValueError("`most_restrictive` is for boolean fields")
        if "union" in (self.policy, self.initial) and self.type != "picklist_set":
            raise ValueError("`union` is for fields of type picklist_set")
        return self


class AnswerPart(FieldPart):
    """Where the answer to a criterion of the agreement is kept; a field of ours unless said."""

    type: FieldType = "picklist"
    policy: Policy = "system_of_record"
    initial: InitialPolicy | None = "keep_known"
    provision: bool = Field(True, description="False: a field of your own, which is not made.")


class SignalPart(_Part):
    """Where one kind keeps the dates of one signal: ``at`` the last one, or ``dates`` a list."""

    at: Name | None = None
    dates: Name | None = None
    asset: Name | None = None
    precision: Literal["exact", "sampled"] = "sampled"

    @model_validator(mode="after")
    def _one_source(self) -> SignalPart:
        if (self.at is None) == (self.dates is None):
            raise ValueError("give either `at` (the last date) or `dates` (a list of them)")
        return self


def _as_match(value: object) -> object:
    return value if isinstance(value, dict) else {"is": value}


class MatchPart(_Part):
    """What a word of a source must be, capitals aside: one of these, or hold or begin with one."""

    one_of: Values | None = Field(None, alias="is")
    contains: Words | None = None
    starts_with: Words | None = None

    @model_validator(mode="after")
    def _one_test(self) -> MatchPart:
        if sum(each is not None for each in (self.one_of, self.contains, self.starts_with)) != 1:
            raise ValueError("give words, or one of {contains: …} and {starts_with: …}")
        return self


class SourceRowPart(_Part):
    """Acts of a source that mean one signal, or several; the first row that holds counts."""

    signal: Annotated[list[Key], BeforeValidator(_one_or_many), Field(min_length=1)]
    when: dict[str, Annotated[MatchPart, BeforeValidator(_as_match)]] = Field(
        default_factory=dict,
        description="By `kind`, `asset` or a field that the source tells besides; all must hold.",
    )
    keep_asset: bool = Field(True, description="Whether what it was about tells two acts apart.")


class SourcePart(_Part):
    """One signal source of a CRM: what its acts mean, and how often it is read."""

    every_minutes: int = Field(60, ge=1, le=1440)
    signals: list[SourceRowPart] = Field(min_length=1)


class ColumnsPart(_Part):
    """Which column of a source outside the CRMs says what."""

    email: str = Field("", max_length=200)
    external_id: str = Field("", max_length=200, description="Holds leadpact's lead id.")
    at: str = Field(min_length=1, max_length=200)
    kind: str = Field("", max_length=200)
    asset: str = Field("", max_length=200)

    @model_validator(mode="after")
    def _somebody_is_named(self) -> ColumnsPart:
        if not (self.email or self.external_id):
            raise ValueError("name the column of the person: `email`, `external_id` or both")
        return self


class OutsidePart(SourcePart):
    """A source outside the CRMs (a file, a query): product usage. Where it is stands in the settings."""

    columns: ColumnsPart
    zone: str = Field("", max_length=60, description="Of instants that name none, such as UTC.")


class MappingPart(_Part):
    """The whole document; ``fields``, ``qualification`` and ``signals`` are typed by :func:`document_type`."""

    version: Literal[1]
    system_of_record: str | None = None
    guard: Guard = "measured"
    crms: dict[Key, CrmPart] = Field(min_length=1)
    signal_sources: dict[Key, dict[Key, SourcePart]] = Field(
        default_factory=dict, description="By CRM and the source's name: acts with their dates."
    )
    sources: dict[Key, OutsidePart] = Field(
        default_factory=dict, description="Signals that no CRM holds, by the source's name."
    )


class Document(MappingPart):
    """The document as :func:`document_type` types it for the CRMs that it names."""

    fields: dict[str, FieldPart] = Field(default_factory=dict)
    qualification: dict[str, AnswerPart] = Field(default_factory=dict)
    signals: dict[str, BaseModel] = Field(default_factory=dict)


def document_type(kinds: Mapping[str, Sequence[str]]) -> type[Document]:
    """The document's type for these CRMs and kinds, which are keys of every field's row.

    Args:
        kinds: kinds by CRM, as the document itself names them.
    """
    sides = {
        crm: _with_keys("FieldSides", _Part, dict.fromkeys(kinds[crm], SidePart)) for crm in kinds
    }
    row = _with_keys("FieldRow", FieldPart, sides)
    answer = _with_keys("AnswerRow", AnswerPart, sides)
    signal = _with_keys(
        "SignalRow",
        _Part,
        {
            crm: _with_keys("SignalSides", _Part, dict.fromkeys(kinds[crm], SignalPart))
            for crm in kinds
        },
    )
    typed: Any = {
        "fields": (_keyed(row), ...),
        "qualification": (_keyed(answer), Field(default_factory=dict)),
        "signals": (_keyed(signal), Field(default_factory=dict)),
    }
    return create_model("MappingDocument", __base__=Document, **typed)


def _with_keys(name: str, base: type[_Part], keys: Mapping[str, type[_Part]]) -> type[_Part]:
    optional: Any = {key: (part | None, None) for key, part in keys.items()}
    return create_model(name, __base__=base, **optional)


def _keyed(part: type[_Part]) -> Any:
    return GenericAlias(dict, (Key, part))
