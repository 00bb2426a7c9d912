"""The paths of driver loans."""

from __future__ import annotations

from ledger.repayment.views import paths
from loans.views import API

urlpatterns = paths(API)
