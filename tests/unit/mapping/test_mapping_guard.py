"""``guard: strict`` in the document: per CRM or for all, and refused where a CRM cannot keep it (R7)."""

from __future__ import annotations

import pytest
from tests.unit.mapping.conftest import REASONS, STAGES

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping, load_mapping
from leadpact.mapping.guard import refuse_guards
from leadpact_mappings import default_text

LABELS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
ABLE = {"hubspot": False, "salesforce": True}
TEXT = default_text("mapping.yaml")
FOR_ALL = TEXT.replace("version: 1\n", "version: 1\nguard: strict\n", 1)
FOR_SALESFORCE = TEXT.replace("  salesforce:\n", "  salesforce:\n    guard: strict\n", 1)
FOR_HUBSPOT = TEXT.replace("  hubspot:\n", "  hubspot:\n    guard: strict\n", 1)


def loaded(text: str) -> LeadMapping:
    return load_mapping(text, "mapping.yaml", stage_keys=STAGES, reason_keys=REASONS)


def refusal(text: str, able: dict[str, bool] = ABLE) -> FixSettings:
    with pytest.raises(FixSettings) as refused:
        refuse_guards(loaded(text), able, LABELS)
    assert refused.value.code == "guard_unsupported"
    return refused.value


def line_of(text: str, words: str) -> int:
    return 1 + text[: text.index(words)].count("\n")


def test_it_is_off_unless_said() -> None:
    assert loaded(TEXT).strict == frozenset()


def test_it_is_said_for_one_crm_or_for_all_and_taken_back_for_one() -> None:
    assert loaded(FOR_SALESFORCE).strict == {"salesforce"}
    assert loaded(FOR_ALL).strict == {"hubspot", "salesforce"}
    but_hubspot = FOR_ALL.replace("  hubspot:\n", "  hubspot:\n    guard: measured\n", 1)
    assert loaded(but_hubspot).strict == {"salesforce"}
    assert loaded(FOR_SALESFORCE).for_crms(["hubspot"]).strict == frozenset()


def test_it_changes_the_mappings_hash() -> None:
    assert loaded(FOR_SALESFORCE).hash != loaded(TEXT).hash


def test_a_crm_that_cannot_keep_it_is_refused_with_place_and_what_is_right() -> None:
    refused = refusal(FOR_ALL)
    assert refused.place is not None
    assert (refused.place.file, refused.place.line) == (
        "mapping.yaml",
        line_of(FOR_ALL, "guard: strict"),
    )
    assert "HubSpot cannot refuse a write" in refused.message
    assert "under `crms: salesforce:` alone" in refused.message
    refused = refusal(FOR_HUBSPOT)
    assert refused.place is not None
    assert refused.place.line == line_of(FOR_HUBSPOT, "guard: strict")


def test_where_none_can_keep_it_it_is_to_go() -> None:
    assert "take it out" in refusal(FOR_HUBSPOT, {"hubspot": False}).message


def test_where_it_holds_nothing_is_said() -> None:
    refuse_guards(loaded(FOR_SALESFORCE), ABLE, LABELS)
    refuse_guards(loaded(TEXT), ABLE, LABELS)


def test_another_word_is_refused() -> None:
    with pytest.raises(FixSettings, match="measured"):
        loaded(TEXT.replace("version: 1\n", "version: 1\nguard: hard\n", 1))
