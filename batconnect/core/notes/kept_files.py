"""The files of notes: checked by their content, kept below the media root under their ids."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from batconnect.core.files.attached import EXTENSIONS, LARGEST_FILE, attached_type_of, safe_name
from batconnect.core.files.storage import open_private, private_folder
from batconnect.core.kernel.errors import InvalidInput, TooLarge
from batconnect.core.models import NoteFile
from batconnect.core.notes.errors import NOTE_FILE_REFUSED

MAX_FILES: Final = 5
_FOLDER: Final = "notes"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be attached, with the name and type that its content gives it."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def check_files(files: Sequence[SentFile]) -> list[CheckedFile]:
    """The files as they are kept. Raises TooLarge (413) for more than 10 MB together, InvalidInput for more than
    MAX_FILES, an empty one, and `note_file_refused` for content that is none of what is taken."""
    if len(files) > MAX_FILES:
        raise InvalidInput(
            f"{len(files)} files are above the limit of {MAX_FILES} of one note.", field="files"
        )
    total = sum(len(sent.content) for sent in files)
    if len(files) > 1 and total > LARGEST_FILE:
        raise TooLarge(f"The files have {total:,} bytes; together at most {LARGEST_FILE:,} are accepted.")
    checked = []
    for sent in files:
        shown = safe_name(sent.name, extension="…").removesuffix(".…")[:60]
        if len(sent.content) > LARGEST_FILE:
            raise TooLarge(
                f"{shown} has {len(sent.content):,} bytes; at most {LARGEST_FILE:,} are accepted of one file."
            )
        media_type = attached_type_of(sent.content, name=sent.name)
        if media_type is None:
            raise InvalidInput(
                f"{shown} is not a PDF, picture (JPEG, PNG, GIF, WebP), text, table or document without macros, "
                "or it is empty or cut off: its content decides, not its name.",
                code=NOTE_FILE_REFUSED,
                field="files",
            )
        name = safe_name(sent.name, extension=EXTENSIONS[media_type])
        checked.append(CheckedFile(name, media_type, sent.content, hashlib.sha256(sent.content).hexdigest()))
    return checked


def write_files(pairs: Sequence[tuple[NoteFile, bytes]]) -> None:
    """Put the contents on the disk, or none of them."""
    written: list[Path] = []
    try:
        for row, content in pairs:
            path = path_of(row.company_id, row.id)
            with open_private(path) as file:
                written.append(path)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def path_of(company_id: UUID, file_id: UUID) -> Path:
    """Where the file is kept: nothing of its name is in it."""
    return private_folder(_FOLDER, str(company_id)) / file_id.hex
