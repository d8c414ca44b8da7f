"""What every process of ``tests.forked`` has when it begins: the server of these processes imports this once."""

from __future__ import annotations

import gc
import importlib
from pathlib import Path

from tests.documents_once import documents_once

from leadpact_app.bootstrap import load_mapping_file, load_pact_file
from leadpact_app.settings import load_settings

for name in (
    "alembic.command",
    "leadpact.audit",
    "leadpact.sync.cycle",
    "leadpact.sync.forecast",
    "leadpact.sync.hot_cycle",
    "leadpact_app.cli.explain_json",
    "leadpact_app.cli.explain_more",
    "leadpact_app.cli.explain_text",
    "leadpact_app.cli.faults_text",
    "leadpact_app.cli.run_text",
    "leadpact_app.cli.sla_text",
    "leadpact_app.notify.sending",
    "leadpact_app.observe.logs",
    "leadpact_app.runner.runner",
    "leadpact_app.store.opening",
    "leadpact_app.store.sql",
    "leadpact_hubspot.connector",
    "leadpact_salesforce.connector",
    "leadpact_sandbox.__main__",
    "rich.traceback",
    "sqlalchemy.dialects.sqlite",
    "structlog.dev",
    "tests.acceptance.town",
    "uvicorn.protocols.http.httptools_impl",
):
    importlib.import_module(name)

# For good: no process that is forked off compiles what ships anew.
_once = documents_once()
_once.__enter__()
_settings = load_settings(Path("nowhere"), pair="forked", state="none")
load_mapping_file(_settings, load_pact_file(_settings))

# Its objects stay shared with the processes that are forked off, and none looks through them.
gc.collect()
gc.freeze()
