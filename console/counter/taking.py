"""Taking a payment: the step INTPAY-002 with all that it needs, or a payment on account where there is no lease."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from batconnect.core.api.fields import NotADay, parse_day
from batconnect.core.console.counter_forms import (
    CounterForm,
    TypedAmounts,
    choice_field,
    day_field,
    money_field,
    notes_field,
    text_field,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import NotMoney, parse_money, to_cents
from batconnect.core.kernel.words import say_days
from cases.services import create_case, submit_step
from console.counter.payers import Payer
from console.counter.results import Result
from ledger.chart import METHODS, Category
from ledger.models import Obligation
from ledger.previews import bookings_since
from ledger.services import reported_month_warnings
from payments.bpm_flows.interim_payment.flows import (
    ALLOCATE,
    DUPLICATE_SEEN,
    OBLIGATION_IDS,
    InterimPayment,
)
from payments.models import Payment
from payments.rules.duplicates import SAME_REFERENCE, Seen, duplicate_reason
from payments.rules.interim import MAX_ALLOCATIONS
from payments.rules.methods import INTERIM_METHODS
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.receipts import read_receipt
from payments.services.recording import record_payment

NO_LEASE: Final = "none"
MAX_LISTED: Final = 500
_LINE: Final = re.compile(r"pay-[0-9a-f-]{36}")
_LONGEST_AMOUNT: Final = 20
_LINE_FIELD: Final = re.compile(r"allocations\.([0-9]+)(?:\..+)?")
_SAY_WHAT: Final = (
    "Enter on at least one line what is paid, or choose “No lease” to keep all of it as unallocated cash."
)


class PaymentForm(CounterForm):
    """The head of a payment; its lines are `pay-<obligation>`."""

    NAMES = {"total_amount": "amount", "payment_method": "method"}

    amount = money_field("Amount received", **{"data-total": ""})
    method = choice_field("Method", [])
    payment_date = day_field("Date")
    reference_number = text_field("Reference", help_text="For a check or an ACH transfer.", maxlength=60)
    notes = notes_field()

    def __init__(self, *, payer: Payer, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        codes = INTERIM_METHODS if payer.leases else tuple(METHODS)
        self.fields["method"].widget.choices = [(code, METHODS[code]) for code in codes]
        self.line_errors: dict[int, str] = {}
        self.lines_error = ""
        self.lease_error = ""

    @classmethod
    def typed(cls, sent: Any) -> dict[str, str]:
        """The head, and the lines that have an amount."""
        lines = {
            name: str(sent[name]).strip()[:_LONGEST_AMOUNT]
            for name in sent
            if _LINE.fullmatch(name) and str(sent[name]).strip()
        }
        return {**super().typed(sent), **lines}

    def place_error(self, error: FieldError) -> bool:
        """Show errors of lines beside the lines, and those of the lease beside the leases."""
        if (line := _LINE_FIELD.fullmatch(error.field)) is not None:
            self.line_errors.setdefault(int(line[1]), error.message)
        elif error.field == "allocations":
            self.lines_error = error.message
        elif error.field == "lease_id":
            self.lease_error = error.message
        else:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Line:
    """An obligation with what was typed for it and what is wrong with that."""

    obligation: Obligation
    value: str
    error: str
    is_late: bool

    @property
    def name(self) -> str:
        """Of its amount's field."""
        return f"pay-{self.obligation.id}"

    @property
    def cents(self) -> int:
        """What it owes, in whole cents."""
        return to_cents(self.obligation.outstanding)

    @property
    def description(self) -> str:
        """What it is for, with its days as every list has them."""
        return say_days(self.obligation.description)

    @property
    def is_tax(self) -> bool:
        """Whether interim payments leave it to the weekly settlement."""
        return self.obligation.category == Category.TAXES

    @property
    def is_lease_fee(self) -> bool:
        """Whether the excess of an interim payment goes to it."""
        return self.obligation.category == Category.LEASE


@dataclass(frozen=True, slots=True)
class Listing:
    """The open obligations, oldest first; `is_cut` when there are more than 500."""

    lines: list[Line]
    is_cut: bool

    @property
    def categories(self) -> list[tuple[str, str]]:
        """Those that occur, by code and label."""
        return [(each.value, each.label) for each in Category if any(_is(line, each) for line in self.lines)]


