"""What a person may answer to a hold, and the words in which the engine understands it (model/link.Hold)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from leadpact.errors import FixSettings

if TYPE_CHECKING:
    from leadpact.model.link import Hold

REOPENED: Final = "consent_reopened"
PICKED: Final = frozenset({"values_differ", "field_changed", REOPENED})
"""Field holds: a side, a value, the one edit, or what was agreed."""
STAGES: Final = frozenset(
    {
        "stages_differ",
        "equal_rank",
        "contested",
        "status_unmapped",
        "opportunity_lost",
        "unconfirmed_sql",
        "merged_disqualified",
    }
)
OVERWRITTEN: Final = "overwritten_meanwhile"
"""A person's value that leadpact covered: accept puts it back, refuse leaves what stands (R7)."""
BLANKED: Final = "blanked_in_bulk"
BATCH: Final = "like_assertions"
"""Many leads that one import or person set alike: all of them are let through, or set back (R34)."""
"""A field that turned blank on many leads at once: accept lets the blanks through, refuse restores the values (R4)."""
JOINS: Final = frozenset({"role_address", "two_surnames", "person_deleted", "duplicate_rule"})
"""Whether two records are one person: accept or refuse."""
DELETED: Final = "deleted_in_"
"""Whether a deleted record is made anew: accept or refuse."""
PROPOSED: Final = "merge_proposed"
"""A merge that a person made in one CRM, proposed for the other: refuse leaves the records apart (R25)."""
ERASED: Final = "privacy_deletion"
"""Deleted for good, or merged into one who was erased: `forget` erases the state too, refuse keeps it (R27)."""
AGREED: Final = "agreed"
MENDS: Final = {
    PROPOSED: "Merge them in that CRM, the next sync sees it; `leadpact review refuse` keeps them apart.",
    "several_records_one_person": "Merge the records in the CRM; the next sync then sees one.",
    "privacy_deletion": "`leadpact forget LEAD` erases what leadpact keeps; `leadpact review refuse` keeps it.",
    "probable_duplicate": "Merge the two records in their CRM, or correct the address; the next sync sees it.",
    "opt_out_owed": "Opt the person out by hand in the CRM that does not show it; the next sync sees it.",
    "merged_opt_out": "Opt the person out in the CRM that does not show it, or take it back in both.",
    "creation_lacks_fields": "Fill the named fields on the record that exists; the next sync then makes the other.",
    "value_too_long": "Shorten the value in the CRM that holds it, or say `cut: N` in the mapping.",
    "picklist_value_unknown": "Add the value to the picklist, or map it to one that exists.",
    "field_missing": "Make the field (`leadpact provision` makes our own), or grant the right to see it.",
    "field_read_only": "Grant the right to write the field, or say `direction: from_crm` in the mapping.",
    "value_not_writable": "Correct the value in the CRM that holds it, or its row in the mapping.",
    "value_unreadable": "Correct the value in the CRM that shows it, or its row in the mapping.",
    "reset_failed": "See `leadpact failures list`; mend it in the CRM, then `leadpact failures retry`.",
}
"""Holds that end by themselves once their cause is mended, and how."""

WHOLE: Final = {
    BLANKED: "`leadpact review accept` lets the blanks through, `leadpact review refuse` puts the values back; the "
    "answer to the field's own hold is that for all its leads.",
    BATCH: "`leadpact review accept` lets all of them through, `leadpact review refuse` sets all of them back; the "
    "answer to the batch's own hold is that for all its leads.",
}
"""Holds of many leads at once, and how they are answered."""


_NOT_OURS: Final = {
    PROPOSED: "leadpact never merges records itself",
    ERASED: "Erasing is a command of its own, which prints a certificate",
}


