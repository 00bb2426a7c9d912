"""Where vehicle repairs answer."""

from __future__ import annotations

from django.urls import include, path

from batconnect.core.api.paths import both
from repairs import views

_LIST = "payments/vehicle-repairs"
_below = [
    *both("create-case", views.CreateCaseView.as_view(), "vehicle-repair-create-case"),
    *both("preview", views.PreviewView.as_view(), "vehicle-repair-preview"),
    *both("post-due", views.PostDueView.as_view(), "vehicle-repair-post-due"),
    *both("export", views.ExportView.as_view(), "vehicle-repair-export"),
    *both("<str:repair_id>", views.RepairView.as_view(), "vehicle-repair"),
    *both("<str:repair_id>/receipt", views.ReceiptView.as_view(), "vehicle-repair-receipt"),
    *both("<str:repair_id>/hold", views.HoldView.as_view(), "vehicle-repair-hold"),
    *both("<str:repair_id>/release", views.ReleaseView.as_view(), "vehicle-repair-release"),
    *both("<str:repair_id>/cancel", views.CancelView.as_view(), "vehicle-repair-cancel"),
    *both("<str:repair_id>/document", views.DocumentView.as_view(), "vehicle-repair-document"),
]

urlpatterns = [
    *both(_LIST, views.RepairsView.as_view(), "vehicle-repairs"),
    path(f"{_LIST}/", include(_below)),
]
