"""What the tables of lease corrections are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject
from payments.lease_corrections.postings import LEASE_CORRECTION

CORRECTION_NUMBERS: Final = NumberSeries("LCR", 3)
_VIEW: Final = "payments.view"

SUBJECTS: Final = (
    Subject(
        model="payments.LeaseCorrection",
        title="Lease corrections",
        icon="history",
        permission=_VIEW,
        series=(CORRECTION_NUMBERS,),
        sources=(SourceType(LEASE_CORRECTION),),
        named="{t}.number",
        search=Search(
            kind="lease_correction",
            rank=56,
            noun="lease correction",
            by_number=LookUp(
                about="concat_ws(' · ', l.lease_id, t.day)",
                joins="join leases l on l.company_id = t.company_id and l.id = t.lease_id",
            ),
        ),
    ),
)
