"""The source type under which a correction raises what drivers owe in addition."""

from __future__ import annotations

from typing import Final

LEASE_CORRECTION: Final = "payments.lease_correction"
