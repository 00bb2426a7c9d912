"""What the tables of payment batches are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries, Per
from batconnect.core.kernel.subject import LookUp, Noted, Search, SourceType, Subject

BATCH_NUMBERS: Final = NumberSeries("BATCH", 3, Per.DAY)
BATCH: Final = "payments.batch"
_VIEW: Final = "payments.view"

SUBJECTS: Final = (
    Subject(
        model="payments.PaymentBatch",
        title="Payment batches",
        icon="upload_file",
        permission=_VIEW,
        series=(BATCH_NUMBERS,),
        sources=(SourceType(BATCH),),
        named="{t}.number",
        search=Search(
            kind="batch",
            rank=130,
            noun="batch",
            by_number=LookUp(about="concat_ws(' · ', nullif(t.file_name, ''), t.status)"),
        ),
        noted=Noted("payment_batch", number="number"),
    ),
)
