"""Who signed what: the file of signatures, and what is warned of (S127, S129)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, load_pact
from leadpact.pact.signing import (
    HeldReview,
    Role,
    Signature,
    Signatures,
    findings,
    load_signatures,
    reviewed,
    sign,
    standing,
    written,
)

DAY = date(2026, 11, 2)


def by(pact: Pact, name: str, role: Role, day: date = DAY, note: str = "") -> Signature:
    return Signature(name, role, day, pact.hash, pact.version, note)


def signed_by_both(pact: Pact, before: Signatures | None = None, day: date = DAY) -> Signatures:
    book = sign(before or Signatures(), pact, by(pact, "Dana Fox", "marketing", day))
    return sign(book, pact, by(pact, "Omar Haddad", "sales", day))


@pytest.fixture
def other(default_pact_text: str) -> Pact:
    return load_pact(default_pact_text.replace("mql: 60", "mql: 50"))


def codes(pact: Pact, book: Signatures, running: str, today: date = DAY) -> list[str]:
    return [one.code for one in findings(pact, book, running, today)]


def test_what_was_written_is_read_again(pact: Pact) -> None:
    note = 'with "care": {x}, #1\nand Ω'
    book = sign(signed_by_both(pact), pact, by(pact, "Zoë N'Dour", "sales", note=note))
    book = reviewed(book, HeldReview("joint", DAY, "Dana Fox"))
    assert load_signatures(written(book), "pact.signatures.yaml") == book
    assert load_signatures(written(Signatures()), "f") == Signatures()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("signatures:\n  - {name: A, role: support, date: 2026-11-02}", "support"),
        (
            "signatures:\n  - {name: A, role: sales, date: 2026-02-30, pact: 0123456789abcdef, version: '1'}",
            '"2026-02-30" is no day',
        ),
        ("signature: []", 'did you mean "signatures"?'),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FixSettings, match=r"pact\.signatures\.yaml:\d+:\d+") as caught:
        load_signatures(text, "pact.signatures.yaml")
    assert said in str(caught.value)


def test_nobody_one_side_and_both(pact: Pact) -> None:
    assert codes(pact, Signatures(), "") == ["not_signed"]
    one = sign(Signatures(), pact, by(pact, "Dana Fox", "marketing"))
    assert codes(pact, one, "") == ["signed_by_one"]
    assert "--role sales" in findings(pact, one, "", DAY)[0].message
    assert codes(pact, signed_by_both(pact), "") == []
    assert codes(pact, signed_by_both(pact), pact.hash) == []


def test_a_changed_text_is_one_that_nobody_signed(pact: Pact, other: Pact) -> None:
    book = signed_by_both(pact)
    assert codes(other, book, pact.hash) == ["not_signed", "not_activated"]
    # It runs although both signed another one.
    assert codes(other, book, other.hash) == ["not_signed", "signed_is_not_running"]
    both = signed_by_both(other, book, DAY + timedelta(days=1))
    assert codes(other, both, pact.hash) == ["signed_is_not_running", "not_activated"]
    assert codes(other, both, other.hash) == []


def test_the_last_that_both_signed_is_known_though_one_signed_a_newer(
    pact: Pact, other: Pact
) -> None:
    book = sign(signed_by_both(pact), other, by(other, "Omar Haddad", "sales"))
    last = book.last_signed()
    assert last is not None
    assert last.pact == pact.hash
    before = book.signed_before(other.hash)
    assert before is not None
    assert before.pact == pact.hash
    assert book.signed_before(pact.hash) is None


def test_nobody_signs_twice_and_only_whom_the_pact_names(default_pact_text: str) -> None:
    named = load_pact(
        default_pact_text.replace("signatories: {}", "signatories: {sales: {name: Omar Haddad}}")
    )
    book = sign(Signatures(), named, by(named, "omar  haddad", "sales"))
    with pytest.raises(FixSettings, match="signed this agreement for sales on 2 Nov 2026 already"):
        sign(book, named, by(named, "Omar Haddad", "sales"))
    with pytest.raises(FixSettings, match="names Omar Haddad as who signs for sales"):
        sign(book, named, by(named, "Dana Fox", "sales"))
    assert sign(book, named, by(named, "Dana Fox", "marketing")).complete(named.hash)


def test_reviews_are_overdue_a_week_after_their_day(pact: Pact) -> None:
    book = signed_by_both(pact)
    due = DAY + timedelta(days=31)
    assert codes(pact, book, pact.hash, due + timedelta(days=7)) == []
    late = due + timedelta(days=8)
    assert codes(pact, book, pact.hash, late) == ["review_overdue"] * 2  # joint, and reasons
    held = reviewed(book, HeldReview("joint", late, "Dana Fox"))
    found = findings(pact, held, pact.hash, late)
    assert [one.code for one in found] == ["review_overdue"]
    assert "review of the rejection reasons was due on 3 Dec 2026" in found[0].message


def test_the_standing_says_signed_and_running_apart(pact: Pact) -> None:
    book = signed_by_both(pact)
    assert standing(pact, book, pact.hash) == (
        "Signed by Dana Fox and Omar Haddad, 2 Nov 2026. It is the agreement that runs.",
        True,
    )
    assert standing(pact, Signatures(), pact.hash)[1] is False
    assert "does not run yet" in standing(pact, book, "feedfeedfeedfeed")[0]
