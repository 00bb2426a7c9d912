"""What the tables of vendors are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries, Per
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject
from ledger.vendors.postings import BILL, CREDIT

VENDOR: Final = "ledger.vendor"
VENDOR_NUMBERS: Final = NumberSeries("VEN", 4, Per.NEVER)
_VIEW: Final = "ledger.view"

SUBJECTS: Final = (
    Subject(
        model="ledger.Vendor",
        title="Vendors",
        icon="store",
        permission=_VIEW,
        series=(VENDOR_NUMBERS,),
        sources=(SourceType(VENDOR),),
        named="{t}.name",
        search=Search(
            kind="vendor",
            rank=126,
            noun="vendor",
            by_number=LookUp(about="concat_ws(' · ', t.name, t.currency)"),
        ),
    ),
    Subject(
        model="ledger.VendorBill",
        title="Vendors' bills",
        icon="request_quote",
        permission=_VIEW,
        sources=(SourceType(BILL),),
        named="{t}.number",
    ),
    Subject(
        model="ledger.VendorCredit",
        title="Vendors' credits",
        icon="savings",
        permission=_VIEW,
        sources=(SourceType(CREDIT),),
        named="{t}.number",
    ),
)
