"""The command `mapping diff`: what this mapping says otherwise than that of another environment (R39)."""

from __future__ import annotations

from pathlib import Path

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import of, shown
from leadpact_app.cli.opening import settings_here
from leadpact_app.cli.sheet import CSV

_WORDS = {"added": "added", "removed": "taken out", "changed": "changed"}


def register(app: typer.Typer) -> None:
    """Add this command."""
    group = typer.Typer(
        help="Compare mappings of two environments.", no_args_is_help=True, rich_markup_mode=None
    )
    group.callback()(_alone)
    group.command("diff", short_help="Compare the mapping with another one.")(diff)
    app.add_typer(group, name="mapping")


def _alone() -> None:
    """Compare mappings of two environments."""


def diff(
    ctx: typer.Context,
    against: str = typer.Option(
        "", metavar="FILE", help="The other mapping; left out: the one that ships."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """Tell, key by key, what the mapping here says otherwise than another file; comments and short forms aside.

    Mappings are promoted as files: compare the one of the next environment before you put yours in its place, then run
    `leadpact check` there.

    \b
    Examples:
      leadpact mapping diff
      leadpact mapping diff --against ../production/mapping.yaml
      leadpact mapping diff --against ../production/mapping.yaml --csv change.csv
    """
    from leadpact.mapping.differences import mapping_differences
    from leadpact_app.bootstrap.documents import mapping_text

    console = of(ctx)
    after, after_name = mapping_text(settings_here().mapping)
    before, before_name = mapping_text(against)
    if against and Path(against).is_dir():
        raise FixSettings(f"{against} is a folder; name a file.", code="file_unreadable")
    found = mapping_differences(before, before_name, after, after_name)
    if as_json or csv:
        rows = [
            {
                "key": one.path,
                "how": one.how,
                "before": one.before,
                "after": one.after,
                "line": one.place.line,
            }
            for one in found
        ]
        console.json(
            {"before": before_name, "after": after_name, "differences": rows}, csv, "differences"
        )
        return
    if not found:
        console.say(f"{after_name} says the same as {before_name}.")
        return
    told = [
        (one.path, _WORDS[one.how], shown(one.before, 60), shown(one.after, 60), str(one.place))
        for one in found
    ]
    console.table(
        f"{before_name} → {after_name}", ("Key", "What", "Before", "After", "Where"), told
    )
    console.say(f"{len(found):,} keys differ.")
