"""The workshop's invoice as a file: stored under the media root, served to those who may see the repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import InvalidInput, NotFound, TooLarge
from batconnect.core.kernel.ids import uuid7
from ledger.repayment.errors import not_found
from ledger.repayment.services import states
from ledger.repayment.services.trail import record
from repairs.errors import NOT_A_DOCUMENT
from repairs.kind import REPAIRS
from repairs.models import RepairInvoice
from repairs.rules import EXTENSIONS, LARGEST_BYTES, content_type_of, safe_name


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A stored file, open for reading, with the name and type to serve it under."""

    file: IO[Any]
    name: str
    content_type: str


@transaction.atomic
def attach_document(*, actor: Actor, repair_id: str, name: str, content: bytes) -> RepairInvoice:
    """Keep a PDF, JPEG or PNG of at most 10 MB as the repair's document; an earlier one stays on disk, unlisted.

    Needs `repairs.open`. Raises NotFound; TooLarge 413; InvalidInput `not_a_document` for any other content.
    """
    actor.require("repairs.open")
    if len(content) > LARGEST_BYTES:
        raise TooLarge(f"The file has {len(content):,} bytes; at most {LARGEST_BYTES:,} are accepted.")
    content_type = content_type_of(content)
    if content_type is None:
        raise InvalidInput(
            "The file's content is not a PDF, JPEG or PNG, or it is cut off.",
            code=NOT_A_DOCUMENT,
            field="file",
        )
    repair: RepairInvoice = states.lock_document(actor=actor, kind=REPAIRS, number=repair_id)
    # The path is generated: nothing of the client's file name is in it.
    path = f"repairs/{actor.company_id}/{repair.id}/{uuid7()}.{EXTENSIONS[content_type]}"
    stored = default_storage.save(path, ContentFile(content))
    try:
        with transaction.atomic():
            repair.document_name = safe_name(name, content_type=content_type)
            repair.document_type = content_type
            repair.document_path = stored
            repair.document_at = now()
            repair.save(update_fields=["document_name", "document_type", "document_path", "document_at"])
            record(
                actor=actor,
                kind=REPAIRS,
                document=repair,
                event="document_attached",
                details={"name": repair.document_name, "path": stored, "bytes": len(content)},
            )
    except BaseException:
        default_storage.delete(stored)
        raise
    return repair


@reads
def open_document_file(*, actor: Actor, repair_id: str) -> StoredDocument:
    """The repair's document, open for reading. Needs `repairs.view`. Raises NotFound, also when there is none."""
    actor.require("repairs.view")
    repair = RepairInvoice.objects.filter(company_id=actor.company_id, number=repair_id).first()
    if repair is None:
        raise not_found(REPAIRS.noun, repair_id)
    if not repair.document_path or not default_storage.exists(repair.document_path):
        raise NotFound(f"No document is attached to {repair.number}.")
    return StoredDocument(
        default_storage.open(repair.document_path), repair.document_name, repair.document_type
    )
