"""The jobs of payments: Celery looks for them here."""

from payments.batches.tasks import process_payment_batch
from payments.gateways import tasks as gateways

__all__ = ["gateways", "process_payment_batch"]
