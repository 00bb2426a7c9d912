"""The console's pages on payments, what they were applied to, refunds, invoices and batches; each registers itself."""

from payments.admin import allocations, invoices, payments, refunds
from payments.batches import admin as batches
from payments.credit_memos import admin as credit_memos
from payments.gateways import admin as gateways
from payments.lease_corrections import admin as lease_corrections

__all__ = [
    "allocations",
    "batches",
    "credit_memos",
    "gateways",
    "invoices",
    "lease_corrections",
    "payments",
    "refunds",
]
