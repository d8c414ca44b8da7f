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


@pytest.mark.parametrize(
    "text",
    ["state_key: x\n", "hubspot:\n  refresh_token: x\n", "hubspot:\n  client_secret: x\n"],
)
def test_what_oauth_keeps_secret_is_refused_in_yaml_too(tmp_path: Path, text: str) -> None:
    (tmp_path / "leadpact.yaml").write_text(text)

    with pytest.raises(FixSettings) as told:
        load_settings(tmp_path)
    assert told.value.code == "secret_in_yaml"


def test_a_list_of_hosts_comes_as_text() -> None:
    settings = spec.settings_type(token="pat-x", allow_host="a.example, b.example")
    assert settings.allow_host == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        (".leadpact/state.db", ".leadpact/state.db"),
        ("postgresql+psycopg://db.example/leads", "postgresql+psycopg://db.example/leads"),
        (
            "postgresql+psycopg://leadpact:hunter2@db.example:5433/leads?sslmode=require",
            "postgresql+psycopg://leadpact:***@db.example:5433/leads?sslmode=require",
        ),
        (
            "postgresql+psycopg:///leads?host=/run/pg&password=hunter2&user=a",
            "postgresql+psycopg:///leads?host=/run/pg&password=***&user=a",
        ),
        ("postgresql+psycopg://a:hunter2@[db/leads", "postgresql+psycopg://…"),
    ],
)
def test_a_password_in_the_states_address_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, seen: str
) -> None:
    monkeypatch.setenv("LEADPACT_STATE", address)

    settings = load_settings(tmp_path)

    assert settings.state.get_secret_value() == address
    assert settings.state_shown == seen
    assert (
        "hunter2"
        not in f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}"
    )


@pytest.mark.parametrize(
    "address",
    ["postgresql+psycopg://a:hunter2@db/leads", "postgresql+psycopg://db/leads?password=hunter2"],
)
def test_a_password_does_not_belong_into_yaml(tmp_path: Path, address: str) -> None:
    (tmp_path / "leadpact.yaml").write_text(f"pair: one\nstate: {address}\n")

    with pytest.raises(FixSettings, match="LEADPACT_STATE") as refused:
        load_settings(tmp_path)

    assert refused.value.code == "secret_in_yaml"
    assert str(refused.value).startswith("leadpact.yaml:2:8:")
    assert "hunter2" not in str(refused.value)


def test_an_address_without_a_password_may_stand_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "leadpact.yaml").write_text("state: postgresql+psycopg://db/leads\n")

    assert load_settings(tmp_path).state_shown == "postgresql+psycopg://db/leads"


def test_the_states_address_may_lie_in_the_secrets_folder(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "LEADPACT_STATE").write_text("postgresql+psycopg://a:b@db/leads\n")

    assert load_settings(tmp_path).state_shown == "postgresql+psycopg://a:***@db/leads"


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
