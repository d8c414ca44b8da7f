"""`pact diff`: what another agreement says otherwise, and what that changes for the leads that are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import of
from leadpact_app.cli.opening import state_here

if TYPE_CHECKING:
    from leadpact.pact import Pact
    from leadpact_app.cli.pact_reading import Known


def add(group: typer.Typer) -> None:
    """Add this command to the group."""
    group.command("diff", short_help="Compare two agreements, and what they make of the leads.")(
        diff
    )


def diff(
    ctx: typer.Context,
    against: str = typer.Option(
        "", metavar="FILE|last-signed|active", help="What to compare with; the running one."
    ),
    leads: bool = typer.Option(True, "--leads/--no-leads", help="Judge the leads under both."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Tell what pact.yaml says otherwise than another agreement, and what that changes for how many leads.

    Every lead of the state is scored and judged under both; nothing is written. A score promotes and never demotes:
    who is an MQL stays one. The moves that are listed are made only by `pact activate --reassess`.

    \b
    Examples:
      leadpact pact diff
      leadpact pact diff --against last-signed --no-leads
      leadpact pact diff --against pact-2025.yaml --json
    """
    from leadpact.pact.differences import differences
    from leadpact_app.bootstrap import load_pact_file, make_clock
    from leadpact_app.cli import pact_effect
    from leadpact_app.cli.pact_reading import known

    console = of(ctx)
    here = known()
    before, name = _other(here, against, scores=leads)
    found = differences(before, here.pact)
    change = None
    if leads and here.has_state and before.hash != here.pact.hash:
        after = load_pact_file(here.settings)
        with state_here() as store:
            now = make_clock(here.settings).now()
            change = pact_effect.judge_all(console, store, before, after, now)
    if as_json:
        console.json(
            {
                "before": {"pact": before.hash, "version": before.version, "which": name},
                "after": {"pact": here.pact.hash, "version": here.pact.version},
                "differences": pact_effect.differences_json(found),
                "leads": None if change is None else pact_effect.change_json(change),
            }
        )
        return
    console.say(
        f"{name}, version {before.version} ({before.hash}) → "
        f"{here.settings.pact or 'the pact that ships'}, version {here.pact.version} ({here.pact.hash})"
    )
    console.say()
    pact_effect.show_differences(console, found)
    if change is not None:
        console.say()
        pact_effect.show_change(
            console, change, here.pact, {}, "Moved by `pact activate --reassess` alone"
        )
    elif leads and not here.has_state:
        console.say("There are no leads to judge yet: the first sync makes the state.")


def _other(here: Known, against: str, *, scores: bool) -> tuple[Pact, str]:
    """The agreement to compare with, and how people call it.

    Raises:
        FixSettings: there is none such.
    """
    from leadpact_app.bootstrap import load_pact_text

    if against in ("", "active"):
        if not here.activations:
            raise FixSettings(
                "No agreement runs yet: the first sync lets the file's take effect. "
                "--against FILE or last-signed compares with another one.",
                code="nothing_runs",
            )
        latest = here.activations[0]
        text, name = latest.text, "the agreement that runs"
    elif against == "last-signed":
        # While the file itself is signed by both, what was signed before it is the one to look at.
        last = here.signatures.last_signed()
        if last is not None and last.pact == here.pact.hash:
            last = here.signatures.signed_before(here.pact.hash)
        if last is None:
            raise FixSettings(
                "No other agreement was signed by both yet (`leadpact pact sign`).",
                code="nothing_signed",
            )
        text, name = here.text_of(last.pact), "what both signed last"
        if not text:
            raise FixSettings(
                f"The text that both signed ({last.pact}) is in neither pact.signed/ nor the state any more; "
                "give it with --against FILE.",
                code="signed_text_lost",
            )
    else:
        file = Path(against)
        try:
            text, name = file.read_text(encoding="utf-8"), against
        except (OSError, UnicodeDecodeError) as error:
            raise FixSettings(
                f"{against} cannot be read as UTF-8 text.",
                code="file_unreadable",
                detail=str(error),
            ) from error
    return load_pact_text(text, name, scores=scores), name
