"""The canaries of a backfill are watched: what moves there after the write, and was not written, is a storm (R33)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from leadpact.model.record import Native, Record, RecordRef
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.effects import Steps
from leadpact.sync.observe import read
from leadpact.sync.stored_form import normalised

Seen = dict[str, dict[str, str]]
_APART = " "


def expected(
    context: Context, records: Iterable[Record], written: Mapping[RecordRef, Mapping[str, Native]]
) -> Seen:
    """How these records should look from now on: as they were read, with what was written.

    Values are kept as short hashes under the run's id, so that nothing personal stands in the run's place.
    """
    return {
        _key(record.ref): {
            name: _hash(context, record.ref, name, value)
            for name, value in {**record.fields, **written.get(record.ref, {})}.items()
            if name in record.fields and name in _mapped(context, record.ref)
        }
        for record in records
    }


def look(context: Context, seen: Seen) -> Steps[Counter[str]]:
    """Read the canaries again.

    Returns:
        How many records show something else than was left there, by ``<crm> <kind>.<field>``.
    """
    refs = [RecordRef(*key.split(_APART, 2)) for key in sorted(seen)]
    moved: Counter[str] = Counter()
    for ref, there in (yield from read(context, tuple(refs))).items():
        if not isinstance(there, Record):
            moved[f"{ref.crm} {ref.kind} (gone or merged)"] += 1
            continue
        for name, known in seen[_key(ref)].items():
            if name in there.fields and _hash(context, ref, name, there.fields[name]) != known:
                moved[f"{ref.crm} {ref.kind}.{name}"] += 1
    return moved


def _mapped(context: Context, ref: RecordRef) -> frozenset[str]:
    """Fields that the mapping names; a record carries the CRM's own stamps, too."""
    return frozenset(context.mapping.read_fields(ref.crm, ref.kind))


def told(moved: Counter[str]) -> str:
    """The storm as a sentence."""
    fields = ", ".join(f"{name} on {count:,}" for name, count in moved.most_common(5))
    return (
        f"Parked after the canaries: fields moved there that this backfill did not write ({fields}). "
        "Look for an automation that a backfilled record enrols in, let it leave out what bears the mark, "
        "then `leadpact runs resume`, or `leadpact runs cancel`."
    )


def _key(ref: RecordRef) -> str:
    return _APART.join(ref)


def _hash(context: Context, ref: RecordRef, name: str, value: Native) -> str:
    schema = context.crms[ref.crm].schemas[ref.kind].fields.get(name)
    shown = text(normalised(value, schema))
    if isinstance(value, bool) or shown in ("True", "False"):
        shown = shown.lower()
    return blake2b(f"{context.run_id}\x1f{name}\x1f{shown}".encode(), digest_size=5).hexdigest()
