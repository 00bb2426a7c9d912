"""Where vehicle repairs answer."""

from __future__ import annotations

from batconnect.core.api.paths import both
from repairs import views

_LIST = "payments/vehicle-repairs"
_ONE = f"{_LIST}/<str:repair_id>"

urlpatterns = [
    *both(_LIST, views.RepairsView.as_view(), "vehicle-repairs"),
    *both(f"{_LIST}/create-case", views.CreateCaseView.as_view(), "vehicle-repair-create-case"),
    *both(f"{_LIST}/preview", views.PreviewView.as_view(), "vehicle-repair-preview"),
    *both(f"{_LIST}/post-due", views.PostDueView.as_view(), "vehicle-repair-post-due"),
    *both(f"{_LIST}/export", views.ExportView.as_view(), "vehicle-repair-export"),
    *both(_ONE, views.RepairView.as_view(), "vehicle-repair"),
    *both(f"{_ONE}/receipt", views.ReceiptView.as_view(), "vehicle-repair-receipt"),
    *both(f"{_ONE}/hold", views.HoldView.as_view(), "vehicle-repair-hold"),
    *both(f"{_ONE}/release", views.ReleaseView.as_view(), "vehicle-repair-release"),
    *both(f"{_ONE}/cancel", views.CancelView.as_view(), "vehicle-repair-cancel"),
    *both(f"{_ONE}/document", views.DocumentView.as_view(), "vehicle-repair-document"),
]
