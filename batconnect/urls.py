"""Every entry point: the console under /admin/, the API, documentation and health."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, reverse_lazy
from django.views.generic import RedirectView

urlpatterns = [
    path("admin", RedirectView.as_view(url=reverse_lazy("admin:index"))),
    path("admin/", admin.site.urls),
    path("", include("batconnect.core.urls")),
    path("", include("outstanding.urls")),
    path("", include("cases.urls")),
    path("ledger/", include("ledger.urls")),
    path("ledger/", include("agencies.urls")),
    path("", include("ledger.treasury.urls")),
    path("", include("ledger.general.urls")),
    path("", include("ledger.vendors.urls")),
    path("", include("ledger.clearing.urls")),
    path("", include("ledger.opening.urls")),
    path("", include("payments.urls")),
    path("", include("bank.urls")),
    path("", include("loans.urls")),
    path("", include("repairs.urls")),
]

handler400 = "batconnect.core.api.problems.bad_request"
handler403 = "batconnect.core.api.problems.permission_denied"
handler404 = "batconnect.core.api.problems.page_not_found"
handler500 = "batconnect.core.api.problems.server_error"
