"""Settings: environment, ``.env``, secrets folder, ``leadpact.yaml`` (no secrets), in this order (DESIGN §8).

Each CRM is kept as a raw table and validated by its connector's own ``settings_type``.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, Field, SecretStr, ValidationError, create_model

from leadpact.errors import FixSettings
from leadpact.pact.yaml_text import Marks, read_document
from leadpact_app.settings.parts import BudgetSettings as BudgetSettings
from leadpact_app.settings.parts import ScheduleSettings as ScheduleSettings
from leadpact_app.settings.parts import SourceSettings as SourceSettings


class _Later(ModuleType):
    """Stands for a module until something of it is wanted."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


@contextmanager
def _later(name: str) -> Iterator[None]:
    """Whoever imports this module meanwhile gets one that is loaded when something of it is wanted."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _Later(name)
    try:
        yield
    finally:
        del sys.modules[name]


# pydantic-settings wants asyncio, and with it ssl, for command lines of its own that are coroutines.
with _later("asyncio"):
    from pydantic_settings import (
        BaseSettings,
        NestedSecretsSettingsSource,
        PydanticBaseSettingsSource,
        SettingsConfigDict,
    )

PREFIX = "LEADPACT_"
FILE = "leadpact.yaml"


class _YamlTables(PydanticBaseSettingsSource):
    """The tables of ``leadpact.yaml``, read by the one YAML reader that the product has."""

    def __init__(self, settings_cls: type[BaseSettings], tables: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self._tables = dict(tables)

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """One table."""
        del field
        return self._tables.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All tables."""
        return self._tables


class Settings(BaseSettings):
    """What one installation is told.

    Attributes:
        pair: name of this portal-and-org pair; one state may hold several.
        state: a file for SQLite, or a ``postgresql+psycopg://`` URL, which may hold a password.
        pact: the agreement's file; blank = the one that ships with leadpact.
        mapping: the mapping's file; blank = the one that ships.
        mode: ``act``; ``observe``: only leadpact's own fields are written, nobody is handed over; ``shadow``: nothing
            is written (R36).
        max_writes: records one run may write without approval; blank = the larger of 500 and 5 % of links.
        day_share: the part of each CRM's calls of a day that leadpact takes; the rest is left to others.
        budget: by CRM, where its share differs, and what of it is kept for the hot lane.
        calls_folder: where processes of this machine share burst windows, if their SQLite states stand in different
            folders and lead to the same account; blank = beside the state.
        state_key: encrypts sign-ins whose tokens change; 32 bytes in base64. Several, with commas: the first one
            writes, all read.
        phone_region: the country of phone numbers that name none, such as DE; blank = such numbers stay as they are.
        schedule: when cycles run all day.
        sources: by name, where a source outside the CRMs is (product usage).
        notify: by channel name, where messages go (``slack://…``, ``workflows://…``, ``mailtos://…``, ``jsons://…``).
        lease_s: seconds that a worker has its pair from its last sign of life; so long another one waits for the
            pair of a worker that died on another machine.
        clock_url: a sandbox's clock, heeded only while every CRM is on loopback.
        crash_at: a named boundary at which to die, heeded only while every CRM is on loopback.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        defer_build=True,
    )
    tables: ClassVar[Mapping[str, Any]] = {}

    pair: str = "default"
    state: SecretStr = SecretStr(".leadpact/state.db")
    pact: str = ""
    mapping: str = ""
    mode: Literal["act", "observe", "shadow"] = "act"
    max_writes: int | None = None
    day_share: float = Field(0.95, gt=0, le=1)
    budget: dict[str, BudgetSettings] = Field(default_factory=dict)
    calls_folder: Path | None = None
    state_key: SecretStr | None = None
    phone_region: str = Field("", pattern=r"^([A-Z]{2})?$")
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    notify: dict[str, SecretStr] = Field(default_factory=dict)
    lease_s: int = Field(300, ge=150, le=3600)
    clock_url: str = ""
    crash_at: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before ``.env`` before the secrets folder before the YAML file."""
        yaml = _YamlTables(settings_cls, cls.tables)
        secrets = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir_missing="ok",
            secrets_prefix=PREFIX,
            secrets_nested_delimiter="__",
        )
        return init_settings, env_settings, dotenv_settings, secrets, yaml

    @property
    def state_shown(self) -> str:
        """The state's file or address as people may see it."""
        return shown_address(self.state.get_secret_value())

    @property
    def state_file(self) -> Path | None:
        """The state's file; None for an address."""
        address = self.state.get_secret_value()
        return None if "://" in address else Path(address)

    @property
    def lease_lasts(self) -> timedelta:
        """How long a lease lasts from each commit."""
        return timedelta(seconds=self.lease_s)

    def budget_of(self, crm: str) -> BudgetSettings:
        """What may be taken of this CRM's calls, the common share filled in."""
        told = self.budget.get(crm) or BudgetSettings()
        return told if told.day_share else told.model_copy(update={"day_share": self.day_share})

    def crm_tables(self) -> dict[str, dict[str, Any]]:
        """The raw table of every CRM that anything was said of."""
        return {
            name: table
            for name in connector_names()
            if isinstance(table := getattr(self, name, None), dict) and table
        }


