"""Who signed which agreement, and what is wrong with it. Pure: text in, text out (S127, S129).

Signatures stand in a file of their own beside the pact, so that signing does not change what is signed. A signature
names the hash of the agreement; another word in the pact and it is an agreement that nobody has signed yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, TypeAlias

from leadpact.errors import FixSettings
from leadpact.pact.agreement import Pact
from leadpact.pact.checked import check_document
from leadpact.pact.document.signatures import SignaturesDocument
from leadpact.pact.pages.words import day_words, listed, plain
from leadpact.pact.review import REVIEWS
from leadpact.pact.yaml_text import Marks, Problem, raise_problems, read_document

Role: TypeAlias = Literal["marketing", "sales"]
ROLES: Final[tuple[Role, ...]] = ("marketing", "sales")
_HEADER: Final = """\
# Who signed which agreement, and when both teams looked at it again; oldest first.
# Written by `leadpact pact sign` and `leadpact pact reviewed`. Keep it beside the pact, under version control.
"""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: who, for which team, when, under which agreement."""

    name: str
    role: Role
    date: date
    pact: str
    version: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeldReview:
    """One review that both teams held; ``kind`` is one of ``review.REVIEWS``."""

    kind: str
    date: date
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures and reviews, oldest first."""

    signatures: tuple[Signature, ...] = ()
    reviews: tuple[HeldReview, ...] = ()

    def under(self, pact_hash: str) -> Mapping[Role, Signature]:
        """The latest signature of each team under this agreement."""
        return {one.role: one for one in self.signatures if one.pact == pact_hash}

    def complete(self, pact_hash: str) -> bool:
        """Whether both teams signed it."""
        return len(self.under(pact_hash)) == len(ROLES)

    def last_signed(self) -> Signature | None:
        """The signature that completed the agreement which both teams signed last; None if there is none."""
        return next((one for one in reversed(self.signatures) if self.complete(one.pact)), None)

    def signed_before(self, pact_hash: str) -> Signature | None:
        """The same, of the agreement that both signed before this one."""
        return next(
            (
                one
                for one in reversed(self.signatures)
                if one.pact != pact_hash and self.complete(one.pact)
            ),
            None,
        )

    def held(self, pact_hash: str) -> Mapping[str, date]:
        """By kind, when it was last reviewed; signing this agreement was a review of all of it."""
        held: dict[str, date] = {}
        if self.complete(pact_hash):
            signed = max(one.date for one in self.under(pact_hash).values())
            held = dict.fromkeys(REVIEWS, signed)
        for one in self.reviews:
            held[one.kind] = max(one.date, held.get(one.kind, one.date))
        return held


@dataclass(frozen=True, slots=True)
class SigningFinding:
    """Something about signatures that ``check`` warns of."""

    code: Literal[
        "not_signed", "signed_by_one", "signed_is_not_running", "not_activated", "review_overdue"
    ]
    message: str


def load_signatures(text: str, file: str) -> Signatures:
    """Reads pact.signatures.yaml.

    Raises:
        FixSettings: malformed, an unknown key, a day that does not exist: with line and column.
    """
    tree, marks = read_document(text, file)
    document = check_document(SignaturesDocument, tree, marks)
    found: list[Problem] = []
    signed = tuple(
        Signature(part.name, part.role, day, part.pact, part.version, part.note)
        for at, part in enumerate(document.signatures)
        if (day := _day(part.date, ("signatures", at, "date"), marks, found))
    )
    held = tuple(
        HeldReview(part.kind, day, part.by, part.note)
        for at, part in enumerate(document.reviews)
        if (day := _day(part.date, ("reviews", at, "date"), marks, found))
    )
    raise_problems(found)
    return Signatures(signed, held)


def written(signatures: Signatures) -> str:
    """The file's text. Reading it gives the same again."""
    lines = [_HEADER, "signatures:" if signatures.signatures else "signatures: []"]
    lines += [_row(_signature_row(one)) for one in signatures.signatures]
    lines += ["", "reviews:" if signatures.reviews else "reviews: []"]
    lines += [_row(_review_row(one)) for one in signatures.reviews]
    return "\n".join(lines) + "\n"


