"""The records that have notes: which tables, which rows, and whether the actor may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import Subject, noted_subjects
from batconnect.core.notes.errors import NoteNotFound

_LARGEST_KEY: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class About:
    """A record as its notes name it."""

    subject: Subject
    row: Any
    name: str
    key: str
    title: str
    customer_id: UUID | None

    @property
    def model(self) -> str:
        """The table's label."""
        return self.subject.model

    @property
    def row_key(self) -> str:
        """The row's key."""
        return self.key

    @property
    def kind(self) -> str:
        """What it is, in the middle of a sentence."""
        return self.name.replace("_", " ")


def noted_name(row: models.Model) -> str:
    """The name under which the row's table has notes; empty for one without."""
    label = row._meta.label
    return next((name for name, subject in noted_subjects().items() if subject.model == label), "")


def readable_names(actor: Actor) -> list[str]:
    """The names of the tables whose notes the actor may read."""
    return [name for name, subject in noted_subjects().items() if actor.can(subject.permission)]


def require_subject(*, actor: Actor, subject_type: str) -> Subject:
    """The table of that name. Raises NoteNotFound for none, NotAllowed without the right to see its rows."""
    subject = noted_subjects().get(subject_type)
    if subject is None:
        raise NoteNotFound(
            f"No notes are kept on {subject_type[:30]!r}: one of {', '.join(noted_subjects())}."
        )
    actor.require(subject.permission)
    return subject


def find_about(*, actor: Actor, subject_type: str, subject_id: str) -> About:
    """The record, by its key or its number. Raises NoteNotFound, NotAllowed."""
    subject = require_subject(actor=actor, subject_type=subject_type)
    row = _find(actor, subject, subject_id)
    if row is None:
        raise NoteNotFound(f"There is no {subject_type.replace('_', ' ')} {_shown(subject_id)}.")
    return about_row(subject, row)


def about_row(subject: Subject, row: Any) -> About:
    """The record of a row that was read already."""
    assert subject.noted is not None
    customer = getattr(row, subject.noted.customer) if subject.noted.customer else None
    return About(subject, row, subject.noted.name, str(row.pk), str(row)[:200], customer)


def _find(actor: Actor, subject: Subject, text: str) -> models.Model | None:
    assert subject.noted is not None
    rows = subject.model_class._default_manager.filter(company_id=actor.company_id)
    if "\x00" in text or len(text) > 60:
        return None
    key = _key(subject, text)
    if key is not None and (row := rows.filter(pk=key).first()):
        return row
    return rows.filter(**{subject.noted.number: text}).first() if subject.noted.number else None


def _key(subject: Subject, text: str) -> object | None:
    """The text as a key of the table; None for one that can be none."""
    field: Any = subject.model_class._meta.pk
    if isinstance(field, models.OneToOneField):
        field = field.target_field
    try:
        key = field.to_python(text)
    except (ValidationError, ValueError):
        return None
    return None if isinstance(key, int) and not 0 <= key <= _LARGEST_KEY else key


def _shown(text: str) -> str:
    return text.replace("\x00", "?")[:60]
