"""The paths of batches and unidentified receipts."""

from __future__ import annotations

from batconnect.core.api.paths import both
from payments.batches import receipt_views, views

_BATCHES = "api/accounting/payment-batches"
_BATCH = f"{_BATCHES}/<uuid:batch_id>"
_RECEIPTS = "api/accounting/unidentified-receipts"

urlpatterns = [
    *both(_BATCHES, views.BatchesView.as_view(), "payment-batches"),
    *both(f"{_BATCHES}/template.csv", views.TemplateView.as_view(), "payment-batch-template"),
    *both(_BATCH, views.BatchView.as_view(), "payment-batch"),
    *both(f"{_BATCH}/errors.csv", views.BatchErrorsView.as_view(), "payment-batch-errors"),
    *both(f"{_BATCH}/cancel", views.CancelBatchView.as_view(), "payment-batch-cancel"),
    *both(f"{_BATCH}/retry", views.RetryBatchView.as_view(), "payment-batch-retry"),
    *both(f"{_BATCH}/held-rows", views.HeldRowsView.as_view(), "payment-batch-held-rows"),
    *both(_RECEIPTS, receipt_views.UnidentifiedReceiptsView.as_view(), "unidentified-receipts"),
    *both(
        f"{_RECEIPTS}/<uuid:receipt_id>/match",
        receipt_views.MatchReceiptView.as_view(),
        "unidentified-receipt-match",
    ),
    *both(
        f"{_RECEIPTS}/<uuid:receipt_id>/unmatch",
        receipt_views.UnmatchReceiptView.as_view(),
        "unidentified-receipt-unmatch",
    ),
]
