"""Notes over HTTP: listed, written with files, withdrawn; a file as it was attached."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import django_filters
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Id, Instant, Listed, Text, Whole, api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.fields import BoundedList, StrictSerializer
from batconnect.core.api.filters import LabelFilter, ListFilters
from batconnect.core.api.json import ExactJSONParser
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.refusals import OTHER_CODES
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.files.attached import EXTENSIONS, HEADERS, LARGEST_FILE
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.subject import noted_subjects
from batconnect.core.models import Note
from batconnect.core.notes.kept_files import MAX_FILES, SentFile
from batconnect.core.notes.mentions import MAX_MENTIONS
from batconnect.core.notes.reading import KeptNote, open_note_file, with_files
from batconnect.core.notes.records import find_about, readable_names
from batconnect.core.notes.services import LONGEST_REASON, LONGEST_TEXT, WRITE, withdraw_note, write_note

TAGS: Final = ("Notes",)
_ORDER: Final = Sorting(names={"created_at": ("id",)}, default="created_at")
_SUBJECT_TYPES: Final = tuple(noted_subjects())
_ABOUT: Final = "01900000-0000-7000-8000-0000000000c1"


class NoteFileRow(Answer):
    """A file of a note; `url` hands it out to be saved."""

    file_id = Id("f1")
    name = Text("lease.pdf")
    media_type = Choice(EXTENSIONS)
    size = Whole(48_213)
    url = Text("/api/notes/01900000-0000-7000-8000-0000000000a1/files/01900000-0000-7000-8000-0000000000f1")


class NoteRow(Answer):
    """A note on a record. One that was withdrawn has neither its text nor its files."""

    note_id = Id("a1")
    subject_type = Choice(_SUBJECT_TYPES, "customer")
    subject_id = Text(_ABOUT)
    subject_title = Text("John Doe")
    customer_id = Id("c1", null=True)
    text = Text("Pays on Friday. @manager", null=True)
    mentions = Listed(Text("manager"))
    files = Listed(NoteFileRow)
    author = Text("Merly Diaz")
    created_at = Instant()
    withdrawn_at = Instant(null=True)
    withdrawn_by = Text()
    withdrawn_reason = Text()


class WrittenNote(NoteRow):
    """The note, and the names after an @ whom it did not reach."""

    not_reached = Listed(Text(), [])


class NoteInput(StrictSerializer):
    """A note beside a record, which its key or its number names."""

    subject_type = serializers.ChoiceField(choices=_SUBJECT_TYPES)
    subject_id = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    mentioned = BoundedList(
        child=serializers.CharField(max_length=150), max_length=MAX_MENTIONS, required=False
    )


class WithdrawInput(StrictSerializer):
    """Why."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class NoteFilters(ListFilters):
    """What narrows the list."""

    subject_type = LabelFilter(choices=[(name, name) for name in _SUBJECT_TYPES], field_name="subject_type")
    customer_id = django_filters.UUIDFilter(field_name="customer_id")


class NotesView(CompanyView):
    """`/api/notes`."""

    required_permission = {"GET": None, "POST": WRITE}
    idempotency = "required"
    parser_classes = (ExactJSONParser, MultiPartParser)

    @documented(
        "Notes beside records",
        tags=TAGS,
        response=api_page_of(NoteRow),
        parameters=[
            OpenApiParameter("subject_type", str, enum=_SUBJECT_TYPES),
            OpenApiParameter(
                "subject_id", str, description="With `subject_type`: the record's key or number."
            ),
            OpenApiParameter("customer_id", UUID, description="On the customer and on what is theirs."),
            *paging_parameters(screen=False),
        ],
        errors=["unknown_choice", "note_not_found"],
        description="Those on records that the user may see.",
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = Note.objects.filter(
            company_id=self.actor.company_id, subject_type__in=readable_names(self.actor)
        ).values("id")
        if key := query.get("subject_id"):
            about = find_about(actor=self.actor, subject_type=query.get("subject_type", ""), subject_id=key)
            rows = rows.filter(subject_id=about.key)
        page = api_page(query, NoteFilters(query, queryset=rows).checked(), sorting=_ORDER)
        page["results"] = self._rows([row["id"] for row in page["results"]])
        return Response(page)

    @documented(
        "Write a note",
        tags=TAGS,
        request={
            "application/json": NoteInput,
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "subject_type": {"type": "string", "enum": list(_SUBJECT_TYPES)},
                    "subject_id": {"type": "string"},
                    "text": {"type": "string", "maxLength": LONGEST_TEXT},
                    "mentioned": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_MENTIONS},
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "maxItems": MAX_FILES,
                    },
                },
                "required": ["subject_type", "subject_id", "text"],
            },
        },
        request_example={
            "subject_type": "customer",
            "subject_id": _ABOUT,
            "text": "Pays on Friday. @manager",
        },
        status=201,
        response=WrittenNote,
        errors=["note_not_found", "note_file_refused", OTHER_CODES],
        description=(
            f"At most {MAX_FILES} files of together {LARGEST_FILE // 1024 // 1024} MB, as multipart/form-data; the "
            "content decides what a file is. An @ before a user name, or `mentioned`, tells colleagues who may sign in "
            "to the console and see the record. Needs the right to see the record as well."
        ),
    )
    def post(self, request: Request) -> Response:
        values, files = _sent(request.data)
        written = write_note(actor=self.actor, files=files, **NoteInput.read(values))
        (row,) = self._rows([written.note.id])
        return Response({**row, "not_reached": list(written.missed)}, status=201)

    def _rows(self, ids: list[UUID]) -> list[dict[str, Any]]:
        notes = Note.objects.filter(company_id=self.actor.company_id, id__in=ids).order_by("-id")
        by_id = {kept.note.id: _row(kept) for kept in with_files(actor=self.actor, notes=notes)}
        return [by_id[note_id] for note_id in ids]


