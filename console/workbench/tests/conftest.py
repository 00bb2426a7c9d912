"""A customer who owes, and a payment with cash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from payments.models import Invoice, Payment
from payments.tests.billing import bill, make_customer, receive


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def late(manager: Actor, acme: Customer) -> Invoice:
    """300.00, overdue by five days."""
    return bill(manager, acme, "300.00", number="LATE", due=today(manager.company) - timedelta(days=5))


@pytest.fixture
def early(manager: Actor, acme: Customer) -> Invoice:
    """1,000.00, due in 30 days, 2 % off for ten days before."""
    return bill(manager, acme, "1000.00", number="EARLY", percent="2", days=10)


@pytest.fixture
def payment(manager: Actor, acme: Customer, late: Invoice, early: Invoice) -> Payment:
    """500.00 of unallocated cash."""
    return receive(manager, acme, "500.00")


def bench(payment: Any) -> str:
    """The address of the payment's workbench."""
    return reverse("admin:workbench", args=[payment.pk])
