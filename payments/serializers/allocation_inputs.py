"""What the bodies of allocations and refunds hold.

Rule: docs/api.md#payments, docs/seeds.md#payment-allocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, DayInput, MoneyInput, RateInput, StrictSerializer
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import REQUIRED
from ledger.chart import Category
from ledger.serializers import CategoryInput
from ledger.treasury.services.paying import PaidFrom
from payments.errors import ONE_BODY, UNKNOWN_METHOD
from payments.rules.methods import UnknownMethod, parse_method
from payments.services.auto import AutoOptions, Share
from payments.services.choosing import MAX_LINES, AllocationRequest

_MAX_ORDERED: Final = 1_000
_MAX_NOTES: Final = 500


class _NamesOne(StrictSerializer):
    """Names exactly one thing among those that it may name."""

    _among: tuple[str, ...] = ("invoice_id", "obligation_id")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(attrs.get(name) is not None for name in self._among) != 1:
            raise serializers.ValidationError(
                {self._among[0]: [f"Give one of {', '.join(self._among)}."]}, code=REQUIRED
            )
        return attrs


class AllocationInput(_NamesOne):
    """One allocation: what is paid, how much of it, and whether the early-payment discount is asked for."""

    invoice_id = serializers.UUIDField(required=False, allow_null=True)
    obligation_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Instead of invoice_id, for driver debts and premiums."
    )
    amount = MoneyInput(help_text="The part of the invoice to settle, discount included.")
    apply_early_payment_discount = serializers.BooleanField(default=False)
    require_discount = serializers.BooleanField(
        default=False, help_text="Refuse (400) when the discount is not earned."
    )
    allocation_date = DayInput(
        required=False,
        allow_null=True,
        help_text="Defaults to the latest of the payment date, the issue date and the first open day.",
    )
    notes = serializers.CharField(default="", allow_blank=True, max_length=_MAX_NOTES)
    recover_written_off = serializers.BooleanField(
        default=False, help_text="Recover what the amount is above the outstanding, of what was written off."
    )

    @staticmethod
    def to_request(values: Mapping[str, Any], field: str = "") -> AllocationRequest:
        """What the service is asked for."""
        return AllocationRequest(**values, field=field)


class AllocationsInput(StrictSerializer):
    """A list of allocations, applied all or not at all."""

    allocations = BoundedList(child=AllocationInput(), allow_empty=False, max_length=MAX_LINES)


# Either one allocation's members, or a list.
AllocationBody: Final = PolymorphicProxySerializer(
    "AllocationBody", [AllocationInput, AllocationsInput], resource_type_field_name=None
)


def read_allocations(body: Any) -> list[AllocationRequest]:
    """The lines of a flat body or of a list. Raises InvalidInput for both at once, ValidationError for the rest."""
    if not isinstance(body, Mapping) or "allocations" not in body:
        return [AllocationInput.to_request(AllocationInput.read(body))]
    if len(body) > 1:
        others = sorted(str(name)[:60] for name in body if name != "allocations")
        message = "Send either allocations or one allocation's members, not both."
        raise InvalidInput(
            message, code=ONE_BODY, errors=[FieldError(name, message, ONE_BODY) for name in others[:20]]
        )
    return [
        AllocationInput.to_request(values, field=f"allocations.{place}")
        for place, values in enumerate(AllocationsInput.read(body)["allocations"])
    ]


class MethodInput(serializers.CharField):
    """A payment method by its code or label, in any case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def to_internal_value(self, data: Any) -> str:
        """The method's code."""
        text = super().to_internal_value(data)
        try:
            return parse_method(text)
        except UnknownMethod as error:
            raise serializers.ValidationError([str(error)], code=UNKNOWN_METHOD) from error


