"""Lines that are decided by the chunk become what they become one by one, whatever stops the worker meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from bank.models import Explanation, LinePart, MatchRule, Statement
from bank.services import processing, runs
from bank.services.deciding import decide_parts
from bank.services.processing import process_account
from bank.tests.builders import book, default_account, line, parsed, receive
from bank.tests.one_by_one import decide_one_by_one, everything
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger.services import enter_charges
from ledger.tests.builders import a_charge, make_debtor
from ledger.verification import verify
from payments.batches.tests.builders import add_customer, bill
from payments.models import Allocation, Invoice, Payment
from payments.services.recording import record_payment
from payments.tests.billing import bill as bill_with_terms
from payments.tests.billing import owed

D = Decimal
NAMES: Final = ("Acme Insurance", "Bravo Cabs", "Carmen Ortiz", "Dawa Lama", "Elena Petrov")


@contextmanager
def taken_back() -> Iterator[None]:
    """What is written meanwhile is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def outcome_of(decide: Callable[[], Any]) -> tuple[Any, dict[str, list[str]]]:
    """What was decided and the rows that it left, taken back."""
    with taken_back():
        return decide(), everything()


def assert_same(actor: Actor, parts: list[LinePart], strategy: str = "fifo") -> list[str]:
    """Decided by the chunk and one by one the same rows are there; what became of the parts."""
    ids = [each.id for each in parts]
    operation = uuid7()

    def by_the_chunk() -> list[str]:
        done = decide_parts(actor=actor, part_ids=ids, operation_id=operation, strategy=strategy)
        assert list(verify(actor=actor)) == []
        return [done[each] for each in ids]

    became, rows = outcome_of(by_the_chunk)
    expected, expected_rows = outcome_of(lambda: decide_one_by_one(actor, ids, operation, strategy))

    assert became == expected
    for table, found in rows.items():
        assert found == expected_rows[table], table
    return became


@dataclass
class World:
    """Customers with what they owe, and what lines may say of them."""

    actor: Actor
    customers: list[Customer]
    invoices: dict[Any, list[Invoice]]


def make_world(actor: Actor) -> World:
    """Five customers with invoices, one of whom drives and owes tolls; accounts and a rule that were learned."""
    customers = [add_customer(actor, name, f"REF-{place}77") for place, name in enumerate(NAMES[:4])]
    invoices = {each.id: bill(actor, each, "120.00", "50.00", "30.00") for each in customers[:3]}
    invoices[customers[3].id] = [bill_with_terms(actor, customers[3], "200.00", percent="2", days=10)]
    debtor = make_debtor(actor, name=NAMES[4])
    customers.append(debtor.customer)
    enter_charges(
        actor=actor,
        charges=[
            a_charge(debtor, amount="26.50", reference_id="EZ-1"),
            a_charge(debtor, amount="40.00", reference_id="EZ-2"),
        ],
    )
    invoices[debtor.customer.id] = bill(actor, debtor.customer, "75.00")
    common = {"company_id": actor.company_id, "created_by": "test"}
    for place, customer in enumerate(customers):
        MatchRule.objects.create(
            on="account", pattern=f"9900123{place}", direction="in", customer=customer, hits=2, **common
        )
    for pattern, code in (("SERVICE FEE", "bank_charges"), ("OLD ACCOUNT", "gone:account")):
        MatchRule.objects.create(
            on="text", pattern=pattern, direction="out", account_code=code, is_learned=False, **common
        )
    return World(actor, customers, invoices)


def say(world: World, amount: str, customer: int = 0, **said: Any) -> LinePart:
    """One line of a customer, from their account unless said otherwise."""
    given = {"payer_account": f"9900123{customer}", **said}
    (part,) = book(world.actor, amount, **given)
    return part


