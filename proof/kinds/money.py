"""Customers, invoices, charges, payments, and payments applied in every way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from proof import strategies
from proof.book import CENT, ZERO, Applied, Customer, Item, Pay, round_half_up
from proof.client import Answer
from proof.worker import Worker, figure

METHODS: Final = ("bank_transfer", "check", "ach", "card", "cash")
CUSTOMERS: Final = 12
_CHARGES: Final = ("EZPASS", "PVB", "TLC", "MISC")


def customer_of(worker: Worker) -> Customer:
    """One of the worker's customers, made while there are few."""
    if not worker.customers or (len(worker.customers) < CUSTOMERS and worker.rng.random() < 0.1):
        open_customer(worker)
    return worker.rng.choice(worker.customers)


def open_customer(worker: Worker) -> None:
    name = f"Proof {worker.name} {len(worker.customers) + 1}"
    body = {"name": name, "email": "proof@example.com", "external_reference": worker.reference()}
    answer = worker.manager.post("/api/customers", body, row="customers")
    if worker.is_done("customers", answer):
        worker.customers.append(Customer(answer.body["id"], name))


def issue_invoice(worker: Worker) -> None:
    customer = customer_of(worker)
    issued = worker.day(-40, 0)
    due = issued + timedelta(days=worker.rng.choice((10, 30, 60)))
    if 0 <= (due - worker.world.today).days <= 2:
        due += timedelta(days=5)  # neither side of a midnight
    percent, days = worker.rng.choice(((0, 0), (0, 0), (2, 5), (3, 8)))
    lines = [
        (worker.rng.randint(1, 5), worker.amount("3.00", "150.00"), worker.rng.choice(("0", "8.875", "4")))
        for _ in range(worker.rng.randint(1, 3))
    ]
    body = {
        "customer_id": customer.id,
        "issue_date": issued,
        "due_date": due,
        "currency": "USD",
        "early_payment_discount_percent": percent,
        "early_payment_discount_days": days,
        "items": [
            {
                "description": "proof",
                "quantity": quantity,
                "unit_price": str(price),
                "taxes": [{"name": "tax", "rate": rate}] if rate != "0" else [],
            }
            for quantity, price, rate in lines
        ],
    }
    answer = worker.manager.post("/api/invoices", body, row="invoices")
    if not worker.is_done("invoices", answer):
        return
    total = sum((q * p + round_half_up(q * p * Decimal(rate) / 100) for q, p, rate in lines), ZERO)
    worker.is_so("invoices", "total", figure(answer.body["total"]), total)
    customer.items.append(
        Item(
            id=answer.body["obligation_id"],
            category="INVOICE",
            number=answer.body["number"],
            issue_date=issued,
            due_date=due,
            total=total,
            outstanding=total,
            invoice_id=answer.body["id"],
            percent=Decimal(percent),
            days=days,
        )
    )


def raise_charge(worker: Worker) -> None:
    """A charge for a customer; the same again changes nothing, with another amount it is refused."""
    customer = customer_of(worker)
    reference, amount = worker.reference(), worker.amount("1.00", "200.00")
    issued = worker.day(-20, -2)
    body = {
        "category": (category := worker.rng.choice(_CHARGES)),
        "customer_id": customer.id,
        "reference_id": reference,
        "amount": str(amount),
        "issue_date": issued,
        "due_date": issued,
        "description": "proof",
    }
    answer = worker.manager.post("/ledger/obligations", body, row="charges")
    if not worker.is_done("charges", answer):
        return
    customer.items.append(
        Item(_id_of(answer.body), category, reference, issued, issued, total=amount, outstanding=amount)
    )
    if worker.rng.random() < 0.2:
        again = worker.manager.post("/ledger/obligations", {**body, "amount": str(amount + 1)}, row="charges")
        worker.is_refused("charges", again, 409)


def _id_of(body: Any) -> str:
    return str(body.get("obligation_id") or body.get("id") or body["obligation"]["id"])