@cache
def connector_entry_points() -> dict[str, EntryPoint]:
    """Installed connectors by CRM name; none of them is imported. Looked up once: it reads every distribution."""
    return {one.name: one for one in sorted(entry_points(group="leadpact.connectors"))}


def connector_names() -> tuple[str, ...]:
    """Names of installed connectors, sorted."""
    return tuple(connector_entry_points())


@cache
def _model(names: tuple[str, ...]) -> type[Settings]:
    """The settings with a table for each of these CRMs; made and compiled once per process."""
    crms: dict[str, Any] = dict.fromkeys(names, (dict[str, Any] | None, None))
    return create_model("LeadpactSettings", __base__=Settings, **crms)


_READING = Lock()
"""The tables of a YAML file reach their source through the class, so one folder is read at a time."""


def load_settings(folder: Path, **overrides: Any) -> Settings:
    """Read all sources.

    Args:
        folder: where ``leadpact.yaml``, ``.env`` and the folder ``secrets`` are looked for.
        overrides: values that stand before every source.

    Raises:
        FixSettings: an unknown or malformed setting, or a secret in YAML.
    """
    names = connector_names()
    tables = _read_yaml(folder / FILE, names)
    _refuse_unknown(names, os.environ, "the environment")
    _refuse_unknown(names, dotenv_values(folder / ".env"), ".env")
    secrets = folder / "secrets"
    model = _model(names)
    try:
        with _READING:
            model.tables = tables
            loaded = model(
                _env_file=folder / ".env",
                _secrets_dir=secrets if secrets.is_dir() else None,
                **overrides,
            )
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = PREFIX + "__".join(str(part).upper() for part in first["loc"])
        raise FixSettings(
            f"{name}: {first['msg']}. Looked in the environment, .env, secrets/ and {FILE}.",
            code="setting_invalid",
        ) from error
    _refuse_budgets(loaded.budget, names)
    return loaded


def crm_settings(name: str, table: Mapping[str, Any], settings_type: type[BaseModel]) -> BaseModel:
    """One CRM's table as its connector's settings.

    Raises:
        FixSettings: what is missing or wrong, and each place looked.
    """
    try:
        return settings_type(**table)
    except FixSettings:
        raise
    except ValidationError as error:
        lines = []
        for one in error.errors(include_input=False, include_url=False):
            path = "__".join(str(part).upper() for part in one["loc"] if isinstance(part, str))
            message = str(one["msg"]).removeprefix("Value error, ")
            near = difflib.get_close_matches(path.lower(), settings_type.model_fields, 1)
            hint = (
                f" (did you mean {near[0].upper()}?)"
                if one["type"] == "extra_forbidden" and near
                else ""
            )
            lines.append(f"{PREFIX}{name.upper()}{'__' + path if path else ''}: {message}{hint}")
        raise FixSettings(
            "\n".join(lines) + f"\nLooked in the environment, .env, secrets/ and {FILE}.",
            code="setting_invalid",
        ) from error


