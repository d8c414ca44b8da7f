"""The signatures beside the pact's file, and the texts that were signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings, Stop

if TYPE_CHECKING:
    from leadpact.pact import Pact
    from leadpact.pact.signing import Signatures
    from leadpact_app.settings import Settings


@dataclass(frozen=True, slots=True)
class SignatureFiles:
    """Where a pact's signatures lie: ``pact.signatures.yaml`` and the folder ``pact.signed`` beside ``pact.yaml``.

    Attributes:
        pact: the pact's own file; None for the one that ships, which nobody can sign.
    """

    pact: Path | None

    @classmethod
    def of(cls, settings: Settings) -> SignatureFiles:
        """Those of the pact that the settings name."""
        return cls(Path(settings.pact) if settings.pact else None)

    @property
    def book(self) -> Path:
        """The file of signatures.

        Raises:
            FixSettings: ``pact_ships``.
        """
        return self._beside(".signatures.yaml")

    def read(self) -> Signatures:
        """All signatures; none where nobody signed yet.

        Raises:
            FixSettings: the file is refused, with line and column.
        """
        from leadpact.pact.signing import Signatures, load_signatures

        if self.pact is None or not self.book.is_file():
            return Signatures()
        return load_signatures(_read(self.book), str(self.book))

    def write(self, signatures: Signatures) -> None:
        """Replace the file of signatures, whole or not at all.

        Raises:
            Stop: the folder cannot be written.
        """
        from leadpact.pact.signing import written

        _write(self.book, written(signatures))

    def keep(self, pact: Pact) -> Path:
        """Lay the signed text aside, word for word; a copy that is there already stays.

        Raises:
            Stop: the folder cannot be written.
        """
        copy = self._copy(pact.hash)
        if not copy.is_file():
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _unwritable(copy, error) from error
            _write(copy, pact.text)
        return copy

    def text_of(self, pact_hash: str) -> str:
        """A text that was signed, as it was laid aside; "" where no copy is left."""
        if self.pact is None or not self._copy(pact_hash).is_file():
            return ""
        return _read(self._copy(pact_hash))

    def _copy(self, pact_hash: str) -> Path:
        return self._beside(".signed") / f"{pact_hash}.yaml"

    def _beside(self, ending: str) -> Path:
        if self.pact is None:
            raise FixSettings(
                "The agreement that ships with leadpact cannot be signed: write one of your own with `leadpact init`, "
                "and name it in leadpact.yaml (`pact: pact.yaml`).",
                code="pact_ships",
            )
        return self.pact.with_name(self.pact.stem + ending)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(
            f"{file} cannot be read as UTF-8 text.", code="file_unreadable", detail=str(error)
        ) from error


def _write(file: Path, text: str) -> None:
    new = file.with_name(file.name + ".new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> Stop:
    return Stop(
        f"{file} cannot be written: check free space and the rights of the folder.",
        code="folder_unwritable",
        detail=str(error),
    )
