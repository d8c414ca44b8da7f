"""``python -m leadpact_sandbox``: both emulated CRMs as one process of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from leadpact_sandbox.keep import KeptStateError
from leadpact_sandbox.memory import filling
from leadpact_sandbox.options import parse
from leadpact_sandbox.server import Sandbox, bind, serve
from leadpact_sandbox.switches import DEFAULTS


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 0 after a clean stop, 2 for a wrong option, port or state file."""
    options = parse(argv, DEFAULTS)
    try:
        sockets = bind(options.port)
        with filling():
            sandbox = Sandbox(options)
    except (OSError, KeptStateError) as error:
        sys.stderr.write(f"leadpact_sandbox: {error}\n")
        return 2
    asyncio.run(serve(sandbox, sockets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
