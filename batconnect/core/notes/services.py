"""Writing and withdrawing notes.

Rule: docs/domain.md#notes. Whoever may see a record and holds `notes.write` writes beside it; a note is withdrawn with
a reason by its author, or by whoever holds `notes.withdraw`, and is never changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.codes import PERMISSION_DENIED
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotAllowed
from batconnect.core.models import Note, NoteFile, Notice, User
from batconnect.core.notes.errors import NOTE_WITHDRAWN, NoteNotFound
from batconnect.core.notes.kept_files import CheckedFile, SentFile, check_files, write_files
from batconnect.core.notes.mentions import MAX_MENTIONS, Colleague, colleagues_of, named_in
from batconnect.core.notes.records import About, find_about, require_subject
from batconnect.core.notices import full_name, notify

WRITE: Final = "notes.write"
WITHDRAW: Final = "notes.withdraw"
LONGEST_TEXT: Final = 5_000
SHORTEST_REASON: Final = 3
LONGEST_REASON: Final = 500
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Written:
    """A note that was written; `is_repeat` when the same form had been sent before. `missed` are the names after an @
    whom it could not be sent to."""

    note: Note
    is_repeat: bool = False
    missed: tuple[str, ...] = ()


@transaction.atomic
def write_note(
    *,
    actor: Actor,
    subject_type: str,
    subject_id: str,
    text: str,
    mentioned: Collection[str] = (),
    files: Sequence[SentFile] = (),
    form_key: str = "",
) -> Written:
    """Keep a note of 1 to 5,000 characters beside the record, with at most five files of together 10 MB, and tell the
    colleagues whom the text names with an @ or `mentioned` names.

    Only members of the company who may sign in and may see the record are told. The same from the form `form_key`
    makes no second note. Needs `notes.write` and the right to see the record. Raises NoteNotFound, InvalidInput,
    TooLarge, NotAllowed for a job.
    """
    actor.require(WRITE)
    if actor.user_id is None:
        raise NotAllowed("Notes are written by people.", code=PERMISSION_DENIED)
    about = find_about(actor=actor, subject_type=subject_type, subject_id=subject_id)
    words = _checked_text(text, field="text", longest=LONGEST_TEXT)
    checked = check_files(files)
    told, missed = _resolve(actor, about, words, mentioned)
    author = User.objects.get(pk=actor.user_id)
    note = Note(
        company_id=actor.company_id,
        subject_type=about.name,
        subject_id=about.key,
        subject_title=about.title,
        customer_id=about.customer_id,
        text=words,
        mentions=[each.username for each in told],
        files=len(checked),
        author=author,
        author_name=author.get_full_name() or author.username,
        sent_as=_sent_as(form_key, about, words, checked),
        request_id=actor.request_id,
    )
    if earlier := _add(note):
        return Written(earlier, is_repeat=True)
    _attach(note, checked)
    _notify_mentioned(actor, note, about, told)
    return Written(note, missed=missed)


@transaction.atomic
def withdraw_note(*, actor: Actor, note_id: UUID, reason: str) -> Note:
    """Withdraw the note: its text is shown no more, and stays in its row and in the trail. Its files are not handed out
    any more.

    Needs `notes.write`, the right to see the record, a reason of 3 to 500 characters, and to be the note's author or
    `notes.withdraw`. Raises NoteNotFound, NotAllowed, InvalidInput, Conflict 409 `note_withdrawn`.
    """
    actor.require(WRITE)
    note = Note.objects.select_for_update(no_key=True).filter(company_id=actor.company_id, id=note_id).first()
    if note is None:
        raise NoteNotFound(f"There is no note {note_id}.")
    subject = require_subject(actor=actor, subject_type=note.subject_type)
    if note.author_id != actor.user_id:
        actor.require(WITHDRAW)
    why = _checked_text(reason, field="reason", longest=LONGEST_REASON, shortest=SHORTEST_REASON)
    if note.withdrawn_at is not None:
        raise Conflict(f"{note.withdrawn_by} has withdrawn this note already.", code=NOTE_WITHDRAWN)
    person = User.objects.get(pk=actor.user_id) if actor.user_id else None
    note.withdrawn_at = now()
    note.withdrawn_by = (person.get_full_name() or person.username) if person else actor.name
    note.withdrawn_reason = why
    note.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    record_event(
        actor=actor,
        action="notes.withdraw",
        subject_type=subject.subject_type.code if subject.subject_type else note.subject_type,
        subject_id=note.subject_id,
        reason=why,
        details={"about": note.subject_title, "written_by": note.author_name, "text": note.text},
    )
    return note


def _add(note: Note) -> Note | None:
    """Insert it; the one that the same form made before, where there is one."""
    try:
        with transaction.atomic():
            note.save(force_insert=True)
    except IntegrityError:
        if note.sent_as is None:
            raise
        earlier = Note.objects.filter(
            company_id=note.company_id, author_id=note.author_id, sent_as=note.sent_as
        ).first()
        if earlier is None:
            raise
        return earlier
    return None


def _attach(note: Note, checked: Sequence[CheckedFile]) -> None:
    rows = [
        NoteFile(
            company_id=note.company_id,
            note=note,
            place=place,
            name=each.name,
            media_type=each.media_type,
            size=len(each.content),
            sha256=each.sha256,
        )
        for place, each in enumerate(checked, start=1)
    ]
    if rows:
        NoteFile.objects.bulk_create(rows)
        write_files([(row, each.content) for row, each in zip(rows, checked, strict=True)])


def _notify_mentioned(actor: Actor, note: Note, about: About, told: Sequence[Colleague]) -> None:
    """No word of the note is in the notice: who may not see the record any more learns nothing of it."""
    others = [each.user_id for each in told if each.user_id != actor.user_id]
    if others:
        notify(
            company_id=actor.company_id,
            user_ids=others,
            kind=Notice.Kind.MENTION,
            text=f"{full_name(actor)} mentioned you in a note on {about.kind} {about.title}.",
            subject_model=about.model,
            subject_key=about.row_key,
        )


def _resolve(
    actor: Actor, about: About, text: str, mentioned: Collection[str]
) -> tuple[list[Colleague], tuple[str, ...]]:
    """Whom the note is sent to, and the names whom it is not."""
    typed = named_in(text)
    wanted = list(dict.fromkeys([*mentioned, *typed]))
    if not wanted:
        return [], ()
    if len(mentioned) > MAX_MENTIONS or len({each.rstrip(".@+-") for each in wanted}) > MAX_MENTIONS:
        raise InvalidInput(
            f"The note mentions more than {MAX_MENTIONS} names, the most of one note.", field="text"
        )
    found = {
        each.username: each for each in colleagues_of(company_id=actor.company_id, usernames=set(wanted))
    }
    told = [
        found[each]
        for each in wanted
        if each in found and found[each].has_permission(about.subject.permission)
    ]
    reached = {each.username for each in told}
    missed = dict.fromkeys(
        each.rstrip(".@+-")[:60] or each[:60]
        for each in wanted
        if each not in reached and each.rstrip(".@+-") not in reached
    )
    return told, tuple(missed)


def _sent_as(form_key: str, about: About, text: str, files: Sequence[CheckedFile]) -> str | None:
    """Names this form with this content: changed and sent again it is another note."""
    if not form_key:
        return None
    parts = [form_key, about.name, about.key, text, *(each.sha256 for each in files)]
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _checked_text(text: str, *, field: str, longest: int, shortest: int = 1) -> str:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    errors = []
    if _CONTROL.search(words):
        errors.append(FieldError(field, f"The {field} has characters that are not text."))
    if not shortest <= len(words) <= longest:
        errors.append(
            FieldError(
                field,
                f"The {field} has {len(words):,} characters; {shortest} to {longest:,} are taken.",
            )
        )
    if errors:
        raise InvalidInput("; ".join(each.message for each in errors), errors=errors)
    return words
