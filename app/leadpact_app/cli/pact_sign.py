"""`pact sign` and `pact reviewed`: who agreed to this text, and that both teams looked at it again."""

from __future__ import annotations

from enum import Enum

import typer

from leadpact_app.cli.console import of


class RoleName(str, Enum):
    """For which team somebody signs."""

    marketing = "marketing"
    sales = "sales"


class ReviewName(str, Enum):
    """What both teams looked at."""

    joint = "joint"
    scoring = "scoring"
    reasons = "reasons"
    definitions = "definitions"


def add(group: typer.Typer) -> None:
    """Add these commands to the group."""
    group.command("sign", short_help="Note that a leader signed this text.")(sign)
    group.command("reviewed", short_help="Note that both teams looked at it again.")(reviewed)


def sign(
    ctx: typer.Context,
    name: str = typer.Option(..., "--as", metavar="NAME", help="Who signed."),
    role: RoleName = typer.Option(..., help="For which team."),
    note: str = typer.Option("", help="Anything that belongs beside the signature."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Note that a leader signed the agreement as pact.yaml has it now.

    The signature stands in pact.signatures.yaml beside the pact and names its hash, so that signing changes nothing
    of what is signed; the signed text is laid aside in pact.signed/. Keep both under version control. Another word in
    the pact is another agreement, for both to sign.

    \b
    Examples:
      leadpact pact sign --as "Dana Fox" --role marketing
      leadpact pact sign --as "Omar Haddad" --role sales --note "from January on"
    """
    from leadpact.pact.signing import Signature, standing
    from leadpact.pact.signing import sign as with_signature
    from leadpact_app.cli.pact_reading import known, today

    console = of(ctx)
    here = known()
    here.files.book  # noqa: B018  # refuses the agreement that ships, before anything else is said
    one = Signature(
        name.strip(), role.value, today(), here.pact.hash, here.pact.version, note.strip()
    )
    signatures = with_signature(here.signatures, here.pact, one)
    here.files.keep(here.pact)
    here.files.write(signatures)
    said = standing(here.pact, signatures, here.running)[0]
    if as_json:
        console.json(
            {
                "file": str(here.files.book),
                "pact": here.pact.hash,
                "version": here.pact.version,
                "signed_by": sorted(signatures.under(here.pact.hash)),
                "standing": said,
            }
        )
        return
    console.say(
        f"{one.name} signed version {here.pact.version} ({here.pact.hash}) for {role.value}."
    )
    console.say(said)
    if here.running and here.running != here.pact.hash and signatures.complete(here.pact.hash):
        console.say("`leadpact pact activate` lets it take effect.")


def reviewed(
    ctx: typer.Context,
    kind: ReviewName = typer.Argument(
        ..., metavar="KIND", help="joint, scoring, reasons or definitions."
    ),
    name: str = typer.Option(..., "--as", metavar="NAME", help="Who notes it."),
    note: str = typer.Option("", help="What came of it."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Note that both teams held one of the reviews that the pact asks for; `check` warns when one is overdue.

    \b
    Examples:
      leadpact pact reviewed joint --as "Dana Fox"
      leadpact pact reviewed scoring --as "Omar Haddad" --note "pricing page stays at 20"
    """
    from leadpact.pact.pages.words import day_words
    from leadpact.pact.review import REVIEWS
    from leadpact.pact.signing import HeldReview
    from leadpact.pact.signing import reviewed as with_review
    from leadpact_app.cli.pact_reading import known, today

    console = of(ctx)
    here = known()
    one = HeldReview(kind.value, today(), name.strip(), note.strip())
    here.files.write(with_review(here.signatures, one))
    due = here.pact.review.due(kind.value, one.date)
    if as_json:
        console.json({"file": str(here.files.book), "kind": kind.value, "next_due": due})
        return
    console.say(f"Noted: {REVIEWS[kind.value]}, {day_words(one.date)}.")
    console.say(f"The next one is due by {day_words(due)}.")
