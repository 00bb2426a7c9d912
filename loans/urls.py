"""Where driver loans answer."""

from __future__ import annotations

from batconnect.core.api.paths import both
from loans import views

_LIST = "payments/driver-loans"
_ONE = f"{_LIST}/<str:loan_id>"

urlpatterns = [
    *both(_LIST, views.LoansView.as_view(), "driver-loans"),
    *both(f"{_LIST}/create-case", views.CreateCaseView.as_view(), "driver-loan-create-case"),
    *both(f"{_LIST}/preview", views.PreviewView.as_view(), "driver-loan-preview"),
    *both(f"{_LIST}/post-due", views.PostDueView.as_view(), "driver-loan-post-due"),
    *both(f"{_LIST}/export", views.ExportView.as_view(), "driver-loan-export"),
    *both(_ONE, views.LoanView.as_view(), "driver-loan"),
    *both(f"{_ONE}/receipt", views.ReceiptView.as_view(), "driver-loan-receipt"),
    *both(f"{_ONE}/hold", views.HoldView.as_view(), "driver-loan-hold"),
    *both(f"{_ONE}/release", views.ReleaseView.as_view(), "driver-loan-release"),
    *both(f"{_ONE}/cancel", views.CancelView.as_view(), "driver-loan-cancel"),
    *both(f"{_ONE}/payoff", views.PayoffView.as_view(), "driver-loan-payoff"),
]
