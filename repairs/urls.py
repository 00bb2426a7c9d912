"""The paths of vehicle repairs."""

from __future__ import annotations

from django.urls import include, path

from batconnect.core.api.paths import with_optional_slash
from repairs import views

_LIST = "payments/vehicle-repairs"
_below = [
    *with_optional_slash("create-case", views.CreateCaseView.as_view(), "vehicle-repair-create-case"),
    *with_optional_slash("preview", views.PreviewView.as_view(), "vehicle-repair-preview"),
    *with_optional_slash("post-due", views.PostDueView.as_view(), "vehicle-repair-post-due"),
    *with_optional_slash("export", views.ExportView.as_view(), "vehicle-repair-export"),
    *with_optional_slash("<str:repair_id>", views.RepairView.as_view(), "vehicle-repair"),
    *with_optional_slash("<str:repair_id>/receipt", views.ReceiptView.as_view(), "vehicle-repair-receipt"),
    *with_optional_slash("<str:repair_id>/hold", views.HoldView.as_view(), "vehicle-repair-hold"),
    *with_optional_slash("<str:repair_id>/release", views.ReleaseView.as_view(), "vehicle-repair-release"),
    *with_optional_slash("<str:repair_id>/cancel", views.CancelView.as_view(), "vehicle-repair-cancel"),
    *with_optional_slash("<str:repair_id>/document", views.DocumentView.as_view(), "vehicle-repair-document"),
]

urlpatterns = [
    *with_optional_slash(_LIST, views.RepairsView.as_view(), "vehicle-repairs"),
    path(f"{_LIST}/", include(_below)),
]
