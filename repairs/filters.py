"""The filters of the list of repairs (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from batconnect.core.api.filters import DayFilter, LabelFilter, MoneyFilter, NameFilter
from ledger.repayment.filters import DocumentFilters
from repairs.models import RepairInvoice


class RepairFilters(DocumentFilters):
    """By number, workshop invoice, vehicle and amount, besides the debtor."""

    repair_id = NameFilter(field_name="number", label="RPR-2026-001, or its beginning")
    invoice_number = NameFilter(
        field_name="invoice_number", any_case=True, label="The workshop's number, or its beginning"
    )
    invoice_date_from = DayFilter(field_name="invoice_date", lookup_expr="gte", label="From this day")
    invoice_date_to = DayFilter(field_name="invoice_date", lookup_expr="lte", label="Up to this day")
    workshop_type = LabelFilter(choices=RepairInvoice.Workshop.choices, label="Whose workshop")
    vin = NameFilter(field_name="vehicle__vin", any_case=True, label="VIN, or its beginning")
    min_amount = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    max_amount = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
