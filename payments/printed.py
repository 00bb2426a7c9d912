"""The receipts of payments as PDFs, for their readers and for links that open one without a token."""

from __future__ import annotations

from uuid import UUID

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.kernel.actors import Actor
from payments.services import payment_receipt, receipt
from payments.services.payment_receipt import PaymentReceipt
from payments.services.receipt import Receipt


def printed_interim(*, actor: Actor, details: Receipt) -> Printed:
    """The receipt of an interim payment. Raises PdfUnavailable (501)."""
    return Printed(f"{details.payment.receipt_number}.pdf", receipt.receipt_pdf(actor=actor, receipt=details))


def printed_payment(*, actor: Actor, details: PaymentReceipt) -> Printed:
    """The receipt of any payment. Raises PdfUnavailable (501)."""
    return Printed(
        f"{details.payment.receipt_number}.pdf", payment_receipt.receipt_pdf(actor=actor, receipt=details)
    )


def _interim(actor: Actor, number: str) -> Printed:
    return printed_interim(actor=actor, details=receipt.read_receipt(actor=actor, number=number))


def _payment(actor: Actor, key: str) -> Printed:
    details = payment_receipt.read_payment_receipt(actor=actor, payment_id=UUID(key))
    return printed_payment(actor=actor, details=details)


INTERIM_RECEIPT = register_printed(PrintedKind("payments.interim_receipt", "payments.view", _interim))
PAYMENT_RECEIPT = register_printed(PrintedKind("payments.receipt", "payments.view", _payment))
