"""The default mapping, and small ones of a test's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping, load_mapping
from leadpact_mappings import default_text

STAGES = (
    "subscriber lead mql pql sal sql opportunity customer evangelist recycled disqualified "
    "former_customer"
).split()
REASONS = ("bad_timing", "no_budget", "no_response", "competitor")

Load = Callable[[str], LeadMapping]
Refuse = Callable[[str], FixSettings]


@pytest.fixture(scope="session")
def default() -> LeadMapping:
    """The mapping that is shipped."""
    return load_mapping(
        default_text("mapping.yaml"), "mapping.yaml", stage_keys=STAGES, reason_keys=REASONS
    )


@pytest.fixture
def load() -> Load:
    """Load a document for the default stages and four reasons."""
    return lambda text: load_mapping(text, "m.yaml", stage_keys=STAGES, reason_keys=REASONS)


@pytest.fixture
def refuse(load: Load) -> Refuse:
    """Load a document that must be refused, and hand back the refusal."""

    def refused(text: str) -> FixSettings:
        with pytest.raises(FixSettings) as caught:
            load(text)
        return caught.value

    return refused


TWO_CRMS = """\
version: 1
system_of_record: south
crms:
  north:
    values: text
    kinds:
      people: {external_id: our_id, match: {email: mail}}
  south:
    kinds:
      Lead: {external_id: Our__c, match: {email: Email}}
      Contact: {external_id: Our__c, match: {email: Email}}
fields:
  email: {type: text, policy: hold, initial: hold, north: mail, south: {Lead: Email, Contact: Email}}
"""
"""Two CRMs and an e-mail; tests add rows of `fields` (two spaces in)."""
