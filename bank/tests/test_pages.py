"""Pages of one statement that come in several files: held until all are here, then one statement (docs/domain.md)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations

import pytest

from bank.models import LinePart, Statement, StatementLine
from bank.services.accepting import accept_statement, refuse_statement
from bank.services.intake import Received, receive_statements
from bank.services.trying import dry_run
from bank.tests.builders import default_account, work
from bank.tests.readers.files import balance as said_balance
from bank.tests.readers.files import camt, entry
from bank.tests.test_feed_cases import send as feed
from bank.tests.test_feed_cases import take
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from ledger import chart
from ledger.tests.vendors.builders import balance
from payments.batches.tests.builders import assert_books_hold, outcomes
from payments.batches.tests.builders import work as work_off
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

REASON = "The bank lost the other page of it"


def page(number: int, *amounts: str, last: bool = False, statement: str = "9", name: str = "") -> str:
    """A page of a statement of three: 0.00, 30.00, 60.00 and 90.00 between its pages."""
    lines = [
        entry(each, reference=f"{name}P{number}-{place}", day="<Dt>2026-11-20</Dt>")
        for place, each in enumerate(amounts)
    ]
    return camt(
        f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></StmtPgntn>",
        f"<ElctrncSeqNb>{statement}</ElctrncSeqNb><FrToDt><FrDt>2026-11-20</FrDt><ToDt>2026-11-20</ToDt></FrToDt>",
        said_balance("OPBD", f"{30 * (number - 1)}.00"),
        said_balance("CLBD", f"{30 * number}.00"),
        *lines,
    )


PAGES = [page(1, "10.00", "20.00"), page(2, "30.00"), page(3, "25.00", "5.00", last=True)]


def send(actor: Actor, content: str, **options: bool) -> Received:
    received = receive_statements(actor=actor, content=content.encode(), **options)
    work(actor)
    return received


def at_the_bank(actor: Actor) -> Decimal:
    return balance(actor, chart.bank(default_account(actor).code))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pages_in_any_order_are_one_statement(manager: Actor, order: Sequence[int]) -> None:
    first, second, third = (PAGES[each] for each in order)

    (held,) = send(manager, first).statements
    assert (held.status, held.hold_code) == ("held", "page_missing")
    send(manager, second)
    assert at_the_bank(manager) == 0
    (whole,) = send(manager, third).statements

    whole.refresh_from_db()
    assert (whole.status, whole.is_proven, whole.total_lines) == ("booked", True, 5)
    assert (str(whole.opening), str(whole.closing)) == ("0.00", "90.00")
    amounts = (
        StatementLine.objects.filter(statement=whole).order_by("line_no").values_list("amount", flat=True)
    )
    assert [str(each) for each in amounts] == ["10.00", "20.00", "30.00", "25.00", "5.00"]
    assert at_the_bank(manager) == Decimal("90.00")
    pages = Statement.objects.filter(hold_code="pages_joined")
    assert {(each.status, each.hold_details["joined_into"]) for each in pages} == {("refused", str(whole.id))}
    assert pages.count() == 3
    assert_books_hold(manager)


def test_says_which_pages_are_here_and_which_are_missing(manager: Actor) -> None:
    (held,) = send(manager, PAGES[1]).statements

    assert held.hold_message.startswith(
        "Of the statement page 2 is here; missing: page 1, what follows page 2."
    )
    with assert_nothing_written():
        (tried,) = dry_run(actor=manager, content=PAGES[2].encode()).statements
    assert (tried.status, "page 2, page 3 are here; missing: page 1." in tried.message) == ("held", True)
    send(manager, PAGES[2])
    with assert_nothing_written():
        (tried,) = dry_run(actor=manager, content=PAGES[0].encode()).statements
    assert (tried.status, tried.new_lines, tried.closing) == ("booked", 5, Decimal("90.00"))


def test_a_page_again_is_there_already(manager: Actor) -> None:
    send(manager, PAGES[0])

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        send(manager, PAGES[0])
    forced = send(manager, PAGES[0], force=True)
    for each in PAGES[1:]:
        send(manager, each)
    with pytest.raises(Refusal) as joined, assert_nothing_written():
        send(manager, PAGES[1])
    again = send(manager, PAGES[1], force=True)

    assert (refused.value.code, joined.value.code) == ("same_file", "same_file")
    assert (forced.statements, [each.hold_code for each in forced.repeated]) == ((), ["page_missing"])
    assert (again.statements, [each.total_lines for each in again.repeated]) == ((), [5])
    assert Statement.objects.filter(status="held").count() == 0
    assert at_the_bank(manager) == Decimal("90.00")
    assert_books_hold(manager)


def test_a_page_with_other_content_takes_the_place_of_the_first(manager: Actor) -> None:
    (old,) = send(manager, page(1, "11.00", "19.00")).statements
    (new,) = send(manager, PAGES[0]).statements
    send(manager, PAGES[1])
    send(manager, PAGES[2])

    old.refresh_from_db()
    assert (old.status, old.hold_code) == ("refused", "superseded")
    new.refresh_from_db()
    assert new.hold_code == "pages_joined"
    assert not StatementLine.objects.filter(state="booked", amount=Decimal("11.00")).exists()
    assert_books_hold(manager)


def test_the_whole_statement_takes_the_place_of_its_pages(manager: Actor) -> None:
    for each in PAGES[:2]:
        send(manager, each)
    parts = [each.partition("<Stmt>")[2].partition("</Stmt>")[0] for each in PAGES]
    together = PAGES[0].replace(parts[0], "</Stmt><Stmt>".join(parts))

    (whole,) = send(manager, together).statements

    whole.refresh_from_db()
    assert (whole.status, whole.total_lines, whole.place) == ("booked", 5, 1)
    assert not Statement.objects.filter(status="held").exists()
    assert at_the_bank(manager) == Decimal("90.00")
    assert_books_hold(manager)


def test_pages_of_other_statements_are_not_joined(manager: Actor) -> None:
    send(manager, PAGES[0])
    send(manager, PAGES[1])
    (other,) = send(manager, page(3, "30.00", last=True, statement="10")).statements

    assert (other.status, other.hold_code) == ("held", "page_missing")
    assert at_the_bank(manager) == 0


def test_pages_whose_balances_do_not_add_up_are_held_as_one(manager: Actor) -> None:
    for each in PAGES[:2]:
        send(manager, each)

    (whole,) = send(manager, page(3, "29.00", last=True)).statements

    assert (whole.status, whole.hold_code, whole.total_lines) == ("held", "balances_contradict", 4)
    assert "89.00" in whole.hold_message
    assert at_the_bank(manager) == 0
    assert_books_hold(manager)


def test_a_page_is_taken_alone_and_the_others_are_not_lost(manager: Actor) -> None:
    """What a finance manager takes without the rest is corrected by the whole statement."""
    (held,) = send(manager, PAGES[0]).statements
    accept_statement(actor=manager, statement_id=held.id, reason=REASON)
    work(manager)
    assert at_the_bank(manager) == Decimal("30.00")

    (second,) = send(manager, PAGES[1]).statements
    with pytest.raises(Refusal) as refused, assert_nothing_written():
        accept_statement(actor=manager, statement_id=second.id, reason=REASON)
    refuse_statement(actor=manager, statement_id=second.id, reason=REASON)
    parts = [each.partition("<Stmt>")[2].partition("</Stmt>")[0] for each in PAGES]
    (whole,) = send(manager, PAGES[0].replace(parts[0], "</Stmt><Stmt>".join(parts))).statements
    assert (refused.value.code, whole.hold_code) == ("statement_not_held", "correction")
    accept_statement(actor=manager, statement_id=whole.id, reason=REASON)
    work(manager)

    assert at_the_bank(manager) == Decimal("90.00")
    assert StatementLine.objects.filter(state="booked").count() == 5
    assert_books_hold(manager)


def test_rows_of_feeds_say_what_became_of_the_lines_of_their_pages(manager: Actor, api: StaffClient) -> None:
    first = take(api, PAGES[0])
    second = take(api, PAGES[1])
    held = [outcomes(each) for each in (first, second)]
    with assert_nothing_written():
        tried = feed(api, PAGES[2], query="?dry_run=true").json()
    third = take(api, PAGES[2])

    assert held == [
        [(1, "held", "statement_held"), (2, "held", "statement_held")],
        [(1, "held", "statement_held")],
    ]
    assert (tried["unmatched_rows"], tried["held_rows"], tried["known_rows"]) == (2, 0, 0)
    assert not [each for each in tried["warnings"] if "missing" in each]
    batches = [work_off(each.id) for each in (first, second, third)]
    assert [[status for _, status, _ in outcomes(each)] for each in batches] == [
        ["unmatched", "unmatched"],
        ["unmatched"],
        ["unmatched", "unmatched"],
    ]
    assert [each.status for each in batches] == ["completed"] * 3
    rows = LinePart.objects.order_by("line__line_no").values_list("batch_id", "row_no")
    assert list(rows) == [(first.id, 1), (first.id, 2), (second.id, 1), (third.id, 1), (third.id, 2)]
    assert_books_hold(manager)
