"""Native stage fields of one kind: what they mean, and what they are set to (R3, R14).

The agreed stage is in our own picklist; native fields are a projection of it that rounds down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from leadpact.model.terms import Native

_REMEMBERED = 4096
_ENDED = ("recycled", "disqualified")


@dataclass(frozen=True, slots=True)
class StageRow:
    """One row: where the fields have one of these values, these stages can be meant.

    ``incomplete`` rows are understood when a person makes them so, and then completed by ``set``.
    """

    when: Mapping[str, frozenset[str]]
    means: tuple[str, ...]
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class StageSetting:
    """What the native fields are set to for one stage; ``by_reason`` first, None blanks."""

    fields: Mapping[str, str | None]
    by_reason: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    def wanted(self, reason: str) -> dict[str, str | None]:
        """The values for this rejection reason."""
        return {**self.fields, **self.by_reason.get(reason, {})}


@dataclass(frozen=True, slots=True)
class StageTable:
    """The stage table of one (crm, kind); see MAPPING in docs for its YAML.

    Attributes:
        own_field: our own stage picklist there, "" if not mapped.
        reason_field: our rejection-reason picklist there, "" if not mapped.
        native_fields: fields the rows read, in the order of their first mention.
        order_field: the native field whose values only go forward, or "".
        order: its values, first to last.
        sub_reason_field: our picklist of finer words beside it, "" if not mapped.
        stage_fields: all of these fields that are mapped.
        never_write: values, by field, that no update ever writes (IsConverted statuses).
    """

    own_field: str = ""
    reason_field: str = ""
    native_fields: tuple[str, ...] = ()
    rows: tuple[StageRow, ...] = ()
    settings: Mapping[str, StageSetting] = field(default_factory=dict)
    order_field: str = ""
    order: tuple[str, ...] = ()
    never_write: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sub_reason_field: str = ""
    stage_fields: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _known: dict[tuple[object, ...], StageRow | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        names = (self.own_field, *self.native_fields, self.reason_field, self.sub_reason_field)
        object.__setattr__(self, "stage_fields", tuple(name for name in names if name))

    @property
    def convert_statuses(self) -> frozenset[str]:
        """All values that are never written by update."""
        return frozenset().union(*self.never_write.values())

    def stages_of(
        self, fields: Mapping[str, Native], *, changed: Collection[str] = ()
    ) -> tuple[str, ...] | None:
        """The stages that these native values can mean.

        Args:
            fields: native values by API name; others than the native fields are ignored.
            changed: native fields that differ from their image. Where given, rows that look at one of
                them come first, so that the value somebody just set speaks, not one left over beside it.

        Returns:
            The stages of the first row that holds, in the table's order; ``()`` where nothing is said
            (blank fields: R3); None for a combination that no row covers.
        """
        row = self._row(fields, changed)
        if row is not None:
            return row.means
        return () if self._says_nothing(fields) else None

    def projection(
        self, stage: str, *, reason: str = "", current: Mapping[str, Native]
    ) -> dict[str, Native]:
        """Native fields to set so that they mean ``stage`` (R14).

        Args:
            stage: the agreed stage.
            reason: the rejection-reason key, "" for none.
            current: native values of the record; empty for a record that is yet to be made. Where it
                is not empty, a native field missing in it is unknown and is not written (R4).

        Returns:
            Only values that differ; nothing where the present ones already fit.
        """
        setting = self.settings.get(stage)
        if setting is None:
            return {}
        row = self._row(current, ())
        if row is not None and stage in row.means and not row.incomplete:
            return {}
        wanted = setting.wanted(reason)
        after: dict[str, Native] = {name: current.get(name) for name in self.native_fields}
        after.update(wanted)
        complete = self._row(after, ())
        if complete is None or stage not in complete.means or complete.incomplete:
            wanted = {**dict.fromkeys(self.native_fields), **wanted}
        return {
            name: value
            for name, value in wanted.items()
            if (not current or name in current) and _text(current.get(name)) != (value or "")
        }

    def rejecting(self) -> dict[str, tuple[str, ...]]:
        """Values, by field, that alone say that a lead is recycled or disqualified, our own picklist's among them."""
        found: dict[str, tuple[str, ...]] = {self.own_field: _ENDED} if self.own_field else {}
        for row in self.rows:
            if set(row.means) <= set(_ENDED) and len(row.when) == 1:
                for name, values in row.when.items():
                    found[name] = (*found.get(name, ()), *sorted(values))
        return found

    def backward(self, current: Mapping[str, Native], wanted: Mapping[str, Native]) -> bool:
        """Whether setting ``wanted`` would be a step back that the CRM ignores in silence (R3).

        A present value that is not in ``order`` counts as further on: the two-step reset is always safe.
        """
        if not self.order_field or not wanted.get(self.order_field):
            return False
        here, there = _text(current.get(self.order_field)), _text(wanted[self.order_field])
        if not here or here == there:
            return False
        if here not in self.order or there not in self.order:
            return True
        return self.order.index(there) < self.order.index(here)

    def _says_nothing(self, fields: Mapping[str, Native]) -> bool:
        if self.order_field:
            return not _text(fields.get(self.order_field))
        return not any(_text(fields.get(name)) for name in self.native_fields)

    def _row(self, fields: Mapping[str, Native], changed: Collection[str]) -> StageRow | None:
        values = tuple([_text(fields.get(name)) for name in self.native_fields])
        key = (values, frozenset(changed)) if changed else (values,)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = self._find(
                dict(zip(self.native_fields, values, strict=True)), changed
            )
        return self._known[key]

    def _find(self, values: Mapping[str, str], changed: Collection[str]) -> StageRow | None:
        holding = [
            row
            for row in self.rows
            if all(values[name] in allowed for name, allowed in row.when.items())
        ]
        speaking = [row for row in holding if not row.when.keys().isdisjoint(changed)]
        return next(iter(speaking or holding), None)


def _text(native: Native) -> str:
    if native is None:
        return ""
    return native if isinstance(native, str) else str(native).lower()
