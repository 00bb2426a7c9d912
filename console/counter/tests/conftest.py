"""John Doe of the seed at the counter, and the cashier's browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from console.tests.conftest import ConsoleClient
from ledger.models import Obligation
from payments.tests.builders import Debtor, make_john_doe
from tests.console import browser, seen_on


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """John Doe on LS-2054, owing 2,156.50."""
    return make_john_doe(manager)


@pytest.fixture
def window(manager: Actor) -> ConsoleClient:
    """The cashier's browser."""
    return browser("cashier")


class Counter:
    """A wizard as a browser without script uses it: the form, its confirmation, what comes of it."""

    def __init__(self, client: ConsoleClient, wizard: str, payer: str = "driver=101") -> None:
        self.client = client
        self.path = f"{reverse(f'admin:{wizard}')}?{payer}"

    def open(self) -> Any:
        """The empty form."""
        return self.client.get(self.path)

    def check(self, **typed: str) -> Any:
        """What the form leads to: the confirmation, or the form with its errors."""
        key = seen_on(self.open())["draft"]
        return self.client.post(self.path, {"draft": key, **typed}, follow=True)

    def confirm(self, page: Any) -> Any:
        """Press the confirmation's button."""
        hidden = {
            name: seen_on(page)[name] for name in ("draft", "seen", "duplicate") if name in seen_on(page)
        }
        return self.client.post(f"{self.path}&draft={hidden['draft']}&check=1", hidden)


@pytest.fixture
def wizard(window: ConsoleClient) -> Callable[..., Counter]:
    """`wizard("take_payment")` of the cashier."""
    return lambda name, payer="driver=101", client=window: Counter(client, name, payer)


def line(reference_id: str) -> str:
    """The field of an obligation's amount."""
    return f"pay-{Obligation.objects.get(reference_id=reference_id).id}"


def payment(actor: Actor, **changes: str) -> dict[str, str]:
    """The seed's payment as it is typed: 600.00 by ACH, of which 265.00 for the lease and 335.00 for the repair."""
    return {
        "lease": "2054",
        "amount": "600.00",
        "method": "ach",
        "payment_date": (today(actor.company) - timedelta(days=1)).isoformat(),
        "reference_number": "ACH-1",
        "notes": "Partial payment for repairs and lease.",
        line("MED-102-LS-08"): "265.00",
        line("INV-2457"): "335.00",
        **changes,
    }


def words(page: Any) -> str:
    """The page's text without its tags, on one line."""
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(text.split())
