"""What is read by patterns is what ruamel.yaml reads: values, places; whatever is in doubt is left to it."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from leadpact.errors import FixSettings
from leadpact.pact.yaml_marks import Marks, Problem, Tree
from leadpact.pact.yaml_plain import read_plain
from leadpact.pact.yaml_text import read_document
from leadpact.pact.yaml_tree import read_tree
from leadpact_mappings import default_text

SHIPPED = ("pact.yaml", "mapping.yaml")
ODD = [
    *" :#-,[]{}\"'\n?&*!|>%@`~.=<\\\t_0é",
    "\n\n",
    ": ",
    " #",
    "- ",
    "  ",
    "\n  ",
    "\n- ",
    "---\n",
    "null",
    "true",
    "No",
    "1_0",
    "0x1",
    "1e3",
    "2026-11-21",
]


def by_ruamel(text: str) -> tuple[Tree, Marks] | None:
    """Values and places; None where something is wrong."""
    marks, problems = Marks("x"), list[Problem]()
    try:
        tree = read_tree(text, marks, problems)
    except FixSettings:
        return None
    return None if problems else (tree, marks)


def agrees(text: str) -> bool:
    """Whether it was read by patterns; if so, then as ruamel does."""
    marks = Marks("x")
    tree = read_plain(text, marks)
    if tree is not None:
        assert by_ruamel(text) == (tree, marks), text
    return tree is not None


@pytest.mark.parametrize("name", SHIPPED)
def test_the_documents_that_ship_are_plain(name: str) -> None:
    assert agrees(default_text(name))


def test_changed_pieces_of_documents_are_read_alike_or_left() -> None:
    """Some hundred pieces a run, each time others; the seed is told where one fails."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    lines = [line for name in SHIPPED for line in default_text(name).splitlines(keepends=True)]
    read = 0
    for _ in range(400):
        start = chance.randrange(len(lines))
        text = "".join(lines[start : start + chance.randint(1, 6)])
        for _ in range(chance.randint(0, 3)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(ODD) + text[at + chance.randint(0, 2) :]
        try:
            read += agrees(text)
        except AssertionError as failed:
            raise AssertionError(f"seed {seed}") from failed
    assert read > 20


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: -2\nc: 0.5\nd: -0.25\ne: 0\n",
        "a: yes\nb: NO\nc: off\nd: y\ne: ~\nf: null\ng: true\nh: false\nj: nan\n",
        "a:  # why\n  b: c  # and why\n\n# so\n  d: e\n",
        "a:\n- b\n- c: d\n  e: f\n-   g: [h]\ni: j",
        "a:\n  - b\n  - {c: d, e: [f, 'g', \"h\"]}\n",
        "a: [b, c,\n  d,  # why\n  # and\n  {e: f,\n   g: h}]\n",
        "a: {}\nb: []\nc: { d: e }\nd: [ f ]\n",
        "  a: 1\n  b: 2\n",
        "a: it's 50 to 60 [or so], a-b:c #1\nb: x#y\n",
        'a: "# no comment: [none]"\nb: \'it "is"\'  # one\n"c d": e\n',
        "a: [Korea Republic, 대한민국, why?, it's, 5 of 7]\n",
        "South Korea: x\na b-c.d: {e f: g}\n",
    ],
)
def test_all_that_is_plain_is_read(text: str) -> None:
    assert agrees(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:\n",
        "a:\nb: 1\n",
        "- a\n",
        "a: b\n  c\n",
        "a: |\n  b\n",
        "a: &b c\n",
        "a: !!str c\n",
        "a: 'it''s'\n",
        'a: "\\n"\n',
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a: b: c\n",
        "a: [b, c\n",
        "a: [b, c,]\n",
        "a: {b}\n",
        "a: [b: c]\n",
        "a: [b\nc]\n",
        "a:\n   b: 1\n  c: 2\n",
        "a: 1\n---\nb: 2\n",
        "a: True\nb: 0x1\n",
        "a: 01234\n",
        "a: 1e3\n",
        "a: 2026-11-21\n",
        "? a\n: b\n",
        "a: 1\r\nb: 2\r\n",
        "a:\t1\n",
        "\ufeffa: 1\n",
        "a: " + "[" * 50 + "]" * 50,
        "a: [b",
        "a: {b: ",
        "a: '",
    ],
)
def test_whatever_is_in_doubt_or_wrong_is_left_to_ruamel(text: str) -> None:
    assert read_plain(text, Marks("x")) is None


def test_a_plain_document_is_read_without_ruamel() -> None:
    program = (
        "import sys; from leadpact.pact.yaml_text import read_document; read_document('a: 1', 'x');"
        "print('ruamel.yaml' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
    assert read_document("a: &b 1\nc: 2".replace("&b ", ""), "x")[0] == {"a": 1, "c": 2}
