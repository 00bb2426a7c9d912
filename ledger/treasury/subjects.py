"""What bank accounts, drawers and disbursements are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import SourceType, Subject, text_of_money

BANK_ACCOUNT: Final = "ledger.bank_account"
DRAWER: Final = "ledger.drawer"
DISBURSEMENT: Final = "ledger.disbursement"
_VIEW: Final = "ledger.view"

SUBJECTS: Final = (
    Subject(
        model="ledger.BankAccount",
        title="Bank accounts",
        icon="account_balance",
        permission=_VIEW,
        sources=(SourceType(BANK_ACCOUNT),),
        named="{t}.name",
    ),
    Subject(
        model="ledger.Drawer",
        title="Drawers",
        icon="inbox",
        permission=_VIEW,
        sources=(SourceType(DRAWER),),
        named="{t}.name",
    ),
    Subject(
        model="ledger.Disbursement",
        title="Paid out",
        icon="outbound",
        permission=_VIEW,
        sources=(SourceType(DISBURSEMENT),),
        named="concat_ws(' ', "
        + text_of_money("{t}.amount", "{t}.currency")
        + ", 'to ' || nullif({t}.payee, ''), 'on', {t}.paid_on)",
    ),
)