def take_payment(worker: Worker) -> None:
    """A payment; now and then with its allocation by a strategy at once."""
    customer = customer_of(worker)
    amount, reference = worker.amount("1.00", "600.00"), worker.reference()
    method, paid_on = worker.rng.choice(METHODS), worker.day(-6, 0)
    body: dict[str, Any] = {
        "customer_id": customer.id,
        "amount": str(amount),
        "currency": "USD",
        "payment_method": method,
        "payment_date": paid_on,
        "reference_number": reference,
    }
    strategy = ""
    if worker.rng.random() < 0.25:
        strategy = worker.rng.choice((*strategies.ORDERED, "proportional"))
        body |= {"auto_allocate": True, "allocation_strategy": strategy}
    answer = worker.cashier.post("/api/payments", body, row="payments")
    if not worker.is_done("payments", answer):
        return
    pay = Pay(
        id=answer.body["id"],
        number=answer.body["payment_number"],
        reference=reference,
        amount=amount,
        unallocated=amount,
        paid_on=paid_on,
        method=method,
    )
    customer.pays.append(pay)
    if strategy and answer.body["auto_allocation"]:
        _book(
            worker,
            "strategies",
            customer,
            pay,
            _planned(worker, customer, pay, strategy),
            answer.body["auto_allocation"],
        )
    worker.is_so("payments", "unallocated", figure(answer.body["unallocated_amount"]), pay.unallocated)


def refuse_payment(worker: Worker) -> None:
    """What must be refused, and leaves nothing."""
    customer = customer_of(worker)
    body = {
        "customer_id": customer.id,
        "amount": "10.00",
        "currency": "USD",
        "payment_method": "cash",
        "payment_date": worker.world.today,
        "reference_number": f"REFUSED-{worker.reference()}",
    }
    wrong: dict[str, Any] = worker.rng.choice(
        (
            {"amount": "10.001"},
            {"amount": "-5"},
            {"amount": "0"},
            {"amount": "1e3"},
            {"amount": "1000000000.00"},
            {"payment_method": "shells"},
            {"payment_date": worker.world.today + timedelta(days=400)},
            {"currency": "XXX"},
            {"customer_id": "00000000-0000-7000-8000-000000000000"},
            {"surprise": 1},
        )
    )
    answer = worker.cashier.post("/api/payments", body | wrong, row="payments refused")
    worker.is_refused("payments refused", answer, 400, 404)


def repeat_payment(worker: Worker) -> None:
    """One key: the same request is answered as before, another one is refused, and there is one payment."""
    customer = customer_of(worker)
    amount, reference = worker.amount("1.00", "50.00"), worker.reference()
    body = {
        "customer_id": customer.id,
        "amount": str(amount),
        "currency": "USD",
        "payment_method": "bank_transfer",
        "payment_date": worker.world.today,
        "reference_number": reference,
    }
    key = {"Idempotency-Key": f"{worker.rng.getrandbits(128):032x}"}
    key["Idempotency-Key"] = _uuid(key["Idempotency-Key"])
    first = worker.cashier.post("/api/payments", body, row="repeats", headers=key)
    if not worker.is_done("repeats", first):
        return
    customer.pays.append(
        Pay(
            first.body["id"],
            first.body["payment_number"],
            reference,
            amount,
            amount,
            worker.world.today,
            "bank_transfer",
        )
    )
    again = worker.cashier.post("/api/payments", body, row="repeats", headers=key)
    worker.is_so(
        "repeats", "the same answer", (again.status, again.body), (first.status, first.body), column="doubled"
    )
    worker.is_so("repeats", "replayed", again.was_replayed, True, column="doubled")
    other = worker.cashier.post("/api/payments", {**body, "amount": "51.00"}, row="repeats", headers=key)
    worker.is_so("repeats", "another body with the key", other.status, 422)


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def payment_of(worker: Worker, *, least: Decimal = CENT) -> tuple[Customer, Pay] | None:
    """Some payment with that much unallocated."""
    found = [
        (customer, pay)
        for customer in worker.customers
        for pay in customer.pays
        if pay.unallocated >= least and pay.status == "posted"
    ]
    return worker.rng.choice(found) if found else None


