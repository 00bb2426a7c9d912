"""How a payment of a renewal case is shown to those who follow it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batconnect.core.api.printed import PDF_URL, link_to
from batconnect.core.kernel.actors import Actor
from outstanding.rules.transactions import payment_url
from payments.printed import PAYMENT_RECEIPT
from payments.serializers.payments import PATH

__all__ = ["item_body", "payment_body", "payment_url"]


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
