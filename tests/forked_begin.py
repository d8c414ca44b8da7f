"""What every process of ``tests.forked`` has when it begins: the server of these processes imports this once."""

from __future__ import annotations

import gc
import importlib
from pathlib import Path

from tests.documents_once import documents_once
from tests.forked import LOADED

from leadpact_app.bootstrap import load_mapping_file, load_pact_file
from leadpact_app.settings import load_settings

for name in LOADED:
    importlib.import_module(name)

# For good: no process that is forked off compiles what ships anew.
_once = documents_once()
_once.__enter__()
_settings = load_settings(Path("nowhere"), pair="forked", state="none")
load_mapping_file(_settings, load_pact_file(_settings))

# Its objects stay shared with the processes that are forked off, and none looks through them.
gc.collect()
gc.freeze()
