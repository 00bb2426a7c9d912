"""The paths of payments."""

from __future__ import annotations

from batconnect.core.api.paths import both
from payments.views import interim

_INTERIM = "payments/interim-payments"

urlpatterns = [
    *both(_INTERIM, interim.InterimPaymentsView.as_view(), "interim-payments"),
    *both(f"{_INTERIM}/export", interim.InterimPaymentExportView.as_view(), "interim-payments-export"),
    *both(f"{_INTERIM}/create-case", interim.CreateCaseView.as_view(), "interim-payments-create-case"),
    *both(f"{_INTERIM}/<str:payment_id>", interim.InterimPaymentView.as_view(), "interim-payment"),
    *both(f"{_INTERIM}/<str:payment_id>/receipt", interim.ReceiptView.as_view(), "interim-payment-receipt"),
    *both(f"{_INTERIM}/<str:payment_id>/void", interim.VoidView.as_view(), "interim-payment-void"),
]
