"""What the calls of batches and returns accept, and the rows they return. No answer has the number of an account."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import (
    BoundedList,
    DayInput,
    LabeledChoice,
    MoneyInput,
    StrictBoolean,
    StrictSerializer,
)
from ledger.paying.models import (
    Payout,
    PayoutBatch,
    PayoutDownload,
    PayoutFile,
    PayoutItem,
    PayoutReturn,
)
from ledger.paying.querysets import Progress, stage_of
from ledger.paying.rules.nacha import MAX_ENTRIES
from ledger.paying.services.planning import Plan
from ledger.paying.services.returns import MAX_BYTES

_WAYS: Final = ((PayoutBatch.Way.ACH.value, "ACH"), (PayoutBatch.Way.CHECK.value, "Check"))
SHOWN: Final = 200


class PayoutBatchInput(StrictSerializer):
    """Whom a batch pays: `dtr_numbers`, else all DTRs of a `week`, else everything that is due."""

    method = LabeledChoice(_WAYS, help_text="ACH or Check.")
    dtr_numbers = BoundedList(
        child=serializers.CharField(max_length=24), required=False, allow_empty=False, max_length=MAX_ENTRIES
    )
    week = DayInput(required=False, help_text="The Sunday that begins the week.")
    bank_account_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: the currency's default account."
    )
    effective_on = DayInput(
        required=False,
        help_text="ACH: a banking day, default the next one. Checks: their date, default today.",
    )
    dry_run = StrictBoolean(required=False, default=False, help_text="Show who would be paid; keep nothing.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Not both."""
        if "dtr_numbers" in attrs and "week" in attrs:
            raise serializers.ValidationError({"dtr_numbers": "Send either dtr_numbers or week."})
        return attrs


class PayoutNoteInput(StrictSerializer):
    """What the second person is told."""

    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class PayoutFileInput(StrictSerializer):
    """Why the file is taken once more; nothing the first time."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class PayoutReturnInput(StrictSerializer):
    """What the bank said of a payout."""

    code = serializers.CharField(max_length=6, help_text="R01 to R85; of a check VOID, STOP or STALE.")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class PayoutReturnsInput(StrictSerializer):
    """A bank's NACHA file of returns, as text."""

    content = serializers.CharField(
        max_length=MAX_BYTES, help_text="The file as it came: lines of 94 characters."
    )
    file_name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class LeftOutDtr(Answer):
    """A DTR that was asked for and is not paid, and why."""

    dtr_number = Text("DTR-2025-000003")
    driver = Text("Mike Smith")
    amount = Money("12.00")
    code = Text("no_account")
    why = Text("No account of the driver is confirmed.")


class PlannedPayout(Answer):
    """A payout that would be made."""

    payee = Text("John Doe")
    account = Text("Checking ••••6789", null=True)
    amount = Money("196.86")
    deducted = Money("0.00")
    dtr_numbers = Listed(Text("DTR-2025-000002"))


class PayoutPlan(Answer):
    """What a batch would pay; `payouts` and `left_out` have the first 200."""

    payout_count = Whole(1)
    total = Money("196.86")
    payouts = Listed(PlannedPayout)
    left_out_count = Whole(1)
    left_out = Listed(LeftOutDtr)


class PayoutBatchRow(Answer):
    """A batch of payouts; `stage` is its status, or `settled` once the bank has shown all of it."""

    id = Id("b1")
    number = Text("PB-2025-001")
    method = Choice(PayoutBatch.Way)
    status = Choice(PayoutBatch.Status)
    stage = Choice((*PayoutBatch.Status, "settled"))
    bank_account_id = Id("a1")
    bank_account = Text("Operating account")
    currency = Text("USD")
    payout_count = Whole(36)
    total = Money("7086.96")
    left_out_count = Whole(2)
    effective_on = Day("2025-10-14", null=True)
    created_by = Text("Mara")
    created_at = Instant()
    approved_by = Text("Sam")
    approved_at = Instant(null=True)
    built_at = Instant(null=True)
    sent_on = Day("2025-10-13", null=True)
    undone_at = Instant(null=True)
    undo_reason = Text()


