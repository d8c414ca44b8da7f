"""The agreement that runs, from the state that keeps its text (R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadpact.errors import FixSettings
from leadpact_app.bootstrap.documents import load_mapping_file, load_pact_text

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.model.decided import Activation
    from leadpact.pact import Pact
    from leadpact_app.settings import Settings


def running_pact(activation: Activation, *, scores: bool = True) -> Pact:
    """The agreement that was activated, compiled from its text.

    Raises:
        FixSettings: ``running_pact_refused`` where this leadpact does not understand it any more.
    """
    name = f"the agreement that runs ({activation.version}, {activation.pact_hash})"
    try:
        return load_pact_text(activation.text, name, scores=scores)
    except FixSettings as error:
        raise FixSettings(
            f"This leadpact refuses the agreement that runs: {error}. Mend the same in pact.yaml, and let it take "
            "effect with `leadpact pact activate`.",
            code="running_pact_refused",
        ) from error


def running_mapping(settings: Settings, pact: Pact, pending: Pact | None) -> LeadMapping:
    """The mapping, compiled against the agreement that runs.

    Raises:
        FixSettings: it is refused; where it speaks of the file's agreement already, ``mapping_of_pending``.
    """
    try:
        return load_mapping_file(settings, pact)
    except FixSettings as error:
        if pending is None:
            raise
        raise FixSettings(
            f"{error}\nThe mapping fits the agreement in the file ({pending.hash}), which does not run yet; what runs "
            f"is {pact.hash}. Let the file's take effect with `leadpact pact activate`.",
            code="mapping_of_pending",
            place=None,
        ) from error