def allocate(worker: Worker) -> None:
    """One line or several, as a person chooses them."""
    chosen = payment_of(worker, least=Decimal("1.00"))
    if chosen is None or not chosen[0].open_items:
        return
    customer, pay = chosen
    items = worker.rng.sample(customer.open_items, k=min(len(customer.open_items), worker.rng.randint(1, 3)))
    discounts = worker.rng.random() < 0.5
    left, plan = pay.unallocated, []
    for item in items:
        amount = min(item.outstanding, left, worker.amount("0.50", "300.00"))
        if not amount:
            continue
        cash = amount - (item.discount_for(amount, paid_on=pay.paid_on) if discounts else ZERO)
        plan.append((item, amount, cash))
        left -= cash
    lines = [
        {
            ("invoice_id" if item.invoice_id else "obligation_id"): item.invoice_id or item.id,
            "amount": str(amount),
            **({"apply_early_payment_discount": True} if discounts and item.invoice_id else {}),
        }
        for item, amount, _ in plan
    ]
    body = lines[0] if len(lines) == 1 else {"allocations": lines}
    answer = worker.manager.post(f"/api/payments/{pay.id}/allocations", body, row="allocations")
    if worker.is_done("allocations", answer):
        _book(worker, "allocations", customer, pay, plan, answer.body)


def refuse_allocation(worker: Worker) -> None:
    """A cent above what the item owes or the payment has; with a good line beside it, nothing is kept of either."""
    chosen = payment_of(worker)
    if chosen is None or not chosen[0].open_items:
        return
    customer, pay = chosen
    item = worker.rng.choice(customer.open_items)
    above = max(item.outstanding, pay.unallocated) + CENT
    lines = [{"obligation_id": item.id, "amount": str(above)}]
    if len(customer.open_items) > 1:
        good = next(each for each in customer.open_items if each is not item)
        lines.insert(0, {"obligation_id": good.id, "amount": "0.01"})
    answer = worker.manager.post(
        f"/api/payments/{pay.id}/allocations", {"allocations": lines}, row="allocations refused"
    )
    worker.is_refused("allocations refused", answer, 400)
    look_at_payment(worker, pay, row="allocations refused", column="half_done")


def auto_allocate(worker: Worker) -> None:
    """Every strategy, planned a second time; sometimes looked at first, and then carried out by its hash."""
    chosen = payment_of(worker)
    if chosen is None or not chosen[0].open_items:
        return
    customer, pay = chosen
    strategy = worker.rng.choice((*strategies.ORDERED, "proportional", "percentage_based", "custom_priority"))
    body: dict[str, Any] = {"strategy": strategy}
    discounts = strategy in strategies.ORDERED and worker.rng.random() < 0.3
    if discounts:
        body["apply_early_payment_discount"] = True
    wanted = worker.rng.sample(customer.open_items, k=min(len(customer.open_items), 3))
    percents = [Decimal(worker.rng.randint(1, 330_000)) / 10_000 for _ in wanted]
    if strategy == "custom_priority":
        body["order"] = [item.id for item in wanted]
        plan = strategies.fill(wanted, pay.unallocated, paid_on=pay.paid_on)
    elif strategy == "percentage_based":
        body["percentages"] = [
            {"obligation_id": item.id, "percent": str(percent)}
            for item, percent in zip(wanted, percents, strict=True)
        ]
        plan = strategies.by_percentages(list(zip(wanted, percents, strict=True)), pay.unallocated)
    else:
        plan = _planned(worker, customer, pay, strategy, discounts=discounts)
    path = f"/api/payments/{pay.id}/allocations/auto"
    if worker.rng.random() < 0.3:
        seen = worker.manager.post(path, {**body, "preview": True}, row="strategies previewed")
        if not worker.is_done("strategies previewed", seen):
            return
        body["plan_hash"] = seen.body["plan_hash"]
    answer = worker.manager.post(path, body, row="strategies")
    if worker.is_done("strategies", answer):
        _book(worker, "strategies", customer, pay, plan, answer.body, strategy)


