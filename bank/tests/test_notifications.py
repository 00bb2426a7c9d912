"""A CAMT.054 says what lines of statements consist of, whichever of the two comes first; nothing of it is booked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from bank.errors import PartNotOpen
from bank.models import BankNotification, Explanation, LinePart, StatementLine
from bank.services.explaining import explain_part
from bank.services.intake import receive_statements
from bank.services.kinds.interface import Piece
from bank.services.processing import process_account
from bank.services.taking_back import undo_explanation
from bank.tests.builders import default_account, line, parsed, receive, work
from bank.tests.readers.files import camt, detail, entry
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from ledger.models import Entry
from ledger.verification import verify
from payments.batches.errors import SameFile
from payments.batches.tests.builders import add_customer, bill
from payments.models import Payment
from tests.cast import StaffClient
from tests.console import browser

DAY = "2026-11-20"


def named(amount: str, name: str, way: str = "") -> str:
    """A detail with its payer."""
    payer = f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>"
    return detail(amount, way, payer)


def file_of(*entries: str, account: str = "") -> bytes:
    """A CAMT.054 of these entries."""
    return camt(account, *entries, body="BkToCstmrDbtCdtNtfctn", part="Ntfctn", version="054.001.08").encode()


def notify(actor: Actor, *entries: str, book: bool = True, **values: Any) -> Any:
    """Receive a file of these entries, and let the worker join them; what it became."""
    received = receive_statements(actor=actor, content=file_of(*entries), **values)
    if book:
        work(actor)
    return received.notified


TWO = named("60.00", "Acme Insurance") + named("40.00", "Bravo Cabs")


def a_statement(actor: Actor, *lines: Any) -> None:
    receive(actor, parsed(*lines, period_from=DAY, period_to=DAY), strategy="fifo")


def became() -> list[tuple[str, str]]:
    """What became of the notifications, in their order."""
    return list(BankNotification.objects.order_by("id").values_list("status", "code"))


def parts() -> list[tuple[str, str, str]]:
    """The parts that stand."""
    rows = LinePart.objects.exclude(status="voided").order_by("line__line_no", "part_no")
    return [(str(each.amount), each.payer_name, each.status) for each in rows]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_line_consists_of_its_details_whichever_comes_first(manager: Actor, is_first: bool) -> None:
    acme, bravo = add_customer(manager, "Acme Insurance", "A-1"), add_customer(manager, "Bravo Cabs", "B-1")
    bill(manager, acme, "60.00")
    bill(manager, bravo, "40.00")
    told = (entry("100.00", details=TWO, reference="R1"),)

    if is_first:
        assert notify(manager, *told).new == 1
        assert became() == [("waiting", "")]
    a_statement(manager, line("100.00", reference="R1", text="collected"), line("5.00", reference="R2"))
    if not is_first:
        assert parts()[0] == ("100.00", "", "open")
        notify(manager, *told)

    assert became() == [("joined", "")]
    assert parts() == [
        ("60.00", "Acme Insurance", "explained"),
        ("40.00", "Bravo Cabs", "explained"),
        ("5.00", "", "open"),
    ]
    assert [str(each.unallocated) for each in Payment.objects.order_by("number")] == ["0.00", "0.00"]
    # The line's own entry is one, whatever it consists of; the notification has none.
    assert Entry.objects.filter(source_type="bank.line").count() == 2
    assert list(verify(actor=manager)) == []


def test_what_was_taken_before_adds_nothing(manager: Actor) -> None:
    told = (entry("100.00", details=TWO, reference="R1"), entry("7.00", reference="R7"))
    notify(manager, *told)

    with pytest.raises(SameFile):
        notify(manager, *told)
    again = notify(manager, *told, force=True)
    other = notify(manager, *reversed(told), entry("7.00", reference="R7"))

    assert (again.new, again.known, other.new, other.known) == (0, 2, 1, 2)
    a_statement(manager, line("100.00", reference="R1"))
    notify(manager, entry("100.00", details=TWO, reference="R1"), entry("1.00", reference="R9"))
    assert BankNotification.objects.filter(status="joined").count() == 1
    assert len(parts()) == 2
    assert list(verify(actor=manager)) == []


def test_what_does_not_fit_is_told_and_never_booked(manager: Actor) -> None:
    a_statement(
        manager,
        line("100.00", reference="R1"),
        line("30.00", text="one"),
        line("30.00", text="other"),
        line("50.00", reference="R5"),
        line("12.00"),
    )
    before = parts()

    notify(
        manager,
        entry("90.00", details=named("90.00", "Acme"), reference="R1"),
        entry("30.00", details=named("30.00", "Acme"), reference=""),
        entry("50.00", details=named("70.00", "Acme") + named("20.00", "Bravo", "DBIT"), reference="R5"),
        entry("12.00", details=named("11.00", "Acme"), reference=""),
        entry("77.00", details=named("77.00", "Acme"), reference=""),
        entry("12.00", details=named("12.00", "Acme"), reference=""),
        entry("12.00", details=named("12.00", "Bravo"), reference=""),
    )

    assert became() == [
        ("told", "other_values"),
        ("told", "several_lines"),
        ("told", "both_ways"),
        ("told", "sum_differs"),
        ("waiting", ""),
        ("told", "several_lines"),
        ("told", "several_lines"),
    ]
    assert parts() == before
    assert "says 100.00 in, the notification 90.00 in" in BankNotification.objects.order_by("id")[0].message
    assert list(verify(actor=manager)) == []


def test_details_that_go_both_ways_are_booked_with_their_line(manager: Actor) -> None:
    details = named("120.00", "Acme") + named("20.00", "Fee", "DBIT")
    notify(manager, entry("100.00", details=details, reference="R1"))

    a_statement(manager, line("100.00", reference="R1"))

    assert became() == [("joined", "")]
    assert [amount for amount, *_ in parts()] == ["120.00", "20.00"]
    assert list(verify(actor=manager)) == []


def test_one_detail_says_what_the_line_does_not(manager: Actor) -> None:
    a_statement(manager, line("100.00", reference="R1", text="collected", mark="return"))

    notify(manager, entry("100.00", details=named("100.00", "Acme"), reference="R1"))

    (part,) = LinePart.objects.exclude(status="voided")
    assert (part.payer_name, part.text, part.mark, part.part_no) == ("Acme", "collected", "return", 2)


@pytest.mark.parametrize(
    ("booked", "notified", "expected"),
    [
        (("2026-11-20", "R1"), ("2026-11-22", "R1"), "joined"),
        (("2026-11-20", "R1"), ("2026-11-24", "R1"), "waiting"),
        (("2026-11-20", "R1"), ("2026-11-20", "R2"), "waiting"),
        (("2026-11-20", ""), ("2026-11-20", "R2"), "joined"),
        # Of another day, without a reference: once the lines of its own day are there.
        (("2026-11-20", ""), ("2026-11-19", ""), "joined"),
        (("2026-11-20", ""), ("2026-11-21", ""), "waiting"),
    ],
)
def test_a_line_is_found_by_reference_or_day(
    manager: Actor, booked: tuple[str, str], notified: tuple[str, str], expected: str
) -> None:
    receive(manager, parsed(line("100.00", day=booked[0], reference=booked[1])))

    day, reference = notified
    notify(manager, entry("100.00", details=TWO, reference=reference, day=f"<Dt>{day}</Dt>"))

    assert became() == [(expected, "")]


def test_a_line_that_was_decided_keeps_what_it_is(manager: Actor) -> None:
    acme = add_customer(manager, "Acme Insurance", "A-1")
    a_statement(manager, line("100.00", reference="R1"))
    part = LinePart.objects.get()
    piece = Piece("payment", part.amount, customer_id=acme.id)
    explain_part(actor=manager, part_id=part.id, pieces=[piece])

    notify(manager, entry("100.00", details=TWO, reference="R1"))

    assert became() == [("told", "line_decided")]
    assert parts() == [("100.00", "", "explained")]
    assert list(verify(actor=manager)) == []


def test_who_explains_a_part_that_its_details_replaced_is_refused(manager: Actor) -> None:
    """A person looked at the line before its details came."""
    acme = add_customer(manager, "Acme Insurance", "A-1")
    a_statement(manager, line("100.00", reference="R1"))
    part = LinePart.objects.get()
    notify(manager, entry("100.00", details=TWO, reference="R1"))

    with pytest.raises(PartNotOpen):
        explain_part(
            actor=manager, part_id=part.id, pieces=[Piece("payment", part.amount, customer_id=acme.id)]
        )

    assert Explanation.objects.filter(part=part).count() == 0
    assert list(verify(actor=manager)) == []


def test_of_another_account_or_currency_it_is_refused(manager: Actor) -> None:
    for account in ("<Acct><Id><Othr><Id>1</Id></Othr></Id><Ccy>EUR</Ccy></Acct>",):
        with pytest.raises(InvalidInput):
            receive_statements(actor=manager, content=file_of(entry("1.00", currency="EUR"), account=account))
    assert not BankNotification.objects.exists()


def test_a_worker_that_was_killed_between_joining_and_deciding_decides_later(manager: Actor) -> None:
    add_customer(manager, "Acme Insurance", "A-1")
    a_statement(manager, line("100.00", reference="R1"))
    notify(manager, entry("100.00", details=TWO, reference="R1"), book=False)
    worker = replace(manager, is_job=True)
    account = default_account(manager).id

    with pytest.MonkeyPatch.context() as broken:

        def die(**_: Any) -> None:
            raise KeyboardInterrupt

        broken.setattr("bank.services.processing.decide", die)
        with pytest.raises(KeyboardInterrupt):
            process_account(actor=worker, bank_account_id=account)
    assert [each.is_decided for each in BankNotification.objects.all()] == [False]
    work(manager)

    assert parts() == [("60.00", "Acme Insurance", "explained"), ("40.00", "Bravo Cabs", "open")]
    assert BankNotification.objects.get().is_decided
    assert list(verify(actor=manager)) == []


def test_a_line_with_details_is_withdrawn_as_a_whole(manager: Actor) -> None:
    add_customer(manager, "Acme Insurance", "A-1")
    a_statement(manager, line("100.00", reference="R1"))
    notify(manager, entry("100.00", details=TWO, reference="R1"))
    made = Explanation.objects.get()

    undo_explanation(actor=manager, explanation_id=made.id, reason="It was somebody else's")

    assert [status for _, _, status in parts()] == ["open", "open"]
    assert list(verify(actor=manager)) == []


def test_the_database_holds_what_a_notification_is(manager: Actor) -> None:
    a_statement(manager, line("100.00", reference="R1"), line("50.00", reference="R2"))
    notify(manager, entry("77.00", reference="R7"))
    row = BankNotification.objects.get()
    other = StatementLine.objects.get(amount=Decimal("50.00"))

    def refused(statement: str, *values: Any) -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, values)
        except IntegrityError:
            return True
        return False

    assert refused(
        "update bank_notifications set status = 'joined', line_id = %s where id = %s", other.id, row.id
    )
    assert refused("update bank_notifications set status = 'joined' where id = %s", row.id)
    assert refused("update bank_notifications set status = 'told' where id = %s", row.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankNotification.objects.create(
            **{
                each.attname: getattr(row, each.attname)
                for each in BankNotification._meta.concrete_fields
                if each.attname not in ("id", "created_at")
            },
            id=uuid7(),
        )


def test_by_call(api: StaffClient, manager: Actor) -> None:
    a_statement(manager, line("100.00", reference="R1"))
    content = file_of(entry("100.00", details=TWO, reference="R1"), entry("9.00", inside="<Sts>PDNG</Sts>"))

    def send(**said: str) -> Any:
        file = SimpleUploadedFile("n.xml", content, content_type="application/xml")
        key = {"HTTP_IDEMPOTENCY_KEY": uuid7().hex}
        return api.post("/api/accounting/bank-statements", {"file": file, **said}, format="multipart", **key)

    tried = send(dry_run="true")
    assert (tried.status_code, tried.json()["notifications"]["new"]) == (200, 1)
    assert not BankNotification.objects.exists()
    taken = send()
    work(manager)
    listed = api.get("/api/accounting/bank-notifications?status=joined").json()

    assert (taken.status_code, taken.json()["statements"]) == (202, [])
    assert [each["code"] for each in taken.json()["notifications"]["problems"]] == ["not_booked"]
    (row,) = listed["results"]
    assert (row["bank_reference"], row["line_id"]) == ("R1", str(StatementLine.objects.get().id))
    assert [each["payer_name"] for each in row["details"]] == ["Acme Insurance", "Bravo Cabs"]


def test_by_page(manager: Actor) -> None:
    a_statement(manager, line("100.00", reference="R1"))
    content = file_of(entry("100.00", details=TWO, reference="R1"), entry("90.00", reference="R1"))
    console = browser("manager")

    def send(do: str) -> Any:
        file = SimpleUploadedFile("n.xml", content, content_type="application/xml")
        return console.post(
            "/admin/bank/import/", {"do": do, "file": file, "mapping": "", "bank_account": ""}
        )

    assert "<dt>New</dt><dd>2</dd>" in send("check").content.decode()
    assert not BankNotification.objects.exists()
    taken = send("take")
    work(manager)

    page = console.get(taken.url).content.decode()
    assert "Joined to its line" in page
    assert "The line with its reference says 100.00 in, the notification 90.00 in." in unescape(page)
    joined = BankNotification.objects.get(status="joined")
    shown = console.get(f"/admin/bank/banknotification/{joined.id}/change/").content.decode()
    assert "Acme Insurance" in shown
    lined = console.get(f"/admin/bank/statementline/{joined.line_id}/change/").content.decode()
    assert "Bravo Cabs" in lined


def test_by_command(manager: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_statement(manager, line("100.00", reference="R1"))
    path = tmp_path / "n.xml"
    path.write_bytes(file_of(entry("100.00", details=TWO, reference="R1")))

    call_command("import_bank_statement", "--company", "North Taxi", "--file", str(path))

    assert "Notifications: 1 new, 0 known, 0 to be looked at." in capsys.readouterr().out
    assert became() == [("joined", "")]
