"""Returns of payments as JSON, and the body that records one (docs/api.md#payments)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Day, Id, Listed, Money, Text
from batconnect.core.api.fields import MoneyInput, StrictSerializer
from ledger.models import Obligation
from payments.serializers.allocation_answers import PaymentFigures
from payments.serializers.allocations import payment_figures
from payments.services.taking_back import Taken


class ReturnInput(StrictSerializer):
    """A payment that the bank took back, or a part of it."""

    reason_code = serializers.CharField(max_length=20, help_text="The bank's, such as R01 or NSF.")
    amount = MoneyInput(required=False, allow_null=True, help_text="Default: all of it.")
    fee = MoneyInput(required=False, allow_null=True, help_text="Charged to the customer, due today.")
    notes = serializers.CharField(required=False, allow_blank=True, max_length=400)
    bank_account_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Which account it left. Default: the currency's default account.",
    )


class _Charged(Answer):
    """What the customer owes because of the return."""

    obligation_id = Id("b7")
    reference_id = Text("NSF-PAY-2025-001")
    amount = Money("20.00")


class PaymentReturnRow(Answer):
    """What the bank took back: `amount` = `undone` + `charged`."""

    return_id = Id("b8")
    amount = Money("1000.00")
    undone = Money("990.00")
    charged = Money("10.00")
    reason_code = Text("R01")
    notes = Text()
    returned_on = Day()
    obligation = _Charged(null=True)
    fee = _Charged(null=True)


class PaymentTakenBack(PaymentFigures):
    """The payment's new figures, with the return."""

    returned = PaymentReturnRow()
    allocations_undone = Listed(Id("b4"))
    warnings = Listed(Text(), example=[])


def return_document(done: Taken) -> dict[str, Any]:
    """The answer of `POST /api/payments/{id}/return`."""
    made = done.returned
    return {
        **payment_figures(done.payment),
        "returned": {
            "return_id": made.id,
            "amount": made.amount,
            "undone": made.undone,
            "charged": made.charged,
            "reason_code": made.reason_code,
            "notes": made.notes,
            "returned_on": made.returned_on,
            "obligation": _charged(done.charged),
            "fee": _charged(done.fee),
        },
        "allocations_undone": [each.id for each in done.allocations],
        "warnings": list(done.warnings),
    }


def _charged(obligation: Obligation | None) -> dict[str, Any] | None:
    if obligation is None:
        return None
    return {
        "obligation_id": obligation.id,
        "reference_id": obligation.reference_id,
        "amount": obligation.original,
    }
