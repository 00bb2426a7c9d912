"""What the page of a row shows before its columns: a card, the document as people tell it, and what happened."""

from batconnect.core.console.faces.declared import (
    MAX_ROWS,
    Card,
    Face,
    Figure,
    Kept,
    Money,
    Named,
    Part,
    Section,
    Table,
    add_sections,
)
from batconnect.core.console.faces.drawing import format_instant
from batconnect.core.console.faces.people import name_of
from batconnect.core.console.faces.stamps import Stamp, stamped
from batconnect.core.console.faces.timeline import LATEST, TimelineEvent, adds_to_timeline

__all__ = [
    "LATEST",
    "MAX_ROWS",
    "Card",
    "Face",
    "Figure",
    "Kept",
    "Money",
    "Named",
    "Part",
    "Section",
    "Stamp",
    "Table",
    "TimelineEvent",
    "add_sections",
    "adds_to_timeline",
    "format_instant",
    "name_of",
    "stamped",
]
