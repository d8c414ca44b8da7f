"""Logs as JSON lines on stderr: no secrets, no personal data (DESIGN §7)."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_WORDS = ("token", "secret", "password", "authorization", "private_key")
_PERSONAL_WORDS = ("email", "phone", "first_name", "last_name", "name_of_person")


def hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every value whose key speaks of a secret or a person."""
    for key in event:
        lowered = key.lower()
        if any(word in lowered for word in (*_SECRET_WORDS, *_PERSONAL_WORDS)):
            event[key] = "[hidden]"
    return event


def set_up_logs(*, verbose: bool) -> None:
    """Send structlog's events to stderr as JSON; without ``verbose`` only warnings and worse."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            hide,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
