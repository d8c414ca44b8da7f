"""Where settings come from: environment, .env, secrets folder, leadpact.yaml, in this order (DESIGN §8)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from leadpact.errors import FixSettings
from leadpact_app.settings import load_settings
from leadpact_hubspot import spec


def table(folder: Path, crm: str = "hubspot") -> dict[str, object]:
    return load_settings(folder).crm_tables()[crm]


def test_a_token_may_lie_in_the_secrets_folder(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "LEADPACT_HUBSPOT__TOKEN").write_text("pat-from-file\n")

    assert table(tmp_path) == {"token": "pat-from-file"}


def test_the_environment_stands_before_dotenv_before_secrets_before_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leadpact.yaml").write_text(
        "hubspot: {base_url: 'https://yaml.example', timeout_s: 7}\n"
    )
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "LEADPACT_HUBSPOT__TOKEN").write_text("pat-secret")
    (tmp_path / "secrets" / "LEADPACT_HUBSPOT__BASE_URL").write_text("https://secret.example")
    (tmp_path / ".env").write_text("LEADPACT_HUBSPOT__BASE_URL=https://dotenv.example\n")

    told = table(tmp_path)
    assert (told["base_url"], told["token"], told["timeout_s"]) == (
        "https://dotenv.example",
        "pat-secret",
        7,
    )

    monkeypatch.setenv("LEADPACT_HUBSPOT__BASE_URL", "https://environment.example")
    assert table(tmp_path)["base_url"] == "https://environment.example"


def test_a_blank_setting_is_as_if_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADPACT_MAX_WRITES", "")

    assert load_settings(tmp_path).max_writes is None


def test_a_misspelt_name_is_refused_with_the_right_one_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("LEADPACT_HUBSPOTT__TOKEN=x\n")
    with pytest.raises(FixSettings, match=r"in \.env .*LEADPACT_HUBSPOT\?"):
        load_settings(tmp_path)

    (tmp_path / ".env").write_text("")
    monkeypatch.setenv("LEADPACT_STAT", "x")
    with pytest.raises(FixSettings, match=r"in the environment .*LEADPACT_STATE\?"):
        load_settings(tmp_path)


def test_a_secret_in_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "leadpact.yaml").write_text("pair: a\nhubspot:\n  token: pat-x\n")

    with pytest.raises(FixSettings, match=r"leadpact\.yaml:3:3: A secret does not belong"):
        load_settings(tmp_path)


def test_a_list_of_hosts_comes_as_text() -> None:
    settings = spec.settings_type(token="pat-x", allow_host="a.example, b.example")
    assert settings.allow_host == ("a.example", "b.example")


def test_settings_are_read_without_asyncio_and_whoever_wants_it_later_has_it() -> None:
    script = (
        "import sys, leadpact_app.settings, pydantic_settings.main as theirs\n"
        "before = 'asyncio' in sys.modules\n"
        "print(before, theirs.asyncio.run is sys.modules['asyncio'].run)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
