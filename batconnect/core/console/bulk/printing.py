"""The documents of an operation as one PDF: each is kept as it is made, and bound when all are there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from pypdf import PdfWriter

from batconnect.core.files.storage import open_private, private_folder
from batconnect.core.models import BulkOperation, BulkRow

_FOLDER: Final = "operations"


def keep_document(operation: BulkOperation, row: BulkRow, content: bytes) -> None:
    """Keep the document of a row; one that a worker left behind when it died is replaced."""
    path = private_folder(_FOLDER, str(operation.company_id), str(operation.id)) / f"{row.place:06}.pdf"
    path.unlink(missing_ok=True)
    with open_private(path) as file:
        file.write(content)


def bind(operation: BulkOperation) -> None:
    """Make one PDF of those of the rows that are done, in their order; begun again it makes the same."""
    documents = private_folder(_FOLDER, str(operation.company_id), str(operation.id))
    done = BulkRow.objects.filter(
        company_id=operation.company_id, operation=operation, state=BulkRow.State.DONE
    )
    with PdfWriter() as writer:
        for place in done.order_by("place").values_list("place", flat=True):
            writer.append(documents / f"{place:06}.pdf", import_outline=False)
        if len(writer.pages):
            making = documents / "all.part"
            making.unlink(missing_ok=True)
            with open_private(making) as file:
                writer.write(file)
            making.replace(bound(operation))


def tidy(operation: BulkOperation) -> None:
    """Delete the single documents."""
    folder = private_folder(_FOLDER, str(operation.company_id), str(operation.id))
    shutil.rmtree(folder, ignore_errors=True)


def bound(operation: BulkOperation) -> Path:
    """Where the PDF is; views that check permissions serve it."""
    return private_folder(_FOLDER, str(operation.company_id)) / f"{operation.id}.pdf"
