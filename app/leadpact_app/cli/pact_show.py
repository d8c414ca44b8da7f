"""`pact show` and `pact render`: the agreement on the screen, and for people to read and sign."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from leadpact_app.cli.console import moment, of

if TYPE_CHECKING:
    from leadpact.pact.pages import Pack
    from leadpact_app.cli.pact_reading import Known


class FormatName(str, Enum):
    """What is written."""

    html = "html"
    md = "md"


_HOW = {
    "first": "by the first sync",
    "evidence": "stages move on what happened since",
    "reassess": "leads that it judges otherwise move, so many a day",
}


def add(group: typer.Typer) -> None:
    """Add these commands to the group."""
    group.command("show", short_help="Tell what is agreed, who signed it, what runs.")(show)
    group.command("render", short_help="Write the agreement for people.")(render)


def show(
    ctx: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Tell in short what is agreed, who signed it, which agreement runs and since when.

    \b
    Examples:
      leadpact pact show
      leadpact pact show --json
    """
    from leadpact.pact.signing import ROLES, findings, standing
    from leadpact_app.cli.pact_reading import known, today

    console = of(ctx)
    here = known()
    pack = _pack(here)
    name = here.settings.pact or "the pact that ships"
    found = findings(here.pact, here.signatures, here.running, today(), name)
    if as_json:
        console.json(_as_json(here, pack, [(one.code, one.message) for one in found]))
        return
    console.say(f"{name}: version {here.pact.version} ({here.pact.hash})")
    console.say(standing(here.pact, here.signatures, here.running)[0])
    for line in pack.glance:
        console.say(f"  {line}")
    under = here.signatures.under(here.pact.hash)
    signed = [
        (role.capitalize(), one.name, one.date.isoformat(), one.note)
        if (one := under.get(role)) is not None
        else (role.capitalize(), "not yet", "", "")
        for role in ROLES
    ]
    console.table("Signatures under this text", ("For", "Name", "Date", "Note"), signed)
    if here.activations:
        rows = [
            (moment(one.at), one.version, one.pact_hash, _HOW[one.how])
            for one in here.activations[:10]
        ]
        console.table("What ran", ("Since (UTC)", "Version", "Hash", "How"), rows)
    for finding in found:
        console.say(f"warning  {finding.message}")


def render(
    ctx: typer.Context,
    form: FormatName = typer.Option(
        FormatName.html, "--format", help="html: one page that needs nothing else; md: Markdown."
    ),
    out: str = typer.Option(".", metavar="DIR", help="Where to write it; - prints it."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Write the agreement for people: what both leaders read and sign, and where everybody looks it up.

    It holds all that pact.yaml says, who signed it, and what changed since both signed last. The HTML page needs no
    network, no script and no other file; print it from the browser.

    \b
    Examples:
      leadpact pact render
      leadpact pact render --format md --out docs
      leadpact pact render --format md --out - | less
    """
    from leadpact_app.cli.pact_pages import rendered
    from leadpact_app.cli.pact_reading import known

    console = of(ctx)
    here = known()
    pack = _pack(here)
    text = rendered(pack, form.value)
    if out == "-":
        console.say(text.rstrip("\n"))
        return
    file = _write(Path(out), f"agreement.{form.value}", text)
    if as_json:
        console.json({"file": str(file), "version": pack.version, "pact": pack.pact_hash})
        return
    console.say(f"Written: {file}")
    console.say(pack.standing)


def _pack(here: Known) -> Pack:
    from leadpact.pact.rendering import pack_of
    from leadpact_app.cli.pact_reading import today

    before = here.signatures.signed_before(here.pact.hash)
    return pack_of(
        here.pact,
        here.signatures,
        today(),
        running=here.running,
        signed_before=here.pact_of(before.pact) if before is not None else None,
    )


def _write(folder: Path, name: str, text: str) -> Path:
    from leadpact.errors import Stop

    file = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Stop(
            f"{file} cannot be written: check free space and the rights of the folder.",
            code="folder_unwritable",
            detail=str(error),
        ) from error
    return file


def _as_json(here: Known, pack: Pack, found: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "file": here.settings.pact,
        "firm": pack.firm,
        "version": pack.version,
        "pact": pack.pact_hash,
        "running": here.running,
        "standing": pack.standing,
        "glance": list(pack.glance),
        "signatures": [
            {
                "name": one.name,
                "role": one.role,
                "date": one.date,
                "pact": one.pact,
                "version": one.version,
                "note": one.note,
                "this_text": one.pact == here.pact.hash,
            }
            for one in here.signatures.signatures
        ],
        "reviews": [
            {"kind": one.kind, "date": one.date, "by": one.by, "note": one.note}
            for one in here.signatures.reviews
        ],
        "changes_since": pack.changes_since,
        "changes": [{"section": section, "says": said} for section, said in pack.changes],
        "activations": [
            {
                "at": one.at,
                "version": one.version,
                "pact": one.pact_hash,
                "how": one.how,
                "daily_cap": one.daily_cap,
            }
            for one in here.activations
        ],
        "warnings": [{"code": code, "says": said} for code, said in found],
    }
