"""The ledger's paths, below /ledger/."""

from __future__ import annotations

from batconnect.core.api.paths import both
from ledger.settlement.views import (
    DownloadView,
    DtrsView,
    DtrView,
    EarningsView,
    ExportsView,
    PayManyView,
    PayView,
)
from ledger.settlement.views import ExportView as DtrExportView
from ledger.views.lists import BalancesView, ExportView, PostingsView
from ledger.views.reports import ExplainView, TrialBalanceView, WriteOffRequestsView
from ledger.views.verbs import (
    ApproveWriteOffView,
    ObligationsView,
    RejectWriteOffView,
    VoidPostingView,
    WriteOffView,
)

_REQUEST = "write-off-requests/<uuid:request_id>"

urlpatterns = [
    *both("postings", PostingsView.as_view(), "ledger-postings"),
    *both("postings/<uuid:posting_id>/void", VoidPostingView.as_view(), "ledger-posting-void"),
    *both("balances", BalancesView.as_view(), "ledger-balances"),
    *both("balances/<uuid:obligation_id>/write-off", WriteOffView.as_view(), "ledger-write-off"),
    *both("balances/<uuid:obligation_id>/explain", ExplainView.as_view(), "ledger-explain"),
    *both("export", ExportView.as_view(), "ledger-export"),
    *both("obligations", ObligationsView.as_view(), "ledger-obligations"),
    *both("write-off-requests", WriteOffRequestsView.as_view(), "ledger-write-off-requests"),
    *both(f"{_REQUEST}/approve", ApproveWriteOffView.as_view(), "ledger-write-off-approve"),
    *both(f"{_REQUEST}/reject", RejectWriteOffView.as_view(), "ledger-write-off-reject"),
    *both("earnings", EarningsView.as_view(), "ledger-earnings"),
    *both("dtrs", DtrsView.as_view(), "ledger-dtrs"),
    *both("dtrs/pay", PayManyView.as_view(), "ledger-dtrs-pay"),
    *both("dtrs/export", ExportsView.as_view(), "ledger-dtrs-export"),
    *both("dtrs/exports/<uuid:export_id>", DtrExportView.as_view(), "ledger-dtr-export"),
    *both("dtrs/exports/<uuid:export_id>/download", DownloadView.as_view(), "ledger-dtr-download"),
    *both("dtrs/<str:number>", DtrView.as_view(), "ledger-dtr"),
    *both("dtrs/<str:number>/pay", PayView.as_view(), "ledger-dtr-pay"),
    *both("trial-balance", TrialBalanceView.as_view(), "ledger-trial-balance"),
]
