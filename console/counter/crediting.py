"""Giving a customer a credit that belongs to no item: a memo of its own, to be applied or paid back.

Rule: docs/domain.md#credit-memos.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget

from batconnect.core.api.problems import check_body
from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.counter_forms import CounterForm, TypedAmounts, choice_field, money_field
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from console.counter.payers import Payer
from console.counter.results import Result
from ledger.chart import Category
from ledger.previews import bookings_since
from payments.credit_memos.inputs import CreditMemoInput
from payments.credit_memos.services.issuing import Issued, issue_credit_memo

LONGEST_REASON: Final = 500
# A repair is credited by its item (docs/domain.md#credit-memos).
_CREDITED: Final = tuple(each for each in Category if each is not Category.REPAIRS)


class CreditForm(CounterForm):
    """What is credited; the fields are called as the API calls them."""

    category = choice_field("What for", [("", "Choose…"), *((each.value, each.label) for each in _CREDITED)])
    amount = money_field("Amount")
    reason = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "maxlength": LONGEST_REASON}),
        help_text="10 to 500 characters, kept permanently.",
    )

    def __init__(self, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.lease_error = ""

    def place_error(self, error: FieldError) -> bool:
        """Show the lease's error beside the leases."""
        if error.field == "lease_id":
            self.lease_error = error.message
            return True
        return False


def give_credit(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> Result:
    """Issue the memo, or ask a second person for it, by `issue_credit_memo`. Raises what it refuses."""
    began = uuid7()
    amounts = TypedAmounts(actor.company.base_currency)
    try:
        body = CreditMemoInput(data=_body(payer, data, amounts))
        check_body(body)
        issued = issue_credit_memo(actor=actor, request=body.to_request())
    except InvalidInput as refusal:
        if not data.get("category"):
            amounts.wrong["category"] = "Choose what the credit is for."
        raise amounts.explained(refusal) from refusal
    facts = (
        ("Amount", f"{format_amount(issued.amount)} {issued.currency}"),
        ("What for", Category(data["category"]).label),
        ("Reason", data.get("reason", "").strip()),
    )
    waits = describe_waiting(issued.request) if issued.memo is None and issued.request else ""
    return Result(
        address=_address(issued),
        seen=(payer.customer.pk, data.get("lease", ""), facts, bool(waits)),
        facts=facts,
        bookings=bookings_since(actor=actor, began=began),
        waits=waits,
    )


def _address(issued: Issued) -> str:
    if issued.memo is not None:
        return reverse("admin:credit_made", args=[issued.memo.pk])
    assert issued.request is not None, "a memo is issued or asked for"
    return reverse("admin:core_approval_change", args=[issued.request.pk])


def _body(payer: Payer, data: Mapping[str, str], amounts: TypedAmounts) -> dict[str, Any]:
    """What the API's call would be sent. Raises InvalidInput while a driver's lease is not chosen."""
    body: dict[str, Any] = {
        "category": data.get("category", ""),
        "amount": amounts.plain("amount", data.get("amount", "")),
        "reason": data.get("reason", ""),
    }
    if payer.driver is None:
        return {**body, "customer_id": str(payer.customer.pk)}
    lease = data.get("lease", "")
    if lease not in {str(each.pk) for each in payer.leases}:
        raise InvalidInput("Choose the lease that is credited.", field="lease_id")
    return {**body, "driver_id": payer.driver.pk, "lease_id": int(lease)}
