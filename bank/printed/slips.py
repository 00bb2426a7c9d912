"""Deposit slips as PDFs, which go to the bank with the money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from bank.errors import SlipNotFound
from bank.models import DepositSlip
from bank.querysets.counter import slip_items
from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount


def printed_slip(*, actor: Actor, slip_id: UUID) -> Printed:
    """The slip as a PDF. Raises SlipNotFound (404), PdfUnavailable (501)."""
    context = slip_context(actor=actor, slip_id=slip_id)
    return Printed(f"{context['slip'].number}.pdf", render_pdf("pdf/deposit_slip.html", context, actor=actor))


def slip_context(*, actor: Actor, slip_id: UUID) -> dict[str, Any]:
    """What `pdf/deposit_slip.html` prints. Raises SlipNotFound (404)."""
    rows = DepositSlip.objects.select_related("bank_account")
    slip = rows.filter(company_id=actor.company_id, id=slip_id).first()
    if slip is None:
        raise SlipNotFound(f"There is no deposit slip {slip_id}.")
    items = slip_items(actor=actor, slip_id=slip_id)
    digits = slip.bank_account.last_digits
    return {
        **letterhead(actor=actor),
        "title": f"Deposit slip {slip.number}",
        "slip": slip,
        "account_number": f"•••• {digits}" if digits else "",
        "amount": format_amount(slip.amount),
        "cash": format_amount(slip.cash),
        "checks_amount": format_amount(slip.checks),
        "drawers": [_printed(each) for each in items if each["kind"] == "cash"],
        "checks": [_printed(each) for each in items if each["kind"] == "check"],
        "denominations": [
            {
                "denomination": format_amount(Decimal(value)),
                "pieces": count,
                "amount": format_amount(Decimal(value) * count),
            }
            for value, count in slip.denominations
        ],
    }


def _printed(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "amount": format_amount(item["amount"])}


def _by_id(actor: Actor, key: str) -> Printed:
    return printed_slip(actor=actor, slip_id=UUID(key))


DEPOSIT_SLIP_KIND = register_printed(PrintedKind("bank.deposit_slip", "bank.view", _by_id))
