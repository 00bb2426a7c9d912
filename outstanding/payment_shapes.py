"""How a payment of a renewal case is shown to those who follow it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batconnect.core.api.answers import Answer, Day, Flag, Instant, Listed, Money, Text, Whole, api_page_of
from batconnect.core.api.printed import PDF_URL, PdfLink, link_to
from batconnect.core.kernel.actors import Actor
from outstanding.rules.transactions import payment_url
from payments.printed import PAYMENT_RECEIPT
from payments.serializers.payments import PATH

__all__ = ["item_body", "payment_body", "payment_url"]


class PaymentBegun(Answer):
    """What `pay/` began."""

    success = Flag(True)
    message = Text("Payment initiated for 3 installments")
    payment_id = Whole(123)
    transaction_id = Text("TXN_ABC123DEF456")
    total_amount = Money("138750.00")
    status = Text("initiated")
    payment_number = Text(null=True)
    url = Text("/api/case-tracking/payments/123/")


class FollowedPayment(Answer):
    """A payment of a renewal case and what became of it."""

    payment_id = Whole(123)
    transaction_id = Text("TXN_ABC123DEF456")
    status = Text("completed")
    payment_mode = Text("upi")
    total_amount = Money("138750.00")
    settled_amount = Money("138750.00", null=True)
    currency = Text("USD")
    case_id = Whole()
    case_no = Text("RENEWAL000001")
    payment_number = Text("PAY-2025-001", null=True)
    receipt_url = Text("/api/payments/01900000-0000-7000-8000-0000000000a1/receipt", null=True)
    receipt_pdf_url = PdfLink(PdfLink.usual, null=True)
    failure_reason = Text()
    payment_notes = Text("Payment notes")
    is_automatic = Flag()
    initiated_on = Day("2025-09-26")
    finished_on = Day("2025-09-26", null=True)
    created_at = Instant()
    created_by = Text("Merly")
    url = Text("/api/case-tracking/payments/123/")


class _PaidInstallment(Answer):
    """One of the rows that a payment is for."""

    id = Whole()
    period = Text("Q1 2024 (Jan-Mar)")
    amount = Money("138750.00")


class FollowedDocument(FollowedPayment):
    """A payment with its rows."""

    installments = Listed(_PaidInstallment)


FollowedPayments = api_page_of(FollowedPayment)


def payment_body(actor: Actor, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `payment_list.payment_rows`; the receipt appears once the money has arrived."""
    money = row["money_key"]
    return {
        "payment_id": row["key"],
        "transaction_id": row["transaction"],
        "status": row["state"],
        "payment_mode": row["by_mode"],
        "total_amount": row["total"],
        "settled_amount": row["settled"],
        "currency": row["currency"],
        "case_id": row["case_key"],
        "case_no": row["case_number"],
        "payment_number": row["money_number"],
        "receipt_url": f"{PATH}/{money}/receipt" if money else None,
        PDF_URL: link_to(actor=actor, kind=PAYMENT_RECEIPT, number=money) if money else None,
        "failure_reason": row["why_failed"],
        "payment_notes": row["remarks"],
        "is_automatic": row["automatic"],
        "initiated_on": row["begun_on"],
        "finished_on": row["ended_on"],
        "created_at": row["made_at"],
        "created_by": row["made_by"],
        "url": payment_url(row["key"]),
    }


def item_body(item: Mapping[str, Any]) -> dict[str, Any]:
    """One of the rows that the payment is for."""
    return {"id": item["id"], "period": item["period"], "amount": item["amount"]}
