"""The filters of the list of batches."""

from __future__ import annotations

from batconnect.core.api.filters import LabelFilter, ListFilters
from payments.batches.models import PaymentBatch, PaymentBatchRow


class BatchFilters(ListFilters):
    """`status`, `source_type`."""

    status = LabelFilter(choices=PaymentBatch.Status.choices)
    source_type = LabelFilter(choices=PaymentBatch.Source.choices)


class BatchRowFilters(ListFilters):
    """`status`."""

    status = LabelFilter(choices=PaymentBatchRow.Status.choices)
