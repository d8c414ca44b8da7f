"""The agreement for people: the plain model of its pages, section by section. Pure; templates lie in the app."""

from leadpact.pact.pages.page import Block, Items, Pack, Section, SignatureLine, Table
from leadpact.pact.pages.sections import SECTIONS, sections_of

__all__ = [
    "SECTIONS",
    "Block",
    "Items",
    "Pack",
    "Section",
    "SignatureLine",
    "Table",
    "sections_of",
]
