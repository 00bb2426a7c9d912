"""The paths of driver loans."""

from __future__ import annotations

from django.urls import include, path

from batconnect.core.api.paths import with_optional_slash
from loans import views

_LIST = "payments/driver-loans"
_below = [
    *with_optional_slash("create-case", views.CreateCaseView.as_view(), "driver-loan-create-case"),
    *with_optional_slash("preview", views.PreviewView.as_view(), "driver-loan-preview"),
    *with_optional_slash("post-due", views.PostDueView.as_view(), "driver-loan-post-due"),
    *with_optional_slash("export", views.ExportView.as_view(), "driver-loan-export"),
    *with_optional_slash("<str:loan_id>", views.LoanView.as_view(), "driver-loan"),
    *with_optional_slash("<str:loan_id>/receipt", views.ReceiptView.as_view(), "driver-loan-receipt"),
    *with_optional_slash("<str:loan_id>/hold", views.HoldView.as_view(), "driver-loan-hold"),
    *with_optional_slash("<str:loan_id>/release", views.ReleaseView.as_view(), "driver-loan-release"),
    *with_optional_slash("<str:loan_id>/cancel", views.CancelView.as_view(), "driver-loan-cancel"),
    *with_optional_slash("<str:loan_id>/payoff", views.PayoffView.as_view(), "driver-loan-payoff"),
]

urlpatterns = [
    *with_optional_slash(_LIST, views.LoansView.as_view(), "driver-loans"),
    path(f"{_LIST}/", include(_below)),
]
