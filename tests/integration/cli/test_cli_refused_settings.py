"""Bad input that is seen before anything is tried: settings, documents, sign-in, hosts."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Shell

from leadpact_mappings import default_text


def test_a_wrong_token_is_a_matter_of_signing_in(shell: Shell) -> None:
    ended = shell("sync", HUBSPOT__TOKEN="pat-eu1-wrong")
    assert ended.code == 3
    assert "token" in ended.err
    assert "what to do: Renew the token" in ended.err
    assert "pat-eu1-wrong" not in ended.err + ended.out
    assert not shell.state().exists()


def test_a_wrong_secret_is_a_matter_of_signing_in(shell: Shell) -> None:
    ended = shell("sync", SALESFORCE__CLIENT_SECRET="wrong-secret", SALESFORCE__INSTANCE_URL="")
    assert ended.code == 3
    assert "wrong-secret" not in ended.err + ended.out


@pytest.mark.parametrize("url", ["https://api.attacker.example", "http://api.hubapi.com"])
def test_a_host_that_is_not_allowed_is_never_called(shell: Shell, url: str) -> None:
    ended = shell("sync", HUBSPOT__BASE_URL=url)
    assert ended.code == 2
    assert "what to do: Mend it" in ended.err


def test_a_host_that_cannot_be_reached_is_waited_for(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ended = shell("sync", HUBSPOT__BASE_URL=url)
    assert ended.code == 4
    assert "what to do: Run the command again later" in ended.err


def test_missing_rights_are_named(shell: Shell, answering: Callable[[int, object], str]) -> None:
    url = answering(
        403,
        {
            "status": "error",
            "message": "This app hasn't been granted all required scopes to make this call.",
            "category": "MISSING_SCOPES",
            "errors": [{"context": {"requiredGranularScopes": ["crm.objects.contacts.read"]}}],
        },
    )
    ended = shell("check", HUBSPOT__BASE_URL=url)
    assert ended.code == 3
    assert "crm.objects.contacts.read" in ended.err


def test_no_crm_at_all_is_told_with_where_to_begin(tmp_path: Path, shell: Shell) -> None:
    shell.settings = {}
    ended = shell("sync")
    assert ended.code == 2
    assert "leadpact init" in ended.err
    assert "leadpact demo" in ended.err


def _mapping(shell: Shell, before: str, after: str) -> None:
    text = default_text("mapping.yaml")
    assert before in text
    (shell.folder / "mapping.yaml").write_text(text.replace(before, after, 1))
    shell.settings["MAPPING"] = "mapping.yaml"


def test_an_unknown_field_is_told_with_its_place(shell: Shell) -> None:
    _mapping(shell, "hubspot: jobtitle", "hubspot: jobtitel")
    ended = shell("check")
    assert ended.code == 2
    found = re.search(r"error +mapping\.yaml:(\d+):\d+: (.*)", ended.err)
    assert found is not None
    line = (shell.folder / "mapping.yaml").read_text().splitlines()[int(found[1]) - 1]
    assert "jobtitel" in line or line.strip() == "title:"
    assert "has no field jobtitel" in found[2]
    assert 'did you mean "jobtitle"?' in found[2]


def test_a_picklist_value_that_does_not_exist_is_told_with_what_it_may_be_called_now(
    shell: Shell,
) -> None:
    text = default_text("mapping.yaml").replace("BAD_TIMING", "BAD_TIMNG")
    (shell.folder / "mapping.yaml").write_text(text)
    ended = shell("check", "--json", MAPPING="mapping.yaml")
    assert ended.code == 2
    findings = [one for one in ended.json["findings"] if one["code"] == "value_absent"]
    assert findings
    assert findings[0]["level"] == "error"
    assert findings[0]["file"] == "mapping.yaml"
    assert findings[0]["line"] > 1
    assert 'renamed to "BAD_TIMING"?' in findings[0]["message"]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("mapping", ("version: 1", "version: [1"), "not valid YAML"),
        ("mapping", ("system_of_record:", "system_of_records:"), "system_of_record"),
        ("pact", ("version:", "version: '0.9'\nversion:"), "duplicate key"),
    ],
)
def test_a_refused_document_is_told_with_file_line_and_column(
    shell: Shell, name: str, change: tuple[str, str], said: str
) -> None:
    text = default_text(f"{name}.yaml")
    assert change[0] in text
    (shell.folder / f"{name}.yaml").write_text(text.replace(*change, 1))
    ended = shell("check", "--offline", **{name.upper(): f"{name}.yaml"})
    assert ended.code == 2
    assert re.search(rf"{name}\.yaml:\d+:\d+: ", ended.err)
    assert said in ended.err


def test_an_unknown_setting_is_told_with_the_nearest(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.folder / "leadpact.yaml").write_text("pair: acme\nmaping: mapping.yaml\n")
    ended = shell("check", "--offline")
    assert ended.code == 2
    assert "leadpact.yaml:2:1" in ended.err
    assert "'mapping'" in ended.err
    (shell.folder / "leadpact.yaml").unlink()
    monkeypatch.setenv("LEADPACT_HUBSPOTT__TOKEN", "x")
    ended = shell("check", "--offline")
    assert ended.code == 2
    assert "LEADPACT_HUBSPOT" in ended.err


def test_a_secret_in_yaml_is_refused(shell: Shell) -> None:
    (shell.folder / "leadpact.yaml").write_text("hubspot:\n  token: pat-eu1-secret\n")
    ended = shell("check", "--offline")
    assert ended.code == 2
    assert "leadpact.yaml:2:3" in ended.err
    assert "pat-eu1-secret" not in ended.err


def test_a_file_that_is_not_there_is_told(shell: Shell) -> None:
    ended = shell("check", "--offline", PACT="nowhere.yaml")
    assert ended.code == 2
    assert "nowhere.yaml" in ended.err
    assert "leadpact init" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync", "--max-writes", "many"),
        ("sync", "--every", "soon"),
        ("sync", "--unknown"),
        ("sinc",),
        ("failures", "retry"),
        ("review", "accept", "--all"),
        ("review", "refuse"),
    ],
)
def test_a_wrong_command_line_is_code_2(agreed: Shell, arguments: tuple[str, ...]) -> None:
    ended = agreed(*arguments)
    assert ended.code == 2
    assert ended.err
    assert ended.out == ""


@pytest.mark.parametrize("command", [("check", "--offline"), ("sync",)])
def test_a_guard_that_a_crm_cannot_keep_is_told_with_its_place(
    shell: Shell, tmp_path: Path, command: tuple[str, ...]
) -> None:
    text = default_text("mapping.yaml").replace(
        "  hubspot:\n", "  hubspot:\n    guard: strict\n", 1
    )
    file = tmp_path / "guarded.yaml"
    file.write_text(text, encoding="utf-8")
    ended = shell(*command, MAPPING=str(file))
    assert ended.code == 2
    line = 1 + text[: text.index("guard: strict")].count("\n")
    assert f"guarded.yaml:{line}:" in ended.err
    assert "say `guard: strict` under `crms: salesforce:` alone" in ended.err
