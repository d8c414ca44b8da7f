"""What `check` says of an agreement that may run and is odd: warned, in place, without failing."""

from __future__ import annotations

import re

from tests.integration.cli.conftest import Shell

from leadpact_mappings import default_text


def test_what_is_odd_is_warned_of_and_fails_nothing(shell: Shell) -> None:
    text = default_text("pact.yaml")
    text = text.replace("{mql: 60,", "{mql: 126,", 1).replace(
        "list: student_titles", "list: odd", 1
    )
    text = text.replace("  student_titles: [student]", "  student_titles: [student]\n  odd: []", 1)
    (shell.folder / "odd.yaml").write_text(text)
    ended = shell("check", "--offline", PACT="odd.yaml")
    assert ended.code == 0
    warned = [line for line in ended.out.splitlines() if line.startswith("warning ")]
    assert any(
        re.search(r"odd\.yaml:\d+:\d+: thresholds\.mql: nobody reaches 126", one) for one in warned
    )
    assert any(
        "scoring.rules.student never holds while lists.odd is empty" in one for one in warned
    )


def test_programs_get_level_code_and_place(shell: Shell) -> None:
    text = default_text("pact.yaml").replace("{mql: 60,", "{mql: 126,", 1)
    (shell.folder / "odd.yaml").write_text(text)
    ended = shell("check", "--offline", "--json", PACT="odd.yaml")
    assert (ended.code, ended.json["ok"]) == (0, True)
    (told,) = [one for one in ended.json["findings"] if one["code"] == "threshold_out_of_reach"]
    assert (told["level"], told["file"]) == ("warning", "odd.yaml")
    assert told["line"] > 1
    assert told["column"] > 1
