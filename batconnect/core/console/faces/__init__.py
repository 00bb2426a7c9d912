"""What the page of a row shows before its columns: a card, the document as people tell it, and what happened."""

from batconnect.core.console.faces.declared import (
    MOST,
    Card,
    Face,
    Money,
    Named,
    Part,
    Section,
    Table,
    add_sections,
)
from batconnect.core.console.faces.drawing import format_instant
from batconnect.core.console.faces.timeline import LATEST, Happening, happens_to, name_of

__all__ = [
    "LATEST",
    "MOST",
    "Card",
    "Face",
    "Happening",
    "Money",
    "Named",
    "Part",
    "Section",
    "Table",
    "add_sections",
    "format_instant",
    "happens_to",
    "name_of",
]
