"""The paths of outstanding amounts (docs/seeds.md#outstanding-amounts); the case by integer id or number."""

from __future__ import annotations

from batconnect.core.api.paths import both
from outstanding import views

_BASE = "api/case-tracking/cases/<str:case_id>/outstanding-amounts"

urlpatterns = [
    *both(f"{_BASE}/summary/", views.SummaryView.as_view(), "outstanding-summary"),
    *both(f"{_BASE}/pay/", views.PayView.as_view(), "outstanding-pay"),
    *both(f"{_BASE}/setup-payment-plan/", views.SetupPlanView.as_view(), "outstanding-setup-plan"),
    *both(f"{_BASE}/payments/", views.PaymentsView.as_view(), "outstanding-payments"),
    *both("api/case-tracking/payments/<str:payment_id>/", views.PaymentView.as_view(), "outstanding-payment"),
    *both(f"{_BASE}/payment-plan/", views.PlanView.as_view(), "outstanding-plan"),
]
