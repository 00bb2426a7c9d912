"""Where driver loans answer."""

from __future__ import annotations

from django.urls import include, path

from batconnect.core.api.paths import both
from loans import views

_LIST = "payments/driver-loans"
_below = [
    *both("create-case", views.CreateCaseView.as_view(), "driver-loan-create-case"),
    *both("preview", views.PreviewView.as_view(), "driver-loan-preview"),
    *both("post-due", views.PostDueView.as_view(), "driver-loan-post-due"),
    *both("export", views.ExportView.as_view(), "driver-loan-export"),
    *both("<str:loan_id>", views.LoanView.as_view(), "driver-loan"),
    *both("<str:loan_id>/receipt", views.ReceiptView.as_view(), "driver-loan-receipt"),
    *both("<str:loan_id>/hold", views.HoldView.as_view(), "driver-loan-hold"),
    *both("<str:loan_id>/release", views.ReleaseView.as_view(), "driver-loan-release"),
    *both("<str:loan_id>/cancel", views.CancelView.as_view(), "driver-loan-cancel"),
    *both("<str:loan_id>/payoff", views.PayoffView.as_view(), "driver-loan-payoff"),
]

urlpatterns = [
    *both(_LIST, views.LoansView.as_view(), "driver-loans"),
    path(f"{_LIST}/", include(_below)),
]
