"""Notifications: how they are printed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bank.models import BankNotification
from bank.models.lines import Direction
from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text


class NotifiedDetail(Answer):
    """One of the amounts that an entry consists of."""

    direction = Choice(Direction)
    amount = Money("100.00")
    reference_number = Text("A-17")
    payer_name = Text("Acme Insurance")
    text = Text("Invoice INV-2025-004")


class BankNotificationRow(Answer):
    """What an entry consists of; `line_id` is its line. `code` and `message` say why it has none."""

    id = Id("f7")
    bank_account_id = Id("b1")
    status = Choice(BankNotification.Status)
    code = Text("")
    message = Text("")
    line_id = Id(null=True)
    booked_on = Day("2026-11-20")
    direction = Choice(Direction)
    amount = Money("100.00")
    currency = Text("USD")
    bank_reference = Text("B-17")
    file_name = Text("2026-11-20-054.xml")
    details = Listed(NotifiedDetail)
    created_by = Text("Mara")
    created_at = Instant()


def notification_row(row: BankNotification) -> dict[str, Any]:
    """A notification with its details."""
    return {
        "created_by": row.created_by_name,
        "details": [_detail(each) for each in row.details],
        **{
            name: getattr(row, name)
            for name in (
                *("id", "bank_account_id", "status", "code", "message", "line_id", "booked_on", "direction"),
                *("amount", "currency", "bank_reference", "file_name", "created_at"),
            )
        },
    }


def _detail(detail: dict[str, Any]) -> dict[str, Any]:
    said = {name: detail.get(name, "") for name in ("direction", "reference_number", "payer_name", "text")}
    return {"amount": Decimal(detail["amount"]), **said}
