"""The reconciliation of a bank account as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bank.services.reconciling import Compared, InTransit, sums
from batconnect.core.api.printed import Printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount


def printed_reconciliation(*, actor: Actor, compared: Compared) -> Printed:
    """The report that an auditor reads. Raises PdfUnavailable (501)."""
    context = reconciliation_context(actor=actor, compared=compared)
    pdf = render_pdf("pdf/reconciliation.html", context, actor=actor)
    return Printed(f"reconciliation-{compared.account.code}-{compared.day}.pdf", pdf)


def reconciliation_context(*, actor: Actor, compared: Compared) -> dict[str, Any]:
    """What `pdf/reconciliation.html` prints."""
    account = compared.account
    digits = f"…{account.last_digits}" if account.last_digits else ""
    return {
        **letterhead(actor=actor),
        "title": f"Reconciliation of {account.name}, {compared.day}",
        "compared": compared,
        "account": " ".join(filter(None, (account.name, account.bank_name, digits))),
        "figures": {name: format_amount(amount) for name, amount in sums(compared).items()},
        "is_even": compared.difference == 0,
        "in_transit": [
            ("Deposits in transit", _rows(compared.deposits), format_amount(compared.deposits_in_transit)),
            ("Payments in transit", _rows(compared.payments), format_amount(compared.payments_in_transit)),
        ],
        "open_parts": [
            {
                "day": each.payment_date,
                "what": " · ".join(filter(None, (each.payer_name, each.text[:120]))),
                "direction": each.get_direction_display(),
                "amount": format_amount(each.left),
            }
            for each in compared.open_parts
        ],
        "printed_at": f"{clock.now().astimezone(ZoneInfo(actor.company.time_zone)):%Y-%m-%d %H:%M}",
        "printed_by": actor.name,
    }


def _rows(items: Sequence[InTransit]) -> list[dict[str, Any]]:
    return [
        {
            "day": each.day,
            "text": each.text,
            "reference": each.reference,
            "amount": format_amount(each.amount),
        }
        for each in items
    ]