def test_a_chunk_is_what_its_lines_are_one_by_one(manager: Actor) -> None:
    world = make_world(manager)
    first, second, third = world.invoices[world.customers[0].id]
    (with_terms,) = world.invoices[world.customers[3].id]
    parts = [
        say(world, "120.00", text=f"for {first.number}"),
        # What it names is paid by now: it goes to the oldest, as the account says whose it is.
        say(world, "60.00", text=f"for {first.number}"),
        # Nothing but an account that was learned, once what had its amount is paid.
        say(world, "120.00", text="thanks"),
        say(world, "5.00", 1, payer_name="BRAVO CABS"),
        say(world, "115.00", 1, text="rent"),
        say(world, "500.00", 2, text="REF-277"),
        say(world, "10.00", 2, text="REF-277"),
        say(world, "196.00", 3, text=f"{with_terms.number}"),
        say(world, "26.50", 4, payer_name=NAMES[4].upper()),
        say(world, "40.00", 4, payer_name=NAMES[4].upper()),
        say(world, "75.00", 4, payer_name=NAMES[4].upper()),
        say(world, "-3.00", text="SERVICE FEE", payer_account=""),
        say(world, "-4.00", text="SERVICE FEE", payer_account=""),
        say(world, "-5.00", text="OLD ACCOUNT", payer_account=""),
        say(world, "12.34", text="nobody's", payer_account=""),
        say(world, "30.00", text=f"{third.number} {second.number}"),
    ]

    became = assert_same(manager, parts)

    assert became == [
        *("explained", "explained", "open", "explained", "explained", "explained", "explained", "explained"),
        *("explained", "explained", "explained", "explained", "explained", "open", "open", "explained"),
    ]
    assert_same(manager, parts, strategy="")
    assert_same(manager, parts, strategy="proportional")


def test_a_second_line_of_a_customer_sees_what_the_first_paid(manager: Actor) -> None:
    world = make_world(manager)
    (invoice, *_) = world.invoices[world.customers[1].id]
    parts = [say(world, "120.00", 1, text="rent"), say(world, "120.00", 1, text="rent")]

    done = decide_parts(
        actor=manager, part_ids=[each.id for each in parts], operation_id=uuid7(), strategy="fifo"
    )

    assert [done[each.id] for each in parts] == ["explained", "open"]
    assert (owed(invoice), Payment.objects.count(), Allocation.objects.count()) == (D("0.00"), 1, 1)


