"""The mapping: where each CRM keeps what the agreement speaks of (DESIGN §6)."""

from leadpact.mapping.lead_mapping import LeadMapping
from leadpact.mapping.loading import load_mapping
from leadpact.mapping.rules import (
    CreationRule,
    FieldRule,
    SideField,
    SignalReading,
    SignalRule,
)
from leadpact.mapping.schema_check import Finding, check_against_schemas
from leadpact.mapping.stage_table import StageTable

__all__ = [
    "CreationRule",
    "FieldRule",
    "Finding",
    "LeadMapping",
    "SideField",
    "SignalReading",
    "SignalRule",
    "StageTable",
    "check_against_schemas",
    "load_mapping",
]
