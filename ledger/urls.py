"""The ledger's paths, below /ledger/."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.paying.urls import urlpatterns as payout_patterns
from ledger.settlement.views import (
    DownloadView,
    DtrsView,
    DtrView,
    EarningsView,
    ExportsView,
    PayManyView,
    PayView,
    ReturnPayoutView,
)
from ledger.settlement.views import ExportView as DtrExportView
from ledger.views.actions import (
    ApproveWriteOffView,
    ObligationsView,
    RejectWriteOffView,
    VoidPostingView,
    WriteOffView,
)
from ledger.views.lists import BalancesView, ExportView, PostingsView
from ledger.views.reports import ExplainView, TrialBalanceView, WriteOffRequestsView

_REQUEST = "write-off-requests/<uuid:request_id>"

urlpatterns = [
    *with_optional_slash("postings", PostingsView.as_view(), "ledger-postings"),
    *with_optional_slash("postings/<uuid:posting_id>/void", VoidPostingView.as_view(), "ledger-posting-void"),
    *with_optional_slash("balances", BalancesView.as_view(), "ledger-balances"),
    *with_optional_slash(
        "balances/<uuid:obligation_id>/write-off", WriteOffView.as_view(), "ledger-write-off"
    ),
    *with_optional_slash("balances/<uuid:obligation_id>/explain", ExplainView.as_view(), "ledger-explain"),
    *with_optional_slash("export", ExportView.as_view(), "ledger-export"),
    *with_optional_slash("obligations", ObligationsView.as_view(), "ledger-obligations"),
    *with_optional_slash("write-off-requests", WriteOffRequestsView.as_view(), "ledger-write-off-requests"),
    *with_optional_slash(f"{_REQUEST}/approve", ApproveWriteOffView.as_view(), "ledger-write-off-approve"),
    *with_optional_slash(f"{_REQUEST}/reject", RejectWriteOffView.as_view(), "ledger-write-off-reject"),
    *with_optional_slash("earnings", EarningsView.as_view(), "ledger-earnings"),
    *with_optional_slash("dtrs", DtrsView.as_view(), "ledger-dtrs"),
    *with_optional_slash("dtrs/pay", PayManyView.as_view(), "ledger-dtrs-pay"),
    *with_optional_slash("dtrs/export", ExportsView.as_view(), "ledger-dtrs-export"),
    *with_optional_slash("dtrs/exports/<uuid:export_id>", DtrExportView.as_view(), "ledger-dtr-export"),
    *with_optional_slash(
        "dtrs/exports/<uuid:export_id>/download", DownloadView.as_view(), "ledger-dtr-download"
    ),
    *with_optional_slash("dtrs/<str:number>", DtrView.as_view(), "ledger-dtr"),
    *with_optional_slash(
        "dtrs/<str:number>/return-payout", ReturnPayoutView.as_view(), "ledger-dtr-return-payout"
    ),
    *with_optional_slash("dtrs/<str:number>/pay", PayView.as_view(), "ledger-dtr-pay"),
    *with_optional_slash("trial-balance", TrialBalanceView.as_view(), "ledger-trial-balance"),
    *payout_patterns,
]
