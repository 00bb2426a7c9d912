"""Notes on the page of a record: what was written, and the form to write another (`core.notes`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget

from batconnect.core.console.faces import TimelineEvent, adds_to_timeline
from batconnect.core.console.once import once
from batconnect.core.console.refusals import TakesErrors
from batconnect.core.console.rights import actor_of
from batconnect.core.database.history import Change, FieldChange
from batconnect.core.files.attached import EXTENSIONS, LARGEST_FILE
from batconnect.core.kernel.actors import Actor
from batconnect.core.notes.kept_files import MAX_FILES, SentFile
from batconnect.core.notes.mentions import Colleague, colleagues_of, parts_of
from batconnect.core.notes.reading import SHOWN, KeptNote, notes_about, notes_of_customer
from batconnect.core.notes.records import About, about_row, noted_name, require_subject
from batconnect.core.notes.services import LONGEST_TEXT, WITHDRAW, WRITE

MAX_OFFERED: Final = 50
"""Colleagues to choose from; any other may be typed."""
_IN_HISTORY: Final = 100
_ACCEPTED: Final = ",".join(f".{each}" for each in (*EXTENSIONS.values(), "jpeg"))


class _FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files, or none."""

    widget = _FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files: list[UploadedFile[Any]] = (
            list(data) if isinstance(data, list | tuple) else [data] if data else []
        )
        return files


class NoteForm(TakesErrors, forms.Form):
    """A note. `form_key` names the form, so that a second click writes no second note."""

    NAMES = {"files": "attachments"}

    text = forms.CharField(
        label="New note",
        max_length=LONGEST_TEXT,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "dir": "auto", "maxlength": LONGEST_TEXT, "data-mentions": "note-colleagues"}
        ),
    )
    mentioned = forms.MultipleChoiceField(required=False)
    attachments = FilesField(
        label="Files",
        required=False,
        widget=_FilesInput(attrs={"accept": _ACCEPTED}),
        help_text=f"At most {MAX_FILES} of together {LARGEST_FILE // 1024 // 1024} MB: PDFs, pictures, texts, "
        "tables, documents without macros.",
    )
    form_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, colleagues: Sequence[Colleague], **kwargs: Any) -> None:
        # It stands on pages that have fields of their own.
        super().__init__(*args, **{"auto_id": "note-%s", **kwargs})
        self.colleagues = colleagues
        mentioned = self.fields["mentioned"]
        assert isinstance(mentioned, forms.MultipleChoiceField)
        mentioned.choices = [(each.username, each.name) for each in colleagues]

    def offered(self) -> list[tuple[Colleague, bool]]:
        """The colleagues to choose from, each with whether it is chosen."""
        chosen = set(self["mentioned"].value() or ())
        return [(each, each.username in chosen) for each in self.colleagues[:MAX_OFFERED]]

    def sent_files(self) -> list[SentFile]:
        """The files as the service takes them; of one that is too large no more is read than shows that."""
        return [
            SentFile(each.name or "", each.read(LARGEST_FILE + 1))
            for each in self.cleaned_data["attachments"][: MAX_FILES + 1]
        ]


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note as a page shows it; `about` leads to the record where that is not the page's own."""

    kept: KeptNote
    parts: Sequence[tuple[str, bool]]
    files: Sequence[tuple[str, str, str]]
    withdraw_address: str = ""
    about: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NotesPanel:
    """What stands below a record. `form` is None for those who only read; `more` leads to all of them."""

    notes: Sequence[ShownNote]
    address: str
    more: str = ""
    form: NoteForm | None = None
    count: str = field(default="")


def panel_of(request: HttpRequest, row: models.Model) -> NotesPanel | None:
    """The notes of a row's page; None for a table without."""
    name = noted_name(row)
    if not name:
        return None
    actor = actor_of(request)
    return _panel(actor, *_notes_kept(actor, row, name))


def panel_of_customer(
    request: HttpRequest, customer: models.Model, *, address_of: Callable[[KeptNote], str]
) -> NotesPanel:
    """The notes on a customer and on what is theirs; `address_of` leads to what a note is about."""
    actor = actor_of(request)
    about = about_row(require_subject(actor=actor, subject_type=noted_name(customer)), customer)
    kept = notes_of_customer(actor=actor, customer_id=customer.pk)
    return _panel(actor, about, kept, address_of=address_of)


