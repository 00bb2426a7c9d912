"""Drivers: interim cases with drafts, loans and repairs, each schedule computed a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from proof.barrier import pages
from proof.book import CENT, ZERO, Applied, Customer, Item, Pay, round_half_up
from proof.worker import Worker, figure

REASON: Final = "the proof changes its mind"
_MATRIX: Final = ((500, 100), (1000, 200), (3000, 250))


@dataclass(slots=True, eq=False)
class Driver(Customer):
    """A driver with one lease, and what was there before the proof began."""

    driver_id: int = 0
    lease: int = 0
    cash_before: Decimal = ZERO
    closing_before: Decimal = ZERO

    @property
    def unallocated(self) -> Decimal:
        return self.cash_before + sum((pay.unallocated for pay in self.pays), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.closing_before + self.outstanding - self.unallocated


def find_drivers(worker: Worker, *, share: int, of: int) -> None:
    """Make the worker's own drivers out of the demo's, with everything that they owe already."""
    found: dict[int, dict[str, Any]] = {}
    for row in _balances(worker):
        if row["driver_id"] and row["driver_id"] % of == share:
            found.setdefault(row["driver_id"], row)
    case = worker.cashier.post("/payments/driver-loans/create-case", {}, row="loans")
    at = f"/case/{case.body['case_no']}"
    for driver_id, row in sorted(found.items()):
        owed = _balances(worker, driver_id)
        fetched = worker.cashier.get(f"{at}/LOAN_ENTER_DETAILS?tlc_license_no={row['tlc_license']}")
        driven = {each["lease_id_pk"] for each in fetched.body["leases"]} if fetched.is_success else set()
        if len(driven) != 1 or {each["lease_id_pk"] for each in owed} != driven:
            continue
        driver = Driver(row["customer_id"], row["customer_name"], driver_id=driver_id, lease=driven.pop())
        driver.items = [_item(each) for each in owed]
        cash = worker.manager.get(f"/api/customers/{driver.id}/unallocated-cash").body
        driver.cash_before = figure(cash["total_unallocated"])
        statement = worker.manager.get(f"/api/customers/{driver.id}/statement").body
        driver.closing_before = figure(statement["closing_balance"]) - driver.outstanding + driver.cash_before
        worker.kept.setdefault("drivers", []).append(driver)
        if len(worker.kept["drivers"]) == 6:
            return


def _balances(worker: Worker, driver_id: int = 0) -> list[dict[str, Any]]:
    path = "/ledger/balances?per_page=200&status=open" + (f"&driver_id={driver_id}" if driver_id else "")
    rows: list[dict[str, Any]] = []
    for page in range(1, 6):
        said = worker.manager.get(f"{path}&page={page}").body
        rows += said["items"]
        if page >= said["total_pages"]:
            break
    return [row for row in rows if row["lease_id_pk"]] if driver_id else rows


def _item(row: dict[str, Any]) -> Item:
    return Item(
        id=row["id"],
        category=row["category_code"],
        number=row["reference_id"],
        issue_date=date.fromisoformat(row["issue_date"]),
        due_date=date.fromisoformat(row["due_date"]),
        total=figure(row["original_amount"]),
        outstanding=figure(row["outstanding"]),
    )


def _driver(worker: Worker) -> Driver:
    driver: Driver = worker.rng.choice(worker.kept["drivers"])
    return driver


def pay_interim(worker: Worker) -> None:
    """A case, with a draft or without; what is left goes to the lease, oldest first, and the rest stays."""
    row = "interim payments"
    driver = _driver(worker)
    opened = worker.cashier.post("/bpm/case", {"case_type": "INTPAY"}, row="cases")
    if not worker.is_done("cases", opened):
        return
    at = f"/bpm/case/{opened.body['case_no']}"
    reference, total = worker.reference(), worker.amount("1.00", "120.00")
    details = {
        "driver_id": driver.driver_id,
        "lease_id": driver.lease,
        "total_amount": str(total),
        "payment_method": worker.rng.choice(("ACH", "Check")),
        "payment_date": str(worker.day(-3, 0)),
        "reference_number": reference,
    }
    drafted = worker.rng.random() < 0.5
    if drafted:
        for drafted_total in ("1.00", str(total)):
            draft = {"step_id": "INTPAY-001", "data": {**details, "total_amount": drafted_total}}
            worker.is_done("cases", worker.cashier.post(at, draft, row="cases"))
    payable = [item for item in driver.open_items if item.category != "TAXES"]
    if not payable:
        worker.is_done(
            "cases",
            worker.cashier.post(f"{at}/cancel", {"reason": REASON}, row="cases"),
            allowed=("permission_denied",),
        )
        return
    chosen = worker.rng.sample(payable, k=min(len(payable), worker.rng.randint(1, 3)))
    plan: list[tuple[Item, Decimal]] = []
    left = total
    for item in chosen:
        amount = min(item.outstanding, left, worker.amount("0.50", "60.00"))
        if amount:
            plan.append((item, amount))
            left -= amount
    lines = [
        {"category": item.category, "reference_id": item.number, "amount": str(amount)}
        for item, amount in plan
    ]
    if worker.rng.random() < 0.25:
        above = [{**lines[0], "amount": str(total + CENT)}, *lines[1:]]
        refused = worker.cashier.post(
            at,
            {"step_id": "INTPAY-002", "data": {**details, "allocations": above}},
            row="interim payments refused",
        )
        worker.is_refused("interim payments refused", refused, 400)
        said = worker.cashier.get(at).body["case_info"]["case_status"]
        worker.is_so(
            "interim payments refused", "the case", said in ("Open", "In Progress"), True, column="half_done"
        )
    data = {"allocations": lines} if drafted else {**details, "allocations": lines}
    answer = worker.cashier.post(at, {"step_id": "INTPAY-002", "data": data}, row=row)
    if not worker.is_done(row, answer):
        return
    _book_interim(worker, driver, answer.body, total, plan, reference)
    if worker.rng.random() < 0.2:
        again = worker.cashier.post(
            at, {"step_id": "INTPAY-002", "data": {**details, "allocations": lines}}, row=row
        )
        worker.is_refused(row, again, 409)


def _book_interim(
    worker: Worker,
    driver: Driver,
    said: Any,
    total: Decimal,
    plan: list[tuple[Item, Decimal]],
    reference: str,
) -> None:
    pay = Pay(
        id="",
        number=said["payment_id"],
        reference=reference,
        amount=total,
        unallocated=total,
        paid_on=worker.world.today,
        method="ach",
    )
    driver.pays.append(pay)
    for item, amount in plan:
        _apply(pay, item, amount)
    excess = ZERO
    for item in sorted(
        (each for each in driver.open_items if each.category == "LEASE"), key=lambda each: each.by_due
    ):
        amount = min(item.outstanding, pay.unallocated)
        if amount:
            _apply(pay, item, amount)
            excess += amount
    got = (figure(said["total_amount"]), figure(said["excess_to_lease"]), figure(said["unallocated_amount"]))
    worker.is_so(
        "interim payments",
        f"{pay.number} (total, excess, unallocated)",
        got,
        (total, excess, pay.unallocated),
    )


def _apply(pay: Pay, item: Item, amount: Decimal) -> None:
    item.outstanding -= amount
    pay.unallocated -= amount
    pay.applied.append(Applied("", item, amount, amount))


def void_interim(worker: Worker) -> None:
    """Every allocation is reversed, the excess too."""
    driver = _driver(worker)
    pays = [pay for pay in driver.pays if pay.status == "posted"]
    if not pays:
        return
    pay = worker.rng.choice(pays)
    path = f"/payments/interim-payments/{pay.number}/void"
    answer = worker.manager.post(path, {"reason": REASON}, row="interim payments voided")
    if not worker.is_done("interim payments voided", answer):
        return
    for applied in pay.live:
        applied.undo()
    pay.unallocated, pay.status = ZERO, "voided"
    again = worker.manager.post(path, {"reason": REASON}, row="interim payments voided")
    worker.is_refused("interim payments voided", again, 409)


def schedule(amount: Decimal, *, rate: Decimal, days: int) -> list[tuple[Decimal, Decimal]]:
    """Principal and interest of each week, by the matrix and simple interest on what is outstanding."""
    step = next((Decimal(weekly) for upper, weekly in _MATRIX if amount <= upper), Decimal(300))
    step = amount if amount <= 200 else step
    rows = []
    while amount:
        principal = min(step, amount)
        rows.append((principal, round_half_up(amount * rate * days / 36_500)))
        amount, days = amount - principal, 7
    return rows


def lend(worker: Worker) -> None:
    """A loan, handed over and paid off early, held and released, or canceled."""
    driver = _driver(worker)
    opened = worker.cashier.post("/payments/driver-loans/create-case", {}, row="loans")
    if not worker.is_done("loans", opened):
        return
    amount, rate = worker.amount("50.00", "4000.00"), Decimal(worker.rng.choice(("0", "10", "7.5")))
    sunday = worker.world.today + timedelta(days=(6 - worker.world.today.weekday()) % 7 + 7)
    data = {
        "driver_id": driver.driver_id,
        "lease_id": driver.lease,
        "loan_amount": str(amount),
        "interest_rate": str(rate),
        "start_week": str(sunday),
        "notes": worker.reference(),
    }
    at = f"/case/{opened.body['case_no']}"
    answer = worker.cashier.post(at, {"step_id": "LOAN_ENTER_DETAILS", "data": data}, row="loans")
    if not worker.is_done("loans", answer):
        return
    rows = schedule(amount, rate=rate, days=(sunday - worker.world.today).days)
    got = [
        (figure(row["principal_amount"]), figure(row["interest_amount"]))
        for row in answer.body["installments"]
    ]
    worker.is_so("loans", f"schedule of {amount} at {rate} %", got, rows)
    loan = f"/payments/driver-loans/{answer.body['loan_id']}"
    ending = worker.rng.choice(("hand-over", "hold", "cancel", "payoff", ""))
    if ending == "hand-over":
        body = {"method": "check", "reference": worker.reference()}
        worker.is_done("loans", worker.manager.post(f"{loan}/hand-over", body, row="loans"))
        worker.is_refused("loans", worker.manager.post(f"{loan}/hand-over", body, row="loans"), 409)
        worker.is_refused(
            "loans", worker.manager.post(f"{loan}/cancel", {"reason": REASON}, row="loans"), 409
        )
    elif ending == "hold":
        worker.is_done("loans", worker.manager.post(f"{loan}/hold", {"reason": REASON}, row="loans"))
        worker.is_refused("loans", worker.manager.post(f"{loan}/payoff", {}, row="loans"), 409)
        worker.is_done("loans", worker.manager.post(f"{loan}/release", {}, row="loans"))
    elif ending == "cancel":
        worker.is_done("loans", worker.manager.post(f"{loan}/cancel", {"reason": REASON}, row="loans"))
        worker.is_refused(
            "loans", worker.manager.post(f"{loan}/cancel", {"reason": REASON}, row="loans"), 409
        )
    elif ending == "payoff":
        _pay_off(worker, driver, loan, rows)


def _pay_off(worker: Worker, driver: Driver, loan: str, rows: list[tuple[Decimal, Decimal]]) -> None:
    """All rows fall due today; on the day of the loan there is no interest yet."""
    answer = worker.manager.post(f"{loan}/payoff", {}, row="loans")
    if not worker.is_done("loans", answer):
        return
    posted = answer.body["installments"]
    worker.is_so(
        "loans", "due by the payoff", [figure(row["total_due"]) for row in posted], [p for p, _ in rows]
    )
    today = worker.world.today
    for row in posted:
        total = figure(row["total_due"])
        driver.items.append(
            Item(
                row["obligation_id"],
                "LOANS",
                row["installment_id"],
                today,
                today,
                total=total,
                outstanding=total,
            )
        )


def repair(worker: Worker) -> None:
    """A repair's schedule; the same invoice again is refused, and a canceled one stays so."""
    driver = _driver(worker)
    amount, number = worker.amount("20.00", "3500.00"), worker.reference()
    sunday = worker.world.today + timedelta(days=(6 - worker.world.today.weekday()) % 7 + 7)
    data = {
        "driver_id": driver.driver_id,
        "lease_id": driver.lease,
        "invoice_number": number,
        "invoice_date": str(worker.day(-5, 0)),
        "workshop_type": worker.rng.choice(("External Workshop", "Big Apple Workshop")),
        "total_amount": str(amount),
        "start_week": str(sunday),
        "notes": "proof",
    }
    made = []
    for _ in range(2 if worker.rng.random() < 0.3 else 1):
        opened = worker.cashier.post("/payments/vehicle-repairs/create-case", {}, row="repairs")
        at = f"/case/{opened.body['case_no']}"
        made.append(worker.cashier.post(at, {"step_id": "REPAIR_ENTER_DETAILS", "data": data}, row="repairs"))
    if not worker.is_done("repairs", made[0]):
        return
    for again in made[1:]:
        worker.is_refused("repairs", again, 400, 409)
    got = [figure(row["principal_amount"]) for row in made[0].body["installments"]]
    want = [principal for principal, _ in schedule(amount, rate=ZERO, days=7)]
    worker.is_so("repairs", f"schedule of {amount}", got, want)
    document = f"/payments/vehicle-repairs/{made[0].body['repair_id']}"
    if worker.rng.random() < 0.4:
        worker.is_done("repairs", worker.manager.post(f"{document}/hold", {"reason": REASON}, row="repairs"))
        worker.is_done(
            "repairs", worker.manager.post(f"{document}/cancel", {"reason": REASON}, row="repairs")
        )
        worker.is_refused("repairs", worker.manager.post(f"{document}/release", {}, row="repairs"), 409)


