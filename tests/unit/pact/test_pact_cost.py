"""What reading an agreement may load: `check --offline` has 0.3 s."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from leadpact_mappings import default_text

PLAIN = "{field: employees, op: between, value: [50, 500]}"
QUERY = "{query: employees between 50 and 500}"


@pytest.mark.parametrize(("written", "loaded"), [(PLAIN, "False"), (QUERY, "True")])
def test_the_query_parser_is_loaded_only_for_a_pact_that_uses_its_text(
    written: str, loaded: str
) -> None:
    program = (
        "import sys; from leadpact.pact import load_pact; from leadpact_mappings import default_text; "
        f"text = default_text('pact.yaml').replace({PLAIN!r}, {written!r}); load_pact(text); "
        "print('sqlglot' in sys.modules, 'sqlite3' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [loaded, "False"]


def test_a_document_that_is_not_shipped_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        default_text("no_such.yaml")