def remedy(hold: Hold) -> str:
    """What a person can do about it, as a sentence."""
    if hold.cause == REOPENED:
        return "Set it in both CRMs to confirm it; `leadpact review refuse` puts the opt-out back."
    if hold.cause in WHOLE:
        return WHOLE[hold.cause]
    if hold.cause == OVERWRITTEN:
        return (
            "`leadpact review accept` puts that value back (--set takes another one), "
            "`leadpact review refuse` leaves what stands."
        )
    if hold.cause in PICKED:
        return "`leadpact review accept` with --take or --set, or `leadpact review refuse`."
    if hold.cause == "status_unmapped":
        return "Add a row to the mapping's stage table, or `leadpact review accept --set STAGE`."
    if hold.cause in STAGES:
        fill = (
            "Fill in what is named, and it goes through by itself. Or "
            if hold.cause == "unconfirmed_sql"
            else ""
        )
        return f"{fill}`leadpact review accept` with --take CRM or --set STAGE" + (
            "."
            if hold.cause == "stages_differ"
            else ", or `leadpact review refuse` keeps what is agreed."
        )
    if hold.cause in JOINS:
        return (
            "`leadpact review accept` joins the records, `leadpact review refuse` keeps them apart."
        )
    if hold.cause.startswith(DELETED):
        return (
            "`leadpact review accept` has it made anew, `leadpact review refuse` lets it stay deleted; "
            "restore it in the CRM if it was deleted by mistake."
        )
    return MENDS.get(hold.cause, "Mend the cause; the next sync sees it.")


def accepted(hold: Hold, take: str, value: str | None, stages: Collection[str]) -> str:
    """The answer to write down for an acceptance.

    Args:
        take: the CRM whose value stands, "" if none was named.
        value: the value that shall stand, None if none was given.
        stages: keys of the pact's stages.

    Raises:
        FixSettings: this hold cannot be answered so; the message says how it can.
    """
    _refuse_unanswerable(hold)
    if hold.cause == REOPENED:
        raise _not_so(hold, "leadpact opts nobody in, whoever asks; confirm it in both CRMs")
    if hold.cause in _NOT_OURS:
        raise _not_so(hold, _NOT_OURS[hold.cause])
    if take and value is not None:
        raise _not_so(hold, "Give --take or --set, not both")
    if hold.cause in JOINS or hold.cause in (BLANKED, BATCH) or hold.cause.startswith(DELETED):
        return _joined(hold, named=bool(take) or value is not None)
    of_stage = hold.cause in STAGES or (hold.cause == OVERWRITTEN and hold.field == "stage")
    sides = [name for name in hold.shown if name != AGREED]
    if take:
        if take not in sides or hold.cause == "status_unmapped":
            raise _not_so(hold, f"--take {take} does not settle it")
        return f"take:{take}"
    if value is not None:
        if of_stage and value not in stages:
            raise _not_so(hold, f"{value!r} is no stage of the pact ({', '.join(stages)})")
        return f"set:{value}"
    if of_stage or hold.cause == OVERWRITTEN:
        unclear = of_stage and not hold.shown.get(sides[0]) and hold.cause == OVERWRITTEN
        if len(sides) != 1 or hold.cause == "status_unmapped" or unclear:
            raise _not_so(hold, "Say which stage")
        return f"take:{sides[0]}"
    if hold.cause == "values_differ":
        raise _not_so(hold, "Say which value")
    return "accept"


def _joined(hold: Hold, *, named: bool) -> str:
    if named:
        raise _not_so(hold, "It takes neither --take nor --set")
    return "accept"


def refused(hold: Hold) -> str:
    """The answer to write down for a refusal: what was agreed stands.

    Raises:
        FixSettings: nothing was agreed yet that could stand.
    """
    _refuse_unanswerable(hold)
    if hold.cause in ("stages_differ", "status_unmapped"):
        raise _not_so(hold, "Nothing else was agreed that could stand instead")
    return "refuse"


def _refuse_unanswerable(hold: Hold) -> None:
    answered = PICKED | STAGES | JOINS | {OVERWRITTEN, BLANKED, BATCH, PROPOSED, ERASED}
    if hold.cause not in answered and not hold.cause.startswith(DELETED):
        raise FixSettings(
            f"Hold {hold.id[:8]} ({hold.cause}) is not settled by an answer. {remedy(hold)}",
            code="hold_needs_mend",
        )


def _not_so(hold: Hold, why: str) -> FixSettings:
    shown = ", ".join(f"{name}: {value or 'nothing'}" for name, value in hold.shown.items())
    return FixSettings(
        f"Hold {hold.id[:8]} ({hold.cause}; {shown}): {why}. {remedy(hold)}", code="hold_answer"
    )
