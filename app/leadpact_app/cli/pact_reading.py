"""What the pact commands know: the file's agreement, its signatures, and the one that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from leadpact_app.cli.opening import settings_here, state_here

if TYPE_CHECKING:
    from leadpact.model.decided import Activation
    from leadpact.pact import Pact
    from leadpact.pact.signing import Signatures
    from leadpact_app.bootstrap.signatures import SignatureFiles
    from leadpact_app.settings import Settings


@dataclass(frozen=True, slots=True)
class Known:
    """The agreement as the file has it, and what else is known of it.

    Attributes:
        activations: agreements that ran, the latest first; empty before the first sync.
        has_state: there is a state to read leads from.
    """

    settings: Settings
    pact: Pact
    files: SignatureFiles
    signatures: Signatures
    activations: tuple[Activation, ...]
    has_state: bool = False

    @property
    def running(self) -> str:
        """Hash of the agreement that runs; "" before the first sync."""
        return self.activations[0].pact_hash if self.activations else ""

    def text_of(self, pact_hash: str) -> str:
        """The text of an agreement that was signed or ran; "" if it is known nowhere any more."""
        if pact_hash == self.pact.hash:
            return self.pact.text
        ran = next((one.text for one in self.activations if one.pact_hash == pact_hash), "")
        return self.files.text_of(pact_hash) or ran

    def pact_of(self, pact_hash: str, *, scores: bool = False) -> Pact | None:
        """An earlier agreement, compiled; None where its text is lost, altered, or not understood any more.

        Args:
            scores: bring the public lists of mail domains along.
        """
        from leadpact.errors import FixSettings
        from leadpact_app.bootstrap import load_pact_text

        text = self.text_of(pact_hash)
        if not text:
            return None
        try:
            pact = load_pact_text(text, f"the agreement {pact_hash}", scores=scores)
        except FixSettings:
            return None
        return pact if pact.hash == pact_hash else None


MOST_ACTIVATIONS = 200


def known() -> Known:
    """Read all of it; a state that is not there yet is none.

    Raises:
        FixSettings: the pact or its signatures are refused, with line and column.
    """
    from leadpact_app.bootstrap import load_pact_file
    from leadpact_app.bootstrap.signatures import SignatureFiles

    settings = settings_here()
    pact = load_pact_file(settings, scores=False)
    files = SignatureFiles.of(settings)
    activations: tuple[Activation, ...] = ()
    has_state = settings.state_file is None or settings.state_file.is_file()
    if has_state:
        with state_here() as store:
            activations = tuple(store.activations(MOST_ACTIVATIONS))
    return Known(settings, pact, files, files.read(), activations, has_state)


def today() -> date:
    """The day where this machine is: a signature bears the date that people there have."""
    from datetime import datetime

    return datetime.now().astimezone().date()
