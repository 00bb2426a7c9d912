"""What people write beside records, and the files that they attach."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models.companies import TenantModel
from batconnect.core.models.people import User

_WRITTEN: Final = (
    "id",
    "company_id",
    "subject_type",
    "subject_id",
    "subject_title",
    "customer_id",
    "text",
    "mentions",
    "files",
    "author_id",
    "author_name",
    "sent_as",
    "created_at",
    "request_id",
)
_NEW: Final = ", ".join(f"new.{each}" for each in _WRITTEN)
_OLD: Final = ", ".join(f"old.{each}" for each in _WRITTEN)


class Note(TenantModel):
    """A note on a record; it is withdrawn with a reason, never changed or deleted (docs/domain.md#notes).

    `subject_type` is the name of `core.kernel.subject: Noted`, `subject_id` the row's key. `customer_id` is whose
    account shows it, held by a key that the directory declares. `sent_as` names what was sent by which form, so that
    a second click makes no second note.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_type = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=60)
    subject_title = models.CharField("about", max_length=200)
    customer_id = models.UUIDField(null=True)
    text = models.TextField(max_length=5000)
    mentions = ArrayField(models.CharField(max_length=150), default=list, help_text="User names.")
    files = models.PositiveSmallIntegerField(default=0, help_text="How many are attached.")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    author_name = models.CharField("written by", max_length=310)
    sent_as = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    request_id = models.CharField(max_length=64, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=310, blank=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "notes"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("note"),
            models.UniqueConstraint(
                fields=["company", "author", "sent_as"],
                condition=Q(sent_as__isnull=False),
                name="note_sent_once",
            ),
            models.CheckConstraint(condition=~Q(text__regex=r"^[[:space:]]*$"), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="", withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_reason="")),
                name="note_withdrawn_by_whom_and_why",
            ),
            Trigger(
                name="note_kept",
                event="before update or delete",
                body=(
                    f"if tg_op = 'DELETE' or old.withdrawn_at is not null or ({_NEW}) is distinct from ({_OLD}) "
                    "then raise exception 'a note is withdrawn once and never changes' "
                    "using errcode = 'restrict_violation'; end if; return new;"
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "subject_type", "subject_id", "id"], name="note_subject"),
            models.Index(
                fields=["company", "customer_id", "id"],
                condition=Q(customer_id__isnull=False),
                name="note_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"Note on {self.subject_title}"


class NoteFile(TenantModel):
    """A file of a note, kept under the media root by its id; its type is what its content says."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    note = tenant_key("core.Note")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64)

    class Meta:
        db_table = "note_files"
        ordering = ("place",)
        constraints = [
            *tenant_constraints("note_file", "note"),
            models.UniqueConstraint(fields=["company", "note", "place"], name="note_file_place"),
            AppendOnly(name="note_file_append_only"),
        ]

    def __str__(self) -> str:
        return self.name
