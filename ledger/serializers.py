"""What the ledger's calls accept, and the rows they return."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batconnect.core.api.fields import DayInput, MoneyInput, StrictSerializer
from batconnect.core.kernel.money import ZERO
from ledger.chart import RECOVERED_CATEGORIES, Category
from ledger.errors import UNKNOWN_CATEGORY
from ledger.querysets import Explanation
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.services import Charge

_MAX_LEASE: Final = 2**63 - 1


@extend_schema_field({"type": "string", "example": "EZPass"})
class CategoryInput(serializers.Field):
    """A category by label or code, any case, singular or plural."""

    def to_internal_value(self, data: Any) -> Category:
        try:
            return parse_category(data if isinstance(data, str) else "")
        except UnknownCategory as error:
            raise serializers.ValidationError(str(error), code=UNKNOWN_CATEGORY) from error

    def to_representation(self, value: Category) -> str:
        return value.value


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}], "example": 2054})
class LeaseInput(serializers.Field):
    """A lease by its key (2054) or its number (`LS-2054`)."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= _MAX_LEASE:
            return data
        text = data.strip() if isinstance(data, str) else ""
        if not text or len(text) > 20:
            raise serializers.ValidationError("Name the lease by its key or its number.", code="invalid")
        if text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_LEASE:
            return int(text)
        return text.upper()

    def to_representation(self, value: int | str) -> int | str:
        return value


class ObligationInput(StrictSerializer):
    """A charge or an opening balance. Either `driver_id` with `lease_id`, or `customer_id`."""

    category = CategoryInput(help_text=f"{', '.join(RECOVERED_CATEGORIES)}; with `opening` any.")
    reference_id = serializers.CharField(max_length=60)
    amount = MoneyInput()
    due_date = DayInput()
    issue_date = DayInput(required=False, help_text="Default: the company's today.")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    opening = serializers.BooleanField(required=False, default=False)
    driver_id = serializers.IntegerField(required=False, min_value=1, max_value=_MAX_LEASE)
    lease_id = LeaseInput(required=False)
    customer_id = serializers.UUIDField(required=False)

    def to_charge(self) -> Charge:
        """The charge that the validated body describes."""
        values = dict(self.validated_data)
        lease = values.pop("lease_id", None)
        return Charge(
            **values,
            lease_id=lease if isinstance(lease, int) else None,
            lease_number=lease if isinstance(lease, str) else "",
        )


class ReasonInput(StrictSerializer):
    """Why; 10 to 500 characters, trimmed."""

    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")


class WriteOffDecisionInput(StrictSerializer):
    """An optional note on the decision."""

    reason = serializers.CharField(allow_blank=True, required=False, default="", max_length=500)


class WriteOffInput(StrictSerializer):
    """How much is given up, and why."""

    amount = MoneyInput()
    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")


