"""*Mail the receipt* after a payment, *Mail the statement* on the customer's page, and the log there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import OutgoingMail
from console.tests.conftest import ConsoleClient, console_of
from payments.models import Payment
from payments.tests.billing import bill, make_customer, receive

__all__ = ["console_of"]
TYPED: Final = {"recipients": "a@x.example, b@x.example", "subject": "Your receipt", "body": "Here it is."}


@pytest.fixture
def payment(manager: Actor) -> Payment:
    customer = make_customer(manager, "Acme Insurance")
    bill(manager, customer, "100.00")
    return receive(manager, customer, "100.00")


def _seen(page: Any) -> dict[str, str]:
    return {"seen": page.context["preview"].digest}


def test_the_receipt_is_mailed_from_the_counter_after_a_preview(
    payment: Payment, console_of: Callable[[str], ConsoleClient]
) -> None:
    client = console_of("cashier")
    taken = client.get(reverse("admin:payment_taken", args=[payment.number]))
    address = taken.context["mailing"]

    form = client.get(address)
    preview = client.post(address, TYPED)
    assert not OutgoingMail.objects.exists()
    done = client.post(address, {**TYPED, **_seen(preview)})

    assert form.context["form"].initial["recipients"] == "ap@acme.example"
    assert "a@x.example" in preview.content.decode()
    assert done["Location"] == reverse("admin:payment_taken", args=[payment.number])
    assert OutgoingMail.objects.count() == 2


def test_a_second_click_sends_nothing_more(
    payment: Payment, console_of: Callable[[str], ConsoleClient]
) -> None:
    client = console_of("cashier")
    address = reverse("admin:payments_payment_send", args=[payment.pk])
    preview = client.post(address, TYPED)

    for _ in range(2):
        client.post(address, {**TYPED, **_seen(preview)})

    assert OutgoingMail.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"recipients": "nobody"}, "recipients"), ({"subject": "x" * 201}, "subject"), ({"body": ""}, "body")],
)
def test_what_is_refused_is_shown_beside_its_field(
    payment: Payment, console_of: Callable[[str], ConsoleClient], wrong: dict[str, str], field: str
) -> None:
    address = reverse("admin:payments_payment_send", args=[payment.pk])

    answer = console_of("cashier").post(address, {**TYPED, **wrong})

    assert list(answer.context["form"].errors) == [field]
    assert not OutgoingMail.objects.exists()


def test_the_customers_page_offers_the_statement_and_lists_what_was_mailed(
    payment: Payment, console_of: Callable[[str], ConsoleClient]
) -> None:
    client = console_of("cashier")
    page = reverse("admin:customer", args=[payment.customer_id])
    address = client.get(page).context["mailing"]

    preview = client.post(address, TYPED)
    client.post(address, {**TYPED, **_seen(preview)})

    shown = client.get(page).content.decode()
    assert "Statement of account in USD" in shown
    assert "a@x.example" in shown
    assert "b@x.example" in shown
    assert console_of("auditor").get(page).context["mailing"] == ""
