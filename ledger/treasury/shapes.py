"""A payment out as clients of its document see it."""

from __future__ import annotations

from typing import Any

from batconnect.core.api.answers import Answer, Choice, Day, Id, Money, Text
from ledger.treasury.models import Disbursement


class DisbursementPaid(Answer):
    """What was paid, how, and whether it has reached the bank."""

    disbursement_id = Id("d1")
    payment_id = Text("01900000-0000-7000-8000-0000000000a1")
    amount = Money("250.00")
    currency = Text("USD")
    method = Text("check")
    reference_number = Text("1042")
    payee = Text("Port Authority")
    paid_on = Day("2026-01-15")
    status = Choice(Disbursement.Status)


def paid_row(row: Disbursement) -> dict[str, Any]:
    """The payment as its document shows it."""
    return {
        "disbursement_id": row.id,
        "payment_id": row.source_id,
        "amount": row.amount,
        "currency": row.currency,
        "method": row.method,
        "reference_number": row.reference,
        "payee": row.payee,
        "paid_on": row.paid_on,
        "status": str(row.status),
    }
