"""The one composition root: joins the ports to what carries them out; nothing else wires (DESIGN §2).

Everything heavy is imported where it is first needed, so that ``--help`` and ``check --offline`` stay quick.
"""

from leadpact_app.bootstrap.connecting import all_on_loopback, connect, make_clock, make_room
from leadpact_app.bootstrap.documents import (
    examine_pact_file,
    load_mapping_file,
    load_pact_file,
    load_pact_text,
)
from leadpact_app.bootstrap.opening import open_pair, open_reading, open_state
from leadpact_app.bootstrap.pair import Pair
from leadpact_app.bootstrap.reading_sources import read_sources

__all__ = [
    "Pair",
    "all_on_loopback",
    "connect",
    "examine_pact_file",
    "load_mapping_file",
    "load_pact_file",
    "load_pact_text",
    "make_clock",
    "make_room",
    "open_pair",
    "open_reading",
    "open_state",
    "read_sources",
]
