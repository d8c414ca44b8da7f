"""The command line itself: global options, and how every error ends."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import typer

from leadpact.errors import FixSettings, LeadpactError, WaitUntil
from leadpact_app.cli.console import NEXT_STEP, Console, moment, tolerant_streams

OWN_ERROR = 5

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "setting_up": ("demo", "sandbox", "init", "check", "doctor", "provision"),
    "cycles": ("plan", "apply", "sync"),
    "undoing": ("undo",),
    "budgeting": ("budget",),
    "listing": ("runs", "failures"),
    "backfilling": ("backfill",),
    "reviewing": ("review",),
    "explaining": ("explain",),
    "forgetting": ("forget",),
    "pact": ("pact",),
    "signalling": ("signals",),
    "sla": ("sla",),
    "queueing": ("queue",),
    "reporting": ("report",),
    "reconciling": ("reconcile",),
    "handing": ("handoffs", "notices"),
    "watching": ("worker", "digest", "metrics", "health", "serve"),
    "stopping": ("pause", "resume"),
    "mapping_diff": ("mapping",),
}
"""The module of each command, in the order of ``--help``. What one command does not need, it does not load."""
_WITH_VALUE: Final = ("--folder", "-C")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"leadpact {version('leadpact')}")
        raise typer.Exit


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


def app_with(modules: Iterable[str]) -> typer.Typer:
    """The command line with the commands of these modules."""
    made = typer.Typer(
        name="leadpact",
        help="Keeps one agreement about leads true in both CRMs, marketing's and sales'.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    made.callback()(_global)
    for name in modules:
        import_module(f"leadpact_app.cli.{name}").register(made)
    return made


def modules_for(arguments: Sequence[str]) -> tuple[str, ...]:
    """The module of the command that is asked for; all of them where that is not plain: help, a word unknown."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            found = tuple(name for name, commands in COMMANDS.items() if word in commands)
            return found or tuple(COMMANDS)
    return tuple(COMMANDS)


@cache
def _commands(modules: tuple[str, ...]) -> Callable[..., object]:
    """The commands of these modules, read off their functions once per process."""
    return typer.main.get_command(app_with(modules))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: without the program's name; None = those of the process.

    Returns:
        The exit code of docs/operations.md.
    """
    _state.verbose = False
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        _commands(modules_for(given))(args=given, prog_name="leadpact")
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
    # All that is loaded goes with the process: its last collection need not walk through it. DuckDB's binding takes
    # whatever is not collected for a leak, and says so on stderr.
    if "duckdb" not in sys.modules:
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
