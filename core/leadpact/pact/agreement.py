"""The compiled pact: frozen, hashable by content, ready to judge stages and scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from leadpact.model.terms import Team
from leadpact.pact.calibration import Calibration
from leadpact.pact.handoff import HandoffRules
from leadpact.pact.health import Health
from leadpact.pact.lattice import Lattice
from leadpact.pact.qualification import Criterion, Qualification
from leadpact.pact.rejection import Reason, Rejection
from leadpact.pact.response import ResponseTimes, SlaTier
from leadpact.pact.review import Review
from leadpact.pact.score_rules import FastLane, Scoring
from leadpact.pact.suspects import Suspects

Owner: TypeAlias = Literal["marketing", "sales", "both"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the agreement.

    Attributes:
        rank: higher is further; equal ranks are alternatives (MQL and PQL).
        side: off the main line (recycled, disqualified, former_customer).
        synced: False for stages that exist in metrics only (visitor).
    """

    key: str
    label: str
    rank: int
    owner: Owner
    side: bool = False
    synced: bool = True


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a lead is an MQL, in points: the total and a floor on each pillar (K5, K15).

    Attributes:
        sql: the total at which the score makes an SQL; None = never.
        floors: False = the total alone decides.
    """

    mql: int
    fit_floor: int
    engagement_floor: int
    sql: int | None = None
    floors: bool = True


@dataclass(frozen=True, slots=True)
class Pact:
    """The agreement between marketing and sales, as both signed it.

    Attributes:
        hash: first 16 hex digits of the SHA-256 over the document's content (comments, order of keys and what only
            repeats a default aside), so that a decision can name the agreement it was made under.
        version: the firm's own count.
        stages: by key, in the document's order.
        first_stage: where a lead starts of which no CRM says more.
        reasons: rejection reasons by key.
        rejection: leads that nobody works, and reasons that are owed.
        publish_step: a total is published when it moved so many points (R21).
        response: how soon sales answers, and on which calendar that is counted.
        teams: a CRM team's label, lower-cased, to the side it speaks for (R12).
        scoring: what a query engine takes.
        suspects: labels that stay with a person.
        qualification: what sales asks before a lead is an SQL; None = nothing was agreed.
        handoff: how a lead goes from marketing to sales.
        review: whose it is, who signs it, how often both teams look at it again.
        health: from when on the numbers that both share are a warning.
        calibration: which wins the firm learns from.
        content: the whole document as plain values, defaults written out, to render and to compare.
        text: the document as it was written.
    """

    hash: str
    version: str
    stages: Mapping[str, Stage]
    first_stage: str
    lattice: Lattice
    reasons: Mapping[str, Reason]
    thresholds: Thresholds
    publish_step: int
    response: ResponseTimes
    teams: Mapping[str, Team]
    lists: Mapping[str, frozenset[str]]
    scoring: Scoring
    qualification: Qualification | None = None
    suspects: Suspects = field(default_factory=Suspects)
    handoff: HandoffRules = field(default_factory=HandoffRules)
    review: Review = field(default_factory=Review)
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    text: str = field(default="", repr=False, compare=False)
    rejection: Rejection = field(default_factory=Rejection)
    health: Health = field(default_factory=Health)
    calibration: Calibration = field(default_factory=Calibration)

    @property
    def sla(self) -> Mapping[str, SlaTier]:
        """Tiers of first contact: high, medium, low and flat, as far as the agreement has them."""
        return self.response.tiers

    @property
    def fast_lanes(self) -> Mapping[str, FastLane]:
        """Fast lanes by signal name, most urgent first."""
        return {lane.signal: lane for lane in self.scoring.lanes}

    @property
    def signal_names(self) -> frozenset[str]:
        """Every signal that rules, lanes, qualifying actions or ``scoring.signals`` name."""
        return self.scoring.signal_names

    @property
    def answers(self) -> tuple[Criterion, ...]:
        """The criteria that some lead is asked; the mapping says where their answers are kept."""
        asked = self.qualification.asked() if self.qualification is not None else ()
        return (*asked, *self.suspects.asked)

    @property
    def competitor_domains(self) -> frozenset[str]:
        """Domains of rivals, lower-cased."""
        return self.lists.get("competitor_domains", frozenset())

    def label(self, stage: str) -> str:
        """The stage's name as people read it."""
        found = self.stages.get(stage)
        return found.label if found else stage
