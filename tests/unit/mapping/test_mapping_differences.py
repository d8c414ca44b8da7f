"""R39: a mapping compared with that of another environment."""

from __future__ import annotations

import pytest

from leadpact.errors import FixSettings
from leadpact.mapping.differences import mapping_differences
from leadpact_mappings import default_text

TEXT = default_text("mapping.yaml")


def test_each_key_that_differs_is_told_with_its_place() -> None:
    changed = (
        TEXT.replace("      at_stage: mql\n", "      at_stage: sal\n")
        .replace("    hubspot: jobtitle\n", "    hubspot: {field: job, direction: to_crm}\n")
        .replace("system_of_record: salesforce ", "system_of_record: hubspot ")
        .replace("guard: measured\n", "")
    )
    found = {one.path: one for one in mapping_differences(TEXT, "old.yaml", changed, "new.yaml")}
    assert {path: (one.how, one.before, one.after) for path, one in found.items()} == {
        "system_of_record": ("changed", "salesforce", "hubspot"),
        "crms.salesforce.creation.at_stage": ("changed", "mql", "sal"),
        "fields.title.hubspot.contacts.field": ("changed", "jobtitle", "job"),
        "fields.title.hubspot.contacts.direction": ("added", "", "to_crm"),
    }
    place = found["crms.salesforce.creation.at_stage"].place
    assert changed.splitlines()[(place.line or 0) - 1].strip() == "at_stage: sal"


def test_comments_and_short_forms_are_no_difference() -> None:
    same = TEXT.replace(
        "    hubspot: jobtitle\n", "    hubspot: {contacts: {field: jobtitle}}  # x\n"
    )
    assert same != TEXT
    assert mapping_differences(TEXT, "a", same, "b") == ()


def test_what_was_taken_out_is_told_where_it_stood() -> None:
    at = TEXT.index("  lead_source:")
    end = TEXT.index("  email_opt_out:")
    found = mapping_differences(TEXT, "old.yaml", TEXT[:at] + TEXT[end:], "new.yaml")
    assert {one.how for one in found} == {"removed"}
    assert all(one.path.startswith("fields.lead_source.") for one in found)
    assert {one.place.file for one in found} == {"old.yaml"}


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(FixSettings, match=r"b\.yaml"):
        mapping_differences(TEXT, "a.yaml", "crms: [", "b.yaml")
