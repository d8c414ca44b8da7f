"""Default pact, field mappings, stage tables and rejection reasons, as package data."""

from __future__ import annotations

from importlib.resources import files


def default_text(name: str) -> str:
    """The text of a shipped document.

    Args:
        name: its path below ``default``, such as ``pact.yaml``.

    Raises:
        FileNotFoundError: there is none of that name.
    """
    return files(__name__).joinpath("default", name).read_text(encoding="utf-8")
