"""The tables that the printed query reads, written as CSV for a warehouse to load."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from leadpact.errors import FixSettings
from leadpact.ports.population import Pages
from leadpact.scoring.columns import cells_of
from leadpact.scoring.input_rows import counted, signal_row
from leadpact.scoring.query import ScoringQuery

_SIGNAL = ("lead", "signal", "name", "asset", "day", "age")


def write_tables(
    query: ScoringQuery, pages: Pages, as_of: datetime, folder: Path
) -> tuple[int, int]:
    """Write ``lead.csv`` and ``signal.csv``, readable by their owner only; an empty cell is NULL.

    ``lead.csv`` has a last column ``id``, the link's id, which the query does not read.

    Returns:
        How many leads and how many acts were written.

    Raises:
        FixSettings: the folder cannot be written, or a file is there already.
    """
    moment = as_of.astimezone(UTC)
    leads = acts = 0
    lists = query.scoring.lists
    names = query.scoring.signal_names
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _new(folder / "lead.csv") as lead_file, _new(folder / "signal.csv") as signal_file:
            lead_rows, signal_rows = csv.writer(lead_file), csv.writer(signal_file)
            lead_rows.writerow(("lead", *(column.name for column in query.columns), "id"))
            signal_rows.writerow(_SIGNAL)
            for page in pages:
                for lead in page:
                    cells = cells_of(lead.facts, query.columns, lists)
                    lead_rows.writerow((leads, *cells, lead.link_id))
                    rows = [
                        (leads, *signal_row(each, moment))
                        for each in counted(lead, moment)
                        if each.name in names
                    ]
                    signal_rows.writerows(rows)
                    leads += 1
                    acts += len(rows)
    except FileExistsError as error:
        raise FixSettings(
            f"{error.filename} is there already; name an empty folder.", code="table_exists"
        ) from error
    except OSError as error:
        raise FixSettings(
            f"{folder} cannot be written: {error.strerror}.", code="folder_unwritable"
        ) from error
    return leads, acts


def _new(file: Path) -> TextIO:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")
