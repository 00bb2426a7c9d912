"""What waits to be allocated, and the actions of what is."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from console.workbench.tests.conftest import bench
from payments.models import Invoice, Payment
from payments.tests.billing import assert_identities, owed, receive
from tests.console import browser, seen_on

WHY = "They paid the bill twice."


def test_lists_cash_with_what_the_customer_owes(payment: Payment) -> None:
    queue = reverse("admin:workbench_queue")
    console = browser("auditor")

    page = console.get(queue).content.decode()
    none = console.get(queue, {"q": "100%_"}).content.decode()
    narrowed = browser("cashier").get(queue, {"q": "acme", "owing": "1"}).content.decode()
    foreign = browser("outsider").get(queue).content.decode()

    assert payment.number in page
    assert "1,300.00" in page
    assert bench(payment) not in page
    assert "No such payment has unallocated cash" in none
    assert bench(payment) in narrowed
    assert payment.number not in foreign


def test_a_refund_is_never_paid_twice_by_two_clicks(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    path = reverse("admin:payments_payment_refund", args=[payment.pk])
    values = {"amount": "20.00", "reason": WHY}
    console = browser("manager")

    preview = console.post(path, values)
    for _ in range(2):
        console.post(path, {**values, **seen_on(preview)})

    payment.refresh_from_db()
    assert "80.00 USD" in preview.content.decode()
    assert (payment.refunded, payment.unallocated) == (20, 80)


def test_actions_of_an_applied_payment(manager: Actor, payment: Payment, late: Invoice) -> None:
    console = browser("manager")
    shown = console.post(bench(payment), {"do": "plan", "strategy": "overdue_first"})
    console.post(bench(payment), {**seen_on(shown), "do": "apply_plan"})
    line = payment.allocations.get(line=1)

    def carry_out(action: str, key: object, model: str = "allocation", **values: str) -> None:
        path = reverse(f"admin:payments_{model}_{action}", args=[key])
        console.post(path, {**values, **seen_on(console.post(path, values))})

    carry_out("refund", line.pk, amount="100.00", reason=WHY)
    page = console.get(reverse("admin:payments_allocation_change", args=[line.pk])).content.decode()
    carry_out("void", line.pk, reason=WHY)
    carry_out("write_off", late.pk, "invoice", amount="300.00", reason=WHY)
    carry_out("void", payment.pk, "payment", reason=WHY)

    line.refresh_from_db()
    payment.refresh_from_db()
    assert (line.status, line.refunded_amount) == ("voided", Decimal("100.00"))
    assert "/undo/" not in page
    assert owed(late) == 0
    # Something of it was refunded, so it is not voided as a whole.
    assert payment.status == "posted"
    assert_identities()
