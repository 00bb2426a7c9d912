"""The history of a row as its pages tell it."""

from __future__ import annotations

from dataclasses import replace

from django.db import models

from batconnect.core.console.faces.people import describe_name
from batconnect.core.console.notes import notes_as_changes
from batconnect.core.database.history import Change, history_of
from batconnect.core.kernel.actors import Actor


def whole_history(actor: Actor, row: models.Model) -> list[Change]:
    """Changes of the row and notes beside it, the newest first."""
    changes = [*changes_of(row), *notes_as_changes(actor, row)]
    return sorted(changes, key=lambda each: each.at, reverse=True)


def changes_of(row: models.Model, *, limit: int = 200) -> list[Change]:
    """The row's newest changes, by whom in words: a job's name is a code."""
    return [replace(each, who=describe_name(each.who)) for each in history_of(row, limit=limit)]
