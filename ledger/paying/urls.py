"""The paths of paying drivers, below /ledger/."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.paying.views import batches, orders, payees, returns

_BATCH = "payout-batches/<uuid:batch_id>"
_ACCOUNT = "payee-accounts/<uuid:account_id>"
_ORDER = "payout-orders/<uuid:order_id>"

urlpatterns = [
    *with_optional_slash("payout-batches", batches.BatchesView.as_view(), "payout-batches"),
    *with_optional_slash(_BATCH, batches.BatchView.as_view(), "payout-batch"),
    *with_optional_slash(f"{_BATCH}/payouts", batches.BatchPayoutsView.as_view(), "payout-batch-payouts"),
    *with_optional_slash(f"{_BATCH}/submit", batches.SubmitView.as_view(), "payout-batch-submit"),
    *with_optional_slash(f"{_BATCH}/approve", batches.ApproveView.as_view(), "payout-batch-approve"),
    *with_optional_slash(f"{_BATCH}/reject", batches.RejectView.as_view(), "payout-batch-reject"),
    *with_optional_slash(f"{_BATCH}/build", batches.BuildView.as_view(), "payout-batch-build"),
    *with_optional_slash(f"{_BATCH}/file", batches.FileView.as_view(), "payout-batch-file"),
    *with_optional_slash(f"{_BATCH}/checks", batches.ChecksView.as_view(), "payout-batch-checks"),
    *with_optional_slash(f"{_BATCH}/send", batches.SendView.as_view(), "payout-batch-send"),
    *with_optional_slash(f"{_BATCH}/undo", batches.UndoView.as_view(), "payout-batch-undo"),
    *with_optional_slash("payouts/<uuid:payout_id>/return", returns.ReturnView.as_view(), "payout-return"),
    *with_optional_slash("payout-returns", returns.ReturnsView.as_view(), "payout-returns"),
    *with_optional_slash("payee-accounts", payees.AccountsView.as_view(), "payee-accounts"),
    *with_optional_slash(_ACCOUNT, payees.AccountView.as_view(), "payee-account"),
    *with_optional_slash(f"{_ACCOUNT}/confirm", payees.ConfirmView.as_view(), "payee-account-confirm"),
    *with_optional_slash(f"{_ACCOUNT}/reject", payees.RejectAccountView.as_view(), "payee-account-reject"),
    *with_optional_slash(f"{_ACCOUNT}/close", payees.CloseAccountView.as_view(), "payee-account-close"),
    *with_optional_slash("payout-orders", orders.OrdersView.as_view(), "payout-orders"),
    *with_optional_slash(_ORDER, orders.OrderView.as_view(), "payout-order"),
    *with_optional_slash(f"{_ORDER}/confirm", orders.ConfirmOrderView.as_view(), "payout-order-confirm"),
    *with_optional_slash(f"{_ORDER}/reject", orders.RejectOrderView.as_view(), "payout-order-reject"),
    *with_optional_slash(f"{_ORDER}/end", orders.EndOrderView.as_view(), "payout-order-end"),
    *with_optional_slash("payee-holds", payees.HoldsView.as_view(), "payee-holds"),
    *with_optional_slash("payee-holds/release", payees.ReleaseView.as_view(), "payee-hold-release"),
    *with_optional_slash("paying-accounts", payees.SetupsView.as_view(), "paying-accounts"),
    *with_optional_slash(
        "paying-accounts/<uuid:bank_account_id>", payees.SetupView.as_view(), "paying-account"
    ),
    *with_optional_slash("payout-settings", payees.PayoutSettingsView.as_view(), "payout-settings"),
]