def posting_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.postings` as clients see it."""
    amount: Decimal = row["amount"]
    return {
        "id": row["id"],
        "entry_id": row["entry_id"],
        "line": row["line"],
        "posted_at": row["posted_at"],
        "effective_on": row["effective_on"],
        "event": row["event"],
        "status": _posting_status(row),
        "account": row["account_code"],
        "account_name": row["account_name"],
        "debit": max(amount, ZERO),
        "credit": max(-amount, ZERO),
        "currency": row["currency"],
        "category": _label(row["category"]),
        "category_code": row["category"],
        "reference_id": row["reference_id"],
        "obligation_id": row["obligation_id"],
        "payment_id": row["payment_id"],
        **_debtor(row),
        "lease_id": row["lease_id"],
        "lease_id_pk": row["lease_id_pk"],
        "case_no": row["case_no"],
        "actor": row["actor"],
        "reason": row["reason"],
    }


def balance_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.balances` as clients see it."""
    return {
        "id": row["id"],
        **_debtor(row),
        "lease_id": row["lease_no"],
        "lease_id_pk": row["lease_id_pk"],
        "medallion_no": row["medallion_no"],
        "category": _label(row["category"]),
        "category_code": row["category"],
        "reference_id": row["reference_id"],
        "description": row["description"],
        "currency": row["currency"],
        "original_amount": row["original"],
        "outstanding": row["outstanding"],
        "written_off": row["written_off"],
        "paid": ZERO
        if row["status"] == "voided"
        else row["original"] - row["outstanding"] - row["written_off"],
        "issue_date": row["issue_date"],
        "due_date": row["due_date"],
        "status": row["status"],
        "opening": row["is_opening"],
        "source": row["source_type"],
        "created_at": row["created_at"],
    }


def explanation_row(event: Explanation) -> dict[str, Any]:
    """One event behind a balance as clients see it."""
    return {
        "entry_id": event.entry_id,
        "event": event.event,
        "text": event.text,
        "effective_on": event.effective_on,
        "posted_at": event.posted_at,
        "amount": event.amount,
        "balance": event.balance,
        "user": event.actor,
        "case_no": event.case_no,
        "payment": event.payment_number,
        "reason": event.reason,
        "url": event.url,
        "reverses": event.reverses,
    }


def _posting_status(row: dict[str, Any]) -> str:
    if row["reverses"] is not None:
        return "correction"
    return "voided" if row["is_voided"] else "posted"


def _debtor(row: dict[str, Any]) -> dict[str, Any]:
    is_driver = row["driver_id"] is not None
    return {
        "customer_id": row["customer_id"],
        "customer_name": row["customer_name"],
        "driver_id": row["driver_id"],
        "driver_no": row["driver_no"],
        "driver_name": row["customer_name"] if is_driver else None,
        "tlc_license": row["tlc_license"],
    }


def _label(category: str | None) -> str | None:
    return Category(category).label if category else None


_DEBTOR_EXAMPLE: Final = {
    "customer_id": UUID("01900000-0000-7000-8000-0000000000c1"),
    "customer_name": "John Doe",
    "driver_id": 101,
    "driver_no": "DRV-101",
    "driver_name": "John Doe",
    "tlc_license": "00504124",
}
BALANCE_EXAMPLE: Final = {
    "id": UUID("01900000-0000-7000-8000-0000000000b1"),
    **_DEBTOR_EXAMPLE,
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "category": "Lease",
    "category_code": "LEASE",
    "reference_id": "MED-102-LS-08",
    "description": "Lease obligation from 2024-10-20",
    "currency": "USD",
    "original_amount": Decimal("265.00"),
    "outstanding": Decimal("265.00"),
    "written_off": Decimal("0.00"),
    "paid": Decimal("0.00"),
    "issue_date": "2024-10-13",
    "due_date": "2024-10-20",
    "status": "open",
    "opening": True,
    "source": "ledger.charge",
    "created_at": datetime.fromisoformat("2024-10-20T09:30:00+00:00"),
}
POSTING_EXAMPLE: Final = {
    "id": UUID("01900000-0000-7000-8000-0000000000a1"),
    "entry_id": UUID("01900000-0000-7000-8000-0000000000e1"),
    "line": 1,
    "posted_at": datetime.fromisoformat("2024-10-20T09:30:00+00:00"),
    "effective_on": "2024-10-13",
    "event": "opening_balance",
    "status": "posted",
    "account": "receivable:LEASE",
    "account_name": "Receivable, Lease",
    "debit": Decimal("265.00"),
    "credit": Decimal("0.00"),
    "currency": "USD",
    "category": "Lease",
    "category_code": "LEASE",
    "reference_id": "MED-102-LS-08",
    "obligation_id": UUID("01900000-0000-7000-8000-0000000000b1"),
    "payment_id": None,
    **_DEBTOR_EXAMPLE,
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "case_no": "",
    "actor": "Mara",
    "reason": "",
}
EXPLANATION_EXAMPLE: Final = {
    "entry_id": UUID("01900000-0000-7000-8000-0000000000e1"),
    "event": "opening_balance",
    "text": "Opening balance",
    "effective_on": "2024-10-13",
    "posted_at": datetime.fromisoformat("2024-10-20T09:30:00+00:00"),
    "amount": Decimal("265.00"),
    "balance": Decimal("265.00"),
    "user": "Mara",
    "case_no": "",
    "payment": "",
    "reason": "",
    "url": "",
    "reverses": None,
}
