"""Fields that several bodies share: currencies by code or id."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from batconnect.core.api.fields import StrictSerializer
from batconnect.core.companies.currencies import OFFERED, currency_id
from payments.errors import UNKNOWN_CURRENCY

_BY_ID: Final[dict[UUID, str]] = {currency_id(code): code for code in OFFERED}


class CurrencyFields(StrictSerializer):
    """`currency` (a code, any case) or `currency_id`; the company's own when neither is sent.

    After validation `currency` holds the code, "" for the company's own.
    """

    currency = serializers.CharField(required=False, help_text="USD, INR, EUR, GBP or CAD.")
    currency_id = serializers.UUIDField(
        required=False, help_text="Instead of currency; see GET /api/accounting/currencies."
    )

    def validate_currency(self, value: str) -> str:
        code = value.strip().upper()
        if code not in OFFERED:
            raise _unknown(f"{value[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}.")
        return code

    def validate_currency_id(self, value: UUID) -> UUID:
        if value not in _BY_ID:
            raise _unknown("There is no such currency; GET /api/accounting/currencies lists them.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_id = attrs.pop("currency_id", None)
        code = attrs.get("currency", "")
        if by_id is not None and code and _BY_ID[by_id] != code:
            message = f"currency_id is {_BY_ID[by_id]}, but currency is {code}: send one of them."
            raise serializers.ValidationError(
                {"currency_id": [ErrorDetail(message, code=UNKNOWN_CURRENCY)]}, code=UNKNOWN_CURRENCY
            )
        attrs["currency"] = _BY_ID[by_id] if by_id is not None else code
        return attrs


def _unknown(message: str) -> serializers.ValidationError:
    return serializers.ValidationError(message, code=UNKNOWN_CURRENCY)
