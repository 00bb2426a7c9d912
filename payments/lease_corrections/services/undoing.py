"""Undoing a correction of settled weeks, as long as nothing of it was used (docs/domain.md#lease-corrections)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import models, transaction

from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from batconnect.directory.services.terms import lock_lease, read_terms, restore_terms
from ledger.errors import ALREADY_VOIDED
from ledger.models import Entry, Obligation
from ledger.postings import OBLIGATION
from ledger.rules.reasons import checked_reason
from ledger.services.corrections import reverse_entry
from ledger.services.locks import lock_obligations
from ledger.sources import Description
from payments.credit_memos.services.voiding import void_memo
from payments.lease_corrections.errors import (
    CORRECTION_IN_USE,
    LEASE_CHANGED_SINCE,
    LeaseCorrectionNotFound,
)
from payments.models import CreditMemo, LeaseCorrection, LeaseCorrectionLine
from payments.services.credits import lock_memo

_VOIDED: Final = "obligation_voided"


@transaction.atomic
def undo_correction(*, actor: Actor, correction_id: UUID, reason: str) -> LeaseCorrection:
    """Void what the correction charged and credited, and put the lease's terms back to what they were.

    Only as a whole, and only while nothing was paid of its charges, or used of its credits, and the lease has not
    changed since. Needs `directory.change`, `payments.credit` and a reason of 10 to 500 characters. Raises
    LeaseCorrectionNotFound (404); Conflict 409 `already_voided`, `lease_changed_since`, `correction_in_use`,
    `already_in_use` (the medallion is leased to somebody else by now).
    """
    actor.require("payments.credit")
    reason = checked_reason(reason)
    found = LeaseCorrection.objects.filter(company_id=actor.company_id, id=correction_id).first()
    if found is None:
        raise LeaseCorrectionNotFound("There is no such lease correction.")
    lease = lock_lease(actor=actor, lease_pk=found.lease_id)
    found.refresh_from_db()
    if found.is_undone:
        raise Conflict(f"{found} is undone already.", code=ALREADY_VOIDED)
    if read_terms(lease) != found.after:
        raise Conflict(
            f"{lease.lease_id} has changed since {found}, so it cannot be put back.", code=LEASE_CHANGED_SINCE
        )
    lines = list(LeaseCorrectionLine.objects.filter(company_id=actor.company_id, correction=found.id))
    _void(actor, lines, f"Undoing {found}: {reason}"[:500])
    restore_terms(actor=actor, lease=lease, terms=found.before)
    found.undone_at, found.undone_by, found.undo_reason = clock.now(), actor.name, reason
    found.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    return found


def _void(actor: Actor, lines: Sequence[LeaseCorrectionLine], reason: str) -> None:
    """The memos first, then the charges: as memos are locked before what they credit."""
    memos = [
        lock_memo(actor=actor, memo_id=key) for key in sorted(line.memo_id for line in lines if line.memo_id)
    ]
    items = lock_obligations(actor=actor, ids={line.obligation_id for line in lines})
    charges = sorted(
        (items[line.obligation_id] for line in lines if line.memo_id is None), key=lambda each: each.id
    )
    for charge in charges:
        _require_unused(charge)
    for memo in memos:
        done = void_memo(actor=actor, memo_id=memo.id, reason=reason)
        if done.memo.status != CreditMemo.Status.VOIDED:
            used = format_amount(done.memo.amount - done.memo.discount_amount - done.memo.voided)
            raise Conflict(f"{used} of {done.memo.number} is used; undo that first.", code=CORRECTION_IN_USE)
    for charge in charges:
        _void_charge(actor, charge, reason)


def _require_unused(charge: Obligation) -> None:
    if charge.status == Obligation.Status.VOIDED:
        return
    if charge.outstanding != charge.original or charge.credited:
        used = format_amount(charge.original - charge.outstanding + charge.credited)
        raise Conflict(
            f"{used} of {format_amount(charge.original)} of {charge} is paid, credited or written off; undo that "
            "first.",
            code=CORRECTION_IN_USE,
        )


def _void_charge(actor: Actor, charge: Obligation, reason: str) -> None:
    if charge.status == Obligation.Status.VOIDED:
        return
    raising = Entry.objects.get(
        company_id=actor.company_id, source_type=OBLIGATION, source_id=str(charge.id), reverses__isnull=True
    )
    event: models.Model = audit_event(
        actor=actor, action="ledger.void", subject_type=OBLIGATION, subject_id=charge.id, reason=reason
    )
    reverse_entry(
        actor=actor, entry=raising, event=_VOIDED, reason=reason, closes_as="voided", rows=[[event]]
    )


@reads
def describe_corrections(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    """What is behind charges of corrections, for `explain`."""
    rows = LeaseCorrection.objects.filter(company_id=actor.company_id, id__in=[UUID(each) for each in ids])
    return {
        str(row.id): Description(f"Lease correction {row.number}", f"/ledger/lease-corrections/{row.id}")
        for row in rows
    }
