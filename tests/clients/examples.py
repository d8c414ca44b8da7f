"""The examples of docs/sandbox.md's "Other people's clients", one for each heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING = "## Other people's clients"
LANGUAGE = "shell"
"""Unlike the page's other scripts (``sh``), which the suite runs, these want packages."""


@dataclass(frozen=True, slots=True)
class Example:
    """The blocks below one heading, joined."""

    heading: str
    script: str

    @property
    def needs_node(self) -> bool:
        """Whether it installs a Node package."""
        return "node_package" in self.script


def section(page: str) -> str:
    """The section's text.

    Raises:
        ValueError: the page has no such section.
    """
    start = page.index(HEADING + "\n")
    end = page.find("\n## ", start)
    return page[start : end if end > 0 else len(page)]


def examples(page: str) -> tuple[str, tuple[Example, ...]]:
    """What every example needs before it, and the examples in the order of the page."""
    first, *others = re.split(r"^### ", section(page), flags=re.MULTILINE)
    made = (Example(part.partition("\n")[0], blocks(part)) for part in others)
    return blocks(first), tuple(made)


def blocks(text: str) -> str:
    """The fenced blocks of a text that are to be run, one after the other."""
    found = re.findall(rf"^```{LANGUAGE}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(found)
