"""The paths of credit memos, and of what is done to charges by them."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from payments.credit_memos import charge_views, views

_MEMOS = "api/accounting/credit-memos"
_MEMO = f"{_MEMOS}/<uuid:memo_id>"
_CHARGE = "ledger/balances/<uuid:obligation_id>"

urlpatterns = [
    *with_optional_slash(_MEMOS, views.CreditMemosView.as_view(), "credit-memos"),
    *with_optional_slash(_MEMO, views.CreditMemoView.as_view(), "credit-memo"),
    *with_optional_slash(f"{_MEMO}/explain", views.ExplainCreditView.as_view(), "credit-memo-explain"),
    *with_optional_slash(
        f"{_MEMO}/allocations", views.CreditAllocationsView.as_view(), "credit-memo-allocations"
    ),
    *with_optional_slash(f"{_MEMO}/allocations/auto", views.CreditAutoView.as_view(), "credit-memo-auto"),
    *with_optional_slash(
        f"{_MEMO}/allocations/<uuid:allocation_id>/void",
        views.VoidCreditAllocationView.as_view(),
        "credit-memo-allocation-void",
    ),
    *with_optional_slash(f"{_MEMO}/refund", views.RefundCreditView.as_view(), "credit-memo-refund"),
    *with_optional_slash(f"{_MEMO}/void", views.VoidCreditMemoView.as_view(), "credit-memo-void"),
    *with_optional_slash(f"{_CHARGE}/move", charge_views.MoveChargeView.as_view(), "charge-move"),
    *with_optional_slash(f"{_CHARGE}/penalty", charge_views.PenaltyView.as_view(), "charge-penalty"),
]
