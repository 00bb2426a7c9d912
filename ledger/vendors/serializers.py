"""What the calls of vendors accept, and the rows they return."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text
from batconnect.core.api.fields import (
    BoundedList,
    DayInput,
    LabeledChoice,
    MoneyInput,
    StrictBoolean,
    StrictSerializer,
)
from ledger.chart import Category
from ledger.serializers import CategoryInput
from ledger.treasury.inputs import PaidFromInput
from ledger.treasury.models import Disbursement
from ledger.treasury.shapes import DisbursementPaid, paid_row
from ledger.vendors.models import Vendor, VendorBill, VendorCredit
from ledger.vendors.services.bills import EXPENSES, MAX_LINES, PASSED_ON, BillLine


class VendorInput(StrictSerializer):
    """A vendor to enter."""

    name = serializers.CharField(max_length=120)
    kind = LabeledChoice(Vendor.Kind.choices, required=False, default=Vendor.Kind.OTHER.value)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")
    number = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class VendorChange(StrictSerializer):
    """What of a vendor changes."""

    name = serializers.CharField(max_length=120, required=False)
    kind = LabeledChoice(Vendor.Kind.choices, required=False)
    is_active = StrictBoolean(required=False)


class BillLineInput(StrictSerializer):
    """A part of the bill: a category that is passed on, or an account of expenses."""

    amount = MoneyInput()
    category = CategoryInput(required=False, help_text=", ".join(PASSED_ON))
    account = serializers.CharField(max_length=60, required=False, help_text=", ".join(EXPENSES))
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class BillInput(StrictSerializer):
    """A vendor's bill, in the vendor's currency; what it is for, line by line."""

    vendor_id = serializers.UUIDField()
    number = serializers.CharField(max_length=60, help_text="The vendor's own number.")
    issue_date = DayInput()
    due_date = DayInput(required=False, help_text="Default: the issue date.")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    lines = BoundedList(child=BillLineInput(), max_length=MAX_LINES, allow_empty=False)

    def to_lines(self) -> list[BillLine]:
        """The lines that the validated body describes."""
        return [BillLine(**line) for line in self.validated_data["lines"]]


class PayBillInput(PaidFromInput):
    """How a bill is paid, and how much of it."""

    amount = MoneyInput(required=False, help_text="Default: all that is open.")


class TopUpInput(PaidFromInput):
    """How much is paid into the prepaid account, and how."""

    amount = MoneyInput()


class CreditNoteInput(StrictSerializer):
    """A vendor's credit note: for a category that is passed on, or an account of expenses."""

    vendor_id = serializers.UUIDField()
    number = serializers.CharField(max_length=60)
    amount = MoneyInput()
    day = DayInput()
    category = CategoryInput(required=False)
    account = serializers.CharField(max_length=60, required=False, default="")
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class UseCreditInput(StrictSerializer):
    """Which credit is used on the bill, and how much of it."""

    credit_id = serializers.UUIDField()
    amount = MoneyInput(required=False, help_text="Default: as far as both go.")


class VendorRow(Answer):
    """A vendor, with what is open on its bills and left of its credits."""

    id = Id("e1")
    number = Text("VEN0001")
    name = Text("E-ZPass New York")
    kind = Choice(Vendor.Kind)
    currency = Text("USD")
    is_active = Flag(True)
    open_bills = Money("420.00")
    open_credits = Money()


class BillLineRow(Answer):
    """A part of a bill."""

    category = Text("EZPass", null=True)
    account = Text("recovered:EZPASS")
    amount = Money("420.00")
    description = Text()


class BillRow(Answer):
    """A vendor's bill."""

    id = Id("b1")
    vendor_id = Id("e1")
    vendor_number = Text("VEN0001")
    vendor_name = Text("E-ZPass New York")
    number = Text("2026-01")
    currency = Text("USD")
    issue_date = Day("2026-01-31")
    due_date = Day("2026-02-15")
    amount = Money("420.00")
    open = Money("420.00")
    status = Choice(VendorBill.Status)
    description = Text()
    opening = Flag()
    created_by = Text("Mara")
    created_at = Instant()


class BillDocument(BillRow):
    """A bill with its lines and payments; `warnings` say what a payment leaves behind."""

    lines = Listed(BillLineRow)
    payments = Listed(DisbursementPaid, [])
    warnings = Listed(Text(), [])


class CreditRow(Answer):
    """What a vendor owes us."""

    id = Id("c1")
    vendor_id = Id("e1")
    vendor_number = Text("VEN0001")
    vendor_name = Text("E-ZPass New York")
    kind = Choice(VendorCredit.Kind)
    number = Text()
    currency = Text("USD")
    day = Day("2026-01-15")
    amount = Money("500.00")
    left = Money("500.00")
    status = Choice(VendorCredit.Status)


class ToppedUp(CreditRow):
    """A prepaid account that was topped up, and how."""

    payment = DisbursementPaid()
    warnings = Listed(Text(), [])


class RecoveryRow(Answer):
    """What was charged on and what agencies billed, of one category."""

    category = Text("EZPass")
    category_code = Text("EZPASS")
    charged = Money("450.00")
    billed = Money("420.00")
    difference = Money("30.00")


class RecoveryReport(Answer):
    """Over- and under-recovery, by currency and category; `difference` above zero was passed on above cost."""

    from_ = Day("2026-01-01", null=True)
    to = Day("2026-01-31")
    currency = Text("USD")
    categories = Listed(RecoveryRow)


def vendor_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.vendors` as clients see it."""
    return row


def bill_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.bills` as clients see it."""
    row["opening"] = row.pop("is_opening")
    row["vendor_number"], row["vendor_name"] = row.pop("vendor__number"), row.pop("vendor__name")
    return row


def bill_document(
    row: dict[str, Any],
    lines: list[dict[str, Any]],
    payments: list[Disbursement],
    warnings: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A bill with everything on it."""
    return {
        **bill_row(row),
        "lines": [
            {**line, "category": Category(line["category"]).label if line["category"] else None}
            for line in lines
        ],
        "payments": [paid_row(each) for each in payments],
        "warnings": list(warnings),
    }


def credit_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.credits` as clients see it."""
    row["vendor_number"], row["vendor_name"] = row.pop("vendor__number"), row.pop("vendor__name")
    return row
