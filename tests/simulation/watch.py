"""Looks over the engine's shoulder at every commit: promises that can be broken in passing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.simulation.agreement import pact
from tests.simulation.consent import taken_back
from tests.simulation.world import Edit, World, canonical, canonical_names

from leadpact.model.link import Intent
from leadpact.model.record import Known, RecordRef, Unknown
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact.sync.page import SETTLED_MARK
from leadpact.sync.undoing import is_again


class Watch:
    """Checks commits against what the store held before, and remembers what each intent overruled."""

    def __init__(self, world: World, store: StateStore) -> None:
        self.world = world
        self.store = store
        self.intents: dict[str, Intent] = {}
        self.undone: set[str] = set()
        self.folds: list[tuple[datetime, str]] = []
        self._pending: list[str] = []
        self.standing: dict[RecordRef, list[tuple[datetime, bool, str]]] = {}
        self.committed: dict[str, datetime] = {}
        self.linked_at_creation: dict[RecordRef, frozenset[RecordRef]] = {}
        self._base: dict[str, dict[str, Known]] = {}

    def before_commit(self, changes: StateChanges) -> None:
        """Check what is about to be committed; it counts once the store took it."""
        self._pending = []
        refs = [side.ref for side in changes.sides]
        link_ids = self.store.link_ids(refs)
        stored = {
            side.ref: side
            for sides in self.store.sides(list(dict.fromkeys(link_ids.values()))).values()
            for side in sides
        }
        for side in changes.sides:
            known = stored.get(side.ref)
            if known is None or not side.version or not known.version:
                continue
            if side.version.removesuffix(SETTLED_MARK) < known.version.removesuffix(SETTLED_MARK):
                self._pending.append(
                    f"an observation of {side.ref} from {side.version} was settled "
                    f"after one from {known.version}"
                )
        self._undo_keeps_pins(changes)
        self._fold_keeps_stage(changes)
        self._pending += taken_back(self.world, self.store, changes)
        links = self.store.links([one.link_id for one in changes.intents])
        joined = {link.folded_into for link in changes.links if link.status == "folded"}
        for intent in changes.intents:
            if intent.id in self.intents:
                continue
            link = links.get(intent.link_id)
            self._base[intent.id] = dict(link.base) if link is not None else {}
            side_before = stored.get(intent.ref)
            fresh = (
                side_before is None
                or not side_before.version
                or side_before.state != "live"
                or not side_before.primary
                or intent.link_id in joined
            )
            self._overruled_by_base(intent, fresh=fresh)

    def _undo_keeps_pins(self, changes: StateChanges) -> None:
        """What an undo puts back is pinned in the same transaction (R32), unless an undo is undone."""
        again = {one.id for one in self.store.runs(20) if is_again(one, self.store.run)}
        pinned = {(one.ref, one.field) for one in changes.pins}
        for intent in changes.intents:
            of = next(iter(intent.rule.values()), "")
            if intent.id in self.intents or not of.startswith("undo of run "):
                continue
            if of.removeprefix("undo of run ") in again:
                continue
            left = [name for name in intent.wanted if (intent.ref, name) not in pinned]
            if left:
                self._pending.append(
                    f"{left} of {intent.ref} was put back, and nothing keeps it so"
                )

    def _fold_keeps_stage(self, changes: StateChanges) -> None:
        """Of two leads that a person merged the further stage stands, or a person is asked (R25)."""
        folded = [one for one in changes.links if one.status == "folded" and one.folded_into]
        if not folded:
            return
        stages = pact().stages
        held = {one.link_id for one in changes.holds if one.field in ("stage", "")}
        before = self.store.links([one.id for one in folded])
        now = {one.id: one for one in changes.links}
        told = (one for one in changes.transitions if one.crm and one.result == "accepted")
        moved = {one.link_id for one in told}
        for one in folded:
            known, into = before.get(one.id), now.get(one.folded_into)
            if known is None or known.stage is None or into is None or into.stage is None:
                continue
            was, stands = stages[known.stage.stage], stages[into.stage.stage]
            if was.side or stands.side or into.id in held | moved:
                continue
            if stands.rank < was.rank:
                self._pending.append(
                    f"{was.key} and {stands.key} were merged, and the lower one stands"
                )

    def after_commit(self, changes: StateChanges) -> None:
        """Remember the journal, whatever becomes of it."""
        self.world.problems.extend(self._pending)
        folded = (one.folded_into for one in changes.links if one.status == "folded")
        self.folds.extend((self.world.now, link_id) for link_id in folded)
        for intent in changes.intents:
            if intent.rule and all(why.startswith("undo") for why in intent.rule.values()):
                self.undone.add(intent.id)
            self.intents[intent.id] = intent
        ids = [one.id for one in changes.intents] + [one.id for one in changes.transitions]
        for one_id in ids:
            self.committed.setdefault(one_id, self.world.now)
        for side in changes.sides:
            agreed = bool(side.version) and side.primary and side.state == "live"
            self.standing.setdefault(side.ref, []).append((self.world.now, agreed, side.link_id))
            row = self.world.crms[side.ref.crm].rows.get(side.ref)
            if row is not None and row.made_by_us and side.ref not in self.linked_at_creation:
                sides = self.store.sides([side.link_id])[side.link_id]
                self.linked_at_creation[side.ref] = frozenset(one.ref for one in sides)

    def typed(self) -> Iterator[tuple[Edit, str, Known]]:
        """Every value that somebody typed into a mapped field, with its canonical name."""
        for edit in self.world.edits:
            name = canonical_names(edit.ref).get(edit.native)
            if name is not None:
                yield edit, name, canonical(edit.ref, name, edit.native, edit.value)

    def written(self) -> Iterator[tuple[int, str, Known, RecordRef]]:
        """Every mapped value that we wanted to write: person, canonical name, value, record."""
        for intent in self.intents.values():
            if intent.id in self.undone:
                continue
            row = self.world.crms[intent.ref.crm].rows.get(intent.ref)
            if row is None:
                continue
            names = canonical_names(intent.ref)
            for native, value in intent.wanted.items():
                name = names.get(native)
                if name is not None:
                    yield row.person, name, canonical(intent.ref, name, native, value), intent.ref

    def _overruled_by_base(self, intent: Intent, *, fresh: bool) -> None:
        """An edit on one side alone is carried over; it is never put back to what was agreed before."""
        names = canonical_names(intent.ref)
        if fresh:
            return
        for native, wanted in intent.wanted.items():
            name = names.get(native)
            base = self._base[intent.id].get(name) if name else None
            if name is None or name not in intent.agrees or name not in self._base[intent.id]:
                continue
            was = canonical(intent.ref, name, native, intent.before.get(native))
            goal = canonical(intent.ref, name, native, wanted)
            if isinstance(was, Unknown) or was == base or self._our_own(intent, native):
                continue
            asked = intent.rule.get(native, "").startswith("review ")
            if goal == base and name not in LEFT_AS_AGREED and not asked:
                self._pending.append(
                    f"{name} on {intent.ref} was edited to {was!r} and put back to {base!r}"
                )

    def _our_own(self, intent: Intent, native: str) -> bool:
        """What stood there was no edit: a write of ours set it last, one that landed late (R2)."""
        row = self.world.crms[intent.ref.crm].rows.get(intent.ref)
        latest = next(iter(row.history.get(native, ())), None) if row is not None else None
        return latest is not None and latest.author.kind == "ours"


LEFT_AS_AGREED = frozenset({"lead_source", "email_opt_out", "employees"})
"""Fields whose policy lets the agreed value stand."""
