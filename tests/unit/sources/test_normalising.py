"""Addresses, phone numbers and domains in the form in which they are compared, by the libraries that keep the rules."""

from __future__ import annotations

import socket

import pytest

from leadpact.matching.keys import folded
from leadpact.pact.score_rules import ScoringLists
from leadpact.scoring.columns import Column, cells_of
from leadpact_app.bootstrap.normalising import email_key, phone, registered_domain
from leadpact_app.sources.addresses import email_key as as_read


@pytest.mark.parametrize(
    ("region", "text", "number"),
    [
        ("", "+49 (0)30 123456", "+4930123456"),
        ("", "0049 30 123456", "+4930123456"),
        ("", "+1 (415) 555-0132 ext. 12", "+14155550132x12"),
        ("", "030 123456", "030123456"),
        ("DE", "030 123456", "+4930123456"),
        ("DE", "+1 415 555 0132", "+14155550132"),
        ("US", "(415) 555-0132", "+14155550132"),
        ("GB", "020 7946 0018", "+442079460018"),
        ("", "+4930123456", "+4930123456"),
        ("DE", "call reception", "call reception"),
        ("DE", "12", "12"),
        ("", "+٤٩ ٣٠ ١٢٣٤٥٦", "+4930123456"),
    ],
)
def test_a_number_is_compared_as_e164(region: str, text: str, number: str) -> None:
    assert phone(region, text) == number
    assert phone(region, number) == number


@pytest.mark.parametrize("local", ["Jane.Doe", "a+B", "a..b", ".a", "-", "a" * 70, "", "a@b"])
@pytest.mark.parametrize(
    "host",
    [
        "Acme.Example",
        "acme",
        "-a.example",
        "a..example",
        "a.example.",
        "x.local",
        "",
        "xn--a.example",
    ],
)
def test_an_address_that_is_not_read_is_compared_as_if_it_were(local: str, host: str) -> None:
    shown = f"{local}@{host}"
    assert email_key(shown) == (as_read(shown) or folded(shown))


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://shop.acme.co.uk/de?x=1", "acme.co.uk"),
        ("www.acme.example", "acme.example"),
        ("ACME.com.", "acme.com"),
        ("acme", "acme"),
        ("n/a", "n"),
        ("http://192.0.2.7/", "192.0.2.7"),
    ],
)
def test_a_registered_domain_needs_no_network(
    text: str, domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise AssertionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert registered_domain(text) == domain


def test_an_address_that_is_none_is_compared_as_it_stands() -> None:
    assert email_key(" No Address ") == "no address"
    assert email_key(None) == email_key("") == ""
    assert email_key("Ö.Ü@Bücher.example") == "ö.ü@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("address", "free"),
    [("a@mail.example", 1), ("a@eu.mail.example", 1), ("a@notmail.example", 0), ("a@example", 0)],
)
def test_a_free_mail_host_covers_what_is_below_it(address: str, free: int) -> None:
    lists = ScoringLists(free_mail=frozenset({"mail.example"}))
    column = Column("is_free_mail", "plain", "boolean")
    assert cells_of({"email": address}, [column], lists) == [free]
