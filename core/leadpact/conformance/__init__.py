"""The numbered test kit that every connector inherits: scenarios in docs/connectors.md, tests here.

A connector's author writes one :class:`~leadpact.conformance.bench.Bench` (the CRM to be tested against, with a
person's hands on it) and one test module that inherits the families of scenarios. Needs pytest.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"leadpact.conformance.{name}"
        for name in (
            "announcing",
            "failing",
            "family",
            "feed",
            "making",
            "provisioning",
            "reading",
            "signals",
            "writing",
        )
    )
)

from leadpact.conformance.announcing import AnnouncingScenarios  # noqa: E402
from leadpact.conformance.bench import ActNotOffered, Bench, FaultName, Roles, Trouble, Where  # noqa: E402
from leadpact.conformance.failing import FailingScenarios  # noqa: E402
from leadpact.conformance.feed import FeedScenarios  # noqa: E402
from leadpact.conformance.making import MakingScenarios  # noqa: E402
from leadpact.conformance.provisioning import ProvisioningScenarios  # noqa: E402
from leadpact.conformance.reading import ReadingScenarios  # noqa: E402
from leadpact.conformance.scenario import Gap, Scenario, registered  # noqa: E402
from leadpact.conformance.signals import SignalScenarios  # noqa: E402
from leadpact.conformance.writing import WritingScenarios  # noqa: E402

__all__ = [
    "ActNotOffered",
    "AnnouncingScenarios",
    "Bench",
    "FailingScenarios",
    "FaultName",
    "FeedScenarios",
    "Gap",
    "MakingScenarios",
    "ProvisioningScenarios",
    "ReadingScenarios",
    "Roles",
    "Scenario",
    "SignalScenarios",
    "Trouble",
    "Where",
    "WritingScenarios",
    "registered",
]
