"""A thousand rows at once: planned and done by a worker, which says how far it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db.models import Sum

from batconnect.core.console.bulk.actions import MAX_ROWS, Declared, find_bulk_action
from batconnect.core.console.bulk.services import begin_operation, confirm_operation, plan_operation
from batconnect.core.console.bulk.working import CHUNK_ROWS, work_on
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import BulkOperation, BulkRow
from batconnect.directory.models import Customer
from console.tests.test_bulk import VOID, WHY, answers
from ledger.models import Obligation
from ledger.tests.builders import charge, make_debtor
from ledger.verification import verify
from tests.cast import NORTH, acting

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]
ROWS = 1_000


def test_a_thousand_are_voided() -> None:
    with acting("manager") as manager:
        debtor = make_debtor(manager)
        for place in range(ROWS):
            charge(manager, debtor, reference_id=f"EZ-{place}")
    action = find_bulk_action(VOID)
    assert action is not None
    job = job_actor(company_id=NORTH, job="test")
    planned, done = list[int](), list[int]()
    with acting("manager") as manager:
        begun = begin_operation(actor=manager, declared=action, rows=action.rows(manager))
        plan_operation(actor=manager, operation_id=begun.id, answers=answers(reason=WHY))
    work_on(actor=job, operation_id=begun.id, progress=planned.append)
    with acting("manager") as manager:
        begun.refresh_from_db()
        assert (begun.total, begun.state) == (ROWS, BulkOperation.State.PLANNED)
        assert Obligation.objects.aggregate(owed=Sum("outstanding"))["owed"] == ROWS * Decimal("26.50")
        confirm_operation(actor=manager, operation_id=begun.id, version=begun.version)

    work_on(actor=job, operation_id=begun.id, progress=done.append)

    assert planned == [CHUNK_ROWS] * (ROWS // CHUNK_ROWS)
    assert done == [1] * ROWS
    with acting("manager") as manager:
        begun.refresh_from_db()
        assert (begun.state, begun.done_rows) == (BulkOperation.State.DONE, ROWS)
        assert set(BulkRow.objects.values_list("state", flat=True)) == {BulkRow.State.DONE}
        assert not Obligation.objects.filter(outstanding__gt=0).exists()
        assert [each.check for each in verify(actor=manager)] == []


def test_ten_thousand_are_taken_and_one_more_is_refused() -> None:
    found = find_bulk_action("directory.customer.mail_many")
    assert found is not None
    action = Declared(found.page, replace(found.action, at_most=MAX_ROWS))
    with acting("manager") as manager:
        Customer.objects.bulk_create(
            (Customer(company_id=NORTH, name=f"Customer {place:05}") for place in range(MAX_ROWS + 1)),
            batch_size=1_000,
        )
        rows = action.rows(manager).filter(name__startswith="Customer ")
        with pytest.raises(InvalidInput, match="More rows are chosen than the 10,000"):
            begin_operation(actor=manager, declared=action, rows=rows)
        assert not BulkOperation.objects.exists()

        begun = begin_operation(actor=manager, declared=action, rows=rows.exclude(name="Customer 00000"))
        plan_operation(actor=manager, operation_id=begun.id, answers=answers())

        begun.refresh_from_db()
        assert (begun.total, begun.state) == (MAX_ROWS, BulkOperation.State.PLANNING), "a worker's"
        assert BulkRow.objects.filter(operation=begun.id).count() == MAX_ROWS
