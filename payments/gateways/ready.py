"""What gateways register when the app is ready."""

from __future__ import annotations

from payments.gateways import checks, errors

__all__ = ["checks", "errors"]
