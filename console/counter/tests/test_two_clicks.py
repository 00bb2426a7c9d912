"""Two clicks at the same moment, with real connections: one payment, and both see its receipt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from cases.models import Case
from console.counter.tests.conftest import Counter, payment
from console.tests.conftest import ConsoleClient
from payments.models import Payment
from payments.tests.builders import make_john_doe
from tests.cast import acting
from tests.console import browser

pytestmark = pytest.mark.django_db(transaction=True)


def test_makes_one_payment_of_two_confirmations_at_once() -> None:
    with acting("manager") as manager:
        make_john_doe(manager)
        typed = payment(manager)
    counter = Counter(browser("cashier"), "take_payment")
    page = counter.check(**typed)
    barrier = Barrier(2)

    def click() -> Any:
        duplicate = ConsoleClient()
        duplicate.cookies.update(counter.client.cookies)
        barrier.wait(timeout=20)
        try:
            return Counter(duplicate, "take_payment").confirm(page)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = [each.result() for each in [pool.submit(click), pool.submit(click)]]

    assert first["Location"] == second["Location"]
    assert "/admin/counter/payment/INTPAY-" in first["Location"]
    with acting("manager"):
        assert (Payment.objects.count(), Case.objects.count()) == (1, 1)