def sign(signatures: Signatures, pact: Pact, one: Signature) -> Signatures:
    """With one more signature.

    Raises:
        FixSettings: ``signed_already`` by the same person, ``not_the_signatory`` where the pact names another one.
    """
    named = pact.review.signatories.get(one.role)
    if named is not None and _folded(named.name) != _folded(one.name):
        raise FixSettings(
            f"The pact names {named.name} as who signs for {one.role}. Sign as {named.name}, or name another person "
            "under `signatories:` (which is another agreement, for both to sign).",
            code="not_the_signatory",
        )
    before = signatures.under(pact.hash).get(one.role)
    if before is not None and _folded(before.name) == _folded(one.name):
        raise FixSettings(
            f"{before.name} signed this agreement for {one.role} on {day_words(before.date)} already.",
            code="signed_already",
        )
    return replace(signatures, signatures=(*signatures.signatures, one))


def reviewed(signatures: Signatures, one: HeldReview) -> Signatures:
    """With one more review that was held."""
    return replace(signatures, reviews=(*signatures.reviews, one))


def findings(
    pact: Pact, signatures: Signatures, running: str, today: date, file: str = "pact.yaml"
) -> tuple[SigningFinding, ...]:
    """What is not in order between the text, its signatures, and what runs.

    Args:
        pact: the agreement as the file has it.
        running: hash of the agreement that runs; "" before the first sync, when the file is what will run.
        file: the pact's name in sentences.
    """
    return tuple(_found(pact, signatures, running, today, file))


def _found(
    pact: Pact, signatures: Signatures, running: str, today: date, file: str
) -> Iterable[SigningFinding]:
    here = f"{pact.version} ({pact.hash})"
    under = signatures.under(pact.hash)
    if not under:
        yield SigningFinding(
            "not_signed",
            f"Nobody has signed this agreement, {here}. `leadpact pact render` prints it for both leaders, "
            "`leadpact pact sign --as NAME --role marketing|sales` notes that they signed.",
        )
    elif len(under) < len(ROLES):
        lacking = next(role for role in ROLES if role not in under)
        there = next(iter(under.values()))
        yield SigningFinding(
            "signed_by_one",
            f"Only {there.role} has signed this agreement, {here}: {there.name}, {day_words(there.date)}. "
            f"`leadpact pact sign --as NAME --role {lacking}` is missing.",
        )
    last = signatures.last_signed()
    runs = running or pact.hash
    if last is not None and last.pact != runs:
        yield SigningFinding(
            "signed_is_not_running",
            f"What both signed last is {last.version} ({last.pact}, {day_words(last.date)}); what runs is {runs}. "
            "`leadpact pact diff --against last-signed` tells them apart.",
        )
    if running and running != pact.hash:
        yield SigningFinding(
            "not_activated",
            f"{file} ({here}) is not the agreement that runs ({running}). `leadpact pact diff` shows what it would "
            "change, `leadpact pact activate` lets it take effect.",
        )
    for kind, due in pact.review.overdue(signatures.held(pact.hash), today):
        yield SigningFinding(
            "review_overdue",
            f"The {REVIEWS[kind]} was due on {day_words(due)} ({plain(pact.review.cadence[kind])}, counted from the "
            f"last). `leadpact pact reviewed {kind} --as NAME` notes that it was held.",
        )


def standing(pact: Pact, signatures: Signatures, running: str) -> tuple[str, bool]:
    """Whether it is signed and runs, as a sentence, and whether both are so."""
    under = signatures.under(pact.hash)
    if len(under) == len(ROLES):
        day = day_words(max(one.date for one in under.values()))
        signed = f"Signed by {listed([under[role].name for role in ROLES])}, {day}."
    elif under:
        one = next(iter(under.values()))
        signed = f"Signed by {one.name} for {one.role} only."
    else:
        signed = "A draft: nobody has signed it yet."
    if not running:
        return f"{signed} It takes effect with the first sync.", False
    if running == pact.hash:
        return f"{signed} It is the agreement that runs.", len(under) == len(ROLES)
    return f"{signed} It does not run yet: another one ({running}) does.", False


def _row(values: Mapping[str, str]) -> str:
    parts = ", ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value
    )
    return f"  - {{{parts}}}"


def _signature_row(one: Signature) -> dict[str, str]:
    return {
        "name": one.name,
        "role": one.role,
        "date": one.date.isoformat(),
        "pact": one.pact,
        "version": one.version,
        "note": one.note,
    }


def _review_row(one: HeldReview) -> dict[str, str]:
    return {"kind": one.kind, "date": one.date.isoformat(), "by": one.by, "note": one.note}


def _day(text: str, path: tuple[str | int, ...], marks: Marks, found: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        found.append(Problem(marks.place(path), f'"{text}" is no day of the calendar'))
        return None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
