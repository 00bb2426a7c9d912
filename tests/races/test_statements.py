"""Files of a bank's statements sent, booked, corrected and explained at the same moment, over real connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from bank.models import Explanation, LinePart, Statement, StatementLine
from bank.services.accepting import accept_statement, refuse_statement, type_balance
from bank.services.held_lines import decide_line
from bank.services.intake import receive_statements
from bank.services.kinds.interface import Piece
from bank.services.processing import accounts_with_work, process_account
from bank.tests.builders import default_account
from bank.tests.readers.files import balance as said_balance
from bank.tests.readers.files import camt, entry
from bank.tests.test_kinds_races import assert_clean, attempt, explain, received
from batconnect.core.jobs.holds import WorkHeld
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance
from payments.models import Payment
from payments.services.refunds import refund_unallocated
from tests.cast import acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
REASON = "Decided by the test, at the same moment"


def statement(number: int, day: int, *amounts: str, opening: str, closing: str, name: str = "L") -> str:
    """A statement of one day of November 2026, with a number and balances."""
    written = f"2026-11-{day:02}"
    period = f"<FrToDt><FrDt>{written}</FrDt><ToDt>{written}</ToDt></FrToDt>"
    lines = [
        entry(
            each.lstrip("-"),
            "DBIT" if each.startswith("-") else "CRDT",
            day=f"<Dt>{written}</Dt>",
            reference=f"{name}-{day}-{place}",
        )
        for place, each in enumerate(amounts)
    ]
    return camt(
        f"<ElctrncSeqNb>{number}</ElctrncSeqNb>",
        period,
        said_balance("OPBD", opening, day=written),
        said_balance("CLBD", closing, day=written),
        *lines,
    )


FIRST = statement(1, 3, "100.00", "50.00", opening="0.00", closing="150.00")
SECOND = statement(2, 4, "25.00", "-40.00", opening="150.00", closing="135.00")
CORRECTED = statement(1, 3, "100.00", "60.00", "-10.00", opening="0.00", closing="150.00")
OVERLAPS = [
    camt(*(entry(f"{place}.50", reference=f"OV-{place}") for place in range(first, first + 6)))
    for first in (1, 4, 7, 2)
]


def send(content: str, *, force: bool = False) -> Callable[[Actor], object]:
    return lambda actor: receive_statements(actor=actor, content=content.encode(), force=force)


def work(_: int = 0) -> None:
    """What a worker does, or leaves to the one that is at it."""
    with acting("manager") as manager:
        accounts, job = accounts_with_work(manager), replace(manager, is_job=True)
    for account in accounts:
        try:
            process_account(actor=job, bank_account_id=account)
        except WorkHeld:
            continue


def take(content: str) -> UUID:
    """The statement, booked."""
    with acting("manager") as manager:
        (stored,) = receive_statements(actor=manager, content=content.encode(), force=True).statements
    work()
    return stored.id


def assert_booked(lines: int, at_the_bank: str) -> None:
    """So many lines, each with an entry of its own, and so much at the bank by the books."""
    with acting("manager") as manager:
        booked = StatementLine.objects.filter(state="booked")
        assert booked.count() == len({*booked.values_list("entry_id", flat=True)}) == lines
        assert len({*booked.values_list("identity", flat=True)}) == lines
        withdrawn = StatementLine.objects.filter(state="withdrawn").count()
        assert Entry.objects.filter(event="statement_line_booked").count() == lines + withdrawn
        assert balance(manager, chart.bank(default_account(manager).code)) == D(at_the_bank)
        assert not Statement.objects.filter(status__in=["received", "booking"]).exists()
    assert_clean()


@pytest.mark.parametrize("force", [False, True], ids=["once", "forced"])
def test_the_same_file_at_once(force: bool) -> None:
    answers = at_once(lambda number: attempt(send(FIRST, force=force)), times=4)
    at_once(work, times=3)

    assert sorted(answers) == (["done"] * 4 if force else ["done"] + ["same_file"] * 3)
    with acting("manager"):
        assert Statement.objects.count() == 1
    assert_booked(2, "150.00")


def test_the_same_file_without_a_number_forced_at_once() -> None:
    answers = at_once(lambda number: attempt(send(OVERLAPS[0], force=True)), times=3)
    at_once(work, times=3)

    assert answers == ["done"] * 3
    assert_booked(6, "24.00")


def test_files_that_overlap_at_once() -> None:
    def act(number: int) -> str:
        said = attempt(send(OVERLAPS[number]))
        work()
        return said

    answers = at_once(act, times=len(OVERLAPS))
    work()

    assert answers == ["done"] * len(OVERLAPS)
    assert_booked(12, "84.00")


@pytest.mark.parametrize("files", [(FIRST, SECOND), (SECOND, FIRST)], ids=["in order", "turned"])
def test_a_statement_and_the_next_one_at_once(files: Sequence[str]) -> None:
    def act(number: int) -> str:
        said = attempt(send(files[number]))
        work()
        return said

    answers = at_once(act, times=2)
    work()

    assert answers == ["done", "done"]
    with acting("manager"):
        chain = list(Statement.objects.order_by("chain_no").values_list("sequence_no", "is_proven"))
    # Whichever was booked first opens the chain; what comes before it is put before it.
    assert chain == [("1", True), ("2", True)]
    assert_booked(4, "135.00")


def test_a_correction_at_once_with_an_explanation_of_what_it_withdraws() -> None:
    take(FIRST)
    with acting("manager") as manager:
        (held,) = receive_statements(actor=manager, content=CORRECTED.encode(), force=True).statements
        part = LinePart.objects.get(amount=D("50.00")).id
    acts: list[Callable[[Actor], object]] = [
        explain(part, [Piece("interest", D("50.00"))]),
        lambda actor: accept_statement(actor=actor, statement_id=held.id, reason=REASON),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=2)
    work()

    # Explained and taken back with the correction, or refused because the line is withdrawn.
    assert answers[0] in ("done", "line_explained")
    assert answers[1] == "done"
    with acting("manager"):
        assert LinePart.objects.get(id=part).status == "voided"
        assert not Explanation.objects.filter(part_id=part, status="live").exists()
    assert_booked(3, "150.00")


def test_a_correction_is_accepted_or_refused_once() -> None:
    take(FIRST)
    with acting("manager") as manager:
        (held,) = receive_statements(actor=manager, content=CORRECTED.encode(), force=True).statements
    acts: list[Callable[[Actor], object]] = [
        lambda actor: accept_statement(actor=actor, statement_id=held.id, reason=REASON),
        lambda actor: refuse_statement(actor=actor, statement_id=held.id, reason=REASON),
        lambda actor: accept_statement(actor=actor, statement_id=held.id, reason=REASON),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=3)
    work()

    assert sorted(answers) == ["done", "statement_not_held", "statement_not_held"]
    with acting("manager") as manager:
        assert balance(manager, chart.bank(default_account(manager).code)) == D("150.00")
    assert_clean()


def test_two_corrections_of_one_statement_at_once() -> None:
    corrections = [
        statement(1, 3, "100.00", "60.00", "-10.00", opening="0.00", closing="150.00", name=name)
        for name in ("C", "D")
    ]
    take(FIRST)
    held = []
    with acting("manager") as manager:
        for each in corrections:
            (stored,) = receive_statements(actor=manager, content=each.encode(), force=True).statements
            held.append(stored.id)

    answers = at_once(
        lambda number: attempt(
            lambda actor: accept_statement(actor=actor, statement_id=held[number], reason=REASON)
        ),
        times=2,
    )
    work()

    assert sorted(answers) == ["done", "statement_not_held"]
    assert_booked(3, "150.00")


def test_a_held_line_is_decided_once() -> None:
    take(camt(entry("10.00", reference="H-1")))
    take(camt(entry("11.00", reference="H-1")))
    with acting("manager"):
        held = StatementLine.objects.get(state="held").id

    answers = at_once(
        lambda number: attempt(lambda actor: decide_line(actor=actor, line_id=held, is_known=False)),
        times=4,
    )
    work()

    assert sorted(answers) == ["done"] + ["line_not_held"] * 3
    assert_clean()


def test_a_balance_is_typed_once() -> None:
    key = take(camt(entry("10.00", reference="B-1")))

    answers = at_once(
        lambda number: attempt(lambda actor: type_balance(actor=actor, statement_id=key, closing=D("10.00"))),
        times=3,
    )

    assert sorted(answers) == ["balance_known", "balance_known", "done"]
    assert_clean()


def test_a_payment_is_refunded_while_a_line_is_explained_as_it() -> None:
    for _ in range(3):
        (payment_id,) = received(["100.00"])
        with acting("manager") as manager:
            (stored,) = receive_statements(
                actor=manager, content=camt(entry("100.00", reference=f"R-{payment_id}")).encode()
            ).statements
        work()
        with acting("manager"):
            part = LinePart.objects.get(line__statement=stored.id).id
        acts: list[Callable[[Actor], object]] = [
            explain(part, [Piece("known_payment", D("100.00"), payment_id=payment_id)]),
            lambda actor, key=payment_id: refund_unallocated(
                actor=actor, payment_id=key, amount=D("40.00"), reason=REASON
            ),
        ]

        answers = at_once(lambda number, acts=acts: attempt(acts[number]), times=2)

        assert answers == ["done", "done"]
        with acting("manager"):
            assert LinePart.objects.get(id=part).status == "explained"
            assert Payment.objects.get(id=payment_id).refunded == D("40.00")
    assert_clean()


def test_lines_are_explained_while_their_statement_is_booked() -> None:
    content = camt(*(entry(f"{place}.00", reference=f"W-{place}") for place in range(1, 31)))
    with acting("manager") as manager:
        receive_statements(actor=manager, content=content.encode())
        account, job = default_account(manager).id, replace(manager, is_job=True)

    def act(number: int) -> object:
        if number == 0:
            return process_account(actor=job, bank_account_id=account, lines=3)
        done = 0
        for _ in range(40):
            with acting("manager"):
                parts = list(LinePart.objects.filter(status="open").order_by("id")[:2])
            for part in parts:
                if attempt(explain(part.id, [Piece("interest", part.amount)])) == "done":
                    done += 1
        return done

    at_once(act, times=3)
    work()

    with acting("manager") as manager:
        live = Explanation.objects.filter(status="live")
        assert live.count() == len({*live.values_list("part_id", flat=True)})
    assert_booked(30, "465.00")
