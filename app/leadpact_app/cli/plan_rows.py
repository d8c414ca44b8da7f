"""What a saved plan says of itself: its name, and the leads it is limited to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings

if TYPE_CHECKING:
    from leadpact.model.link import RunKind, SavedPlan
    from leadpact.sync.context import Context
    from leadpact.sync.effects import Steps
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap import Pair

MOST_AT_STAGE = 1_000_000
NOBODY = "nobody"
"""No link's id: a filter that fits no lead is not the same as no filter."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A saved plan's own row; ``leads``: all it is limited to, none = not limited."""

    name: str
    leads: tuple[str, ...]


def keep_own_row(pair: Pair, saved: SavedPlan, name: str, leads: tuple[str, ...]) -> None:
    """Note that this plan is applied only where nothing moved, by which name, and what it is limited to."""
    import orjson

    from leadpact.model.pin import PlanRow
    from leadpact.ports.state_store import StateChanges

    row = PlanRow(saved.id, "", orjson.dumps([name, leads]).decode())
    pair.store.commit(StateChanges(plan_rows=[row]), None, pair.clock.now())


def own_row(pair: Pair, saved: SavedPlan) -> OwnRow | None:
    """What the plan says of itself; None of one that a sync parked."""
    import orjson

    body = pair.store.plan_rows(saved.id, [""]).get("")
    if body is None:
        return None
    name, leads = orjson.loads(body)
    return OwnRow(name, tuple(leads))


def applying(saved: SavedPlan) -> Callable[[Context], Steps[CycleReport]]:
    """A cycle that writes only what this plan has, and only where nothing moved since it was made."""
    from leadpact.sync.applying import Applying
    from leadpact.sync.cycle import cycle

    def steps(context: Context) -> Steps[CycleReport]:
        kind: RunKind = "repair" if saved.kind == "repair" else "apply"
        return cycle(replace(context, applying=Applying(saved.id, kind)))

    return steps


def named(pair: Pair, plans: Sequence[SavedPlan], name: str) -> list[SavedPlan]:
    """The newest open plan of this name; none where no plan has it."""
    for one in plans:
        own = own_row(pair, one) if one.status in ("proposed", "approved") else None
        if own is not None and own.name == name:
            return [one]
    return []


def leads_meant(words: Sequence[str], pair: Pair) -> tuple[str, ...]:
    """The leads that ``--only`` names, one by one or by their agreed stage.

    Raises:
        FixSettings: a word names nobody, or no stage of the agreement.
    """
    from leadpact_app.cli.finding import leads_named

    stages, others = [], []
    for word in words:
        key, found, value = word.partition("=")
        if not found or key not in ("stage", "crm"):
            others.append(word)
        elif key == "crm":
            raise FixSettings(
                "--only takes a lead or stage=…. To keep leadpact from writing to one CRM, use "
                "`leadpact pause --crm NAME --direction to_crm`.",
                code="usage",
            )
        elif value not in pair.pact.stages:
            known = ", ".join(pair.pact.stages)
            raise FixSettings(f"{value!r} is no stage of the pact ({known}).", code="usage")
        else:
            stages.append(value)
    leads = leads_named(others, pair.store, pair.mapping, pair.connectors)
    if stages:
        at_them = [one.id for one in pair.store.at_stages(stages, MOST_AT_STAGE)]
        leads = tuple(dict.fromkeys((*leads, *at_them))) or (NOBODY,)
    return leads