def shown_address(address: str) -> str:
    """A file or address without the password that it may hold."""
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
        password = parts.password
    except ValueError:
        return address.partition("://")[0] + "://…"
    place = parts.netloc
    if password is not None:
        place = f"{place.partition(':')[0]}:***@{place.rpartition('@')[2]}"
    query = re.sub(r"(?i)(password=)[^&]*", r"\1***", parts.query)
    return f"{parts.scheme}://{place}{parts.path}{'?' if query else ''}{query}"


def _read_yaml(file: Path, names: tuple[str, ...]) -> dict[str, Any]:
    if not file.is_file():
        return {}
    tree, marks = read_document(file.read_text(encoding="utf-8"), file.name)
    known = [*Settings.model_fields, *names]
    for key in tree:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise FixSettings(
                f"{key!r} is no setting.{hint}",
                code="setting_unknown",
                place=marks.place((key,), key=True),
            )
    state = tree.get("state")
    if isinstance(state, str) and shown_address(state) != state:
        raise FixSettings(
            f"A password does not belong into {FILE}: put the whole address into the environment as "
            f"{PREFIX}STATE, into .env, or into the secrets folder.",
            code="secret_in_yaml",
            place=marks.place(("state",)),
        )
    if tree.get("state_key"):
        raise FixSettings(
            f"A secret does not belong into {FILE}: put state_key into the environment as {PREFIX}STATE_KEY, "
            "into .env, or into the secrets folder.",
            code="secret_in_yaml",
            place=marks.place(("state_key",), key=True),
        )
    if tree.get("notify"):
        raise FixSettings(
            f"The address of a channel is a secret and does not belong into {FILE}: put it into the environment as "
            f"{PREFIX}NOTIFY__<NAME>, into .env, or into the secrets folder.",
            code="secret_in_yaml",
            place=marks.place(("notify",), key=True),
        )
    _refuse_passwords(tree.get("sources"), marks)
    for name in names:
        table = tree.get(name)
        if not isinstance(table, dict):
            continue
        for key in _secret_names(name):
            if key in table:
                raise FixSettings(
                    f"A secret does not belong into {FILE}: put {key} into the environment as "
                    f"{PREFIX}{name.upper()}__{key.upper()}, into .env, or into the secrets folder.",
                    code="secret_in_yaml",
                    place=marks.place((name, key), key=True),
                )
    return dict(tree)


def _refuse_budgets(budgets: Iterable[str], names: tuple[str, ...]) -> None:
    for name in budgets:
        if name not in names:
            raise FixSettings(
                f"budget.{name} names no CRM; it is one of {', '.join(names)}.",
                code="setting_unknown",
            )


def _refuse_passwords(sources: object, marks: Marks) -> None:
    for name, table in sources.items() if isinstance(sources, dict) else ():
        url = table.get("url") if isinstance(table, dict) else None
        if isinstance(url, str) and shown_address(url) != url:
            raise FixSettings(
                f"A password does not belong into {FILE}: put the whole URL into the environment as "
                f"{PREFIX}SOURCES__{name.upper()}__URL, into .env, or into the secrets folder.",
                code="secret_in_yaml",
                place=marks.place(("sources", name, "url")),
            )


def _secret_names(name: str) -> tuple[str, ...]:
    settings_type: type[BaseModel] = connector_entry_points()[name].load().settings_type
    return tuple(
        key
        for key, field in settings_type.model_fields.items()
        if SecretStr.__name__ in str(field.annotation)
    )


def _refuse_unknown(names: tuple[str, ...], variables: Iterable[str], where: str) -> None:
    known = [*(one.upper() for one in Settings.model_fields), *(name.upper() for name in names)]
    for variable in sorted(variables):
        if not variable.upper().startswith(PREFIX):
            continue
        first = variable.upper().removeprefix(PREFIX).partition("__")[0]
        if first not in known and first != "SANDBOX":
            near = difflib.get_close_matches(first, known, 1)
            hint = f" Did you mean {PREFIX}{near[0]}?" if near else ""
            raise FixSettings(
                f"{variable} in {where} is no setting of leadpact.{hint}", code="setting_unknown"
            )
