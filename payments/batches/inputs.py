"""What uploads and decisions on their rows say."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, LabeledChoice, StrictSerializer
from batconnect.core.files.uploads import MAX_ROWS
from payments.batches.models import PaymentBatch
from payments.batches.rules.readings import DATE_ORDERS, DECIMAL_SIGNS


@extend_schema_field({"type": "array", "minItems": 1, "maxItems": MAX_ROWS, "items": {}})
class EntriesField(serializers.Field):
    """The entries as they came: each is judged as a row of the batch, not here."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class BatchInput(StrictSerializer):
    """The body of `POST /api/accounting/payment-batches`: JSON, or the fields beside a file."""

    source_type = LabeledChoice(PaymentBatch.Source.choices)
    file = serializers.FileField(required=False, allow_empty_file=True)
    entries = EntriesField(required=False, help_text="For manual: 1 to 10,000 payments.")
    notes = serializers.CharField(required=False, allow_blank=True, max_length=500)
    force = serializers.BooleanField(required=False, help_text="Take the same file again.")
    mapping = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="For a bank's CSV: whose columns."
    )
    bank_account_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="For a bank feed: whose statement; may be left out while one fits.",
    )
    allocation_strategy = serializers.CharField(
        required=False, allow_blank=True, max_length=30, help_text="For a bank feed: how to allocate."
    )
    decimal_sign = serializers.ChoiceField(
        list(DECIMAL_SIGNS), required=False, help_text="For csv_import: what stands before the cents; point."
    )
    date_order = serializers.ChoiceField(
        list(DATE_ORDERS), required=False, help_text="For csv_import: 01/31/2026 or 31.01.2026; month_first."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        manual = attrs["source_type"] == PaymentBatch.Source.MANUAL
        needed, foreign = ("entries", "file") if manual else ("file", "entries")
        wrong: dict[str, str] = {}
        if needed not in attrs:
            wrong[needed] = f"{attrs['source_type']} needs {needed}."
        if foreign in attrs:
            wrong[foreign] = f"{attrs['source_type']} takes no {foreign}."
        if attrs["source_type"] != PaymentBatch.Source.BANK_FEED:
            of_banks = ("mapping", "allocation_strategy", "bank_account_id")
            wrong |= {name: "Only for bank_feed." for name in of_banks if attrs.get(name)}
        if attrs["source_type"] != PaymentBatch.Source.CSV_IMPORT:
            wrong |= {
                name: "Only for csv_import." for name in ("decimal_sign", "date_order") if attrs.get(name)
            }
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class HeldRowsInput(StrictSerializer):
    """`{rows?, pay, reason}`; without `rows` all that are held."""

    rows = BoundedList(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ROWS),
        required=False,
        allow_empty=False,
        max_length=MAX_ROWS,
        help_text="Numbers of held rows; all of them if left out.",
    )
    pay = serializers.BooleanField(help_text="true pays them anyway, false drops them.")
    reason = serializers.CharField(max_length=500)
