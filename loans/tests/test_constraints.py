"""Raw SQL against each rule that the database keeps for loans and the matrix."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batconnect.core.kernel.actors import Actor
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document
from ledger.tests.builders import Debtor
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.tests.builders import lend
from tests.databases import owners_hand


@pytest.fixture
def loan(manager: Actor, debtor: Debtor) -> DriverLoan:
    return lend(manager, debtor)


def refused(statement: str, *values: Any) -> str:
    """The constraint that refuses the statement to the tables' owner, or the message."""
    with owners_hand():
        return refused_to_the_app(statement, *values)


def refused_to_the_app(statement: str, *values: Any) -> str:
    """The same as the runtime role, whose rights are checked first."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    diagnosis = error.value.__cause__.diag  # type: ignore[union-attr]
    return str(diagnosis.constraint_name or diagnosis.message_primary)


@pytest.mark.parametrize(
    "change",
    [
        "amount = 999",
        "number = 'DLN-1'",
        "start_week = start_week + 7",
        "interest_rate = 5",
        "loan_date = loan_date - 1",
        "currency = 'EUR'",
        "driver_id = driver_id",
        "amount = 999, adjusted = 0, adjustments = 1",
        "amount = 1001, adjusted = -1, adjustments = 1",
        "interest_reason = 'another one'",
        "is_opening = true",
    ],
)
def test_what_a_loan_is_never_changes(loan: DriverLoan, change: str) -> None:
    assert "never changes" in refused(f"update driver_loans set {change} where id = %s", loan.id)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("status = 'Lost'", "cannot move"),
        ("status = 'Closed'", "driver_loan_closed_at"),
        ("closed_at = now()", "driver_loan_closed_at"),
    ],
)
def test_a_loan_moves_only_legally(loan: DriverLoan, change: str, name: str) -> None:
    assert name in refused(f"update driver_loans set {change} where id = %s", loan.id)


@pytest.mark.parametrize("target", ["Open", "Hold", "Closed"])
def test_a_cancelled_loan_goes_nowhere(manager: Actor, loan: DriverLoan, target: str) -> None:
    cancel_document(actor=manager, kind=LOANS, number=loan.number, reason="Entered by mistake.")

    assert "cannot move" in refused("update driver_loans set status = %s where id = %s", target, loan.id)


@pytest.mark.parametrize("table", ["driver_loans", "loan_installments"])
def test_nothing_is_deleted(loan: DriverLoan, table: str) -> None:
    assert "never deleted" in refused(f"delete from {table}")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("principal = 1", "never changes"),
        ("installment_id = 'X'", "never changes"),
        ("week_start_date = week_start_date + 7", "never changes"),
        ("status = 'Paid', posted_on = now()", "cannot move"),
        ("status = 'Posted'", "loan_installment_status_fits"),
        ("status = 'Posted', posted_on = now(), is_suspended = true", "loan_installment_status_fits"),
        ("interest = -1", "loan_installment_interest_not_negative"),
    ],
)
def test_an_installment_changes_only_legally(loan: DriverLoan, change: str, name: str) -> None:
    assert name in refused(
        f"update loan_installments set {change} where loan_id = %s and number = 1", loan.id
    )


def test_a_posted_installment_never_changes(manager: Actor, debtor: Debtor) -> None:
    from datetime import timedelta

    from batconnect.core.kernel.clock import today, week_start

    sunday = week_start(today(manager.company)) - timedelta(days=7)
    loan = lend(manager, debtor, loan_date=sunday, start_week=sunday)
    post_due(actor=manager, kind=LOANS)

    for change in ("due_date = due_date + 1", "interest = 5"):
        statement = f"update loan_installments set {change} where loan_id = %s and number = 1"
        assert "never changes" in refused(statement, loan.id)
    statement = "update loan_installments set status = 'Scheduled', posted_on = null where loan_id = %s and number = 1"
    assert "cannot move" in refused(statement, loan.id)


WITHOUT_SCHEDULE = "a document comes with its schedule, in one statement"
_COPY = """
insert into driver_loans (id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, amount,
  start_week, matrix_id, installment_count, status, status_reason, notes, case_no, created_by_name, interest_rate,
  loan_date, interest_reason, is_opening)
select gen_random_uuid(), company_id, {number}, number_order, customer_id, driver_id, lease_id, currency, {amount},
  {start}, matrix_id, installment_count, {status}, '', '', '', 'x', {rate}, loan_date, '', false
from driver_loans where id = %s
"""


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "comes with its schedule"),
        ({"number": "number"}, "driver_loan_number"),
        ({"amount": "0"}, "driver_loan_amount_positive"),
        ({"start": "start_week + 1"}, "driver_loan_start_week_sunday"),
        ({"start": "start_week - 700"}, "driver_loan_starts_after_loan_date"),
        ({"status": "'Hold'"}, "begins Open"),
        ({"rate": "100.0001"}, "driver_loan_rate_within"),
        ({"rate": "-0.0001"}, "driver_loan_rate_within"),
    ],
)
def test_a_loan_is_made_only_whole(loan: DriverLoan, values: dict[str, str], name: str) -> None:
    given = {
        "number": "'DLN-X'",
        "amount": "amount",
        "start": "start_week",
        "status": "'Open'",
        "rate": "0",
        **values,
    }

    assert name in refused(_COPY.format(**given), loan.id)


def test_nothing_is_appended_to_a_schedule(loan: DriverLoan) -> None:
    statement = """
    insert into loan_installments (id, company_id, number, installment_id, week_start_date, due_date, principal, status,
      is_suspended, loan_id, interest)
    select gen_random_uuid(), company_id, 6, 'X', week_start_date, due_date, 10, 'Scheduled', false, loan_id, 0
    from loan_installments where loan_id = %s and number = 5
    """

    assert "does not make up its amount" in refused(statement, loan.id)


def test_the_matrix_never_changes_and_leaves_no_gap(manager: Actor) -> None:
    assert "permission denied" in refused_to_the_app("update repayment_bands set weekly_principal = 1")
    assert "permission denied" in refused_to_the_app("delete from repayment_matrices")
    statement = """
    with m as (insert into repayment_matrices (id, company_id, version, effective_from, actor)
      select gen_random_uuid(), company_id, 9, date '2030-01-01', 'x' from repayment_matrices returning company_id, id)
    insert into repayment_bands (company_id, matrix_id, position, above, up_to, weekly_principal)
    select company_id, id, position, above, up_to, 10.00
    from m, (values (1::smallint, {first}, 100.00), (2::smallint, {second}, {last}::numeric)) b(position, above, up_to)
    """
    for first, second, last in (
        ("0.00", "200.00", "null"),
        ("0.00", "100.00", "500.00"),
        ("1.00", "100.00", "null"),
    ):
        assert "leave a gap" in refused(statement.format(first=first, second=second, last=last))


def test_a_loan_points_at_nothing_of_another_company(loan: DriverLoan) -> None:
    # The key of the lease carries the company: a lease that is not this company's does not exist for it.
    statement = _COPY.replace("lease_id, currency, {amount}", "lease_id + 100000, currency, {amount}").format(
        number="'DLN-Y'", amount="amount", start="start_week", status="'Open'", rate="0"
    )

    assert refused(statement, loan.id) in ("driver_loan_lease_key", WITHOUT_SCHEDULE)