class PayoutFileRow(Answer):
    """The file of a built batch: its hash is kept, its content handed out once, and again with a reason."""

    name = Text("PB-2025-001.ach")
    sha256 = Text("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    size = Whole(3760)


class PayoutDownloadRow(Answer):
    """Who took the file, and why again."""

    taken_by = Text("Mara")
    taken_at = Instant()
    reason = Text()


class PayoutBatchDocument(PayoutBatchRow):
    """A batch with who is left out, its file, and how far it is at the bank."""

    left_out = Listed(LeftOutDtr)
    file = PayoutFileRow(null=True)
    downloads = Listed(PayoutDownloadRow)
    cleared = Whole(0)
    in_transit = Whole(36)
    returned = Whole(0)
    approval_request_id = Id(null=True)


class PayoutDeductionRow(Answer):
    """What of a DTR is kept for an order, and not paid to the driver."""

    order_id = Id("e1")
    creditor = Text("Queens Family Court")
    reference = Text("F-1234-25")
    amount = Money("60.00")


class PayoutItemRow(Answer):
    """A DTR that a payout covers: what is due on it, and what of that is kept for orders."""

    dtr_number = Text("DTR-2025-000002")
    amount = Money("196.86")
    attempt = Whole(1)
    state = Choice(PayoutItem.State)
    deductions = Listed(PayoutDeductionRow)


class PayoutRow(Answer):
    """What one driver is paid."""

    id = Id("c1")
    place = Whole(1)
    payee = Text("John Doe")
    method = Choice(Payout.Method)
    account = Text("Checking ••••6789", null=True)
    amount = Money("196.86")
    reference = Text("021000020000001")
    items = Listed(PayoutItemRow)


class PayoutReturnRow(Answer):
    """What the bank said of an entry of ours, and what that changed; what was known already is not kept."""

    id = Id("f1")
    payout_id = Id("c1", null=True)
    batch_number = Text("PB-2025-001", null=True)
    payee = Text("John Doe", null=True)
    code = Text("R03")
    trace = Text("021000020000001")
    amount = Money("196.86")
    note = Text()
    outcome = Choice(PayoutReturn.Outcome)
    file_name = Text("returns.ach")
    line = Whole(4)
    recorded_by = Text("Mara")
    recorded_at = Instant(null=True)


class PayoutReturnsRecorded(Answer):
    """What came of a file of returns, entry by entry."""

    returned = Whole(1)
    proposed = Whole(0)
    unknown = Whole(0)
    entries = Listed(PayoutReturnRow)


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as clients see it."""
    return {
        "payout_count": len(plan.payouts),
        "total": plan.total,
        "payouts": [
            {
                "payee": each.payee,
                "account": str(each.account) if each.account else None,
                "amount": each.amount,
                "deducted": each.deducted,
                "dtr_numbers": [dtr.number for dtr in each.dtrs],
            }
            for each in plan.payouts[:SHOWN]
        ],
        "left_out_count": len(plan.left_out),
        "left_out": [_left_out(each.as_dict()) for each in plan.left_out[:SHOWN]],
    }


def _left_out(kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, "amount": MoneyInput().to_internal_value(kept["amount"])}


def batch_row(row: PayoutBatch, progress: Progress) -> dict[str, Any]:
    """A batch as clients see it in a list."""
    return {
        "id": row.id,
        "number": row.number,
        "method": row.way,
        "status": row.status,
        "stage": stage_of(row, progress),
        "bank_account_id": row.bank_account_id,
        "bank_account": row.bank_account.name,
        "currency": row.currency,
        "payout_count": row.payout_count,
        "total": row.total,
        "left_out_count": len(row.left_out),
        "effective_on": row.effective_on,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "approved_by": row.approved_by,
        "approved_at": row.approved_at,
        "built_at": row.built_at,
        "sent_on": row.sent_on,
        "undone_at": row.undone_at,
        "undo_reason": row.undo_reason,
    }


def batch_document(
    row: PayoutBatch,
    progress: Progress,
    file: PayoutFile | None,
    downloads: list[PayoutDownload],
    request_id: Any,
) -> dict[str, Any]:
    """A batch with everything about it but its payouts, which are a list of their own."""
    return {
        **batch_row(row, progress),
        "left_out": [_left_out(each) for each in row.left_out[:SHOWN]],
        "file": {"name": file.name, "sha256": file.sha256, "size": file.size} if file else None,
        "downloads": [
            {"taken_by": each.taken_by, "taken_at": each.taken_at, "reason": each.reason}
            for each in downloads
        ],
        "cleared": progress.cleared,
        "in_transit": progress.in_transit,
        "returned": progress.returned,
        "approval_request_id": request_id,
    }


def payout_row(row: Any) -> dict[str, Any]:
    """A payout as clients see it."""
    return {
        "id": row.id,
        "place": row.place,
        "payee": row.payee,
        "method": row.method,
        "account": str(row.account) if row.account else None,
        "amount": row.amount,
        "reference": row.reference,
        "items": [
            {
                "dtr_number": each.dtr.number,
                "amount": each.amount,
                "attempt": each.attempt,
                "state": each.state,
                "deductions": [
                    {
                        "order_id": kept.order_id,
                        "creditor": kept.order.creditor,
                        "reference": kept.order.reference,
                        "amount": kept.amount,
                    }
                    for kept in each.deductions.all()
                ],
            }
            for each in row.items.all()
        ],
    }


def return_row(row: Any) -> dict[str, Any]:
    """A return as clients see it."""
    names = (
        "id",
        "payout_id",
        "code",
        "trace",
        "amount",
        "note",
        "outcome",
        "file_name",
        "line",
        "recorded_by",
    )
    is_kept = not row._state.adding
    return {
        **{name: getattr(row, name) for name in names},
        "batch_number": row.payout.batch.number if row.payout else None,
        "payee": row.payout.payee if row.payout else None,
        "recorded_at": row.recorded_at if is_kept else None,
    }
