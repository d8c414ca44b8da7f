"""Which engine scores a population: DuckDB where it is installed, else the one that writes scores, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadpact.errors import FixSettings
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.population import PagewisePopulation

if TYPE_CHECKING:
    from leadpact.ports.population import PopulationEngine
    from leadpact_app.engines.duckdb import DuckPopulation

FEW: Final = 5_000
"""Under so many leads ``auto`` takes the engine that needs nothing loaded."""


def population_engine(name: str = "auto", leads: int | None = None) -> PopulationEngine:
    """The engine of this name.

    Args:
        name: ``auto``, ``embedded`` or ``duckdb``.
        leads: how many there are; few are judged sooner than DuckDB is loaded. None = not known.

    Raises:
        FixSettings: ``duckdb_missing``, where DuckDB is asked for by name and is not installed.
    """
    from leadpact_app.engines.duckdb import DuckPopulation

    few = name == "auto" and leads is not None and leads < FEW
    if name != "embedded" and not few:
        try:
            return DuckPopulation()
        except FixSettings:
            if name == "duckdb":
                raise
    return PagewisePopulation(EmbeddedEngine(), EmbeddedEngine())


def files_engine(name: str = "auto") -> DuckPopulation:
    """The engine that reads files of tables.

    Raises:
        FixSettings: DuckDB is not installed, or another engine was asked for.
    """
    from leadpact_app.engines.duckdb import DuckPopulation

    if name == "embedded":
        raise FixSettings("--tables is read by DuckDB: leave --engine out.", code="engine_wrong")
    return DuckPopulation()
