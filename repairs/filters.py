"""The filters of the list of repairs (API.md)."""

from __future__ import annotations

import django_filters

from batconnect.directory.models import Vehicle
from ledger.repayment.filters import DayFilter, DocumentFilters, LabelFilter, MoneyFilter, Rows
from repairs.models import RepairInvoice


class RepairFilters(DocumentFilters):
    """By number, the workshop's invoice, vehicle and amount, beside whose it is."""

    repair_id = django_filters.CharFilter(method="by_number", label="RPR-2026-001")
    invoice_number = django_filters.CharFilter(method="by_invoice", label="The workshop's number")
    invoice_date_from = DayFilter(field_name="invoice_date", lookup_expr="gte", label="From this day")
    invoice_date_to = DayFilter(field_name="invoice_date", lookup_expr="lte", label="Up to this day")
    workshop_type = LabelFilter(choices=RepairInvoice.Workshop.choices, label="Whose workshop")
    vin = django_filters.CharFilter(method="by_vin", label="VIN")
    min_amount = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    max_amount = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")

    def by_invoice(self, rows: Rows, name: str, value: str) -> Rows:
        """Repairs of this invoice number, in any case."""
        return rows.filter(invoice_number__iexact=value.strip())

    def by_vin(self, rows: Rows, name: str, value: str) -> Rows:
        """Repairs of the vehicle with this VIN."""
        vehicles = Vehicle.objects.filter(vin__iexact=value.strip())
        return rows.filter(vehicle_id__in=list(vehicles.values_list("id", flat=True)))
