"""The agreement for people: everything in it, everything escaped, nothing from outside (S127, S128)."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest

from leadpact.pact import Pact, load_pact
from leadpact.pact.pages import sections_of
from leadpact.pact.rendering import pack_of
from leadpact.pact.signing import Signature, Signatures
from leadpact_app.cli.pact_pages import Format, rendered
from leadpact_mappings import default_text

TODAY = date(2026, 11, 22)
HOSTILE = "<script>alert(1)</script> | `x` [a](http://evil.example) & \"q\" 'p' {{ 7*7 }}"
VOID = {"meta", "link", "br", "img", "input", "hr"}


@pytest.fixture(scope="module")
def text() -> str:
    return default_text("pact.yaml")


@pytest.fixture(scope="module")
def pact(text: str) -> Pact:
    return load_pact(text)


def page(pact: Pact, form: Format, before: Pact | None = None) -> str:
    return rendered(pack_of(pact, Signatures(), TODAY, signed_before=before), form)


class Reader(HTMLParser):
    """Every tag is closed in order, ids are there once, links lead within the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = {name: value or "" for name, value in attrs}
        assert not any(name.startswith("on") for name in named)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named[name] for name in ("href", "src", "action") if name in named]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_whole_and_needs_nothing_from_outside(pact: Pact) -> None:
    html = page(pact, "html")
    reader = read(html)
    assert html.startswith("<!DOCTYPE html>")
    assert len(set(reader.ids)) == len(reader.ids)
    assert reader.links
    assert all(link.startswith("#") and link[1:] in reader.ids for link in reader.links)
    assert not reader.tags & {"script", "img", "iframe", "link", "object", "form", "base"}
    assert not re.search(r"https?:|url\(|@import|//", html.replace("<!DOCTYPE html>", ""))


def test_every_section_of_the_pact_is_told(pact: Pact) -> None:
    sections = sections_of(pact)
    told = frozenset().union(*(one.covers for one in sections))
    empty: tuple[object, ...] = (None, [], {}, "")
    assert {key for key, value in pact.content.items() if value not in empty} <= told
    for form in ("html", "md"):
        shown = page(pact, form)
        for section in sections:
            assert section.title in shown


@pytest.mark.parametrize("form", ["html", "md"])
def test_it_says_what_was_agreed(pact: Pact, form: Format) -> None:
    shown = page(pact, form)
    for stage in pact.stages.values():
        assert stage.label in shown
    for reason in pact.reasons.values():
        assert reason.label in shown
    for said in ("60 points", "Visited the pricing page", "+25", "−30", "Works for a competitor"):
        assert said in shown
    for said in (
        "5 minutes",
        "every month",
        "Asked for a demo",
        "not yet" if form == "md" else "Name",
    ):
        assert said in shown


def test_a_section_without_a_page_of_its_own_is_still_told(pact: Pact) -> None:
    from dataclasses import replace

    content = {**pact.content, "late_payers": {"limit": 3, "letters": ["first", "second"]}}
    shown = page(replace(pact, content=content), "md")
    assert "## Late payers" in shown
    assert "- Limit: 3" in shown
    assert "first, second" in shown


def test_hostile_labels_stay_text(text: str) -> None:
    quoted = HOSTILE.replace("'", "''")
    hostile = load_pact(
        text.replace("label: Visited the pricing page", f"label: '{quoted}'")
        .replace("# firm: Halden Analytics", f"firm: '{quoted}' #")
        .replace("contacts: {}", f"contacts: {{'{quoted}': '{quoted}'}}")
    )
    html = page(hostile, "html")
    reader = read(html)
    assert "script" not in reader.tags
    assert "<script>" not in html
    assert HOSTILE in "".join(reader.text)
    markdown = page(hostile, "md")
    assert "<script>" not in markdown.replace("\\<script\\>", "")
    rows = [line for line in markdown.splitlines() if "alert" in line and line.startswith("|")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert not re.search(r"(?<!\\)\]\(http", markdown)


def test_the_change_log_compares_with_what_both_signed(pact: Pact, text: str) -> None:
    other = load_pact(text.replace("mql: 60", "mql: 50"))
    book = Signatures(
        (
            Signature("Dana Fox", "marketing", TODAY, pact.hash, "1.0"),
            Signature("Omar Haddad", "sales", TODAY, pact.hash, "1.0"),
        )
    )
    pack = pack_of(other, book, TODAY, running=pact.hash, signed_before=pact)
    assert pack.changes == (("When a lead is an MQL", "Points needed: 60 → 50"),)
    assert not pack.settled
    shown = rendered(pack, "md")
    assert f"Compared with 1.0 ({pact.hash}, signed 22 Nov 2026)" in shown
    assert "Points needed: 60 → 50" in shown
    assert pack_of(pact, book, TODAY, running=pact.hash).settled
