"""Who speaks when a CRM shows a new stage (R12)."""

from __future__ import annotations

from leadpact.model.record import Author
from leadpact.model.stage import Team
from leadpact.pact.agreement import Pact


def team_of(author: Author, default_team: Team, pact: Pact) -> Team:
    """The side that an author speaks for.

    Args:
        author: who made the change, as the CRM's history says. leadpact's own writes are no assertions and
            are sorted out before; one that comes here counts as automation, the weakest voice.
        default_team: the side of the CRM itself, for authors without a team that the pact knows.
        pact: its ``teams`` map the CRM's team labels.
    """
    if author.kind in ("workflow", "import", "integration", "ours"):
        return "automation"
    if author.kind == "person" and author.team:
        return pact.teams.get(author.team.casefold().strip(), default_team)
    return default_team