class WithdrawView(CompanyView):
    """`POST /api/notes/{id}/withdraw`."""

    required_permission = {"POST": WRITE}

    @documented(
        "Withdraw a note",
        tags=TAGS,
        request=WithdrawInput,
        request_example={"reason": "It was about another driver."},
        response=NoteRow.shown(
            text=None, files=[], withdrawn_by="Merly Diaz", withdrawn_reason="It was about another driver."
        ),
        errors=["note_not_found", "note_withdrawn", OTHER_CODES],
        description="One's own; others' with the right to do so. The text stays in the trail.",
    )
    def post(self, request: Request, note_id: UUID) -> Response:
        note = withdraw_note(actor=self.actor, note_id=note_id, **WithdrawInput.read(request.data))
        return Response(_row(KeptNote(note, ())))


class NoteFileView(CompanyView):
    """`GET /api/notes/{id}/files/{id}`."""

    required_permission = {"GET": None}

    @documented("A file of a note", tags=TAGS, media_types=list(EXTENSIONS), errors=["note_not_found"])
    def get(self, request: Request, note_id: UUID, file_id: UUID) -> FileResponse:
        opened = open_note_file(actor=self.actor, note_id=note_id, file_id=file_id)
        return FileResponse(
            opened.file,
            as_attachment=True,
            filename=opened.name,
            content_type=opened.media_type,
            headers=HEADERS,
        )


def _sent(data: Any) -> tuple[Any, list[SentFile]]:
    """The members of a body, and the files of one that has parts."""
    if not hasattr(data, "getlist"):
        return data, []
    values: dict[str, Any] = {}
    files: list[SentFile] = []
    for name in data:
        sent = data.getlist(name)
        if name == "files":
            files = [_file(each) for each in sent[: MAX_FILES + 1]]
        elif any(isinstance(each, UploadedFile) for each in sent):
            raise InvalidInput("Send files in the parts named files.", field=name[:60])
        elif name == "mentioned":
            values[name] = sent
        elif len(sent) > 1:
            raise InvalidInput(f"The part {name[:60]} is sent {len(sent)} times.", field=name[:60])
        else:
            values[name] = sent[0]
    return values, files


def _file(sent: Any) -> SentFile:
    if not isinstance(sent, UploadedFile):
        raise InvalidInput("The parts named files are files.", field="files")
    return SentFile(sent.name or "", sent.read(LARGEST_FILE + 1))


def _row(kept: KeptNote) -> dict[str, Any]:
    note = kept.note
    is_there = note.withdrawn_at is None
    return {
        "note_id": note.id,
        "subject_type": note.subject_type,
        "subject_id": note.subject_id,
        "subject_title": note.subject_title,
        "customer_id": note.customer_id,
        "text": note.text if is_there else None,
        "mentions": note.mentions,
        "files": [
            {
                "file_id": each.id,
                "name": each.name,
                "media_type": each.media_type,
                "size": each.size,
                "url": f"/api/notes/{note.id}/files/{each.id}",
            }
            for each in kept.files
        ],
        "author": note.author_name,
        "created_at": note.created_at,
        "withdrawn_at": note.withdrawn_at,
        "withdrawn_by": note.withdrawn_by,
        "withdrawn_reason": note.withdrawn_reason,
    }
