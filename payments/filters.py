"""The filters of the lists of payments.

Who and what is asked for by name is resolved to keys first, so that the rows come by an index that is already
in the list's order.
"""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import F, Q, QuerySet

from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, MoneyFilter
from batconnect.core.errors import InvalidInput
from batconnect.directory.models import Customer, Driver, Lease
from ledger.chart import METHODS, Category
from ledger.errors import UNKNOWN_CATEGORY
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from payments.models import Allocation, Invoice, Payment
from payments.rules.invoices import INVOICE_STATUSES
from payments.rules.methods import INTERIM_METHODS, method_label

# More namesakes than this are looked for row by row.
_MOST_KEYS: Final = 500
_INTERIM_STATUSES: Final = (
    ("active", "Posted"),
    ("partially_refunded", "Partially refunded"),
    ("refunded", "Refunded"),
    ("voided", "Voided"),
)
_CATEGORIES: Final = [each.value for each in Category]
Rows = QuerySet[Any, Any]


class InterimPaymentFilters(ListFilters):
    """The filters of seed 1 and API.md."""

    payment_id = django_filters.CharFilter(method="by_number", label="Payment number")
    driver_name = django_filters.CharFilter(method="by_driver_name", label="Part of the driver's name")
    tlc_license = django_filters.CharFilter(method="by_license", label="TLC licence")
    lease_id = django_filters.CharFilter(method="by_lease", label="2054 or LS-2054")
    medallion_no = django_filters.CharFilter(method="by_medallion", label="Medallion")
    category = django_filters.CharFilter(method="by_category", label="Label or code, any case")
    reference_id = django_filters.CharFilter(method="by_reference", label="The obligation's reference")
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
    status = LabelFilter(field_name="status", choices=_INTERIM_STATUSES, label="Posted or Voided")

    class Meta:
        model = Allocation
        fields: list[str] = []

    def by_number(self, rows: Rows, name: str, value: str) -> Rows:
        return rows.filter(payment__number=value.strip().upper())

    def by_driver_name(self, rows: Rows, name: str, value: str) -> Rows:
        named = Customer.objects.filter(name__icontains=value.strip(), drivers__isnull=False)
        keys = list(named.values_list("id", flat=True)[: _MOST_KEYS + 1])
        if len(keys) > _MOST_KEYS:
            return rows.filter(payment__customer__name__icontains=value.strip())
        return rows.filter(payment__customer_id__in=keys)

    def by_license(self, rows: Rows, name: str, value: str) -> Rows:
        held = Driver.objects.filter(tlc_license__iexact=value.strip())
        return rows.filter(payment__customer_id__in=list(held.values_list("customer_id", flat=True)))

    def by_lease(self, rows: Rows, name: str, value: str) -> Rows:
        text = value.strip()
        key = Q(lease_id__iexact=text)
        # Python refuses to read a number of thousands of digits.
        if text.isascii() and text.isdecimal() and len(text) <= 18:
            key |= Q(id=int(text))
        return rows.filter(payment__lease_id__in=list(Lease.objects.filter(key).values_list("id", flat=True)))

    def by_medallion(self, rows: Rows, name: str, value: str) -> Rows:
        leases = Lease.objects.filter(medallion__medallion_no__iexact=value.strip())
        return rows.filter(payment__lease_id__in=list(leases.values_list("id", flat=True)))

    def by_category(self, rows: Rows, name: str, value: str) -> Rows:
        try:
            category = parse_category(value)
        except UnknownCategory as error:
            raise InvalidInput(str(error), code=UNKNOWN_CATEGORY, field="category") from error
        return rows.filter(obligation__category=category.value)

    def by_reference(self, rows: Rows, name: str, value: str) -> Rows:
        # Every category is named, so that the unique index on (category, reference) serves.
        held = Obligation.objects.filter(category__in=_CATEGORIES, reference_id=value.strip())
        return rows.filter(obligation_id__in=list(held.values_list("id", flat=True)))


class CustomerFilters(ListFilters):
    """The filters of GET /api/customers."""

    name = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name")
    email = django_filters.CharFilter(field_name="email", lookup_expr="iexact", label="E-mail address")
    external_reference = django_filters.CharFilter(
        field_name="external_reference", label="Number in another system"
    )

    class Meta:
        model = Customer
        fields: list[str] = []


class InvoiceFilters(ListFilters):
    """The filters of GET /api/invoices."""

    customer_id = django_filters.UUIDFilter(field_name="customer_id", label="The customer's id")
    number = django_filters.CharFilter(field_name="number", label="The invoice's number")
    status = LabelFilter(
        choices=tuple(INVOICE_STATUSES.items()), method="by_status", label=", ".join(INVOICE_STATUSES)
    )
    currency = django_filters.CharFilter(field_name="currency", lookup_expr="iexact", label="USD, …")
    issue_date_from = DayFilter(field_name="issue_date", lookup_expr="gte", label="Issued from this day")
    issue_date_to = DayFilter(field_name="issue_date", lookup_expr="lte", label="Issued up to this day")
    due_date_from = DayFilter(field_name="due_date", lookup_expr="gte", label="Due from this day")
    due_date_to = DayFilter(field_name="due_date", lookup_expr="lte", label="Due up to this day")

    class Meta:
        model = Invoice
        fields: list[str] = []

    def by_status(self, rows: Rows, name: str, value: str) -> Rows:
        is_open = Q(obligation__status=Obligation.Status.OPEN)
        settled = Q(obligation__status=Obligation.Status.SETTLED)
        return rows.filter(
            {
                "open": is_open & Q(obligation__outstanding=F("total")),
                "partial": is_open & Q(obligation__outstanding__lt=F("total")),
                "paid": settled & Q(obligation__written_off__lt=F("total")),
                "written_off": settled & Q(obligation__written_off=F("total")),
                "voided": Q(obligation__status=Obligation.Status.VOIDED),
            }[value]
        )


class PaymentFilters(ListFilters):
    """The filters of GET /api/payments."""

    customer_id = django_filters.UUIDFilter(field_name="customer_id", label="The customer's id")
    payment_number = django_filters.CharFilter(method="by_number", label="The payment's number")
    reference_number = django_filters.CharFilter(field_name="reference_number", label="Its reference")
    status = LabelFilter(field_name="status", choices=Payment.Status.choices, label="pending, posted, voided")
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
    currency = django_filters.CharFilter(field_name="currency", lookup_expr="iexact", label="USD, …")
    payment_date_from = DayFilter(field_name="payment_date", lookup_expr="gte", label="From this day")
    payment_date_to = DayFilter(field_name="payment_date", lookup_expr="lte", label="Up to this day")
    amount_from = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    amount_to = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")

    class Meta:
        model = Payment
        fields: list[str] = []

    def by_number(self, rows: Rows, name: str, value: str) -> Rows:
        return rows.filter(number=value.strip().upper())

    def by_allocation_status(self, rows: Rows, name: str, value: str) -> Rows:
        applied = F("amount") - F("refunded")
        nothing = Q(status=Payment.Status.VOIDED) | Q(unallocated=applied)
        found = {"unallocated": nothing, "full": ~nothing & Q(unallocated=0)}
        return rows.filter(found.get(value, ~nothing & Q(unallocated__gt=0)))
