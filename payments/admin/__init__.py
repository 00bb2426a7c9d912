"""The console's pages on payments, what they were applied to, refunds, invoices and batches; each registers itself."""

from payments.admin import allocations, invoices, payments, refunds
from payments.batches import admin as batches
from payments.batches import receipt_admin
from payments.gateways import admin as gateways

__all__ = ["allocations", "batches", "gateways", "invoices", "payments", "receipt_admin", "refunds"]