def _planned(
    worker: Worker, customer: Customer, pay: Pay, strategy: str, *, discounts: bool = False
) -> strategies.Plan:
    if strategy == "proportional":
        return strategies.proportional(customer.open_items, pay.unallocated)
    ordered = strategies.order(strategy, customer.open_items, today=worker.world.today)
    return strategies.fill(ordered, pay.unallocated, paid_on=pay.paid_on, discounts=discounts)


def _book(
    worker: Worker,
    row: str,
    customer: Customer,
    pay: Pay,
    plan: strategies.Plan,
    said: Any,
    strategy: str = "",
) -> None:
    """Hold what was applied against the plan, and keep it."""
    got = {
        line["obligation_id"]: (figure(line["amount"]), figure(line["allocated_amount"]))
        for line in said["allocations"]
    }
    want = {item.id: (amount, cash) for item, amount, cash in plan}
    worker.is_so(row, f"what {strategy or 'was asked'} applies of {pay.unallocated}", got, want)
    by_id = {item.id: item for item in customer.items}
    for line in said["allocations"]:
        item = by_id[line["obligation_id"]]
        amount, cash = got[item.id]
        item.outstanding -= amount
        pay.unallocated -= cash
        pay.applied.append(Applied(line["id"], item, amount, cash, operation=line["operation_id"] or ""))
        if line["outstanding_after"] is not None:
            worker.is_so(row, "outstanding after", figure(line["outstanding_after"]), item.outstanding)
    worker.is_so(row, "unallocated after", figure(said["unallocated_amount"]), pay.unallocated)


def look_at_payment(worker: Worker, pay: Pay, *, row: str, column: str = "wrong") -> None:
    """Its figures, by the API, against the model's."""
    answer = worker.manager.get(f"/api/payments/{pay.id}")
    said = answer.body
    names = ("amount", "total_allocated", "total_refunded", "unallocated_amount")
    got = [figure(said[name]) for name in names]
    want = [pay.amount, pay.allocated, pay.refunded, pay.unallocated]
    if pay.status != "posted":
        got, want = got[:1], want[:1]
    what = f"{pay.number} (status, amount, allocated, refunded, unallocated)"
    worker.is_so(row, what, [said["status"], *got], [pay.status, *want], column=column)


def look_at_item(worker: Worker, item: Item, *, row: str) -> None:
    """Its outstanding, and the identity of its invoice."""
    if not item.invoice_id:
        return
    said = worker.manager.get(f"/api/invoices/{item.invoice_id}").body
    worker.is_so(row, f"{item.number} outstanding", figure(said["outstanding"]), item.outstanding)


def explain(worker: Worker) -> None:
    """Explanations sum to their figure."""
    customer = customer_of(worker)
    asked: list[tuple[str, str, Decimal]] = [
        (f"/api/payments/{pay.id}/explain", "unallocated", pay.unallocated) for pay in customer.pays
    ] + [
        (f"/api/invoices/{item.invoice_id}/explain", "outstanding", item.outstanding)
        for item in customer.items
        if item.invoice_id
    ]
    if not asked:
        return
    path, name, want = worker.rng.choice(asked)
    worker.tally.count("explained", "tried")
    answer: Answer = worker.manager.get(path)
    said = answer.body
    worker.is_so("explained", f"{path} {name}", figure(said["summary"][name]), want)
    parts = sum((figure(value) for part, value in said["summary"].items() if part != name), ZERO)
    worker.is_so("explained", f"{path}: sum of the parts", parts, want)
    worker.is_so(
        "explained",
        f"{path}: sum of the events",
        sum((figure(e["amount"]) for e in said["events"]), ZERO),
        want,
    )


OPERATIONS: Final = [
    (8, issue_invoice),
    (5, raise_charge),
    (10, take_payment),
    (3, refuse_payment),
    (2, repeat_payment),
    (8, allocate),
    (3, refuse_allocation),
    (8, auto_allocate),
    (3, explain),
]