def compare_drivers(worker: Worker) -> None:
    """What the drivers owe and have unallocated, and each interim payment once."""
    for driver in worker.kept.get("drivers", []):
        row = "drivers compared"
        worker.tally.count(row, "tried")
        owed = worker.manager.get(f"/api/customers/{driver.id}/outstanding").body
        got = {item["obligation_id"]: figure(item["outstanding"]) for item in owed["items"]}
        worker.is_so(
            row, f"{driver.name} owes", got, {item.id: item.outstanding for item in driver.open_items}
        )
        cash = worker.manager.get(f"/api/customers/{driver.id}/unallocated-cash").body
        worker.is_so(row, f"{driver.name} unallocated", figure(cash["total_unallocated"]), driver.unallocated)
        statement = worker.manager.get(f"/api/customers/{driver.id}/statement").body
        worker.is_so(row, f"{driver.name} statement", figure(statement["closing_balance"]), driver.closing)
        listed = [
            each["reference_number"]
            for each in pages(worker.manager, f"/api/payments?customer_id={driver.id}")
        ]
        ours = sorted(each for each in listed if each.startswith("PRF-"))
        known = sorted(pay.reference for pay in driver.pays)
        if ours != known:
            column = (
                "doubled" if len(ours) > len(set(ours)) else "lost" if set(known) - set(ours) else "half_done"
            )
            worker.tally.find(row, column, f"{driver.name}: {sorted(set(ours) ^ set(known))}")


OPERATIONS: Final = [(8, pay_interim), (2, void_interim), (3, lend), (3, repair)]
