"""The refusals of notes."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound

NOTE_FILE_REFUSED: Final = declare_code(
    "note_file_refused",
    status=400,
    title="Not a file that is attached",
    remedy="Attach PDFs, pictures (JPEG, PNG, GIF, WebP), texts, tables or documents without macros.",
)
NOTE_WITHDRAWN: Final = declare_code(
    "note_withdrawn",
    status=409,
    title="The note is withdrawn already",
    remedy="Read the notes again.",
)


class NoteNotFound(NotFound):
    """404: no such note, file, or record with notes, or one that the actor may not see."""

    code = "note_not_found"
    title = "No such note"
    remedy = "Check kind and key of the record; an object of another company is never found."
