"""Two clerks and the worker on lines that name the same things, over real connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from bank.models import Explanation, LinePart
from bank.services.deciding import decide_parts
from bank.services.kinds.interface import Piece
from bank.services.suggesting import suggest
from bank.tests.builders import book
from bank.tests.test_kinds_races import assert_clean, attempt, explain
from bank.tests.test_matching import pay
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger.tests.vendors.builders import BY_CHECK, make_bill, make_vendor
from ledger.treasury.models import Disbursement
from ledger.vendors.services.paying import pay_bills
from payments.batches.tests.builders import add_customer
from payments.batches.tests.builders import bill as invoices
from payments.services.auto import AutoOptions, auto_allocate_payment
from payments.services.voids import void_payment
from tests.cast import acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_clerks_and_the_worker() -> None:
    paid = []
    parts = []
    for number in range(2):
        with acting("manager") as manager:
            bill = make_bill(manager, make_vendor(manager))
            paid.append(
                pay_bills(
                    actor=manager,
                    amounts={bill.id: None},
                    paid_from=replace(BY_CHECK, reference=f"90{number}1"),
                ).payment
            )
            (part,) = book(manager, "-420.00", text=f"CHECK 90{number}1")
            assert suggest(actor=manager, parts=[part])[part.id][0].is_certain
            parts.append(part.id)
    pieces = [Piece("disbursement", Decimal("420.00"), disbursement_id=each.id) for each in paid]
    acts: list[Callable[[Actor], object]] = [
        explain(parts[0], [pieces[0]]),
        explain(parts[1], [pieces[1]]),
        lambda actor: decide_parts(actor=actor, part_ids=parts, operation_id=uuid7()),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=3)

    assert answers[2] == "done"
    assert set(answers[:2]) <= {"done", "line_explained", "not_in_transit"}
    with acting("manager"):
        assert Explanation.objects.count() == 2
        assert Disbursement.objects.filter(status="cleared").count() == 2
    assert_clean()


def test_the_worker_decides_a_chunk_while_people_work_on_its_lines() -> None:
    with acting("manager") as manager:
        customers = [
            add_customer(manager, f"Payer {name}", f"REF-{place}77")
            for place, name in enumerate(("Ash", "Birch", "Cedar"))
        ]
        for each in customers:
            invoices(manager, each, "100.00", "60.00")
        taken = [pay(manager, each, "35.00", method="cash").id for each in customers[:2]]
        parts = [
            book(manager, amount, text=f"REF-{place}77")[0].id
            for place in range(3)
            for amount in ("100.00", "41.00")
        ]
    acts: list[Callable[[Actor], object]] = [
        lambda actor: decide_parts(actor=actor, part_ids=parts, operation_id=uuid7(), strategy="fifo"),
        explain(parts[1], [Piece("interest", Decimal("41.00"))]),
        explain(parts[4], [Piece("payment", Decimal("100.00"), customer_id=customers[2].id)]),
        lambda actor: auto_allocate_payment(actor=actor, payment_id=taken[0], options=AutoOptions()),
        lambda actor: void_payment(actor=actor, payment_id=taken[1], reason="It was typed in twice"),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=len(acts))

    assert (answers[0], answers[3], answers[4]) == ("done", "done", "done")
    assert set(answers[1:3]) <= {"done", "line_explained"}
    with acting("manager"):
        assert sorted(Explanation.objects.values_list("part_id", flat=True)) == sorted(parts)
        assert LinePart.objects.filter(status="explained").count() == len(parts)
    assert_clean()
