"""Passes through the funnel as reports count them: one per episode of a lead. Pure over what the state keeps (R17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from leadpact.lifecycle.episodes import first_of
from leadpact.model.episode import Episode
from leadpact.model.link import Link
from leadpact.model.record import Scalar
from leadpact.pact.agreement import Pact
from leadpact.ports.state_store import StateReader

BroughtBy: TypeAlias = Literal["marketing", "sales", ""]
"""``marketing``: it was an MQL before sales had it; ``sales``: sales worked it without that (its own lead, or
outbound); "": it is not so far, or was found further on at first sight."""

QUALIFIED: Final = ("mql", "pql")
WORKED: Final = ("sal", "sql", "opportunity", "customer")
FIRST_SIGHT: Final = "first sight"
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Pass:
    """One numbered pass of one lead.

    Attributes:
        stage: where the lead is in it now, or was when it ended.
        source: the agreed lead source; "" unknown.
        rep: who rejected it, else who worked it, else whose lead it is now, as ``<crm>:<owner id>``; "" unknown.
        latest: it is the lead's present one, so that what the lead shows now is of this pass.
        facts: agreed values of the lead, as they are now.
        suspected: the lasting label; "" without one.
    """

    episode: Episode
    stage: str
    source: str
    rep: str
    latest: bool
    reason_owed: bool = False
    suspected: str = ""
    facts: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def link_id(self) -> str:
        """Whose it is."""
        return self.episode.link_id

    @property
    def mql_at(self) -> datetime | None:
        """When it became an MQL or PQL by a move of its own, none that a later stage implied."""
        own = [
            at
            for stage, at in self.episode.reached.items()
            if stage in QUALIFIED and stage not in self.episode.implied
        ]
        return min(own, default=None)

    @property
    def brought_by(self) -> BroughtBy:
        """Whose work brought it to sales."""
        if self.mql_at is not None:
            return "marketing"
        found_further = self.episode.opened_by == FIRST_SIGHT and any(
            at == self.episode.opened_at
            for stage, at in self.episode.reached.items()
            if stage in WORKED
        )
        if found_further or self.episode.kind == "expansion":
            return ""
        return "sales" if any(stage in self.episode.reached for stage in WORKED) else ""

    @property
    def worked_at(self) -> datetime | None:
        """When it came to sales' stages first."""
        return min(
            (at for stage, at in self.episode.reached.items() if stage in WORKED), default=None
        )

    def reached(self, stage: str) -> bool:
        """Whether it came so far, or further on the main line."""
        order = WORKED[WORKED.index(stage) :] if stage in WORKED else (stage,)
        return any(one in self.episode.reached for one in order)

    @property
    def settled(self) -> bool:
        """Whether it is known what became of it as an MQL: an SQL, or ended without."""
        return self.reached("sql") or self.episode.closed_at is not None

    @property
    def went_back(self) -> bool:
        """Whether it ended before it was an SQL."""
        return self.episode.closed_at is not None and not self.reached("sql")


def passes_of(link: Link, episodes: tuple[Episode, ...] | list[Episode]) -> list[Pass]:
    """The passes of one lead; of one that never moved, the one it was found in."""
    state = link.stage
    if state is None:
        return []
    known = list(episodes) or [first_of(link.id, state)]
    source = str(link.base.get("lead_source") or "")
    made = []
    for one in known:
        latest = one is known[-1]
        made.append(
            Pass(
                one,
                state.stage if latest else one.closed_from,
                source,
                one.rejected_by or one.owner or link.owner,
                latest,
                state.reason_owed and latest,
                link.suspected,
                link.base,
            )
        )
    return made


def every_pass(reader: StateReader) -> Iterator[list[Pass]]:
    """All passes of all live leads, page by page of leads."""
    last = ""
    while ids := reader.page_of_links(last, PAGE):
        last = ids[-1]
        links, episodes = reader.links(ids), reader.episodes(ids)
        page: list[Pass] = []
        for link_id in ids:
            if (link := links.get(link_id)) is not None:
                page += passes_of(link, list(episodes.get(link_id, ())))
        yield page


def reason_kind(one: Pass, pact: Pact) -> Literal["", "not_for_us", "not_now", "unworked", "owed"]:
    """What an end before SQL says: the criteria let it through, the time was wrong, nobody worked it, nobody said."""
    if not one.went_back:
        return ""
    if one.reason_owed or not one.episode.reason:
        return "owed"
    if one.episode.reason == pact.rejection.ageing.reason:
        return "unworked"
    known = pact.reasons.get(one.episode.reason)
    return "not_for_us" if known is not None and known.disposition == "disqualify" else "not_now"
