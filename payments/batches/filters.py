"""The filters of the lists of batches and unidentified receipts."""

from __future__ import annotations

from batconnect.core.api.filters import LabelFilter, ListFilters
from payments.batches.models import PaymentBatch, UnidentifiedReceipt


class BatchFilters(ListFilters):
    """`status`, `source_type`."""

    status = LabelFilter(choices=PaymentBatch.Status.choices)
    source_type = LabelFilter(choices=PaymentBatch.Source.choices)


class ReceiptFilters(ListFilters):
    """`status`."""

    status = LabelFilter(choices=UnidentifiedReceipt.Status.choices)
