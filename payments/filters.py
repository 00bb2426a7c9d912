"""The filters of the lists of payments, customers and invoices."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

import django_filters
from django.db.models import F, Q

from batconnect.core.api.filters import (
    CodeFilter,
    DayFilter,
    LabelFilter,
    ListFilters,
    MoneyFilter,
    NameFilter,
    SeveralFilter,
    WordsFilter,
)
from batconnect.core.database.prefixes import named, of_these
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.filters import Rows, WhoseFilters
from batconnect.directory.models import Customer
from ledger.chart import METHODS, Category
from ledger.errors import UNKNOWN_CATEGORY
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from payments.models import INTERIM_STATUSES, Allocation, Invoice, Payment
from payments.rules.invoices import INVOICE_STATUSES
from payments.rules.methods import INTERIM_METHODS, method_label

_OPEN = Q(obligation__status=Obligation.Status.OPEN)
_SETTLED = Q(obligation__status=Obligation.Status.SETTLED)
INVOICE_CONDITIONS: Final = {
    "open": _OPEN & Q(obligation__outstanding=F("total")),
    "partial": _OPEN & Q(obligation__outstanding__lt=F("total")),
    "paid": _SETTLED & Q(obligation__written_off__lt=F("total")),
    "written_off": _SETTLED & Q(obligation__written_off=F("total")),
    "voided": Q(obligation__status=Obligation.Status.VOIDED),
}
"""`rules.invoices.invoice_status` for the database; a test holds both equal."""
_CATEGORIES: Final = [each.value for each in Category]


class InterimPaymentFilters(WhoseFilters):
    """The filters of the list of interim payments (docs/api.md#interim-payments)."""

    customer_path = "payment__customer"
    lease_path = "payment__lease"

    payment_id = NameFilter(field_name="payment__number", label="Payment number, or its beginning")
    category = SeveralFilter(method="by_category", label="Label or code, any case")
    reference_id = SeveralFilter(method="by_reference", label="The obligation's reference, or its beginning")
    payment_method = LabelFilter(
        field_name="payment__method",
        choices=[(code, method_label(code)) for code in INTERIM_METHODS],
        aliases={"cheque": "check"},
        label="Cash, Check or ACH",
    )
    payment_date = DayFilter(field_name="payment__payment_date", label="On this day")
    payment_date_from = DayFilter(
        field_name="payment__payment_date", lookup_expr="gte", label="From this day"
    )
    payment_date_to = DayFilter(field_name="payment__payment_date", lookup_expr="lte", label="Up to this day")
    amount_from = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    amount_to = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
    status = LabelFilter(
        field_name="status", choices=list(INTERIM_STATUSES.items()), label="Posted or Voided"
    )

    class Meta:
        model = Allocation
        fields: list[str] = []

    def by_category(self, rows: Rows, name: str, values: list[str]) -> Rows:
        try:
            categories = [parse_category(value).value for value in values]
        except UnknownCategory as error:
            raise InvalidInput(str(error), code=UNKNOWN_CATEGORY, field="category") from error
        return rows.filter(obligation__category__in=categories)

    def by_reference(self, rows: Rows, name: str, values: list[str]) -> Rows:
        # Every category is named, so that the unique index on (category, reference) serves.
        held = Obligation.objects.filter(category__in=_CATEGORIES)
        return rows.filter(of_these("obligation", named(held, "reference_id", values)))


class CustomerFilters(ListFilters):
    """The filters of GET /api/customers."""

    name = WordsFilter(field_name="name", label="Parts of the name, in any order")
    email = NameFilter(field_name="email", any_case=True, label="E-mail address, or its beginning")
    external_reference = NameFilter(
        field_name="external_reference", any_case=True, label="Number in another system, or its beginning"
    )

    class Meta:
        model = Customer
        fields: list[str] = []


class InvoiceFilters(ListFilters):
    """The filters of GET /api/invoices."""

    customer_id = django_filters.UUIDFilter(field_name="customer_id", label="The customer's id")
    number = NameFilter(field_name="number", label="The invoice's number, or its beginning")
    status = LabelFilter(
        choices=tuple(INVOICE_STATUSES.items()), method="by_status", label=", ".join(INVOICE_STATUSES)
    )
    currency = CodeFilter(field_name="currency", label="USD, …")
    issue_date_from = DayFilter(field_name="issue_date", lookup_expr="gte", label="Issued from this day")
    issue_date_to = DayFilter(field_name="issue_date", lookup_expr="lte", label="Issued up to this day")
    due_date_from = DayFilter(field_name="due_date", lookup_expr="gte", label="Due from this day")
    due_date_to = DayFilter(field_name="due_date", lookup_expr="lte", label="Due up to this day")

    class Meta:
        model = Invoice
        fields: list[str] = []

    def by_status(self, rows: Rows, name: str, values: list[str]) -> Rows:
        return rows.filter(reduce(or_, (INVOICE_CONDITIONS[value] for value in values)))


class PaymentFilters(ListFilters):
    """The filters of GET /api/payments."""

    customer_id = django_filters.UUIDFilter(field_name="customer_id", label="The customer's id")
    payment_number = NameFilter(field_name="number", label="The payment's number, or its beginning")
    reference_number = NameFilter(field_name="reference_number", label="Its reference, or its beginning")
    status = LabelFilter(
        field_name="status", choices=Payment.Status.choices, label="pending, posted, voided, returned"
    )
    allocation_status = LabelFilter(
        choices=(("unallocated", "Unallocated"), ("partial", "Partial"), ("full", "Full")),
        method="by_allocation_status",
        label="unallocated, partial, full",
    )
    payment_method = LabelFilter(
        field_name="method",
        choices=tuple(METHODS.items()),
        aliases={"cheque": "check"},
        label="A method's code or label",
    )
    kind = LabelFilter(field_name="kind", choices=Payment.Kind.choices, label="interim, other")
    currency = CodeFilter(field_name="currency", label="USD, …")
    payment_date_from = DayFilter(field_name="payment_date", lookup_expr="gte", label="From this day")
    payment_date_to = DayFilter(field_name="payment_date", lookup_expr="lte", label="Up to this day")
    amount_from = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    amount_to = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")

    class Meta:
        model = Payment
        fields: list[str] = []

    def by_allocation_status(self, rows: Rows, name: str, values: list[str]) -> Rows:
        applied = F("amount") - F("refunded") - F("returned")
        nothing = Q(status__in=[Payment.Status.VOIDED, Payment.Status.RETURNED]) | Q(unallocated=applied)
        conditions = {
            "unallocated": nothing,
            "partial": ~nothing & Q(unallocated__gt=0),
            "full": ~nothing & Q(unallocated=0),
        }
        return rows.filter(reduce(or_, (conditions[value] for value in values)))
