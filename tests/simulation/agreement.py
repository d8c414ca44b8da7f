"""The shipped agreement and mapping, compiled once for all histories, and the schemas that go with them."""

from __future__ import annotations

from functools import cache

from leadpact.mapping import LeadMapping, load_mapping
from leadpact.model.schema import FieldSchema, FieldType, Normalisation, PicklistValue
from leadpact.pact import Pact, load_pact
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact_mappings import default_text


@cache
def pact() -> Pact:
    """The default pact."""
    return load_pact(default_text("pact.yaml"))


@cache
def mapping() -> LeadMapping:
    """The default mapping."""
    return mapping_of(default_text("mapping.yaml"))


def mapping_of(text: str) -> LeadMapping:
    """A mapping of one's own, against the default pact."""
    stages = [key for key, stage in pact().stages.items() if stage.synced]
    return load_mapping(
        text,
        "mapping.yaml",
        stage_keys=stages,
        reason_keys=list(pact().reasons),
        answers=pact().answers,
        sub_reason_keys=list(pact().rejection.sub_reasons),
    )


@cache
def engine() -> EmbeddedEngine:
    """One scoring engine for all histories."""
    return EmbeddedEngine()


def field(
    name: str,
    kind: FieldType = "text",
    *rules: Normalisation,
    options: tuple[str, ...] = (),
    longest: int | None = None,
    writable: bool = True,
) -> FieldSchema:
    """One field of a CRM; with options it is a restricted picklist."""
    return FieldSchema(
        name,
        name,
        kind,
        createable=writable,
        updateable=writable,
        max_length=longest,
        restricted=bool(options),
        picklist=tuple(PicklistValue(one, one) for one in options),
        normalises=frozenset(rules),
    )


def own_fields(crm: str, kind: str, *rules: Normalisation) -> dict[str, FieldSchema]:
    """The fields that ``provision`` has made."""
    return {
        one.name: FieldSchema(
            one.name,
            one.label,
            one.type,
            max_length=one.max_length,
            scale=one.scale,
            restricted=bool(one.options),
            picklist=tuple(PicklistValue(value, label) for value, label in one.options),
            normalises=frozenset(rules if one.type == "text" else ("blank_is_null",)),
            unique=one.external_id,
        )
        for one in mapping().wanted_fields(crm)
        if one.kind == kind
    }
