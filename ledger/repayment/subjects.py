"""What the tables of everything that is repaid are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import LookUp, Subject, text_of_money
from batconnect.directory.subjects import CUSTOMER_JOIN

BY_NUMBER: Final = LookUp(
    about=f"concat_ws(' · ', c.name, {text_of_money('t.amount', 't.currency')}, t.status)",
    joins=CUSTOMER_JOIN,
)
"""How a loan or a repair reads that is found by its number."""

SUBJECTS: Final = (
    Subject(
        model="ledger.RepaymentMatrix",
        title="Repayment matrix",
        icon="table_chart",
        permission="ledger.view",
    ),
)
