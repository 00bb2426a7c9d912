"""The tables of money received.

Rule: docs/domain.md#business, docs/domain.md#interim-payments, docs/domain.md#payments.
"""

from payments.batches.models import (
    PayerAccount,
    PaymentBatch,
    PaymentBatchRow,
    StatementMapping,
    UnidentifiedReceipt,
)
from payments.models.invoices import Invoice, InvoiceLine, InvoiceTax
from payments.models.payments import Allocation, Payment
from payments.models.refunds import Refund

__all__ = [
    "Allocation",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "PayerAccount",
    "Payment",
    "PaymentBatch",
    "PaymentBatchRow",
    "Refund",
    "StatementMapping",
    "UnidentifiedReceipt",
]
