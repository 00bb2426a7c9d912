"""The guide's renewal case: id 1, a quarter's premium due on five quarter ends around the day of loading."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from outstanding.rules.plans import add_months
from outstanding.services import NewInstallment, open_renewal_case

CASE_ID: Final = 1
BEFORE: Final = (Decimal("46250.00"),) * 3
AFTER: Final = (Decimal("50875.00"),) * 2
_QUARTERS: Final = ("Jan-Mar", "Apr-Jun", "Jul-Sep", "Oct-Dec")


def add_renewal(*, actor: Actor, today: date) -> None:
    """Open the case with 240,500.00 outstanding: three quarters overdue, two to come."""
    customer = Customer(
        company_id=actor.company_id,
        name="Priya Raman",
        email="priya.raman@example.com",
        external_reference="POL-2024-0001",
    )
    insert_many([customer])
    ends = [*reversed(_ends(today, step=-1, count=len(BEFORE))), *_ends(today, step=1, count=len(AFTER))]
    open_renewal_case(
        actor=actor,
        customer_id=customer.id,
        customer_name=customer.name,
        policy_number="FHI-2024-0001",
        policy_type="Family health insurance",
        premium=sum((*BEFORE, *AFTER), Decimal("0.00")),
        installments=[_installment(end, amount) for end, amount in zip(ends, BEFORE + AFTER, strict=True)],
        case_id=CASE_ID,
    )


def _ends(today: date, *, step: int, count: int) -> list[date]:
    """The quarter ends before (`step` -1) or after the day, the nearest first; never the day itself."""
    end = _quarter_end(today)
    ends: list[date] = []
    while len(ends) < count:
        if (end - today).days * step > 0:
            ends.append(end)
        end = _quarter_end(add_months(end.replace(day=1), 3 * step))
    return ends


def _quarter_end(day: date) -> date:
    """The last day of the day's quarter."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return add_months(first, 3) - timedelta(days=1)


def _installment(end: date, amount: Decimal) -> NewInstallment:
    number = (end.month - 1) // 3
    quarter = f"Q{number + 1} {end.year}"
    return NewInstallment(
        period=f"{quarter} ({_QUARTERS[number]})",
        amount=amount,
        due_date=end,
        description=f"Quarterly premium for family health insurance - {quarter}",
    )
