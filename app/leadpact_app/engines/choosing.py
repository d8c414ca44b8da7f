"""Which engine scores a population: DuckDB where it is installed, else the one that writes scores, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadpact.errors import FixSettings
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.population import PagewisePopulation

if TYPE_CHECKING:
    from leadpact.ports.population import PopulationEngine
    from leadpact_app.engines.duckdb import DuckPopulation


def population_engine(name: str = "auto") -> PopulationEngine:
    """The engine of this name.

    Args:
        name: ``auto``, ``embedded`` or ``duckdb``.

    Raises:
        FixSettings: ``duckdb_missing``, where DuckDB is asked for by name and is not installed.
    """
    from leadpact_app.engines.duckdb import DuckPopulation

    if name != "embedded":
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
