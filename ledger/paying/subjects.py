"""What the tables of paying drivers are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject, looked_up, text_of_money
from ledger.paying.postings import BATCH, PAYEE_ACCOUNT, PAYEE_HOLD, PAYING_ACCOUNT, PAYOUT_ORDER, RETURN

BATCH_NUMBERS: Final = NumberSeries("PB", 3)
_VIEW: Final = "ledger.view"

_PAYEE: Final = looked_up("name", "customers", "customer_id")
SUBJECTS: Final = (
    Subject(
        model="ledger.PayoutBatch",
        title="Payout batches",
        icon="outbox",
        permission=_VIEW,
        series=(BATCH_NUMBERS,),
        sources=(SourceType(BATCH),),
        named="{t}.number",
        search=Search(
            kind="payout_batch",
            rank=82,
            noun="payout batch",
            by_number=LookUp(
                about=f"concat_ws(' · ', {text_of_money('t.total', 't.currency')}, t.way, t.status)",
            ),
        ),
    ),
    Subject(model="ledger.Payout", title="Payouts", icon="payments", permission=_VIEW),
    Subject(
        model="ledger.PayeeAccount",
        title="Payees' accounts",
        icon="account_balance",
        permission=_VIEW,
        sources=(SourceType(PAYEE_ACCOUNT),),
        named=_PAYEE + " || ' ••••' || {t}.last_digits",
    ),
    Subject(
        model="ledger.PayeeHold",
        title="Payees on hold",
        icon="front_hand",
        permission=_VIEW,
        sources=(SourceType(PAYEE_HOLD),),
        named=_PAYEE,
    ),
    Subject(
        model="ledger.PayoutOrder",
        title="Orders on payouts",
        icon="gavel",
        permission=_VIEW,
        sources=(SourceType(PAYOUT_ORDER),),
        named="{t}.reference || ' of ' || {t}.creditor",
    ),
    Subject(
        model="ledger.PayoutReturn",
        title="Payouts that came back",
        icon="assignment_return",
        permission=_VIEW,
        sources=(SourceType(RETURN),),
        named=f"concat_ws(' of ', nullif({{t}}.code, ''), {looked_up('payee', 'payouts', 'payout_id')})",
    ),
    Subject(
        model="ledger.PayingAccount",
        title="How accounts pay",
        icon="tune",
        permission=_VIEW,
        sources=(SourceType(PAYING_ACCOUNT),),
        named=looked_up("name", "bank_accounts", "bank_account_id"),
    ),
)
