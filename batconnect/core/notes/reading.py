"""Reading notes: of a record, of a customer, and their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Note, NoteFile
from batconnect.core.notes.errors import NoteNotFound
from batconnect.core.notes.kept_files import path_of
from batconnect.core.notes.records import readable_names, require_subject

SHOWN: Final = 20
"""The newest notes that a panel shows."""


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note with its files; those of a withdrawn one are left out."""

    note: Note
    files: tuple[NoteFile, ...]


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file, open for reading, with the name and type to hand it out under."""

    file: IO[Any]
    name: str
    media_type: str


@reads
def notes_about(
    *, actor: Actor, subject_type: str, subject_id: str, limit: int = SHOWN, start: int = 0
) -> list[KeptNote]:
    """The newest notes on a record by its key, one more than `limit` where there are more. Needs the right to see the
    record."""
    require_subject(actor=actor, subject_type=subject_type)
    rows = Note.objects.filter(
        company_id=actor.company_id, subject_type=subject_type, subject_id=subject_id
    ).order_by("-id")
    return with_files(actor=actor, notes=rows[start : start + limit + 1])


@reads
def notes_of_customer(*, actor: Actor, customer_id: UUID, limit: int = SHOWN) -> list[KeptNote]:
    """The newest notes on a customer and on what is theirs, among what the actor may see; one more than `limit`."""
    rows = Note.objects.filter(
        company_id=actor.company_id, customer_id=customer_id, subject_type__in=readable_names(actor)
    ).order_by("-id")
    return with_files(actor=actor, notes=rows[: limit + 1])


def with_files(*, actor: Actor, notes: Iterable[Note]) -> list[KeptNote]:
    """The notes with their files, which are read only where there are some."""
    rows = list(notes)
    having = [note.id for note in rows if note.files and note.withdrawn_at is None]
    by_note: dict[UUID, list[NoteFile]] = {}
    if having:
        kept = NoteFile.objects.filter(company_id=actor.company_id, note_id__in=having).order_by("place")
        for file in kept:
            by_note.setdefault(file.note_id, []).append(file)
    return [KeptNote(note, tuple(by_note.get(note.id, ()))) for note in rows]


@reads
def find_note(*, actor: Actor, note_id: UUID) -> Note:
    """The note. Raises NoteNotFound, NotAllowed without the right to see its record."""
    note = Note.objects.filter(company_id=actor.company_id, id=note_id).first()
    if note is None:
        raise NoteNotFound(f"There is no note {note_id}.")
    require_subject(actor=actor, subject_type=note.subject_type)
    return note


@reads
def open_note_file(*, actor: Actor, note_id: UUID, file_id: UUID) -> OpenedFile:
    """A file of a note that stands. Raises NoteNotFound, NotAllowed without the right to see the record."""
    note = find_note(actor=actor, note_id=note_id)
    row = NoteFile.objects.filter(company_id=actor.company_id, note_id=note.id, id=file_id).first()
    if row is None or note.withdrawn_at is not None:
        raise NoteNotFound(f"There is no file {file_id} at this note.")
    try:
        file = path_of(actor.company_id, row.id).open("rb")
    except FileNotFoundError as error:
        raise NoteNotFound(f"The file {row.name} is not on this machine any more.") from error
    return OpenedFile(file, row.name, row.media_type)
