"""The command reconcile: why the two CRMs count differently, record by record, and what mends it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from csv import writer as csv_writer
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import of
from leadpact_app.cli.opening import pair_here

if TYPE_CHECKING:
    from leadpact.audit.reconcile import Difference
    from leadpact.audit.reconcile_counts import Tally
    from leadpact.model.link import SavedPlan
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap import Pair
    from leadpact_app.cli.console import Console
    from leadpact_app.cli.plan_text import PlanTold
    from leadpact_app.cli.reconcile_text import Wanted

SHOWN = 5
"""Records shown of each cause, where nothing else is asked."""
IN_JSON = 1000
NAME = "repair"
"""By which `leadpact apply` finds the newest repair plan."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "reconcile", short_help="Say why the two CRMs count differently, record by record."
    )(reconcile)


def reconcile(
    ctx: typer.Context,
    field: str = typer.Option(
        "", "--field", metavar="FIELD", help="Only what differs in this field: `stage`, `title` …"
    ),
    cause: str = typer.Option("", "--cause", metavar="CAUSE", help="Only this cause."),
    repair: bool = typer.Option(
        False, "--repair", help="Save a plan over all that a plan can mend; write nothing."
    ),
    csv: Path | None = typer.Option(
        None, "--csv", metavar="FILE", help="Every record of the difference into this file."
    ),
    values: bool = typer.Option(
        False, "--values", help="Also show the values that differ: personal data."
    ),
    limit: int = typer.Option(
        -1, min=-1, show_default=False, help="Records shown of each cause (5; in JSON 1,000)."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Read all of both CRMs and say why they count differently: per stage, and record by record.

    Every record of the difference gets one cause and who is next. Records are told by id alone; nothing is written.
    --repair saves a plan over the records that a plan can mend, and says whose turn the others are.

    \b
    Examples:
      leadpact reconcile
      leadpact reconcile --field stage --limit 50
      leadpact reconcile --cause write_refused --json
      leadpact reconcile --csv differences.csv
      leadpact reconcile --repair
    """
    from leadpact_app.cli import reconcile_text
    from leadpact_app.cli.stopping import standing_sentences

    console = of(ctx)
    most = limit if limit >= 0 else (IN_JSON if as_json else SHOWN)
    wanted = reconcile_text.Wanted(field, cause, most, values=values)
    with pair_here(console) as pair:
        _asked(pair, field, cause)
        if repair and pair.go_live() is None:
            raise FixSettings(
                "The first sync of this pair is not approved yet, so there is nothing to repair: "
                "`leadpact plan`, then `leadpact apply`.",
                code="not_live",
            )
        with _rows_into(csv) as into:
            tally, kept, matching = audit(console, pair, wanted, take_up=repair, into=into)
        plan, code = _with_plan(console, pair, tally) if repair else (None, 0)
        told = reconcile_text.Told(
            tally=tally,
            kept=tuple(kept),
            wanted=wanted,
            pact=pair.pact,
            calls=pair.calls.by_crm(),
            matching=matching,
            paused=tuple(standing_sentences(pair.store)),
            repair=repair,
            plan=plan,
        )
    if as_json:
        console.json(reconcile_text.as_json(told))
    else:
        reconcile_text.show(console, told, str(csv or ""))
    raise typer.Exit(code)


def audit(
    console: Console,
    pair: Pair,
    wanted: Wanted,
    *,
    take_up: bool = False,
    into: Callable[[Difference], None] | None = None,
) -> tuple[Tally, list[Difference], int]:
    """The counts, the first differences of each cause among those that were asked for, and how many these are."""
    from leadpact_app.bootstrap.reconciling import reconcile_pair

    kept: list[Difference] = []
    found: Counter[str] = Counter()

    def tell(one: Difference) -> None:
        if wanted.takes(one):
            found[one.cause] += 1
            if found[one.cause] <= wanted.limit:
                kept.append(one)
            if into is not None:
                into(one)

    with console.progress("Reading both CRMs") as step:
        tally = reconcile_pair(
            pair, values=wanted.values, take_up=take_up, tell=tell, progress=step
        )
    return tally, kept, found.total()


def _asked(pair: Pair, field: str, cause: str) -> None:
    """Refuse a field that is not mapped and a cause that does not exist.

    Raises:
        FixSettings: with what there is.
    """
    from leadpact.audit.reconcile import CAUSES, NATIVE, REASON, STAGE

    fields = (STAGE, REASON, NATIVE, *pair.mapping.fields)
    if field and field not in fields:
        raise FixSettings(
            f"The mapping has no field {field!r}; it has {', '.join(fields)}.",
            code="field_unmapped",
        )
    if cause and cause not in CAUSES:
        raise FixSettings(
            f"{cause!r} is no cause; there are {', '.join(CAUSES)}.", code="cause_unknown"
        )


@contextlib.contextmanager
def _rows_into(file: Path | None) -> Iterator[Callable[[Difference], None] | None]:
    """Where each difference is written as a row, as it is found.

    Raises:
        FixSettings: the file cannot be written.
    """
    from leadpact_app.cli.reconcile_text import COLUMNS, cells

    if file is None:
        yield None
        return
    try:
        stream = file.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise FixSettings(
            f"{file} cannot be written: {error.strerror}.", code="file_unwritable"
        ) from None
    with stream:
        rows = csv_writer(stream)
        rows.writerow(COLUMNS)
        yield lambda one: rows.writerow(cells(one))


def _with_plan(console: Console, pair: Pair, tally: Tally) -> tuple[PlanTold | None, int]:
    """A saved plan over all that a plan can mend; None where nothing is."""
    from leadpact_app.cli import plan_text

    if not tally.repairable:
        return None, 0
    with console.progress("Planning the repair") as step:
        report, saved = save_repair(pair, tally.repairable, progress=step)
    return plan_text.told(pair, report, saved, kept=True), report.exit_code


def save_repair(
    pair: Pair, leads: Collection[str], progress: Callable[[str, int], None] | None = None
) -> tuple[CycleReport, SavedPlan | None]:
    """Plan the repair of these leads and keep the plan, limited to them, for ``leadpact apply``."""
    from leadpact.ports.state_store import StateChanges
    from leadpact_app.bootstrap.reconciling import plan_repair
    from leadpact_app.cli.plan_rows import Only, keep_own_row

    chosen = tuple(dict.fromkeys(leads))
    report = plan_repair(pair, chosen, progress=progress)
    saved = pair.store.plan(report.plan_id) if report.plan_id else None
    if saved is not None:
        saved = replace(saved, kind="repair")
        pair.store.commit(StateChanges(plans=[saved]), None, pair.clock.now())
        keep_own_row(pair, saved, NAME, Only(chosen))
    return report, saved
