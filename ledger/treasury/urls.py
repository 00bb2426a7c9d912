"""The paths of bank accounts, drawers and disbursements."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.treasury import views

_BANK_ACCOUNTS = "api/accounting/bank-accounts"
_BANK_ACCOUNT = f"{_BANK_ACCOUNTS}/<uuid:bank_account_id>"
_DRAWERS = "api/accounting/drawers"
_DISBURSEMENTS = "api/accounting/disbursements"

urlpatterns = [
    *with_optional_slash(_BANK_ACCOUNTS, views.BankAccountsView.as_view(), "bank-accounts"),
    *with_optional_slash(_BANK_ACCOUNT, views.BankAccountView.as_view(), "bank-account"),
    *with_optional_slash(
        f"{_BANK_ACCOUNT}/default", views.DefaultBankAccountView.as_view(), "bank-account-default"
    ),
    *with_optional_slash(_DRAWERS, views.DrawersView.as_view(), "drawers"),
    *with_optional_slash(f"{_DRAWERS}/<uuid:drawer_id>", views.DrawerView.as_view(), "drawer"),
    *with_optional_slash(_DISBURSEMENTS, views.DisbursementsView.as_view(), "disbursements"),
    *with_optional_slash(
        f"{_DISBURSEMENTS}/<uuid:disbursement_id>", views.DisbursementView.as_view(), "disbursement"
    ),
]