def list_lines(
    *,
    actor: Actor,
    payer: Payer,
    data: Mapping[str, str],
    form: PaymentForm | None = None,
    category: str = "",
) -> Listing:
    """What the payer owes in base currency, oldest due date first, and what was typed although it is settled."""
    typed = _typed_ids(data)
    shown = Q(status=Obligation.Status.OPEN)
    if category:
        shown &= Q(category=category)
    rows = (
        Obligation.objects.select_related("lease")
        .filter(
            shown | Q(id__in=typed),
            company_id=actor.company_id,
            customer_id=payer.customer.pk,
            currency=actor.company.base_currency,
        )
        .order_by("due_date", "issue_date", "reference_id")[: MAX_LISTED + 1]
    )
    obligations = list(rows)
    day = today(actor.company)
    places = {key: place for place, key in enumerate(typed)}
    errors = form.line_errors if form else {}
    lines = [
        Line(
            obligation=each,
            value=data.get(f"pay-{each.id}", ""),
            error=errors.get(places[each.id], "") if each.id in places else "",
            is_late=each.due_date < day,
        )
        for each in obligations[:MAX_LISTED]
    ]
    return Listing(lines, len(obligations) > MAX_LISTED)


def take(*, actor: Actor, payer: Payer, data: Mapping[str, str], duplicate_seen: bool = False) -> Result:
    """Take the payment: open a case and carry out INTPAY-002, or record it on account where no lease is chosen.

    Raises whatever the services refuse, each error under the API's name of the field.
    """
    began = uuid7()
    way = _on_account if data.get("lease") == NO_LEASE else _interim
    payment = way(actor=actor, payer=payer, data=data, duplicate_seen=duplicate_seen)
    duplicate = payment.duplicate_of
    receipt = read_receipt(actor=actor, payment=payment)
    seen = (
        *((payment.customer_id, payment.lease_id, payment.amount, payment.method, payment.payment_date)),
        *(payment.reference_number, payment.notes, receipt.kept, duplicate.pk if duplicate else None),
        tuple(
            (line.category, line.reference_id, line.amount, line.balance_after) for line in receipt.at_once
        ),
    )
    return Result(
        address=reverse("admin:payment_taken", args=[payment.number]),
        seen=seen,
        receipt=receipt,
        duplicate=duplicate,
        is_same_reference=duplicate is not None and _has_reference_of(payment, duplicate),
        warnings=tuple(reported_month_warnings(actor=actor, days=[payment.payment_date])),
        bookings=bookings_since(actor=actor, began=began),
    )


def _has_reference_of(payment: Payment, other: Payment) -> bool:
    """Whether it is the reference by which one looks like the other, and not the amount."""
    one, another = (
        Seen(each.pk, each.payment_date, each.reference_number, each.number_order, each.amount, each.currency)
        for each in (payment, other)
    )
    return duplicate_reason(one=one, other=another) == SAME_REFERENCE


def _interim(*, actor: Actor, payer: Payer, data: Mapping[str, str], duplicate_seen: bool) -> Payment:
    lease = data.get("lease", "")
    if not lease:
        raise InvalidInput("Choose the lease that the payment is for.", field="lease_id")
    assert payer.driver is not None or not payer.leases, "who drives on a lease is a driver"
    if payer.driver is None:
        raise InvalidInput(f"{payer.customer.name} does not drive on any lease.", field="lease_id")
    lines = _obligations(actor, payer, data)
    amounts = TypedAmounts(actor.company.base_currency)
    case = create_case(actor=actor, case_type=InterimPayment.code).case
    step = {
        "driver_id": payer.driver.pk,
        "lease_id": int(lease) if lease.isascii() and lease.isdecimal() else lease,
        "total_amount": amounts.plain("total_amount", data.get("amount", "")),
        "payment_method": data.get("method", ""),
        "payment_date": data.get("payment_date", ""),
        "reference_number": data.get("reference_number", "").strip(),
        "notes": data.get("notes", "").strip(),
        "allocations": [
            {
                "category": each.category,
                "reference_id": each.reference_id,
                "amount": amounts.plain(f"allocations.{place}.amount", typed),
            }
            for place, (each, typed) in enumerate(lines)
        ],
    }
    try:
        done = submit_step(
            actor=actor,
            case_no=case.case_no,
            step_id=ALLOCATE,
            data=step,
            known={
                OBLIGATION_IDS: [each.id for each, _ in lines],
                DUPLICATE_SEEN: duplicate_seen,
            },
        )
    except InvalidInput as refusal:
        raise _in_plain_english(amounts.explained(refusal), has_lines=bool(lines)) from refusal
    number = done.result.payload["payment_id"]
    return (
        Payment.objects.select_related("customer", "driver", "lease__medallion", "duplicate_of")
        .filter(company_id=actor.company_id)
        .get(number=number)
    )


