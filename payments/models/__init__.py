"""The tables of money received.

Rule: docs/domain.md#business, docs/domain.md#interim-payments, docs/domain.md#payments.
"""

from payments.batches.models import (
    PaymentBatch,
    PaymentBatchRow,
)
from payments.credit_memos.models import CreditMemo, CreditMemoLine, CreditRefund
from payments.gateways.models import GatewayCharge, GatewayEndpoint, GatewayEvent
from payments.lease_corrections.models import LeaseCorrection, LeaseCorrectionLine
from payments.models.invoices import Invoice, InvoiceLine, InvoiceTax
from payments.models.payments import INTERIM_PATH, INTERIM_STATUSES, Allocation, Payment
from payments.models.refunds import Refund
from payments.models.returns import PaymentReturn

__all__ = [
    "INTERIM_PATH",
    "INTERIM_STATUSES",
    "Allocation",
    "CreditMemo",
    "CreditMemoLine",
    "CreditRefund",
    "GatewayCharge",
    "GatewayEndpoint",
    "GatewayEvent",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "LeaseCorrection",
    "LeaseCorrectionLine",
    "Payment",
    "PaymentBatch",
    "PaymentBatchRow",
    "PaymentReturn",
    "Refund",
]