class ShareInput(_NamesOne):
    """A share of the payment for one invoice, one obligation, or a category's items."""

    _among = ("invoice_id", "obligation_id", "category")

    invoice_id = serializers.UUIDField(required=False, allow_null=True)
    obligation_id = serializers.UUIDField(required=False, allow_null=True)
    category = CategoryInput(required=False, allow_null=True)
    percent = RateInput(above=Decimal(0), at_most=Decimal(100))


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "example": "INVOICE"}
)
class _Categories(serializers.Field):
    """One category, or a list of them."""

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        one = CategoryInput()
        named = data if isinstance(data, list) else [data]
        return tuple(dict.fromkeys(Category(one.run_validation(each)).value for each in named[:50]))

    def to_representation(self, value: Any) -> Any:
        return value


class CompareInput(StrictSerializer):
    """The options of auto-allocation; each reaches the strategies that take it."""

    priorityRules = serializers.CharField(  # noqa: N815 - the seed's name
        required=False, allow_blank=True, max_length=200, help_text='For example "due_date ASC".'
    )
    priority_rules = serializers.CharField(required=False, allow_blank=True, max_length=200)
    order = BoundedList(child=serializers.UUIDField(), required=False, max_length=_MAX_ORDERED)
    percentages = BoundedList(child=ShareInput(), required=False, max_length=_MAX_ORDERED)
    category = _Categories(required=False, help_text="One category or a list; all if left out.")
    apply_early_payment_discount = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("priorityRules") and attrs.get("priority_rules"):
            raise serializers.ValidationError(
                {"priority_rules": ["It means the same as priorityRules: send one of them."]}
            )
        return attrs

    def options(self, *, strategy: str = "fifo") -> AutoOptions:
        """What the service is given."""
        values = self.validated_data
        return AutoOptions(
            strategy=strategy,
            priority_rules=values.get("priorityRules") or values.get("priority_rules") or "",
            order=tuple(values.get("order", ())),
            percentages=tuple(_share(each) for each in values.get("percentages", ())),
            categories=values.get("category", ()),
            apply_early_payment_discount=values["apply_early_payment_discount"],
        )


class AutoInput(CompareInput):
    """Auto-allocation: a strategy with its options; `preview` writes nothing, `plan_hash` applies what it showed."""

    strategy = serializers.CharField(max_length=60)
    preview = serializers.BooleanField(default=False)
    plan_hash = serializers.CharField(required=False, allow_null=True, max_length=64)


class PaidFromInput(StrictSerializer):
    """How something is paid out; each member may be left out."""

    method = MethodInput(required=False, help_text="Default: the payment's own.")
    bank_account_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: the currency's default account."
    )
    drawer_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Of cash. Default: your own drawer, else the office's."
    )
    reference = serializers.CharField(required=False, allow_blank=True, max_length=60)
    paid_on = DayInput(required=False, allow_null=True, help_text="Default: the company's today.")
    payee = serializers.CharField(
        required=False, allow_blank=True, max_length=120, help_text="Default: the customer."
    )

    @staticmethod
    def take_from(values: dict[str, Any]) -> PaidFrom:
        """How it is paid, taken out of the values that were read."""
        said = {each.name: values.pop(each.name) for each in fields(PaidFrom) if values.get(each.name)}
        for each in fields(PaidFrom):
            values.pop(each.name, None)
        return PaidFrom(**{"method": "", **said})


class RefundInput(PaidFromInput):
    """An amount and a reason of 10 to 500 characters; how it is paid, if not as the payment was."""

    amount = MoneyInput()
    reason = serializers.CharField(allow_blank=True, trim_whitespace=True, max_length=10_000)


class DecisionInput(StrictSerializer):
    """Why, if there is something to say."""

    reason = serializers.CharField(default="", allow_blank=True, max_length=500)


def _share(values: Mapping[str, Any]) -> Share:
    category = values.get("category")
    return Share(
        percent=values["percent"],
        invoice_id=values.get("invoice_id"),
        obligation_id=values.get("obligation_id"),
        category=Category(category).value if category else None,
    )
