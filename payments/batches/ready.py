"""What batches register when the app is ready: their checks."""

from __future__ import annotations

from payments.batches import errors  # noqa: F401 - its codes are declared on import
from payments.batches.verification import register_batch_checks


def register_batches() -> None:
    """Once, from the app's `ready()`."""
    register_batch_checks()