def _in_plain_english(refusal: InvalidInput, *, has_lines: bool) -> InvalidInput:
    """The refusal with a sentence instead of the form's "at least 1"."""
    if has_lines:
        return refusal
    errors = [
        FieldError(error.field, _SAY_WHAT, error.code) if error.field == "allocations" else error
        for error in refusal.errors
    ]
    return InvalidInput(refusal.message, code=refusal.code, errors=errors)


def _on_account(*, actor: Actor, payer: Payer, data: Mapping[str, str], duplicate_seen: bool) -> Payment:
    """A payment that names no lease: kept as unallocated cash except for the chosen lines.

    Rule: docs/domain.md#interim-payments, docs/domain.md#payments.
    """
    amount, day, requests = _read(data, _obligations(actor, payer, data), actor.company.base_currency)
    recorded = record_payment(
        actor=actor,
        customer_id=payer.customer.pk,
        amount=amount,
        method=data.get("method", ""),
        payment_date=day,
        reference_number=_short(data, "reference_number", 60),
        notes=_short(data, "notes", 500),
        acknowledge_duplicate=duplicate_seen,
    )
    if requests:
        allocate_payment(actor=actor, payment_id=recorded.payment.id, requests=requests)
    return (
        Payment.objects.select_related("customer", "duplicate_of")
        .filter(company_id=actor.company_id)
        .get(id=recorded.payment.id)
    )


def _read(
    data: Mapping[str, str], lines: list[tuple[Obligation, str]], currency: str
) -> tuple[Any, date, list[AllocationRequest]]:
    """Amount, date and lines as the services take them. Raises InvalidInput naming every field that is none."""
    wrong: list[FieldError] = []
    amount: Any = None
    day: Any = None
    requests: list[AllocationRequest] = []
    try:
        amount = parse_money(data.get("amount", ""), currency=currency)
    except NotMoney as error:
        wrong.append(FieldError("total_amount", str(error)))
    try:
        day = parse_day(data.get("payment_date", ""))
    except NotADay:
        wrong.append(FieldError("payment_date", "Enter a date as YYYY-MM-DD."))
    for place, (obligation, text) in enumerate(lines):
        try:
            requests.append(_request(place, obligation, text, currency))
        except NotMoney as error:
            wrong.append(FieldError(f"allocations.{place}.amount", str(error)))
    if len(requests) > MAX_ALLOCATIONS:
        wrong.append(
            FieldError("allocations", f"Fill in at most {MAX_ALLOCATIONS} lines; there are {len(requests)}.")
        )
    if wrong:
        raise InvalidInput(wrong[0].message, errors=wrong)
    return amount, day, requests


def _request(place: int, obligation: Obligation, text: str, currency: str) -> AllocationRequest:
    amount = parse_money(text, currency=currency)
    if amount <= 0:
        raise NotMoney("Enter an amount above zero.")
    return AllocationRequest(amount=amount, obligation_id=obligation.id, field=f"allocations.{place}")


def _obligations(actor: Actor, payer: Payer, data: Mapping[str, str]) -> list[tuple[Obligation, str]]:
    """The payer's obligations that have an amount, in the order of the form's fields."""
    ids = _typed_ids(data)
    obligations = {
        each.id: each
        for each in Obligation.objects.filter(
            company_id=actor.company_id, customer_id=payer.customer.pk, id__in=ids
        )
    }
    if len(obligations) < len(ids):
        raise InvalidInput(
            "A line names an item that this payer does not owe. Open the form again.", field="allocations"
        )
    return [(obligations[key], data[f"pay-{key}"]) for key in ids]


def _typed_ids(data: Mapping[str, str]) -> list[UUID]:
    ids = []
    for name in data:
        if _LINE.fullmatch(name):
            try:
                ids.append(UUID(name.removeprefix("pay-")))
            except ValueError:
                continue
    return ids


def _short(data: Mapping[str, str], name: str, longest: int) -> str:
    text = data.get(name, "").strip()
    if len(text) > longest:
        raise InvalidInput(f"Enter at most {longest} characters; there are {len(text)}.", field=name)
    return text


def _is(line: Line, category: Category) -> bool:
    return line.obligation.category == category.value
