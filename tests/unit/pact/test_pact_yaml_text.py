from __future__ import annotations

import pytest

from leadpact.errors import FixSettings
from leadpact.pact.yaml_text import read_document


def test_yaml_1_2_values_are_kept_as_people_mean_them() -> None:
    tree, _ = read_document(
        "country: NO\nzip: 01234\nday: 2026-11-21\noff: off\nyes: true\nn: 12\nhalf: 0.5\nnone: ~\n",
        "x.yaml",
    )
    assert tree == {
        "country": "NO",
        "zip": "01234",
        "day": "2026-11-21",
        "off": "off",
        "yes": True,
        "n": 12,
        "half": 0.5,
        "none": None,
    }


def test_keys_that_look_like_numbers_or_truth_stay_text() -> None:
    tree, _ = read_document("51439524: mql\ntrue: 1\nnull: 2\n", "x.yaml")
    assert list(tree) == ["51439524", "true", "null"]


def test_each_key_and_value_has_its_line_and_column() -> None:
    _, marks = read_document("stages:\n  lead:\n    rank: 2\nlist:\n  - one\n", "x.yaml")
    assert str(marks.place(("stages", "lead", "rank"))) == "x.yaml:3:11"
    assert str(marks.place(("stages", "lead", "rank"), key=True)) == "x.yaml:3:5"
    assert str(marks.place(("list", 0))) == "x.yaml:5:5"


def test_a_place_that_is_not_there_is_told_at_its_nearest_parent() -> None:
    _, marks = read_document("stages:\n  lead:\n    rank: 2\n", "x.yaml")
    assert str(marks.place(("stages", "lead", "owner", "name"))) == "x.yaml:3:5"


def test_a_duplicate_key_names_both_lines() -> None:
    with pytest.raises(FixSettings) as caught:
        read_document("a:\n  b: 1\n  c: 2\n  b: 3\n", "x.yaml")
    assert str(caught.value) == 'x.yaml:4:3: duplicate key "b"; it is already set in line 2'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("a: [1\nb: 2", "x.yaml:2:", "not valid YAML"),
        ("a: 'x\n", "x.yaml:2:1", "not valid YAML"),
        ("\ta: 1", "x.yaml:1:1", "not valid YAML"),
        ("a: 1\n---\nb: 2", "x.yaml:2:1", "not valid YAML"),
        ("a: *gone", "x.yaml:1:4", "not valid YAML"),
        ("a: &it 1\nb: *it", "x.yaml:1:4", "anchors and aliases are not read"),
        ("a: !python/object:os.system x", "x.yaml:1:4", "tag"),
        ("a: .nan", "x.yaml:1:4", "not a finite number"),
        ("- a\n- b\n", "x.yaml:1:1", "must be a mapping"),
        ("", "x.yaml:1:1", "must be a mapping"),
        ("# nothing but a comment\n", "x.yaml:1:1", "must be a mapping"),
        ("? [a]\n: 1\n", "x.yaml:1:3", "a key must be a word"),
        ("a: \x00", "x.yaml", "not readable as text"),
        ("[" * 200, "x.yaml:1:62", "nested too deeply"),
        ("? " + "[" * 200, "x.yaml:1:63", "nested too deeply"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(text: str, where: str, what: str) -> None:
    with pytest.raises(FixSettings) as caught:
        read_document(text, "x.yaml")
    assert str(caught.value).startswith(where)
    assert what in str(caught.value)
    assert caught.value.exit_code == 2


def test_an_alias_bomb_is_refused_without_being_built() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    with pytest.raises(FixSettings, match="anchors"):
        read_document("\n".join(lines), "x.yaml")


def test_several_faults_come_in_one_message_in_the_order_of_the_lines() -> None:
    with pytest.raises(FixSettings) as caught:
        read_document("a: 1\na: 2\nb: .inf\n", "x.yaml")
    first, second = str(caught.value).splitlines()
    assert first.startswith("x.yaml:2:1: duplicate")
    assert second.startswith("x.yaml:3:4: .inf")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a: [b, c-d, 1.5, {e: f}]  # why\n", {"a": ["b", "c-d", 1.5, {"e": "f"}]}),
        ("a:b: c\nd: e:f\n", {"a:b": "c", "d": "e:f"}),
        ("a: b\n  c\n", {"a": "b c"}),
        ("# é\ufeff\na: é\n", {"a": "é"}),
        ("a: |\n  # kept\n  b\n", {"a": "# kept\nb\n"}),
        ("\"a\": 'b'\n", {"a": "b"}),
        ("%YAML 1.2\n---\na: yes\n", {"a": "yes"}),
    ],
)
def test_words_and_comments_read_at_a_stretch_are_what_they_are_one_by_one(
    text: str, tree: object
) -> None:
    found, _ = read_document(text, "x.yaml")
    assert found == tree


def test_an_anchored_value_hides_its_own_faults_but_not_a_name_that_is_missing() -> None:
    with pytest.raises(FixSettings) as caught:
        read_document("a: &it\n  b: 1\n  b: 2\nc: *it\n", "x.yaml")
    assert "\n" not in str(caught.value)
    assert "x.yaml:1:4: anchors" in str(caught.value)
    with pytest.raises(FixSettings, match="undefined alias 'gone'"):
        read_document("a: &it [*gone]\n", "x.yaml")


def test_a_key_whose_name_is_an_alias_counts_as_the_word_it_names() -> None:
    with pytest.raises(FixSettings, match='duplicate key "b"; it is already set in line 1'):
        read_document("&it b: 1\n*it : 2\n", "x.yaml")
