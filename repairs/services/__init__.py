"""The actions that change repairs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from batconnect.core.kernel.actors import Actor
from ledger.repayment.services.posting import DuePreview, PostingReport, post_due, preview_due
from repairs.kind import REPAIRS
from repairs.services.documents import StoredDocument, attach_document, open_document_file
from repairs.services.repairs import (
    MadeRepair,
    RepairPlan,
    cancel_repair,
    hold_repair,
    make_repair,
    plan_repair,
    release_repair,
)
from repairs.services.sources import register_repairs

__all__ = [
    "MadeRepair",
    "RepairPlan",
    "StoredDocument",
    "attach_document",
    "cancel_repair",
    "hold_repair",
    "make_repair",
    "open_document_file",
    "plan_repair",
    "post_due_installments",
    "preview_due_installments",
    "register_repairs",
    "release_repair",
]


def post_due_installments(
    *,
    actor: Actor,
    up_to: date | None = None,
    since: date | None = None,
    progress: Callable[[int], Any] = lambda posted: None,
) -> PostingReport:
    """Post every repair installment that fell due by `up_to`, today if not given; see `posting.post_due`."""
    return post_due(actor=actor, kind=REPAIRS, up_to=up_to, since=since, progress=progress)


def preview_due_installments(
    *, actor: Actor, up_to: date | None = None, since: date | None = None
) -> DuePreview:
    """What `post_due_installments` would post; writes nothing."""
    return preview_due(actor=actor, kind=REPAIRS, up_to=up_to, since=since)
