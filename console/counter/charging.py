"""Adding a charge at the counter: what a driver or a customer owes from a ticket, a toll, a tax or anything else.

Rule: docs/domain.md#charges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.urls import reverse

from batconnect.core.api.problems import check_body
from batconnect.core.console.counter_forms import (
    CounterForm,
    TypedAmounts,
    choice_field,
    day_field,
    money_field,
    text_field,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day
from batconnect.directory.models import Lease
from console.counter.payers import Payer
from console.counter.results import Result
from ledger.chart import RECOVERED_CATEGORIES, Category
from ledger.errors import REFERENCE_TAKEN
from ledger.models import Obligation, TaxAuthority
from ledger.previews import bookings_since
from ledger.serializers import ObligationInput
from ledger.services import reported_month_warnings
from ledger.services.charges import enter_charges

MAX_LEASES: Final = 12
_OPTIONAL: Final = ("issue_date", "authority")


class ChargeForm(CounterForm):
    """What is charged; the fields are called as the API calls them."""

    category = choice_field(
        "What for", [("", "Choose…"), *((each.value, each.label) for each in RECOVERED_CATEGORIES)]
    )
    reference_id = text_field(
        "Reference", help_text="The number of the ticket, toll or bill: each is charged once.", maxlength=60
    )
    amount = money_field("Amount")
    due_date = day_field("Due on")
    issue_date = day_field("Charged on")
    authority = choice_field("Held for", [])
    description = text_field("Note", maxlength=200)

    def __init__(self, *, actor: Actor, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.lease_error = ""
        held = TaxAuthority.objects.filter(company_id=actor.company_id, is_active=True)
        authorities = list(held.values_list("code", "name"))
        if authorities:
            self.fields["authority"].widget.choices = [("", "Other, or not a tax"), *authorities]
        else:
            del self.fields["authority"]

    def place_error(self, error: FieldError) -> bool:
        """Show the lease's error beside the leases."""
        if error.field == "lease_id":
            self.lease_error = error.message
            return True
        return False


def with_earlier_leases(actor: Actor, payer: Payer) -> Payer:
    """The payer with every lease that they drove, the present ones first: a toll may come after a lease has ended."""
    if payer.driver is None:
        return payer
    present = {each.pk for each in payer.leases}
    earlier = (
        Lease.objects.select_related("medallion", "vehicle")
        .filter(company_id=actor.company_id, lease_drivers__driver=payer.driver.pk)
        .exclude(pk__in=present)
        .distinct()
        .order_by("-pk")[:MAX_LEASES]
    )
    return replace(payer, leases=(*payer.leases, *earlier))


def charge(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> Result:
    """Raise the charge by `enter_charges`. Raises what it refuses, and Conflict for one that is there already."""
    began = uuid7()
    amounts = TypedAmounts(actor.company.base_currency)
    try:
        body = ObligationInput(data=_body(payer, data, amounts))
        check_body(body)
        (raised,) = enter_charges(actor=actor, charges=[body.to_charge()])
    except InvalidInput as refusal:
        if not data.get("category"):
            amounts.wrong["category"] = "Choose what the charge is for."
        raise amounts.explained(refusal) from refusal
    debt = raised.obligation
    if not raised.created:
        message = (
            f"{debt} of {format_amount(debt.original)} {debt.currency} was charged already, on {debt.issue_date}: "
            f"look at it, or give this one its own reference."
        )
        raise Conflict(message, code=REFERENCE_TAKEN, field="reference_id")
    facts = _facts(debt, data)
    return Result(
        address=reverse("admin:charge_made", args=[debt.pk]),
        seen=(payer.customer.pk, debt.lease_id, facts),
        facts=facts,
        bookings=bookings_since(actor=actor, began=began),
        warnings=tuple(reported_month_warnings(actor=actor, days=[debt.issue_date])),
    )


def _body(payer: Payer, data: Mapping[str, str], amounts: TypedAmounts) -> dict[str, Any]:
    """What the API's call would be sent. Raises InvalidInput while a driver's lease is not chosen."""
    typed = {name: data.get(name, "").strip() for name in ChargeForm.base_fields}
    body: dict[str, Any] = {name: text for name, text in typed.items() if text or name not in _OPTIONAL}
    body["amount"] = amounts.plain("amount", typed["amount"])
    if payer.driver is None:
        return {**body, "customer_id": str(payer.customer.pk)}
    lease = data.get("lease", "")
    if lease not in {str(each.pk) for each in payer.leases}:
        raise InvalidInput("Choose the lease that the charge belongs to.", field="lease_id")
    return {**body, "driver_id": payer.driver.pk, "lease_id": int(lease)}


def _facts(debt: Obligation, data: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    facts = (
        ("What for", Category(debt.category).label),
        ("Reference", debt.reference_id),
        ("Due on", format_day(debt.due_date)),
        ("Charged on", format_day(debt.issue_date)),
        ("Held for", data.get("authority", "")),
        ("Note", data.get("description", "").strip()),
    )
    return (
        ("Amount", f"{format_amount(debt.original)} {debt.currency}"),
        *(each for each in facts if each[1]),
    )
