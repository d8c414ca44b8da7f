"""The command line itself: global options, and how every error ends."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import typer

from leadpact.errors import FixSettings, LeadpactError, WaitUntil
from leadpact_app.cli import (
    backfilling,
    budgeting,
    cycles,
    explaining,
    forgetting,
    handing,
    listing,
    mapping_diff,
    pact,
    queueing,
    reconciling,
    reporting,
    reviewing,
    setting_up,
    signalling,
    sla,
    stopping,
    undoing,
    watching,
)
from leadpact_app.cli.console import NEXT_STEP, Console, moment, tolerant_streams

OWN_ERROR = 5

app = typer.Typer(
    name="leadpact",
    help="Keeps one agreement about leads true in both CRMs, marketing's and sales'.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"leadpact {version('leadpact')}")
        raise typer.Exit


@app.callback()
def _global(
    ctx: typer.Context,
    folder: str = typer.Option(
        "", "--folder", "-C", metavar="PATH", help="Work in this folder: its settings, its state."
    ),
    verbose: bool = typer.Option(
        False, "--verbose", "-v", help="Tell details of errors, and log to stderr."
    ),
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    del version
    console = ctx.ensure_object(Console)
    console.verbose = verbose
    _state.verbose = verbose
    if folder:
        if not Path(folder).is_dir():
            raise FixSettings(f"There is no folder {folder}.", code="folder_missing")
        ctx.with_resource(contextlib.chdir(folder))


class _Invocation:
    """What `main` must know of the invocation after it has failed."""

    verbose: bool = False


_state = _Invocation()

setting_up.register(app)
cycles.register(app)
undoing.register(app)
budgeting.register(app)
listing.register(app)
backfilling.register(app)
reviewing.register(app)
explaining.register(app)
forgetting.register(app)
pact.register(app)
signalling.register(app)
sla.register(app)
queueing.register(app)
reporting.register(app)
reconciling.register(app)
handing.register(app)
watching.register(app)
stopping.register(app)
mapping_diff.register(app)


@cache
def _commands() -> Callable[..., object]:
    """All commands, read off their functions once per process."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: without the program's name; None = those of the process.

    Returns:
        The exit code of docs/operations.md.
    """
    _state.verbose = False
    try:
        _commands()(args=None if arguments is None else list(arguments), prog_name="leadpact")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except LeadpactError as error:
        return tell(error, verbose=_state.verbose)
    except BrokenPipeError:
        _close_quietly()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  # the last place where a fault can still be told in words
        return _own_fault(error)
    return 0


def main() -> None:
    """Run the command line of this process and exit with its code."""
    _start_quickly()
    tolerant_streams()
    code = run()
    # All that is loaded goes with the process: its last collection need not walk through it.
    gc.freeze()
    sys.exit(code)


def _start_quickly() -> None:
    """Leave out what no command needs, before anything heavy is imported."""
    # Pydantic would look through every installed distribution for plug-ins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Modules and documents are many objects that all stay; looking for garbage among them finds none.
    gc.disable()


def tell(error: LeadpactError, *, verbose: bool) -> int:
    """Say on stderr what went wrong and what to do; returns the exit code of its class."""
    lines = [f"leadpact: {error}"]
    next_step = NEXT_STEP.get(error.remedy, "")
    if isinstance(error, WaitUntil) and error.until is not None:
        next_step = f"Not before {moment(error.until)} UTC. {next_step}"
    if next_step:
        lines.append(f"  what to do: {next_step}")
    if verbose:
        lines += [
            f"  {name}: {value}"
            for name, value in (("code", error.code), ("detail", error.detail))
            if value
        ]
        if error.__cause__ is not None:
            lines.append(f"  caused by: {type(error.__cause__).__name__}")
    elif error.detail:
        lines.append("  details: leadpact --verbose …")
    typer.echo("\n".join(lines), err=True)
    return error.exit_code


def _own_fault(error: Exception) -> int:
    if _state.verbose:
        import traceback

        typer.echo("".join(traceback.format_exception(error)), err=True)
    typer.echo(
        f"leadpact: a fault of leadpact's own ({type(error).__name__}). What was agreed is kept.\n"
        "  what to do: run it again with `leadpact --verbose …` and report what it shows.",
        err=True,
    )
    return OWN_ERROR


def _close_quietly() -> None:
    """Whoever read our output is gone; keep Python from complaining of it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