def note_form(actor: Actor, *, data: Any = None, files: Any = None) -> NoteForm | None:
    """The form for those who may write; None for all others."""
    if not actor.can(WRITE) or actor.user_id is None:
        return None
    colleagues = [
        each for each in colleagues_of(company_id=actor.company_id) if each.user_id != actor.user_id
    ]
    if data is not None:
        return NoteForm(data, files, colleagues=colleagues)
    return NoteForm(initial={"form_key": uuid4().hex}, colleagues=colleagues)


def shown_notes(
    actor: Actor, kept: Iterable[KeptNote], *, address_of: Callable[[KeptNote], str] | None = None
) -> list[ShownNote]:
    """The notes as a page shows them."""
    return [_shown(actor, each, address_of) for each in kept]


def notes_as_changes(actor: Actor, row: models.Model) -> list[Change]:
    """The row's newest notes as its history tells them."""
    name = noted_name(row)
    if not name:
        return []
    changes = []
    kept = notes_about(actor=actor, subject_type=name, subject_id=str(row.pk), limit=_IN_HISTORY)
    for note in (each.note for each in kept[:_IN_HISTORY]):
        text = note.text if note.withdrawn_at is None else f"Withdrawn: {note.withdrawn_reason}"
        changes.append(
            Change(
                note.created_at,
                note.author_name,
                "wrote",
                note.request_id,
                (FieldChange("Note", "", text),),
            )
        )
    return changes


def _notes_kept(actor: Actor, row: models.Model, name: str) -> tuple[About, Sequence[KeptNote]]:
    """What the row's notes are about, and the newest of them; read once for the panel and the timeline."""

    def read() -> tuple[About, Sequence[KeptNote]]:
        about = about_row(require_subject(actor=actor, subject_type=name), row)
        return about, notes_about(actor=actor, subject_type=name, subject_id=about.key)

    return once(row, "notes", read)


@adds_to_timeline()
def _notes(actor: Actor, row: models.Model) -> Iterable[TimelineEvent]:
    """That somebody wrote a note, or withdrew one; the notes themselves stand below."""
    name = noted_name(row)
    if not name:
        return
    for note in (each.note for each in _notes_kept(actor, row, name)[1]):
        yield TimelineEvent(at=note.created_at, what="Wrote a note", user_id=note.author_id)
        if note.withdrawn_at is not None:
            yield TimelineEvent(
                at=note.withdrawn_at,
                what="Withdrew a note",
                who=note.withdrawn_by,
                reason=note.withdrawn_reason,
            )


def _panel(
    actor: Actor,
    about: About,
    kept: Sequence[KeptNote],
    address_of: Callable[[KeptNote], str] | None = None,
) -> NotesPanel:
    address = reverse("admin:record_notes", args=[about.name, about.key])
    has_more = len(kept) > SHOWN
    return NotesPanel(
        notes=shown_notes(actor, kept[:SHOWN], address_of=address_of),
        address=address,
        more=address if has_more else "",
        form=note_form(actor),
        count=f"{SHOWN}+" if has_more else str(len(kept)),
    )


def _shown(actor: Actor, kept: KeptNote, address_of: Callable[[KeptNote], str] | None) -> ShownNote:
    note = kept.note
    may_withdraw = note.withdrawn_at is None and (
        (note.author_id == actor.user_id and actor.can(WRITE)) or actor.can(WITHDRAW)
    )
    return ShownNote(
        kept,
        parts=parts_of(note.text, note.mentions),
        files=[
            (each.name, _size(each.size), reverse("admin:note_file", args=[note.pk, each.pk]))
            for each in kept.files
        ],
        withdraw_address=reverse("admin:withdraw_note", args=[note.pk]) if may_withdraw else "",
        about=(note.subject_title, address_of(kept)) if address_of else None,
    )


def _size(size: int) -> str:
    return f"{max(size // 1024, 1):,} kB"
