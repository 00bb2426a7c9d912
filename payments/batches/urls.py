"""The paths of batches and unidentified receipts."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from payments.batches import receipt_views, views

_BATCHES = "api/accounting/payment-batches"
_BATCH = f"{_BATCHES}/<uuid:batch_id>"
_RECEIPTS = "api/accounting/unidentified-receipts"

urlpatterns = [
    *with_optional_slash(_BATCHES, views.BatchesView.as_view(), "payment-batches"),
    *with_optional_slash(f"{_BATCHES}/template.csv", views.TemplateView.as_view(), "payment-batch-template"),
    *with_optional_slash(_BATCH, views.BatchView.as_view(), "payment-batch"),
    *with_optional_slash(f"{_BATCH}/errors.csv", views.BatchErrorsView.as_view(), "payment-batch-errors"),
    *with_optional_slash(f"{_BATCH}/cancel", views.CancelBatchView.as_view(), "payment-batch-cancel"),
    *with_optional_slash(f"{_BATCH}/retry", views.RetryBatchView.as_view(), "payment-batch-retry"),
    *with_optional_slash(f"{_BATCH}/held-rows", views.HeldRowsView.as_view(), "payment-batch-held-rows"),
    *with_optional_slash(
        _RECEIPTS, receipt_views.UnidentifiedReceiptsView.as_view(), "unidentified-receipts"
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/match",
        receipt_views.MatchReceiptView.as_view(),
        "unidentified-receipt-match",
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/unmatch",
        receipt_views.UnmatchReceiptView.as_view(),
        "unidentified-receipt-unmatch",
    ),
]
