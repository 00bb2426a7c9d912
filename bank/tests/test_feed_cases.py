"""Small inputs of banks with what must come of them, sent as a `bank_feed` of payment batches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bank.models import LinePart, Statement, StatementLine, StatementMapping
from bank.tests.builders import unidentified
from bank.tests.readers.files import balance as said_balance
from bank.tests.readers.files import camt, detail, entry
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import (
    PATH,
    assert_books_hold,
    outcomes,
    upload,
    work,
)
from payments.models import Payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

OVERLAP = [
    entry("31.11", reference="OV-1"),
    entry("31.22", reference="OV-2"),
    entry("31.33", reference="OV-3"),
]


def send(client: StaffClient, content: str | bytes, *, query: str = "", **fields: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return upload(client, data, source_type="bank_feed", name="statement", query=query, **fields)


def take(client: StaffClient, content: str | bytes, **fields: str) -> PaymentBatch:
    """Send the file, and do what a worker does."""
    answer = send(client, content, **fields)
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def became(batch: PaymentBatch) -> list[str]:
    return [status for _, status, _ in outcomes(batch)]


def at_the_bank(actor: Actor) -> Decimal:
    codes = Statement.objects.values_list("bank_account__code", flat=True).distinct()
    return sum((balance(actor, chart.bank(code)) for code in codes), Decimal("0.00"))


def amounts(direction: str) -> list[Decimal]:
    return sorted(LinePart.objects.filter(direction=direction).values_list("amount", flat=True))


def map_columns(actor: Actor, **columns: str) -> None:
    StatementMapping.objects.create(company_id=actor.company_id, name="Bank", **columns)


def test_01_a_reversal_is_money_out_and_no_receipt(api: StaffClient, manager: Actor) -> None:
    reversed_entry = entry("500.00", "DBIT", inside="<RvslInd>true</RvslInd>", reference="RV1")

    batch = take(
        api,
        camt(
            said_balance("OPBD", "0.00"),
            said_balance("CLBD", "0.00"),
            entry("500.00", reference="CR1"),
            reversed_entry,
        ),
    )

    assert became(batch) == ["unmatched", "money_out"]
    assert (amounts("in"), amounts("out")) == ([Decimal("500.00")], [Decimal("500.00")])
    assert LinePart.objects.get(direction="out").mark == "reversal"
    assert (at_the_bank(manager), Payment.objects.count()) == (0, 0)
    assert_books_hold(manager)


def test_03_details_have_their_own_direction(api: StaffClient, manager: Actor) -> None:
    details = detail("100.00", "CRDT") + detail("20.00", "DBIT")

    batch = take(api, camt(entry("80.00", details=details)))

    assert became(batch) == ["unmatched", "money_out"]
    assert [each["amount"] for each in batch.totals] == ["80.00"]
    assert unidentified(manager) == Decimal("100.00")
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == Decimal("20.00")
    assert at_the_bank(manager) == Decimal("80.00")
    assert Entry.objects.filter(event="statement_line_booked").count() == 1
    assert_books_hold(manager)


def test_04_details_that_do_not_add_up_are_one_line(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(entry("97.00", details=detail("60.00", "CRDT") + detail("40.00", "CRDT"))))

    assert became(batch) == ["unmatched"]
    assert amounts("in") == [Decimal("97.00")]
    assert "100.00" in StatementLine.objects.get().note
    assert_books_hold(manager)


def test_06_a_standing_order_comes_every_month(api: StaffClient, manager: Actor) -> None:
    said = detail(inside="<Refs><EndToEndId>RENT-STANDING</EndToEndId></Refs>")

    october = take(api, camt(entry("50.00", details=said, day="<Dt>2026-10-20</Dt>", reference="BANK-OCT")))
    november = take(api, camt(entry("50.00", details=said, day="<Dt>2026-11-20</Dt>", reference="BANK-NOV")))

    assert (became(october), became(november)) == (["unmatched"], ["unmatched"])
    assert unidentified(manager) == Decimal("100.00")
    assert_books_hold(manager)


def test_07_a_line_that_two_files_have_is_known(api: StaffClient, manager: Actor) -> None:
    first, second = camt(*OVERLAP[:2]), camt(*OVERLAP[1:])
    take(api, first)

    with assert_nothing_written():
        told = send(api, second, query="?dry_run=true").json()
    batch = take(api, second)

    assert (told["total_rows"], told["known_rows"], told["unmatched_rows"]) == (2, 1, 1)
    assert "1 new, 1 known." in told["warnings"]
    assert became(batch) == ["known", "unmatched"]
    assert amounts("in") == [Decimal("31.11"), Decimal("31.22"), Decimal("31.33")]
    assert (batch.known_rows, batch.unmatched_rows, batch.status) == (1, 1, "completed")
    shown = api.get(f"{PATH}/{batch.id}").json()
    assert (shown["known_rows"], shown["money_out_rows"], shown["pending_rows"]) == (1, 0, 0)
    assert shown["amounts"][0]["known"] == Decimal("31.22")
    assert_books_hold(manager)


def test_07_the_same_file_is_refused_and_by_force_all_known(api: StaffClient, manager: Actor) -> None:
    content = camt(*OVERLAP)
    take(api, content)

    with assert_nothing_written():
        refused = send(api, content)
    forced = take(api, content, force="true")

    assert (refused.status_code, refused.json()["code"]) == (409, "same_file")
    assert became(forced) == ["known"] * 3
    assert len(amounts("in")) == 3
    assert_books_hold(manager)


def test_08_two_alike_are_both_booked(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(entry("25.00", reference=""), entry("25.00", reference="")))

    assert became(batch) == ["unmatched", "unmatched"]
    assert sorted(StatementLine.objects.values_list("occurrence", flat=True)) == [1, 2]
    assert_books_hold(manager)


def test_24_a_payment_of_the_counter_is_not_booked_again(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(entry("88.88", reference="DEP-1")))

    assert became(batch) in (["unmatched"], ["known"])
    assert Payment.objects.count() == 0
    assert_books_hold(manager)


def test_25_overlapping_exports_without_references(api: StaffClient, manager: Actor) -> None:
    head = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
    row = 'CREDIT,11/{}/2026,"ONLINE TRANSFER QUI-004",{},ACH,,\n'
    map_columns(manager, amount_column="Amount", date_column="Posting Date", text_column="Description")

    take(api, head + row.format(18, "41.01") + row.format(19, "41.02"))
    batch = take(api, head + row.format(19, "41.02") + row.format(20, "41.03"))

    assert became(batch) == ["known", "unmatched"]
    assert amounts("in") == [Decimal("41.01"), Decimal("41.02"), Decimal("41.03")]
    assert_books_hold(manager)


def test_27_a_file_that_contradicts_itself_is_said_at_once_and_not_booked(
    api: StaffClient, manager: Actor
) -> None:
    content = camt(said_balance("OPBD", "1000.00"), said_balance("CLBD", "1500.00"), entry("100.00"))

    told = send(api, content, query="?dry_run=true").json()
    answer = send(api, content)
    batch = work(answer.json()["batch_id"])

    for warnings in (told["warnings"], answer.json()["warnings"]):
        assert any("1,500.00" in each and "1,100.00" in each for each in warnings), warnings
    assert told["held_rows"] == 1
    assert (became(batch), batch.status, batch.held_rows) == (["held"], "completed_with_errors", 1)
    assert not Entry.objects.filter(event="statement_line_booked").exists()
    assert_books_hold(manager)
