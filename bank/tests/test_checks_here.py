"""Checks that lie here are read by an index of their own, as the application's role reads them."""

from __future__ import annotations

from django.db import connection

from bank.querysets.counter import check_rows, checks_for_slips
from batconnect.core.kernel.actors import Actor
from payments.tests.test_drawers import take


def test_checks_are_found_without_reading_what_is_at_the_bank(manager: Actor) -> None:
    for amount in ("10.00", "20.00", "30.00"):
        take(manager, amount, method="check")
    take(manager, "40.00")
    company = {"company_id": manager.company_id, "currency": "USD"}
    reads = (
        checks_for_slips(**company).order_by("number_order"),
        check_rows(**company).order_by("number_order"),
    )

    with connection.cursor() as cursor:
        # Of a few rows a scan is cheaper whatever the index.
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_bitmapscan = off")
    plans = [each.explain() for each in reads]

    assert [each.count() for each in reads] == [3, 3]
    assert ["payment_check_here" in plan for plan in plans] == [True, True], plans
