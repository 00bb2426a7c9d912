"""The workbench: sorted, compared, previewed, and exactly what was seen applied.

Rule: docs/domain.md#allocation.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.words import format_day
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from console.workbench.tests.conftest import bench
from payments.models import Allocation, Invoice, Payment
from payments.querysets import operations_of
from payments.tests.billing import allocate, assert_identities, bill, owed, receive
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

D = Decimal
MAX_STATEMENTS = 25


def amount(invoice: Invoice) -> str:
    return f"amount-{invoice.obligation_id}"


def numbers_on(page: Any) -> list[str]:
    return re.findall(r'aria-label="Amount for ([^"]+)"', page.content.decode())


def test_items_stand_as_the_strategy_would_serve_them(
    manager: Actor, acme: Customer, payment: Payment
) -> None:
    console = browser("cashier")

    by_due = console.get(bench(payment))
    by_size = console.get(bench(payment), {"strategy": "largest_first"})

    text = by_due.content.decode()
    assert numbers_on(by_due) == ["LATE", "EARLY"]
    assert numbers_on(by_size) == ["EARLY", "LATE"]
    assert "5 days overdue" in text
    assert f"2 % until {format_day(today(manager.company) + timedelta(days=20))}" in text
    assert text.count("needs percentages") == 1


def test_a_plan_is_applied_exactly_as_it_was_seen_and_once(payment: Payment, late: Invoice) -> None:
    console = browser("cashier")

    with assert_nothing_written():
        shown = console.post(bench(payment), {"do": "plan", "strategy": "overdue_first", "discount": "on"})
    confirmed = {**seen_on(shown), "do": "apply_plan"}
    done = console.post(bench(payment), confirmed)
    with assert_nothing_written():
        again = console.post(bench(payment), confirmed)

    assert "1. overdue, due" in shown.content.decode()
    assert (done.status_code, done["Location"]) == (
        302,
        bench(payment) + "?strategy=overdue_first&discount=on",
    )
    assert [(each.amount, each.discount_amount) for each in Allocation.objects.order_by("line")] == [
        (D("300.00"), D("0.00")),
        (D("204.08"), D("4.08")),
    ]
    assert owed(late) == 0
    assert "so nothing was applied" in again.content.decode()
    assert AuditEvent.objects.get(action="payments.auto_allocated").actor == "Merly"
    assert_identities()


def test_what_was_typed_is_applied_exactly_as_it_was_seen_and_once(
    payment: Payment, late: Invoice, early: Invoice
) -> None:
    console = browser("cashier")
    typed = {amount(late): "$100.00", amount(early): "50", "discount": "on"}

    with assert_nothing_written():
        shown = console.post(bench(payment), {**typed, "do": "typed"})
    confirmed = {**seen_on(shown), "do": "apply_typed"}
    done = console.post(bench(payment), confirmed)
    with assert_nothing_written():
        again = console.post(bench(payment), confirmed)

    payment.refresh_from_db()
    assert done.status_code == 302
    assert payment.unallocated == D("351.00")
    assert (owed(late), owed(early)) == (D("200.00"), D("950.00"))
    assert "nothing was done" in again.content.decode()
    assert_identities()


def test_refuses_when_another_allocation_came_in_between(
    manager: Actor, payment: Payment, late: Invoice, early: Invoice
) -> None:
    console = browser("cashier")
    plan = console.post(bench(payment), {"do": "plan", "strategy": "fifo"})
    typed = console.post(bench(payment), {"do": "typed", amount(early): "10.00"})
    allocate(manager, payment, (late, "20.00"))

    with assert_nothing_written():
        late_plan = console.post(bench(payment), {**seen_on(plan), "do": "apply_plan"})
        late_typed = console.post(bench(payment), {**seen_on(typed), "do": "apply_typed"})
        unseen = [
            console.post(bench(payment), {"do": "apply_plan", "strategy": "fifo"}),
            console.post(bench(payment), {"do": "apply_typed", amount(early): "10.00"}),
        ]

    assert [each.status_code for each in (late_plan, late_typed, *unseen)] == [200, 200, 200, 200]
    assert 'value="10.00"' in late_typed.content.decode()
    assert Allocation.objects.count() == 1


def test_says_beside_each_box_what_is_wrong_and_keeps_what_was_typed(
    payment: Payment, late: Invoice, early: Invoice
) -> None:
    console = browser("cashier")

    with assert_nothing_written():
        no_money = console.post(bench(payment), {"do": "typed", amount(late): "1e3"}).content.decode()
        too_much = console.post(bench(payment), {"do": "typed", amount(late): "300.01"}).content.decode()
        above = console.post(bench(payment), {"do": "typed", amount(early): "500.01"}).content.decode()
        nothing = console.post(bench(payment), {"do": "typed"}).content.decode()

    assert 'value="1e3"' in no_money
    assert "with at most two decimals" in no_money
    assert "300.01 is above the 300.00 outstanding" in too_much
    assert "has 500.00 unallocated" in above
    assert "Enter an amount beside at least one item." in nothing


def test_orders_and_percentages_are_typed_beside_the_items(
    payment: Payment, late: Invoice, early: Invoice
) -> None:
    console = browser("cashier")
    places = {f"place-{early.obligation_id}": "1", f"place-{late.obligation_id}": "2"}
    shares = {"percent-INVOICE": "10", f"percent-{early.obligation_id}": "25"}

    ordered = console.post(bench(payment), {"do": "show", "strategy": "custom_priority", **places})
    shown = console.post(bench(payment), {"do": "plan", "strategy": "percentage_based", **shares})
    console.post(bench(payment), {**seen_on(shown), "do": "apply_plan"})

    assert numbers_on(ordered) == ["EARLY", "LATE"]
    assert [each.amount for each in Allocation.objects.order_by("line")] == [D("125.00"), D("50.00")]
    assert (owed(early), owed(late)) == (D("875.00"), D("250.00"))


def test_an_operation_is_undone_as_a_unit_and_leads_back_to_the_bench(payment: Payment) -> None:
    console = browser("manager")
    shown = console.post(bench(payment), {"do": "plan", "strategy": "fifo"})
    console.post(bench(payment), {**seen_on(shown), "do": "apply_plan"})
    (operation,) = operations_of(payment)
    undo = f"{reverse('admin:payments_payment_undo', args=[payment.pk])}?operation={operation.id}&next={bench(payment)}"

    link = undo.replace(f"next={bench(payment)}", "next=").replace("&", "&amp;")
    on_bench = console.get(bench(payment)).content.decode()
    of_cashier = browser("cashier").get(bench(payment)).content.decode()
    values = {"operation": str(operation.id), "reason": "Applied to the wrong invoice"}
    preview = console.post(undo, values)
    done = console.post(undo, {**values, **seen_on(preview)})
    with assert_nothing_written():
        again = console.post(undo, {**values, **seen_on(preview)})

    payment.refresh_from_db()
    assert link in on_bench
    assert "/undo/" not in of_cashier
    assert (done.status_code, done["Location"]) == (302, bench(payment))
    assert payment.unallocated == D("500.00")
    assert set(Allocation.objects.values_list("status", flat=True)) == {"voided"}
    assert again.status_code == 200
    assert_identities()


def test_leads_away_only_within_the_console(payment: Payment) -> None:
    path = reverse("admin:payments_payment_void", args=[payment.pk])

    page = browser("manager").get(path, {"next": "https://elsewhere.example/"})

    text = page.content.decode()
    assert 'href="https://elsewhere' not in text
    assert f'href="{reverse("admin:payments_payment_change", args=[payment.pk])}"' in text


def test_another_companys_payment_is_like_an_unknown_one(payment: Payment) -> None:
    unknown = reverse("admin:workbench", args=[uuid4()])
    console = browser("outsider")

    with assert_nothing_written():
        answers = [
            *(console.get(each) for each in (bench(payment), unknown)),
            *(console.post(each, {"do": "plan", "strategy": "fifo"}) for each in (bench(payment), unknown)),
        ]

    assert {each.status_code for each in answers} == {302}
    assert answers[0]["Location"] == answers[1]["Location"] == reverse("admin:index")


def test_anothers_items_are_never_paid(manager: Actor, payment: Payment, late: Invoice) -> None:
    other = receive(manager, Customer.objects.create(company_id=manager.company_id, name="Bravo"), "10.00")

    with assert_nothing_written():
        foreign = browser("cashier").post(bench(other), {"do": "typed", amount(late): "5.00"})
        unknown = browser("cashier").post(bench(other), {"do": "typed", f"amount-{uuid4()}": "5.00"})

    assert "another customer" in foreign.content.decode()
    assert "There is no such obligation." in unknown.content.decode()


def test_statements_do_not_grow_with_a_thousand_items(manager: Actor, payment: Payment) -> None:
    console = browser("cashier")
    console.get(bench(payment))
    with CaptureQueriesContext(connection) as few:
        console.get(bench(payment))
    customer = Customer.objects.get(id=payment.customer_id)
    bill_many(manager, customer, 1_000)

    with CaptureQueriesContext(connection) as many:
        page = console.get(bench(payment))
    inputs = {f"{kind}-{uuid4()}": "" for kind in ("amount", "percent") for _ in range(1_000)}
    sent = console.post(bench(payment), {"do": "show", **inputs})

    assert (len(numbers_on(page)), sent.status_code) == (1_000, 200)
    assert "2 more are not shown" in page.content.decode()
    assert len(many) == len(few) <= MAX_STATEMENTS


def bill_many(actor: Actor, customer: Customer, count: int) -> None:
    """So many invoices, by copying one: issuing each by the service would take the test's time."""
    bill(actor, customer, "10.00", number="SEED")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_obligations (id, company_id, customer_id, currency, category, reference_id,"
            " description, original, outstanding, written_off, issue_date, due_date, status, is_opening, source_type,"
            " source_id)"
            " select gen_random_uuid(), company_id, customer_id, currency, category, reference_id || n, description,"
            " original, outstanding, written_off, issue_date, due_date, status, is_opening, source_type, source_id || n"
            " from ledger_obligations cross join generate_series(2, %s) n where reference_id = 'SEED'",
            [count],
        )
