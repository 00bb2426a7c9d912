"""`verify_ledger` finds where the books are not the bank's: a copy is corrupted as superuser. And a worker that dies
leaves whole chunks behind."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection

from bank.models import Statement, StatementLine
from bank.services.processing import accounts_with_work, process_account
from bank.tests.builders import default_account, line, parsed, receive
from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from tests.cast import NORTH, acting
from tests.databases import superuser_connection

_DROP_RULES = (
    "drop index bank_statement_line_once;"
    " alter table bank_statement_lines drop constraint bank_statement_line_has_entry"
)


def _two_days(actor: Actor) -> None:
    receive(
        actor,
        parsed(
            line("100.00", reference="A"),
            line("-5.00", reference="B"),
            opening="0.00",
            closing="95.00",
            sequence_no="1",
        ),
        parsed(
            line("10.00", reference="C", day="2026-11-21"), opening="95.00", closing="105.00", sequence_no="2"
        ),
    )
    receive(actor, parsed(line("10.00", reference="C", day="2026-11-21")))


def _differences(actor: Actor) -> list[str]:
    return [f"{found.difference.subject}: {found.difference.message}" for found in verify(actor=actor)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("corruption", "reported"),
    [
        (
            "update bank_statement_lines set amount = 101 where bank_reference = 'A'",
            "says in 101.00, its entry 100.00",
        ),
        (
            "update bank_statement_lines set entry_id = null where bank_reference = 'A'",
            "is booked without an entry",
        ),
        (
            "update bank_statement_lines set entry_id = null where bank_reference = 'A'",
            "posts to bank:operating without a line of a statement",
        ),
        (
            "update bank_statement_lines set state = 'withdrawn' where bank_reference = 'A'",
            "is withdrawn, its parts sum to 100.00",
        ),
        (
            "update ledger_entries set source_type = 'ledger.manual' where source_type = 'bank.line'",
            "posts to bank:operating without a line of a statement",
        ),
        (
            "update bank_statements set closing = closing + 1 where sequence_no = '2'",
            "closes with 106.00 USD, the books have 105.00",
        ),
        (
            "update bank_statements set opening = 1 where sequence_no = '1'",
            "opens with 1.00 and closes with 95.00, its lines sum to 95.00",
        ),
        (
            "delete from bank_statement_lines where bank_reference = 'B'",
            "closes with 95.00 USD, the books have 100.00",
        ),
        (
            "update bank_statements set sequence_no = '4' where sequence_no = '2'",
            "has number 4 and comes after number 1",
        ),
        (
            "update bank_statement_lines set identity = (select identity from bank_statement_lines"
            " where bank_reference = 'B') where bank_reference = 'A'",
            "is booked 2 times, by its identity",
        ),
        (
            "update bank_statement_lines set same_as_id = (select id from bank_statement_lines"
            " where bank_reference = 'A') where state = 'known'",
            "says in 10.00, the line that it repeats in 100.00",
        ),
        (
            "update bank_statement_lines set same_as_id = id where state = 'known'",
            "repeats a line that is known",
        ),
    ],
)
def test_finds_corruption(corruption: str, reported: str) -> None:
    with acting("manager") as manager:
        _two_days(manager)
        assert _differences(manager) == []
    connection.close()
    with superuser_connection() as superuser:
        superuser.execute("set session_replication_role = replica")
        superuser.execute(_DROP_RULES)
        superuser.execute(corruption)  # type: ignore[call-overload]  # a fixed text of this file

    with company_context(NORTH, job="verify") as actor:
        differences = _differences(actor)

    assert any(reported in each for each in differences), differences


class Killed(BaseException):
    """What a worker dies of."""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_leaves_whole_chunks_and_the_next_goes_on() -> None:
    with acting("manager") as manager:
        (statement,) = receive(
            manager,
            parsed(
                *(line("1.00", reference=f"R{each}") for each in range(10)), opening="0.00", closing="10.00"
            ),
            book=False,
        )
        account = default_account(manager)
        assert accounts_with_work(manager) == [account.id]
    worker = job_actor(company_id=NORTH, job="test")
    chunks: list[int] = []

    def die(done: int) -> None:
        chunks.append(done)
        if len(chunks) in (1, 2):
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            process_account(actor=worker, bank_account_id=account.id, lines=3, progress=die)
    process_account(actor=replace(worker, name="next"), bank_account_id=account.id, lines=3, progress=die)

    with acting("manager") as manager:
        read = Statement.objects.get(id=statement.id)
        assert chunks == [3, 3, 3, 1]
        assert (read.status, read.booked_lines, read.is_proven) == ("booked", 10, True)
        assert StatementLine.objects.filter(state="booked").count() == 10
        assert balance(manager, chart.bank(account.code)) == Decimal("10.00")
        assert accounts_with_work(manager) == []
        assert _differences(manager) == []
