"""What `check` says of signatures: whether both signed what runs, and which review is overdue (S127, S129)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadpact.pact import Pact
    from leadpact.pact.findings import PactFinding
    from leadpact_app.settings import Settings


def signing_findings(settings: Settings, pact: Pact, *, ask_state: bool) -> list[PactFinding]:
    """Warnings; of the agreement that ships, which nobody can sign, only that another one runs.

    Args:
        ask_state: read from the state which agreement runs; without it the file's is taken to run.

    Raises:
        FixSettings: the file of signatures is refused, with line and column.
    """
    from leadpact.errors import Place
    from leadpact.pact.findings import PactFinding
    from leadpact.pact.signing import findings
    from leadpact_app.bootstrap.signatures import SignatureFiles
    from leadpact_app.cli.pact_reading import today

    file = settings.pact or "The pact that ships"
    running = _running(settings) if ask_state else ""
    found = findings(pact, SignatureFiles.of(settings).read(), running, today(), file)
    return [
        PactFinding(one.code, Place(settings.pact or "pact.yaml"), one.message)
        for one in found
        if settings.pact or one.code == "not_activated"
    ]


def _running(settings: Settings) -> str:
    """Hash of the agreement that runs; "" where no state tells it."""
    from leadpact.errors import LeadpactError
    from leadpact_app.bootstrap import open_state

    if settings.state_file is not None and not settings.state_file.is_file():
        return ""
    try:
        with open_state(settings) as store:
            return next((one.pact_hash for one in store.activations(1)), "")
    except LeadpactError:
        # `check` tells of the state itself what is wrong with it.
        return ""
