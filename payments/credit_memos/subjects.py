"""What the tables of credit memos are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject, looked_up, text_of_money
from batconnect.directory.subjects import CUSTOMER_JOIN
from payments.credit_memos.postings import CREDIT_REFUND
from payments.postings import CREDIT_MEMO

CREDIT_NUMBERS: Final = NumberSeries("CRM", 3)
_VIEW: Final = "payments.view"

SUBJECTS: Final = (
    Subject(
        model="payments.CreditMemo",
        title="Credit memos",
        icon="money_off",
        permission=_VIEW,
        series=(CREDIT_NUMBERS,),
        sources=(SourceType(CREDIT_MEMO),),
        named="{t}.number",
        search=Search(
            kind="credit_memo",
            rank=55,
            noun="credit memo",
            by_number=LookUp(
                about="concat_ws(' · ', c.name, t.issued_on, "
                f"{text_of_money('t.amount', 't.currency')}, t.status)",
                joins=CUSTOMER_JOIN,
            ),
        ),
    ),
    Subject(
        model="payments.CreditRefund",
        title="Refunds of credits",
        icon="currency_exchange",
        permission=_VIEW,
        sources=(SourceType(CREDIT_REFUND),),
        named=looked_up("number", "credit_memos", "memo_id"),
    ),
)
