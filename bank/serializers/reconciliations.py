"""How a bank account compares with its bank, as it is answered."""

from __future__ import annotations

from typing import Any

from bank.models import Reconciliation
from bank.services.reconciling import Compared, sums
from batconnect.core.api.answers import Answer, Day, Id, Instant, Listed, Money, Text


class ReconciliationRow(Answer):
    """A confirmed reconciliation."""

    id = Id("b7")
    bank_account_id = Id("ba")
    statement_id = Id("b1")
    reconciled_until = Day("2026-11-20")
    currency = Text("USD")
    bank_balance = Money("1500.00")
    book_balance = Money("1500.00")
    deposits_in_transit = Money("300.00")
    payments_in_transit = Money("450.00")
    unidentified = Money("40.00", help_text="Money in on its lines that nobody had explained.")
    unexplained = Money("0.00", help_text="Money out on its lines that nobody had explained.")
    made_by = Text("Mara")
    created_at = Instant()


class ReconciliationList(Answer):
    """The reconciliations of an account, the latest first."""

    results = Listed(ReconciliationRow)


class TransitRow(Answer):
    """Something that is on its way to or from the bank."""

    day = Day("2026-11-19")
    text = Text("Refund, Norwood Garage LLC")
    reference = Text("1042")
    amount = Money("450.00")


class OpenPartRow(Answer):
    """A line, or a part of one, that nobody has explained."""

    id = Id("b3")
    payment_date = Day("2026-11-18")
    direction = Text("in")
    amount = Money("40.00", help_text="What is left of it.")
    payer_name = Text("Stranger One")
    text = Text("hello")


class ReconciliationReport(Answer):
    """A bank account at the end of a statement: the bank's balance, the books', and what stands between."""

    bank_account_id = Id("ba")
    bank_account = Text("Operating")
    statement_id = Id("b1")
    day = Day("2026-11-20")
    currency = Text("USD")
    bank_balance = Money("1500.00")
    book_balance = Money("1500.00")
    difference = Money("0.00")
    booked_later = Money("0.00", help_text="Of these days' lines, what closed books made effective later.")
    deposits_in_transit = Money("300.00")
    payments_in_transit = Money("450.00")
    unidentified = Money("40.00")
    unexplained = Money("0.00")
    cash = Money("1350.00", help_text="Books + deposits − payments in transit.")
    deposits = Listed(TransitRow)
    payments = Listed(TransitRow)
    open_lines = Listed(OpenPartRow)


def reconciliation_row(row: Reconciliation) -> dict[str, Any]:
    """A confirmed reconciliation."""
    return {str(name): getattr(row, str(name)) for name in ReconciliationRow().fields}


def report_document(compared: Compared) -> dict[str, Any]:
    """The whole comparison."""
    return {
        "bank_account_id": compared.account.id,
        "bank_account": compared.account.name,
        "statement_id": compared.statement.id,
        "day": compared.day,
        "currency": compared.account.currency,
        **sums(compared),
        "deposits": [_transit(each) for each in compared.deposits],
        "payments": [_transit(each) for each in compared.payments],
        "open_lines": [
            {
                "id": each.id,
                "payment_date": each.payment_date,
                "direction": each.direction,
                "amount": each.left,
                "payer_name": each.payer_name,
                "text": each.text,
            }
            for each in compared.open_parts
        ],
    }


def _transit(item: Any) -> dict[str, Any]:
    return {"day": item.day, "text": item.text, "reference": item.reference, "amount": item.amount}
