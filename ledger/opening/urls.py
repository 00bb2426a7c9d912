"""The paths of the opening of a company's books."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.opening import views

_AT = "api/accounting/opening"

urlpatterns = [
    *with_optional_slash(_AT, views.OpeningView.as_view(), "opening"),
    *with_optional_slash(f"{_AT}/lines", views.OpeningLinesView.as_view(), "opening-lines"),
    *with_optional_slash(f"{_AT}/lock", views.LockView.as_view(), "opening-lock"),
]
