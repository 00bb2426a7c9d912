"""The notes of a record, all of them; a new one; one that is withdrawn; a file."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from batconnect.core.console.confirmations import reason_field
from batconnect.core.console.notes import NoteForm, note_form, shown_notes
from batconnect.core.console.refusals import show_in_form
from batconnect.core.files.attached import HEADERS
from batconnect.core.kernel.errors import NotAllowed, Refusal
from batconnect.core.models import Note
from batconnect.core.notes.errors import NoteNotFound
from batconnect.core.notes.reading import find_note, notes_about, open_note_file
from batconnect.core.notes.records import About, find_about
from batconnect.core.notes.services import (
    SHORTEST_REASON,
    WITHDRAW,
    WRITE,
    Written,
    withdraw_note,
    write_note,
)
from console.pages import ConsolePage, register_page
from console.related import address_of_row

_ON_A_PAGE: Final = 50


class _NotesPage(ConsolePage):
    """A page whose record decides who may see it."""

    permission: ClassVar[str | None] = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raises PermissionDenied and Http404 in place of the refusals."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except NoteNotFound as missing:
            raise Http404(missing.message) from missing
        except NotAllowed as refusal:
            raise PermissionDenied from refusal

    def onward(self, otherwise: str) -> str:
        """The page that the form came from, at its notes."""
        asked = self.request.POST.get("next") or self.request.GET.get("next") or ""
        address = asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else otherwise
        return f"{address.partition('#')[0]}#notes"


@register_page
class RecordNotesPage(_NotesPage):
    """All notes of a record; `?page=` the older ones."""

    route = "notes/about/<str:subject_type>/<str:subject_id>/"
    url_name = "record_notes"
    title = "Notes"
    icon = "sticky_note_2"
    template_name = "admin/notes/record.html"

    def get(self, request: HttpRequest, subject_type: str, subject_id: str) -> HttpResponse:
        """The notes and an empty form."""
        about = find_about(actor=self.actor, subject_type=subject_type, subject_id=subject_id)
        return self._show(about, note_form(self.actor))

    def post(self, request: HttpRequest, subject_type: str, subject_id: str) -> HttpResponse:
        """A new note: back to the page that it was written on, or the form as it was typed with what was refused."""
        about = find_about(actor=self.actor, subject_type=subject_type, subject_id=subject_id)
        form = note_form(self.actor, data=request.POST, files=request.FILES)
        if form is None:
            raise PermissionDenied
        if not form.is_valid():
            return self._show(about, form)
        try:
            written = write_note(
                actor=self.actor,
                subject_type=about.name,
                subject_id=about.key,
                text=form.cleaned_data["text"],
                mentioned=form.cleaned_data["mentioned"],
                files=form.sent_files(),
                form_key=form.cleaned_data["form_key"],
            )
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(about, form)
        _say(request, written)
        return HttpResponseRedirect(self.onward(self._row_address(about) or request.path))

    def _row_address(self, about: About) -> str:
        return address_of_row(self.request, about.subject.model_class, about.key)

    def _show(self, about: About, form: NoteForm | None) -> HttpResponse:
        text = self.request.GET.get("page", "")
        place = max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
        kept = notes_about(
            actor=self.actor,
            subject_type=about.name,
            subject_id=about.key,
            limit=_ON_A_PAGE,
            start=(place - 1) * _ON_A_PAGE,
        )
        return self.page(
            title=f"Notes on {about.kind} {about.title}",
            about=about,
            kind=about.kind.capitalize(),
            row_address=self._row_address(about),
            form=form,
            address=self.request.path,
            notes=shown_notes(self.actor, kept[:_ON_A_PAGE]),
            place=place,
            has_more=len(kept) > _ON_A_PAGE,
        )


class _WithdrawForm(forms.Form):
    reason = reason_field(shortest=SHORTEST_REASON)


@register_page
class WithdrawNotePage(_NotesPage):
    """Why a note is withdrawn."""

    route = "notes/<uuid:note_id>/withdraw/"
    url_name = "withdraw_note"
    title = "Withdraw a note"
    icon = "undo"
    permission: ClassVar[str | None] = WRITE
    template_name = "admin/notes/withdraw.html"

    def get(self, request: HttpRequest, note_id: UUID) -> HttpResponse:
        """The note and the form."""
        return self._show(self._note(note_id), _WithdrawForm())

    def post(self, request: HttpRequest, note_id: UUID) -> HttpResponse:
        """Withdrawn, or the form with what was refused."""
        note = self._note(note_id)
        form = _WithdrawForm(request.POST)
        if not form.is_valid():
            return self._show(note, form)
        try:
            withdraw_note(actor=self.actor, note_id=note_id, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(note, form)
        messages.success(request, "The note is withdrawn.")
        return HttpResponseRedirect(self.onward(self._back(note)))

    def _note(self, note_id: UUID) -> Note:
        note = find_note(actor=self.actor, note_id=note_id)
        if note.author_id != self.actor.user_id:
            self.actor.require(WITHDRAW)
        return note

    def _back(self, note: Note) -> str:
        about = find_about(actor=self.actor, subject_type=note.subject_type, subject_id=note.subject_id)
        return address_of_row(self.request, about.subject.model_class, about.key)

    def _show(self, note: Note, form: _WithdrawForm) -> HttpResponse:
        return self.page(note=note, form=form, back=self.onward(self._back(note)))


@register_page
class NoteFilePage(_NotesPage):
    """A file of a note, to be saved: no browser draws it."""

    route = "notes/<uuid:note_id>/files/<uuid:file_id>/"
    url_name = "note_file"
    title = "File of a note"
    template_name = "admin/notes/record.html"

    def get(self, request: HttpRequest, note_id: UUID, file_id: UUID) -> FileResponse:
        """The file."""
        opened = open_note_file(actor=self.actor, note_id=note_id, file_id=file_id)
        return FileResponse(
            opened.file,
            as_attachment=True,
            filename=opened.name,
            content_type=opened.media_type,
            headers=HEADERS,
        )


def _say(request: HttpRequest, written: Written) -> None:
    if written.is_repeat:
        messages.info(request, "This note was written already: once.")
        return
    messages.success(request, "The note is written.")
    if written.missed:
        names = ", ".join(f"@{each}" for each in written.missed)
        messages.warning(
            request,
            f"The note did not reach {names}: nobody of that name may sign in here and see this record.",
        )
