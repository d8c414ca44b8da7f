"""What is odd in a lattice: stages nobody gets to, stages nobody gets out of."""

from __future__ import annotations

from collections.abc import Iterator

from leadpact.pact.findings import PactFinding, ReadPact


def lattice_findings(read: ReadPact) -> Iterator[PactFinding]:
    """Dead ends and unreachable stages.

    Leads start at the first stage or, where a CRM says so, at one of the main line that is not further. The
    furthest stage of the main line may be the end of it.
    """
    pact = read.pact
    first = pact.stages[pact.first_stage]
    starts = {
        key for key, stage in pact.stages.items() if not stage.side and stage.rank <= first.rank
    }
    reached = _reached(read, starts)
    left = {move.start for move in pact.lattice.moves}
    furthest = max(stage.rank for stage in pact.stages.values() if not stage.side)
    for key, stage in pact.stages.items():
        if key not in reached:
            yield read.warn(
                "stage_unreachable",
                ("stages", key),
                f'nobody gets to "{key}": no moves of the lattice lead there from '
                f'"{pact.first_stage}"; add one such as {{from: {pact.first_stage}, to: {key}, '
                f"by: {stage.owner if stage.owner != 'both' else 'sales'}}}, or take the stage out",
                key=True,
            )
        if key not in left and (stage.side or stage.rank < furthest):
            yield read.warn(
                "stage_dead_end",
                ("stages", key),
                f'nobody gets out of "{key}": no move of the lattice starts there; add one such as '
                f"{{from: {key}, to: {pact.first_stage}, by: marketing}}",
                key=True,
            )


def _reached(read: ReadPact, starts: set[str]) -> set[str]:
    reached = set(starts)
    waiting = list(starts)
    while waiting:
        here = waiting.pop()
        for move in read.pact.lattice.moves:
            if move.start == here and move.goal not in reached:
                reached.add(move.goal)
                waiting.append(move.goal)
    return reached
