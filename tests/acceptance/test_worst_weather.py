"""One call in five fails, in every way a call can: nothing is lost or doubled, each fault is in a run's report."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.acceptance.acts import Acts
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import LIFTED, Town

from leadpact.errors import SignIn, WaitUntil

PASSING = (
    *(
        "throttle",
        "unavailable",
        "html_503",
        "server_error",
        "lost_answer",
        "cut_body",
        "expired_token",
    ),
    *("row_lock", "bad_gateway", "gateway_timeout", "edge_timeout", "slow"),
)
"""Faults that pass by themselves, so often that together they strike one call in five."""
ENDING = ("daily_limit", "policy_401", "account_moved")
"""Faults that end a run: it waits for another day or hour, or asks for a person. Rare, so that runs get anywhere."""
ENDS_ONE_IN = 150
STANDING: tuple[dict[str, Any], ...] = (
    {"fault": "skew", "seconds": 420},
    {"fault": "stale_index", "seconds": 60},
    {"fault": "skew", "seconds": -420},
)
"""What stands for a whole round, one after the other: a wrong clock, an index that is behind."""
ROUNDS = 12
ONE_IN = 5


def rules(round_: int = 0) -> list[dict[str, Any]]:
    """All kinds of faults in both CRMs; of those that stand, the one of this round."""
    share = 1 / ONE_IN / len(PASSING)
    each = {"route": "*", "rate": share, "seconds": 0.2}
    ending = {"route": "*", "rate": 1 / ENDS_ONE_IN / len(ENDING)}
    standing = {"route": "*", **STANDING[round_ % len(STANDING)]}
    return [
        *({"crm": "hubspot" if round_ % 2 else "salesforce", **standing},),
        *({"crm": "hubspot", "fault": "account_moved", "seconds": 1, **ending},),
        *(
            {"crm": crm, "fault": kind, **ending}
            for crm in ("hubspot", "salesforce")
            for kind in ENDING[:2]
        ),
        *_passing(each),
    ]


def _passing(each: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            key: value
            for key, value in (each | {"crm": crm, "fault": kind}).items()
            if kind == "slow" or key != "seconds"
        }
        for crm in ("hubspot", "salesforce")
        for kind in PASSING
    ]


def refused(town: Town) -> Counter[str]:
    """Calls of the last thousand that a CRM answered with a fault of the weather, by CRM."""
    calls = town.world.get("/requests")
    return Counter(
        f"{one['crm']} {one['method']} {one['path']} {one['status']}"
        for one in calls
        if one["status"] in (401, 429) or one["status"] >= 500
    )


@pytest.mark.soak
def test_one_call_in_five_fails(make_town: MakeTown) -> None:
    town = make_town(60)
    with town.pair() as pair:
        town.go_live(pair)
    acts = Acts.begin(town)
    met: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for round_ in range(ROUNDS):
        acts.play()
        with town.pair() as pair:
            town.faults(*rules(round_))
            before = refused(town)
            try:
                report = pair.run_cycle(limits=LIFTED)
            except (WaitUntil, SignIn):
                ended["not begun"] += 1
                continue
            finally:
                town.faults()
            struck = refused(town) - before
            # A token of HubSpot's cannot be renewed without a person: that run ends with "sign in".
            assert report.status != "failed" or report.exit_code == 3, report.note
            ended[report.status] += 1
            for crm in ("hubspot", "salesforce"):
                here = sum(n for call, n in struck.items() if call.startswith(crm))
                assert faults_of(report.counts, crm) >= here, (crm, struck, dict(report.counts))
            met.update({word: n for word, n in report.counts.items() if word.startswith("fault_")})
    assert set(ended) <= {"done", "waiting", "failed", "not begun"}, ended
    assert {word.split("_", 2)[2] for word in met} >= {
        "throttled",
        "crm_unavailable",
        "answer_lost",
        "signed_in_again",
    }
    with town.pair() as pair:
        town.until_quiet(pair, 10)
        acts.check(pair)


def faults_of(counts: Counter[str], crm: str) -> int:
    """All faults that a run tells of one CRM."""
    return sum(number for word, number in counts.items() if word.startswith(f"fault_{crm}_"))
