"""The pages of the agreement as Markdown and as one self-contained page of HTML; every text is escaped here."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from jinja2 import Environment

    from leadpact.pact.pages import Pack

Format: TypeAlias = Literal["md", "html"]
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")
_BLANKS = re.compile(r"\n{3,}")


def rendered(pack: Pack, form: Format) -> str:
    """The pages as text."""
    environment = _environment(html=form == "html")
    css = _template("pact.css") if form == "html" else ""
    made = environment.from_string(_template(f"pact.{form}.j2")).render(pack=pack, css=css)
    return _BLANKS.sub("\n\n", made).strip() + "\n"


def markdown_text(value: object) -> str:
    """Text on one line that Markdown takes as text, whatever is in it."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())
    return _MARKS.sub(r"\\\1", plain)


@cache
def _environment(*, html: bool) -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment
    from markupsafe import Markup

    made = SandboxedEnvironment(autoescape=html, undefined=StrictUndefined)
    made.filters["md"] = markdown_text
    # The style sheet is ours, and the only text that is not escaped.
    made.filters["ours"] = Markup
    return made


def _template(name: str) -> str:
    return (files("leadpact_app") / "templates" / name).read_text(encoding="utf-8")
