"""How large an amount may become that is added up of others."""

from __future__ import annotations

from decimal import Decimal

from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import TOO_LARGE
from batconnect.core.kernel.money import LARGEST, format_amount


def require_in_range(amount: Decimal, *, field: str, what: str) -> None:
    """Raise InvalidInput naming the figure and the limit where a sum is above the largest amount; `what` begins the
    sentence."""
    if amount > LARGEST:
        message = f"{what} {format_amount(amount)}, above the largest amount, {format_amount(LARGEST)}."
        raise InvalidInput(message, errors=[FieldError(field, message, TOO_LARGE)])
