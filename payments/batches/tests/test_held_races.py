"""Two files, two workers, two persons at once: the same money is paid once, and one decision counts."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from django.db import connection

from batconnect.core.kernel.errors import Refusal
from batconnect.directory.models import Customer
from ledger.verification import verify
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.deciding import decide_held_rows
from payments.batches.services.intake import read_csv_import
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.batches.services.undo import undo_batch
from payments.batches.tests.builders import row, table
from payments.models import Payment
from tests.cast import NORTH, acting

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "They paid twice that day"
CUSTOMERS, ROWS = 4, 40


def take(rows: Sequence[str]) -> UUID:
    """Receive a file of the rows; its batch."""
    with acting("manager") as actor:
        intake = read_csv_import(file=io.BytesIO(table(*rows)))
        return receive_batch(actor=actor, intake=intake, force=True).id


def lines() -> list[str]:
    """Rows without references that go round some customers, each saying something of its own."""
    with acting("manager"):
        Customer.objects.bulk_create(
            Customer(company_id=NORTH, name=f"Payer {n}", external_reference=f"P-{n}")
            for n in range(CUSTOMERS)
        )
    return [row(customer_reference=f"P-{n % CUSTOMERS}", amount=f"{n + 1}.00") for n in range(ROWS)]


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Do all at the same moment: "done" or the refusal's code of each."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> str:
        try:
            start.wait(timeout=30)
            action()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def decide(batch_id: UUID, *, pay: bool) -> None:
    with acting("manager") as actor:
        decide_held_rows(actor=actor, batch_id=batch_id, pay=pay, reason=WHY)


def undo(batch_id: UUID) -> None:
    with acting("manager") as actor:
        undo_batch(actor=actor, batch=PaymentBatch.objects.get(id=batch_id), reason="Another month's file")


def states(batch_id: UUID) -> set[str]:
    return set(PaymentBatchRow.objects.filter(batch=batch_id).values_list("status", flat=True))


def test_two_files_that_say_the_same_pay_it_once() -> None:
    rows = lines()
    batches = [take(rows), take(list(reversed(rows)))]

    at_once(
        *(
            partial(process_batch, company_id=NORTH, batch_id=each, rows=5)
            for each in batches
            for _ in range(2)
        )
    )

    with acting("manager") as actor:
        assert Payment.objects.count() == ROWS
        assert PaymentBatchRow.objects.filter(status="held").count() == ROWS
        assert set(PaymentBatch.objects.values_list("status", flat=True)) == {"completed"}
        assert list(verify(actor=actor)) == []


def test_of_yes_and_no_at_once_one_counts() -> None:
    rows = lines()
    process_batch(company_id=NORTH, batch_id=take(rows))
    batch = take(rows)
    process_batch(company_id=NORTH, batch_id=batch)

    said = at_once(partial(decide, batch, pay=True), partial(decide, batch, pay=False))
    process_batch(company_id=NORTH, batch_id=batch)

    assert said.count("done") == 1
    assert set(said) - {"done"} <= {"batch_running", "nothing_held"}
    with acting("manager") as actor:
        paid = said[0] == "done"
        assert states(batch) == ({"succeeded"} if paid else {"cancelled"})
        assert Payment.objects.count() == (2 * ROWS if paid else ROWS)
        assert list(verify(actor=actor)) == []


def test_a_no_and_the_undo_of_what_is_repeated_do_not_both_lose_the_money() -> None:
    rows = lines()
    first = take(rows)
    process_batch(company_id=NORTH, batch_id=first)
    batch = take(rows)
    process_batch(company_id=NORTH, batch_id=batch)

    said = at_once(partial(decide, batch, pay=False), partial(undo, first))

    assert said[1] == "done"
    assert said[0] in ("done", "repeat_gone")
    with acting("manager") as actor:
        assert states(batch) == ({"cancelled"} if said[0] == "done" else {"held"})
        assert list(verify(actor=actor)) == []