@pytest.mark.parametrize("seed", range(4))
def test_random_chunks_are_what_their_lines_are_one_by_one(manager: Actor, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a seeded test
    world = make_world(manager)
    parts = [_any_line(dice, world) for _ in range(30)]

    assert "explained" in assert_same(manager, parts, dice.choice(("fifo", "fifo", "proportional", "")))


def _any_line(dice: random.Random, world: World) -> LinePart:
    """A line of some customer, who owes little and is paid for often."""
    place = dice.randrange(len(world.customers))
    customer = world.customers[place]
    invoice = dice.choice(world.invoices[customer.id])
    amount = dice.choice(
        (str(invoice.total), "26.50", "40.00", "66.50", "170.00", "200.00", f"{dice.randrange(1, 30)}.25")
    )
    other = dice.randrange(len(world.customers))
    said = dice.choice(
        (
            {"text": f"pays {invoice.number}"},
            {"text": "rent"},
            {"text": "rent", "payer_name": customer.name.upper()},
            {"payer_name": customer.name.lower(), "payer_account": ""},
            {"text": f"REF-{place}77", "payer_account": f"9900123{other}"},
            {"text": f"{customer.name} lease", "payer_account": ""},
            {"text": "SERVICE FEE", "payer_account": "", "sign": "-"},
            {"text": "deposit", "payer_account": ""},
        )
    )
    return say(world, said.pop("sign", "") + amount, place, **said)


def test_a_known_payment_is_one_line_of_a_chunk(manager: Actor) -> None:
    world = make_world(manager)
    record_payment(
        actor=manager,
        customer_id=world.customers[1].id,
        amount=D("64.00"),
        method="check",
        payment_date=today(manager.company) - timedelta(days=1),
    )
    parts = [say(world, "64.00", 1, payer_name="BRAVO CABS") for _ in range(3)]

    done = decide_parts(
        actor=manager, part_ids=[each.id for each in parts], operation_id=uuid7(), strategy="fifo"
    )

    assert sorted(done.values()) == ["explained", "explained", "open"]
    assert list(verify(actor=manager)) == []


def test_what_cannot_be_applied_is_explained_all_the_same(manager: Actor) -> None:
    world = make_world(manager)
    parts = [say(world, "120.00", each, payer_name=NAMES[each].upper()) for each in range(3)]
    refused = world.invoices[world.customers[1].id][0].obligation_id
    post = runs.write_pieces

    def refuse(**given: Any) -> None:
        for group in given.get("rows", ()):
            for row in group:
                if getattr(row, "obligation_id", None) == refused:
                    raise Conflict("This one is not paid today.", code="conflict")
        post(**given)

    with patch.object(runs, "write_pieces", refuse):
        done = decide_parts(
            actor=manager, part_ids=[each.id for each in parts], operation_id=uuid7(), strategy="fifo"
        )

    assert set(done.values()) == {"explained"}
    left = dict(Payment.objects.values_list("customer_id", "unallocated"))
    assert [left[each.id] for each in world.customers[:3]] == [D("0.00"), D("120.00"), D("0.00")]
    assert list(verify(actor=manager)) == []


class Killed(BaseException):
    """What a worker dies of."""


def test_a_worker_that_dies_at_every_statement_leaves_each_line_once(manager: Actor) -> None:
    """It dies at the first statement, then at the second, and so on; once something of its work stays, at the first
    again. So it dies at every statement of every transaction, each time over what those before it left."""
    make_world(manager)
    day = today(manager.company)
    said = [("120.00", "REF-077"), ("7.00", "REF-077"), ("9.00", "?"), ("30.00", "REF-277")]
    lines = [
        line(amount, day=day, reference=f"R{place}", text=text) for place, (amount, text) in enumerate(said)
    ]
    (statement,) = receive(
        manager, parsed(*lines, opening="0.00", closing="166.00"), book=False, strategy="fifo"
    )
    worker = replace(manager, is_job=True)
    account = default_account(manager)

    def process(dies_at: int = 0) -> int:
        """Process in chunks of two lines, and die at this statement; how many there were."""
        count = 0

        def counting(execute: Any, *given: Any) -> Any:
            nonlocal count
            count += 1
            if count == dies_at:
                raise Killed
            return execute(*given)

        # Nobody waits here for the lease of those that died (tests/faults/test_holds.py).
        alone = patch.object(processing, "hold", lambda **_: nullcontext())
        with alone, connection.execute_wrapper(counting):
            process_account(actor=worker, bank_account_id=account.id, lines=2)
        return count

    with taken_back():
        every = process()
        expected = _seen(statement)
    deaths, states, dies_at = 0, [_seen(statement)], 1
    while True:
        try:
            process(dies_at)
            break
        except Killed:
            deaths += 1
        halves = Explanation.objects.filter(payment__isnull=False).count()
        assert halves == Payment.objects.count() == LinePart.objects.filter(status="explained").count()
        dies_at += 1
        if (now := _seen(statement)) != states[-1]:
            states.append(now)
            dies_at = 1

    assert states[-1] == _seen(statement) == expected
    assert expected[0] == [("explained", 1), ("explained", 1), ("open", 0), ("explained", 1)]
    # Begun, booked and decided in two chunks each, and ended.
    assert len(states) >= 6
    assert deaths > every
    assert list(verify(actor=manager)) == []


def _seen(statement: Statement) -> tuple[Any, ...]:
    """What became of the lines, and of the statement."""
    parts = LinePart.objects.filter(line__statement=statement.id).order_by("line__line_no")
    read = Statement.objects.get(id=statement.id)
    return (
        [(each.status, each.explanations.count()) for each in parts],
        list(Payment.objects.order_by("number").values_list("number", "amount", "unallocated")),
        (read.status, read.booked_lines, read.decided_to, read.progress_percentage),
    )
