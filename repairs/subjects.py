"""What the tables of repairs are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, OfCase, Search, SourceType, Subject
from batconnect.directory.subjects import CUSTOMER_JOIN
from ledger.repayment.subjects import BY_NUMBER

REPAIR_NUMBERS: Final = NumberSeries("RPR", 3)
REPAIR: Final = "repairs.repair"
INSTALLMENT: Final = "repairs.installment"

SUBJECTS: Final = (
    Subject(
        model="repairs.RepairInvoice",
        title="Vehicle repairs",
        icon="car_repair",
        permission="repairs.view",
        series=(REPAIR_NUMBERS,),
        sources=(SourceType(REPAIR),),
        named="{t}.number",
        search=Search(
            kind="repair",
            rank=70,
            noun="repair",
            by_number=BY_NUMBER,
            # The shop's own invoice number.
            by_key=LookUp(
                about="concat_ws(' · ', c.name, t.invoice_number, t.status)",
                joins=CUSTOMER_JOIN,
                title="t.number",
            ),
        ),
        of_case=OfCase(word="Repair", entity="repair_invoice"),
    ),
    Subject(
        model="repairs.RepairInstallment",
        title="Repair installments",
        icon="view_timeline",
        permission="repairs.view",
        sources=(SourceType(INSTALLMENT),),
        named="{t}.installment_id",
    ),
)
