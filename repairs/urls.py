"""The paths of vehicle repairs."""

from __future__ import annotations

from ledger.repayment.views import paths
from repairs.views import API, DocumentView

urlpatterns = paths(API, ("document", DocumentView))
