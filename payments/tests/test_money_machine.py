"""Any sequence of record, allocate, auto-allocate, void, refund and undo, beside a small reference model.

After every step both identities hold and nothing is negative; what is refused leaves every table as it was; and
at the end `verify_ledger` finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from ledger.models import Obligation
from ledger.verification import verify
from payments.models import Allocation, Payment
from payments.services.auto import AutoOptions, auto_allocate_payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.refunds import refund_allocation, refund_unallocated
from payments.services.undo import undo_operation
from payments.services.voids import void_allocation, void_payment
from payments.tests.billing import bill, make_customer, receive
from tests.digest import digest

WHY = "A reason that is long enough."
CENTS = st.integers(1, 12_000)
PLACES = st.integers(0, 9)
STRATEGIES = st.sampled_from(["fifo", "overdue_first", "largest_first", "proportional", "hierarchy"])


@dataclass
class Line:
    """An allocation of the model, in cents."""

    payment: UUID
    invoice: UUID
    operation: UUID
    cash: int
    discount: int
    refunded: int = 0
    share: int = 0
    voided: bool = False

    @property
    def is_live(self) -> bool:
        return not self.voided and self.refunded < self.cash


@dataclass
class Model:
    """What must be true, in cents: dictionaries and sums, no database."""

    payments: dict[UUID, int] = field(default_factory=dict)
    refunded: dict[UUID, int] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)
    invoices: dict[UUID, int] = field(default_factory=dict)
    percents: dict[UUID, int] = field(default_factory=dict)
    lines: dict[UUID, Line] = field(default_factory=dict)

    def applied(self, payment: UUID) -> int:
        return sum(
            each.cash - each.refunded
            for each in self.lines.values()
            if each.payment == payment and not each.voided
        )

    def unallocated(self, payment: UUID) -> int:
        if payment in self.voided:
            return 0
        return self.payments[payment] - self.applied(payment) - self.refunded[payment]

    def outstanding(self, invoice: UUID) -> int:
        return self.invoices[invoice] - sum(
            each.cash + each.discount - each.refunded - each.share
            for each in self.lines.values()
            if each.invoice == invoice and not each.voided
        )


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def money(value: int) -> Decimal:
    return (Decimal(value) / 100).quantize(Decimal("0.01"))


def round_half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class MoneyMachine(RuleBasedStateMachine):
    """Each example runs in a savepoint that is rolled back."""

    actor: Actor

    @initialize()
    def open(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.customer = make_customer(self.actor)
        self.model = Model()
        for amount, percent in (("100.00", None), ("60.00", "2"), ("0.01", None), ("35.55", "12.5")):
            self._bill(amount, percent)
        self._receive("90.00")

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            differences = [f"{each.check}: {each.difference}" for each in verify(actor=self.actor)]
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            assert differences == []

    def _bill(self, amount: str, percent: str | None) -> None:
        day = today(self.actor.company)
        invoice = bill(
            self.actor,
            self.customer,
            amount,
            percent=percent,
            days=5 if percent else None,
            due=day + timedelta(days=9),
        )
        self.model.invoices[invoice.obligation_id] = cents(Decimal(amount))
        self.model.percents[invoice.obligation_id] = round_half_up(Decimal(percent or 0) * 100)

    def _receive(self, amount: str) -> None:
        payment = receive(self.actor, self.customer, amount)
        self.model.payments[payment.id] = cents(Decimal(amount))
        self.model.refunded[payment.id] = 0

    def _try(self, action: Callable[[], Any], *, refused: bool) -> Any:
        """Carry out the action; where the model says that it is refused, nothing may be written."""
        if not refused:
            with transaction.atomic():
                return action()
        before = digest()
        with pytest.raises(Refusal), transaction.atomic():
            action()
        assert digest() == before
        return None

    @rule(amount=st.integers(1, 15_000))
    @precondition(lambda self: len(self.model.payments) < 4)
    def record(self, amount: int) -> None:
        self._receive(str(money(amount)))

    @rule(amount=CENTS, payment=PLACES, invoice=PLACES, discount=st.booleans())
    def allocate(self, amount: int, payment: int, invoice: int, discount: bool) -> None:
        model = self.model
        payer = list(model.payments)[payment % len(model.payments)]
        debt = list(model.invoices)[invoice % len(model.invoices)]
        percent = model.percents[debt] if discount else 0
        off = min(round_half_up(Decimal(amount * percent) / 10_000), amount - 1)
        refused = (
            payer in model.voided
            or amount > model.outstanding(debt)
            or amount - off > model.unallocated(payer)
        )
        request = AllocationRequest(
            amount=money(amount), obligation_id=debt, apply_early_payment_discount=discount
        )

        done = self._try(
            lambda: allocate_payment(actor=self.actor, payment_id=payer, requests=[request]), refused=refused
        )

        if done is not None:
            self._keep(done.applied.allocations)
            (made,) = done.applied.allocations
            assert (made.amount, made.discount_amount) == (money(amount), money(off))

    @rule(payment=PLACES, strategy=STRATEGIES, discount=st.booleans())
    def auto(self, payment: int, strategy: str, discount: bool) -> None:
        model = self.model
        payer = list(model.payments)[payment % len(model.payments)]
        options = AutoOptions(strategy=strategy, apply_early_payment_discount=discount)
        before, owed = model.unallocated(payer), sum(map(model.outstanding, model.invoices))

        done = self._try(
            lambda: auto_allocate_payment(actor=self.actor, payment_id=payer, options=options),
            refused=payer in model.voided,
        )

        if done is not None and done.applied is not None:
            self._keep(done.applied.allocations)
        if done is not None:
            # Either the cash or the debts are used up, but for what a discount's rounding leaves.
            assert model.unallocated(payer) <= 1 or not sum(map(model.outstanding, model.invoices)), (
                before,
                owed,
            )

    @rule(line=PLACES)
    @precondition(lambda self: self.model.lines)
    def void(self, line: int) -> None:
        key, held = self._line(line)

        done = self._try(
            lambda: void_allocation(actor=self.actor, allocation_id=key, reason=WHY), refused=not held.is_live
        )

        if done is not None:
            held.voided = True

    @rule(line=PLACES, amount=CENTS)
    @precondition(lambda self: self.model.lines)
    def refund(self, line: int, amount: int) -> None:
        key, held = self._line(line)
        refused = not held.is_live or amount > held.cash - held.refunded

        done = self._try(
            lambda: refund_allocation(
                actor=self.actor, payment_id=held.payment, allocation_id=key, amount=money(amount), reason=WHY
            ),
            refused=refused,
        )

        if done is not None:
            held.refunded += amount
            held.share = round_half_up(Decimal(held.discount * held.refunded) / held.cash)
            self.model.refunded[held.payment] += amount

    @rule(payment=PLACES, amount=CENTS)
    def pay_back(self, payment: int, amount: int) -> None:
        payer = list(self.model.payments)[payment % len(self.model.payments)]

        done = self._try(
            lambda: refund_unallocated(actor=self.actor, payment_id=payer, amount=money(amount), reason=WHY),
            refused=amount > self.model.unallocated(payer),
        )

        if done is not None:
            self.model.refunded[payer] += amount

    @rule(payment=PLACES)
    @precondition(lambda self: len(self.model.payments) > 1)
    def bounce(self, payment: int) -> None:
        model = self.model
        payer = list(model.payments)[payment % len(model.payments)]

        done = self._try(
            lambda: void_payment(actor=self.actor, payment_id=payer, reason=WHY),
            refused=payer in model.voided or model.refunded[payer] > 0,
        )

        if done is not None:
            model.voided.add(payer)
            for each in model.lines.values():
                each.voided |= each.payment == payer

    @rule(line=PLACES)
    @precondition(lambda self: self.model.lines)
    def undo(self, line: int) -> None:
        _, held = self._line(line)
        together = [each for each in self.model.lines.values() if each.operation == held.operation]
        refused = any(each.refunded for each in together) or all(each.voided for each in together)

        done = self._try(
            lambda: undo_operation(actor=self.actor, operation_id=held.operation, reason=WHY), refused=refused
        )

        if done is not None:
            for each in together:
                each.voided = True

    @invariant()
    def figures_are_the_models(self) -> None:
        if not hasattr(self, "model"):
            return
        payments = dict(Payment.objects.values_list("id", "unallocated"))
        debts = dict(Obligation.objects.values_list("id", "outstanding"))
        for key in self.model.payments:
            assert cents(payments[key]) == self.model.unallocated(key) >= 0
        for key in self.model.invoices:
            assert cents(debts[key]) == self.model.outstanding(key) >= 0

    def _keep(self, made: tuple[Allocation, ...]) -> None:
        for each in made:
            self.model.lines[each.id] = Line(
                each.payment_id,
                each.obligation_id,
                each.operation_id,
                cents(each.amount - each.discount_amount),
                cents(each.discount_amount),
            )

    def _line(self, place: int) -> tuple[UUID, Line]:
        key = list(self.model.lines)[place % len(self.model.lines)]
        return key, self.model.lines[key]


@pytest.fixture
def machine(manager: Actor) -> type[MoneyMachine]:
    """The machine, acting as north's finance manager."""
    MoneyMachine.actor = manager
    return MoneyMachine


def test_figures_stay_those_of_the_model(machine: type[MoneyMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=False,
        ),
    )
