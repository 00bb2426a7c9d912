"""The paths of payments."""

from __future__ import annotations

from batconnect.core.api.paths import both
from payments import views

_INTERIM = "payments/interim-payments"

urlpatterns = [
    *both(_INTERIM, views.InterimPaymentsView.as_view(), "interim-payments"),
    *both(f"{_INTERIM}/export", views.InterimPaymentExportView.as_view(), "interim-payments-export"),
    *both(f"{_INTERIM}/create-case", views.CreateCaseView.as_view(), "interim-payments-create-case"),
    *both(f"{_INTERIM}/<str:payment_id>", views.InterimPaymentView.as_view(), "interim-payment"),
    *both(f"{_INTERIM}/<str:payment_id>/receipt", views.ReceiptView.as_view(), "interim-payment-receipt"),
    *both(f"{_INTERIM}/<str:payment_id>/void", views.VoidView.as_view(), "interim-payment-void"),
]
