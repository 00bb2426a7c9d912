"""The paths of outstanding amounts (docs/seeds.md#outstanding-amounts); the case by integer id or number."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from outstanding import premium_views, views

_PREMIUMS = "api/accounting/premiums"
_BASE = "api/case-tracking/cases/<str:case_id>/outstanding-amounts"

urlpatterns = [
    *with_optional_slash(f"{_BASE}/summary/", views.SummaryView.as_view(), "outstanding-summary"),
    *with_optional_slash(f"{_BASE}/pay/", views.PayView.as_view(), "outstanding-pay"),
    *with_optional_slash(
        f"{_BASE}/setup-payment-plan/", views.SetupPlanView.as_view(), "outstanding-setup-plan"
    ),
    *with_optional_slash(f"{_BASE}/cancel/", views.CancelView.as_view(), "outstanding-cancel"),
    *with_optional_slash(f"{_BASE}/payments/", views.PaymentsView.as_view(), "outstanding-payments"),
    *with_optional_slash(
        "api/case-tracking/payments/<str:payment_id>/", views.PaymentView.as_view(), "outstanding-payment"
    ),
    *with_optional_slash(f"{_BASE}/payment-plan/", views.PlanView.as_view(), "outstanding-plan"),
    *with_optional_slash(_PREMIUMS, premium_views.PremiumsView.as_view(), "premiums"),
    *with_optional_slash(f"{_PREMIUMS}/<str:case_id>", premium_views.PolicyView.as_view(), "policy-premiums"),
    *with_optional_slash(
        f"{_PREMIUMS}/<str:case_id>/remit", premium_views.RemitPremiumView.as_view(), "premiums-remit"
    ),
    *with_optional_slash(
        f"{_PREMIUMS}/<str:case_id>/commission", premium_views.CommissionView.as_view(), "premiums-commission"
    ),
]
