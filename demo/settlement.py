"""The week before the demo begins: what the drivers earned, settled by the real jobs, and some of it paid out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel import clock
from batconnect.core.kernel.money import from_cents
from demo.companies import BIG_APPLE
from demo.fleet import JOHN_DOE, Seat
from demo.staff import act_as
from ledger.rules.settlement import DAYS
from ledger.settlement.models import Dtr
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.payouts import pay_dtrs
from ledger.settlement.services.runs import settle_week

JOB: Final = "settle_week"
_PAID_OUT: Final = 5


def settle_last_week(*, seats: Sequence[Seat], today: date) -> None:
    """Credit earnings of the week that ended on `settles_from`, settle it, and pay out the first DTRs.

    John Doe has not driven that week: his debts stay as the guide has them, and the fee that the run raises for his
    lease makes up their total. The transaction is inside the company.
    """
    week = clock.week_start(today) - timedelta(days=DAYS)
    chance = random.Random("earnings")  # noqa: S311 - an example, not a secret
    rows = [
        EarningRow(seat.driver.pk, seat.lease.pk, week, from_cents(chance.randint(38_000, 185_000)))
        for number, seat in enumerate(seats, start=1)
        if seat.active and number != JOHN_DOE and number % 11
    ]
    import_earnings(actor=act_as("manager"), rows=rows)
    settle_week(actor=job_actor(company_id=BIG_APPLE, job=JOB), week=week)
    due = Dtr.objects.filter(week=week, due_to_driver__gt=Decimal(0)).order_by("number_order")
    pay_dtrs(
        actor=act_as("manager"),
        numbers=list(due.values_list("number", flat=True)[:_PAID_OUT]),
        method=Dtr.Method.ACH.value,
        reference_number="ACH-0001",
    )
