"""What the calls on credit memos take."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, DayInput, MoneyInput, StrictSerializer
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import REQUIRED
from ledger.chart import METHODS
from ledger.serializers import CategoryInput, LeaseInput
from ledger.treasury.services.paying import PaidFrom
from payments.credit_memos.services.issuing import MemoRequest
from payments.credit_memos.services.items import LineRequest
from payments.credit_memos.services.moving import Target
from payments.errors import ONE_BODY, UNKNOWN_METHOD
from payments.rules.methods import UnknownMethod, parse_method
from payments.serializers.allocation_inputs import AutoInput
from payments.services.choosing import MAX_LINES, AllocationRequest
from payments.services.invoices import MAX_ITEMS

_MAX_KEY: Final = 2**63 - 1
_MAX_REASON: Final = 10_000
REFUND_METHOD: Final = "ach"


class _Line(StrictSerializer):
    """A line of an invoice, credited with its taxes."""

    line = serializers.IntegerField(min_value=1, max_value=32_767)
    net = MoneyInput(required=False, help_text="How much of its net; all that is left if left out.")


class CreditMemoInput(StrictSerializer):
    """What is credited: an item (`obligation_id`, or `invoice_id`, by `amount` or `lines`; without, all that is left),
    or a customer (`customer_id`, or `driver_id` with `lease_id`) with `amount` and what it debits, `category` or
    `account`."""

    obligation_id = serializers.UUIDField(required=False)
    invoice_id = serializers.UUIDField(required=False)
    lines = BoundedList(child=_Line(), required=False, allow_empty=False, max_length=MAX_ITEMS)
    amount = MoneyInput(required=False)
    customer_id = serializers.UUIDField(required=False)
    driver_id = serializers.IntegerField(required=False, min_value=1, max_value=_MAX_KEY)
    lease_id = serializers.IntegerField(required=False, min_value=1, max_value=_MAX_KEY)
    category = CategoryInput(required=False)
    account = serializers.CharField(
        required=False, max_length=60, help_text="The code of an account without items."
    )
    currency = serializers.CharField(required=False, max_length=3)
    reason = serializers.CharField(
        allow_blank=True, max_length=_MAX_REASON, help_text="10 to 500 characters."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("lines") and attrs.get("amount") is not None:
            raise serializers.ValidationError({"amount": ["Send either amount or lines."]})
        if attrs.get("lines") and not attrs.get("invoice_id"):
            raise serializers.ValidationError(
                {"invoice_id": ["Lines are an invoice's: name it."]}, code=REQUIRED
            )
        return attrs

    def to_request(self) -> MemoRequest:
        """What the service is asked for."""
        values = dict(self.validated_data)
        lines = tuple(LineRequest(each["line"], each.get("net")) for each in values.pop("lines", ()))
        return MemoRequest(**values, lines=lines)


class CreditAllocationInput(StrictSerializer):
    """One allocation of a credit memo."""

    invoice_id = serializers.UUIDField(required=False, allow_null=True)
    obligation_id = serializers.UUIDField(required=False, allow_null=True)
    amount = MoneyInput()
    allocation_date = DayInput(required=False, allow_null=True, help_text="Defaults to today.")
    notes = serializers.CharField(default="", allow_blank=True, max_length=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(attrs.get(name) is not None for name in ("invoice_id", "obligation_id")) != 1:
            raise serializers.ValidationError(
                {"invoice_id": ["Give one of invoice_id, obligation_id."]}, code=REQUIRED
            )
        return attrs


class CreditAllocationsInput(StrictSerializer):
    """A list of allocations, applied all or not at all."""

    allocations = BoundedList(child=CreditAllocationInput(), allow_empty=False, max_length=MAX_LINES)


CreditAllocationBody: Final = PolymorphicProxySerializer(
    "CreditAllocationBody", [CreditAllocationInput, CreditAllocationsInput], resource_type_field_name=None
)


def read_credit_allocations(body: Any) -> list[AllocationRequest]:
    """The lines of a flat body or of a list. Raises InvalidInput for both at once, ValidationError for the rest."""
    if not isinstance(body, Mapping) or "allocations" not in body:
        return [AllocationRequest(**CreditAllocationInput.read(body))]
    if len(body) > 1:
        others = sorted(str(name)[:60] for name in body if name != "allocations")
        message = "Send either allocations or one allocation's members, not both."
        raise InvalidInput(
            message, code=ONE_BODY, errors=[FieldError(name, message, ONE_BODY) for name in others[:20]]
        )
    return [
        AllocationRequest(**values, field=f"allocations.{place}")
        for place, values in enumerate(CreditAllocationsInput.read(body)["allocations"])
    ]


class CreditAutoInput(AutoInput):
    """Auto-allocation of a credit memo: as of a payment. A credit earns no discount."""

    def validate_apply_early_payment_discount(self, wanted: bool) -> bool:
        if wanted:
            raise serializers.ValidationError("A credit memo earns no early-payment discount.")
        return wanted


class CreditRefundInput(StrictSerializer):
    """How much is paid back, how, and why; all that is left, by ACH from the default account, unless said otherwise."""

    amount = MoneyInput(required=False)
    reason = serializers.CharField(
        allow_blank=True, max_length=_MAX_REASON, help_text="10 to 500 characters."
    )
    method = serializers.CharField(default=REFUND_METHOD, max_length=40, help_text=", ".join(METHODS))
    bank_account_id = serializers.UUIDField(required=False, allow_null=True)
    drawer_id = serializers.UUIDField(required=False, allow_null=True, help_text="For cash.")
    reference = serializers.CharField(default="", allow_blank=True, max_length=60)
    payee = serializers.CharField(default="", allow_blank=True, max_length=120)
    paid_on = DayInput(required=False, allow_null=True, help_text="Defaults to today.")

    def validate_method(self, text: str) -> str:
        try:
            return parse_method(text)
        except UnknownMethod as error:
            raise serializers.ValidationError(str(error), code=UNKNOWN_METHOD) from error

    def to_values(self) -> tuple[Decimal | None, str, PaidFrom]:
        """Amount, reason, and how it is paid."""
        values = dict(self.validated_data)
        return values.pop("amount", None), values.pop("reason"), PaidFrom(**values)


class MoveInput(StrictSerializer):
    """Who owes the charge instead: `driver_id` with `lease_id`, or `customer_id`."""

    driver_id = serializers.IntegerField(required=False, min_value=1, max_value=_MAX_KEY)
    lease_id = LeaseInput(required=False)
    customer_id = serializers.UUIDField(required=False)
    reason = serializers.CharField(
        allow_blank=True, max_length=_MAX_REASON, help_text="10 to 500 characters."
    )

    def to_target(self) -> Target:
        """Whom the service is given."""
        lease = self.validated_data.get("lease_id")
        return Target(
            driver_id=self.validated_data.get("driver_id"),
            lease_id=lease if isinstance(lease, int) else None,
            lease_number=lease if isinstance(lease, str) else "",
            customer_id=self.validated_data.get("customer_id"),
        )


class PenaltyInput(StrictSerializer):
    """What a penalty adds to a charge."""

    amount = MoneyInput(help_text="The difference, not the new total.")
    due_date = DayInput()
    description = serializers.CharField(default="", allow_blank=True, max_length=200)
