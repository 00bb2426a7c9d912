"""The jobs of payments: Celery looks for them here."""

from payments.batches.tasks import process_payment_batch, resume_batches

__all__ = ["process_payment_batch", "resume_batches"]
