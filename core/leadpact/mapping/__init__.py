"""The mapping: where each CRM keeps what the agreement speaks of (DESIGN §6).

What compares it with the CRMs' live schemas is :mod:`leadpact.mapping.schema_check`.
"""

from leadpact.mapping.lead_mapping import LeadMapping
from leadpact.mapping.loading import load_mapping
from leadpact.mapping.rules import (
    CreationRule,
    FieldRule,
    SideField,
    SignalReading,
    SignalRule,
)
from leadpact.mapping.stage_table import StageTable

__all__ = [
    "CreationRule",
    "FieldRule",
    "LeadMapping",
    "SideField",
    "SignalReading",
    "SignalRule",
    "StageTable",
    "load_mapping",
]
