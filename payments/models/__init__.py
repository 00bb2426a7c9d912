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
from payments.gateways.models import GatewayCharge, GatewayEndpoint, GatewayEvent
from payments.models.invoices import Invoice, InvoiceLine, InvoiceTax
from payments.models.payments import INTERIM_PATH, INTERIM_STATUSES, Allocation, Payment
from payments.models.refunds import Refund

__all__ = [
    "INTERIM_PATH",
    "INTERIM_STATUSES",
    "Allocation",
    "GatewayCharge",
    "GatewayEndpoint",
    "GatewayEvent",
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
