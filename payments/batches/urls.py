"""The paths of batches."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from payments.batches import row_views, views

_BATCHES = "api/accounting/payment-batches"
_BATCH = f"{_BATCHES}/<uuid:batch_id>"

urlpatterns = [
    *with_optional_slash(_BATCHES, views.BatchesView.as_view(), "payment-batches"),
    *with_optional_slash(f"{_BATCHES}/template.csv", views.TemplateView.as_view(), "payment-batch-template"),
    *with_optional_slash(_BATCH, views.BatchView.as_view(), "payment-batch"),
    *with_optional_slash(f"{_BATCH}/errors.csv", views.BatchErrorsView.as_view(), "payment-batch-errors"),
    *with_optional_slash(f"{_BATCH}/cancel", views.CancelBatchView.as_view(), "payment-batch-cancel"),
    *with_optional_slash(f"{_BATCH}/retry", views.RetryBatchView.as_view(), "payment-batch-retry"),
    *with_optional_slash(f"{_BATCH}/held-rows", views.HeldRowsView.as_view(), "payment-batch-held-rows"),
    *with_optional_slash(f"{_BATCH}/rows", row_views.BatchRowsView.as_view(), "payment-batch-rows"),
    *with_optional_slash(
        f"{_BATCH}/rows/<int:row_no>", row_views.BatchRowView.as_view(), "payment-batch-row"
    ),
]
