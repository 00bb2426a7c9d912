"""What waits: cash to allocate, and requests for a second person."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse

from batconnect.console.workbench.tests.conftest import bench
from batconnect.core.actors import Actor
from batconnect.directory.models import Customer
from ledger.models import WriteOffRequest
from ledger.services import write_off
from payments.models import Invoice, Payment, Refund
from payments.tests.billing import assert_identities, bill, owed, receive
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

WHY = "They paid the bill twice."


def test_lists_cash_with_what_the_customer_owes(payment: Payment) -> None:
    queue = reverse("admin:workbench_queue")
    console = browser("auditor")

    page = console.get(queue).content.decode()
    none = console.get(queue, {"q": "100%_"}).content.decode()
    found = browser("cashier").get(queue, {"q": "acme", "owing": "1"}).content.decode()
    foreign = browser("outsider").get(queue).content.decode()

    assert payment.number in page
    assert "1,300.00" in page
    assert bench(payment) not in page
    assert "No such payment has unallocated cash" in none
    assert bench(payment) in found
    assert payment.number not in foreign


def test_a_second_person_decides_on_refunds_and_the_requester_never(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "3000.00")
    refund_path = reverse("admin:payments_payment_refund", args=[payment.pk])
    first, second = browser("manager"), browser("second_manager")
    approvals = reverse("admin:approvals")

    asked = first.post(refund_path, {"amount": "2,500.00", "reason": WHY})
    first.post(refund_path, {"amount": "2,500.00", "reason": WHY, **seen_on(asked)})
    request = Refund.objects.get()
    approve = reverse("admin:payments_refund_approve", args=[request.pk])
    with assert_nothing_written():
        own = [first.get(approve).status_code, first.post(approve, {"reason": ""}).status_code]
        cashier = browser("cashier").post(approve, {"reason": ""}).status_code
    mine, theirs = first.get(approvals).content.decode(), second.get(approvals).content.decode()
    seen = second.post(f"{approve}?next={approvals}", {"reason": ""})
    done = second.post(f"{approve}?next={approvals}", {"reason": "", **seen_on(seen)})
    with assert_nothing_written():
        again = second.post(approve, {"reason": "", **seen_on(seen)})

    payment.refresh_from_db()
    assert "waits for a second person" in asked.content.decode()
    assert (own, cashier) == ([403, 403], 403)
    assert approve not in mine
    assert "You asked: another person decides" in mine
    assert approve in theirs
    assert (done.status_code, done["Location"]) == (302, approvals)
    assert (payment.refunded, payment.unallocated, payment.reserved) == (2500, 500, 0)
    assert again.status_code in (200, 302)
    assert_identities()


def test_a_second_person_decides_on_write_offs(manager: Actor, acme: Customer) -> None:
    invoice = bill(manager, acme, "5000.00")
    write_off(
        actor=manager,
        obligation_id=invoice.obligation_id,
        amount=Decimal("4000.00"),
        reason="Bankrupt since May.",
    )
    request = WriteOffRequest.objects.get()
    approvals = reverse("admin:approvals")
    approve = reverse("admin:ledger_writeoffrequest_approve", args=[request.pk])
    reject = reverse("admin:ledger_writeoffrequest_reject", args=[request.pk])
    first, second = browser("manager"), browser("second_manager")

    with assert_nothing_written():
        own = [first.post(each, {"reason": ""}).status_code for each in (approve, reject)]
    pages = [approve in each.get(approvals).content.decode() for each in (first, second, browser("auditor"))]
    seen = second.post(reject, {"reason": "Ask again in June."})
    second.post(reject, {"reason": "Ask again in June.", **seen_on(seen)})

    request.refresh_from_db()
    assert own == [403, 403]
    assert pages == [False, True, False]
    assert (request.status, owed(invoice)) == ("rejected", Decimal("5000.00"))


def test_a_refund_is_never_paid_twice_by_two_clicks(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "100.00")
    path = reverse("admin:payments_payment_refund", args=[payment.pk])
    values = {"amount": "20.00", "reason": WHY}
    console = browser("manager")

    asked = console.post(path, values)
    for _ in range(2):
        console.post(path, {**values, **seen_on(asked)})

    payment.refresh_from_db()
    assert "80.00 USD" in asked.content.decode()
    assert (payment.refunded, payment.unallocated) == (20, 80)


def test_verbs_of_an_applied_payment(manager: Actor, payment: Payment, late: Invoice) -> None:
    console = browser("manager")
    shown = console.post(bench(payment), {"do": "plan", "strategy": "overdue_first"})
    console.post(bench(payment), {**seen_on(shown), "do": "apply_plan"})
    line = payment.allocations.get(line=1)

    def carry_out(verb: str, key: object, model: str = "allocation", **values: str) -> None:
        path = reverse(f"admin:payments_{model}_{verb}", args=[key])
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
