"""Loans that ran when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.openings import OpeningDay, OpeningItem, WrongLine
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.services.running import Running, Terms
from loans.kind import LOANS
from loans.services.loans import HIGHEST_RATE

_WEEK: Final = timedelta(days=7)
_REASON: Final = "It ran when the books were opened."


def _terms(actor: Actor, item: OpeningItem, start: date, day: OpeningDay) -> Terms:
    """The loan's date is the day from which its next installment bears interest: the Sunday before, unless given."""
    rate = Decimal(item["rate"]) if item["rate"] else ZERO
    dated = date.fromisoformat(item["dated"]) if item["dated"] else min(start - _WEEK, day.on)
    wrong: tuple[WrongLine, ...] = ()
    if not 0 <= rate <= HIGHEST_RATE:
        wrong = (WrongLine(item.place, "rate", "The rate must be 0 to 100 percent a year."),)
    above = rate > actor.company.interest_cap_percent
    own = {"interest_rate": rate, "interest_reason": _REASON if above else "", "loan_date": dated}
    return Terms(own, dated, rate, wrong)


def _given(actor: Actor, plan: DocumentPlan) -> Mapping[str, Any]:
    return {"is_opening": True}


LOAN: Final = Running(
    kind=LOANS,
    code="loan",
    label="A running loan: what is not yet due of it",
    columns=("rate",),
    terms=_terms,
    finish=_given,
).opening()
