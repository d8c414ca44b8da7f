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
    """A saved plan's own row.

    Attributes:
        leads: all it is limited to, none = not limited.
        crm: the one CRM that it writes to, "" = not limited.
    """

    name: str
    leads: tuple[str, ...]
    crm: str = ""


@dataclass(frozen=True, slots=True)
class Only:
    """What ``--only`` limits a run to: leads (none = all), and the one CRM that is written to ("" = each)."""

    leads: tuple[str, ...] = ()
    crm: str = ""

    def within(self, own: OwnRow | None, pair: Pair) -> Only:
        """What is left of a saved plan.

        Raises:
            FixSettings: the plan writes to another CRM.
        """
        if own is None:
            return self
        if own.crm and self.crm not in ("", own.crm):
            raise FixSettings(f"This plan writes to {own.crm} alone.", code="usage")
        leads = own.leads or self.leads
        if own.leads and self.leads:
            leads = tuple(one for one in own.leads if one in set(self.leads)) or (NOBODY,)
        pair.to_crm = self.crm or own.crm
        return Only(leads, pair.to_crm)


def keep_own_row(pair: Pair, saved: SavedPlan, name: str, only: Only) -> None:
    """Note that this plan is applied only where nothing moved, by which name, and what it is limited to."""
    import orjson

    from leadpact.model.pin import PlanRow
    from leadpact.ports.state_store import StateChanges

    row = PlanRow(saved.id, "", orjson.dumps([name, only.leads, only.crm]).decode())
    pair.store.commit(StateChanges(plan_rows=[row]), None, pair.clock.now())


def own_row(pair: Pair, saved: SavedPlan) -> OwnRow | None:
    """What the plan says of itself; None of one that a sync parked."""
    import orjson

    body = pair.store.plan_rows(saved.id, [""]).get("")
    if body is None:
        return None
    name, leads, *crm = orjson.loads(body)
    return OwnRow(name, tuple(leads), *crm)


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


def only_meant(words: Sequence[str], pair: Pair) -> Only:
    """What ``--only`` names: leads, one by one or by their agreed stage, and the one CRM that the pair writes to now.

    Raises:
        FixSettings: a word names nobody, no stage of the agreement, or no CRM; or two CRMs are named.
    """
    from leadpact_app.cli.finding import leads_named

    stages, others, crms = [], [], []
    for word in words:
        key, found, value = word.partition("=")
        if not found or key not in ("stage", "crm"):
            others.append(word)
        elif key == "crm":
            crms.append(value)
            if value not in pair.connectors or len(set(crms)) > 1:
                known = ", ".join(sorted(pair.connectors))
                raise FixSettings(
                    f"--only {word} is not possible: crm=… names one of {known}, and only one.",
                    code="usage",
                )
        elif value not in pair.pact.stages:
            known = ", ".join(pair.pact.stages)
            raise FixSettings(f"{value!r} is no stage of the pact ({known}).", code="usage")
        else:
            stages.append(value)
    pair.to_crm = crms[0] if crms else ""
    leads = leads_named(others, pair.store, pair.mapping, pair.connectors)
    if stages:
        at_them = [one.id for one in pair.store.at_stages(stages, MOST_AT_STAGE)]
        leads = tuple(dict.fromkeys((*leads, *at_them))) or (NOBODY,)
    return Only(leads, crms[0] if crms else "")


def leads_meant(words: Sequence[str], pair: Pair) -> tuple[str, ...]:
    """The leads that ``--only`` names, for who syncs all day.

    Raises:
        FixSettings: it names nobody.
    """
    return only_meant(words, pair).leads


def refuse_one_crm(words: Sequence[str]) -> None:
    """Refuse ``--only crm=…`` to who syncs all day: what a run leaves for the next would never be written.

    Raises:
        FixSettings: a word names a CRM.
    """
    if any(word.startswith("crm=") for word in words):
        raise FixSettings(
            "--only crm=… is for one run. To have a process that goes on write to one CRM alone, use "
            "`leadpact pause --crm NAME --direction to` for the other.",
            code="usage",
        )
