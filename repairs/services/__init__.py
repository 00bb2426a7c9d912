"""The actions that change repairs; those of every kind of document are in `ledger.repayment.services`."""

from __future__ import annotations

from repairs.services.documents import StoredDocument, attach_document, open_document_file
from repairs.services.repairs import MadeRepair, make_repair, plan_repair

__all__ = [
    "MadeRepair",
    "StoredDocument",
    "attach_document",
    "make_repair",
    "open_document_file",
    "plan_repair",
]
