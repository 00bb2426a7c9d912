"""Repairs as one kind of document that is repaid (`ledger.repayment`)."""

from __future__ import annotations

from datetime import time
from typing import Final

from ledger import chart
from ledger.chart import Category
from ledger.repayment.kinds import RepaidKind
from repairs.models import RepairInstallment, RepairInvoice
from repairs.subjects import INSTALLMENT, REPAIR, REPAIR_NUMBERS

REPAIRS: Final = RepaidKind(
    app="repairs",
    noun="repair",
    label="Vehicle repair",
    document_label="Repair invoice",
    case_type="RPRINV",
    series=REPAIR_NUMBERS,
    document=RepairInvoice,
    installment=RepairInstallment,
    parent="repair",
    category=Category.REPAIRS,
    source_type=INSTALLMENT,
    opened=REPAIR,
    credits=((chart.REPAIR_ADVANCES, "principal"),),
    weekly_order=20,
    weekly_slot=time(4, 30),
    date_column="invoice_date",
    url="/payments/vehicle-repairs",
    amount_field="total_amount",
    own_columns=("invoice_number", "invoice_date", "workshop_type", "document_path", "document_name"),
    noted_columns=("invoice_number",),
    planned_columns=("invoice_date",),
    related_columns=(("vin", "vehicle__vin"), ("plate_no", "vehicle__plate_no")),
)
