"""The console's pages on payments, what they were applied to, invoices and batches; each registers itself."""

from payments.admin import allocations, invoices, payments
from payments.batches import admin as batches

__all__ = ["allocations", "batches", "invoices", "payments"]
