"""Entering in the journal by hand: balanced, never on accounts of items, two people above the limit, taken back on its
day (docs/domain.md#journal-entries)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from batconnect.core.approvals.services import approve, reject
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import Approval, CompanySettings
from ledger import chart
from ledger.general.actions import LinesField
from ledger.general.models import ManualEntry
from ledger.general.services.accounts import name_account
from ledger.general.services.lines import Line
from ledger.general.services.manual import enter_journal, reverse_due_entries, void_manual_entry
from ledger.models import Account, Entry, Posting
from ledger.services import void_posting
from ledger.tests.general.builders import WHY, enter, lines_of
from ledger.verification import verify
from tests.cast import StaffClient, acting

Client = Callable[..., StaffClient]
PATH = "/api/accounting/journal-entries"


def send(client: StaffClient, body: dict[str, Any], path: str = PATH) -> Any:
    return client.post(path, body, format="json", headers={"Idempotency-Key": str(uuid4())})


def body_of(actor: Actor, **values: Any) -> dict[str, Any]:
    return {
        "date": today(actor.company).isoformat(),
        "reason": WHY,
        "lines": [
            {"account": "expenses:other", "debit": "150.00"},
            {"account": "accrued_expenses", "credit": "150.00"},
        ],
        **values,
    }


def limited(actor: Actor, amount: str) -> Actor:
    """The actor in a company with this limit."""
    limit = Decimal(amount)
    CompanySettings.objects.update(manual_entry_approval_limit=limit)
    return replace(actor, company=replace(actor.company, manual_entry_approval_limit=limit))


def assert_nothing_posted() -> None:
    assert not ManualEntry.objects.exists()
    assert not Entry.objects.filter(source_type="ledger.manual_entry").exists()


def test_posts_what_is_entered(manager: Actor, client_of: Client) -> None:
    answer = send(client_of("manager"), body_of(manager))

    row = answer.json()
    year = today(manager.company).year
    assert answer.status_code == 201
    assert (row["number"], str(row["amount"]), row["status"]) == (f"JE-{year}-001", "150.00", "posted")
    assert [(line["account"], str(line["debit"]), str(line["credit"])) for line in row["lines"]] == [
        ("expenses:other", "150.00", "0.00"),
        ("accrued_expenses", "0.00", "150.00"),
    ]
    assert client_of("auditor").get(f"{PATH}/{row['id']}").json() == row
    assert client_of("auditor").get(f"{PATH}?status=posted").json()["total"] == 1
    assert client_of("auditor").get(f"{PATH}?status=voided").json()["total"] == 0
    assert list(verify(actor=manager)) == []


def test_an_entry_above_the_largest_amount_is_refused(manager: Actor, client_of: Client) -> None:
    lines = [
        {"account": "expenses:other", "debit": "999999999.99"},
        {"account": "expenses:other", "debit": "0.01"},
        {"account": "accrued_expenses", "credit": "999999999.99"},
        {"account": "accrued_expenses", "credit": "0.01"},
    ]

    answer = send(client_of("manager"), body_of(manager, lines=lines))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_large")
    assert "1,000,000,000.00" in answer.json()["detail"]
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        ("receivable:LEASE", "Raise, credit or write off an obligation."),
        ("unallocated_cash", "Record, allocate or refund a payment."),
        ("customer_credits", "Issue or apply a credit memo."),
        ("cash:check", "Record or refund a payment."),
        ("cash:cash", "Record or refund a payment."),
        ("bank:operating", "Import the bank's statement."),
        ("payments_in_transit:operating", "Pay by the document's own action."),
        ("deposits_in_transit:operating", "Close a deposit slip."),
        ("unidentified_receipts", "Match the receipt."),
        ("unexplained_payments", "Explain the line of the statement."),
        ("driver_earnings_payable", "Import earnings, or pay a DTR out."),
        ("loan_principal", "Make or adjust a loan."),
        ("repair_advances", "Enter or adjust a repair."),
        ("vendors_payable", "Enter or pay a vendor's bill."),
        ("security_deposits", "Take, use or return a deposit."),
    ],
)
def test_never_touches_an_account_of_items_and_names_the_operation(
    manager: Actor, client_of: Client, code: str, instead: str
) -> None:
    lines = [{"account": code, "debit": 5}, {"account": "expenses:other", "credit": 5}]

    answer = send(client_of("manager"), body_of(manager, lines=lines))

    assert (answer.status_code, answer.json()["code"]) == (400, "account_of_items")
    assert answer.json()["errors"][0]["field"] == "lines[0].account"
    assert instead in answer.json()["detail"]
    assert_nothing_posted()


def test_every_account_of_the_chart_takes_a_manual_entry_or_says_what_does(manager: Actor) -> None:
    free = {line.code for line in chart.chart() if not chart.operation(line.code)}

    assert {"expenses:other", "accrued_income", "tax_payable", "income:lease", "retained_earnings"} <= free
    assert not {code for code in free if chart.subledger(code) or code.startswith("cash:")}
    assert chart.operation("cash:cash:till") == "Record or refund a payment."


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([("expenses:other", "10.00"), ("accrued_expenses", "-9.99")], "not_balanced"),
        ([("expenses:other", "10.00")], "wrong_lines"),
        ([("expenses:other", "10.00"), ("no_such", "-10.00")], "unknown_account"),
        ([("expenses:other", "0.00"), ("accrued_expenses", "-10.00")], "wrong_lines"),
    ],
)
def test_refuses_lines_that_are_not_an_entry(manager: Actor, lines: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        enter_journal(actor=manager, on=today(manager.company), lines=lines_of(*lines), reason=WHY)

    assert refused.value.code == code
    assert_nothing_posted()


def test_refuses_a_line_with_both_sides(manager: Actor) -> None:
    lines = [Line("expenses:other", Decimal(5), Decimal(5)), Line("accrued_expenses", credit=Decimal(5))]

    with pytest.raises(InvalidInput, match=r"Line 1 has a debit of 5\.00 and a credit of 5\.00"):
        enter_journal(actor=manager, on=today(manager.company), lines=lines, reason=WHY)

    assert_nothing_posted()


def test_refuses_a_closed_day_and_one_to_come(manager: Actor, client_of: Client) -> None:
    day = today(manager.company)
    CompanySettings.objects.update(closed_until=day - timedelta(days=1))
    client = client_of("manager")

    closed = send(client, body_of(manager, date=str(day - timedelta(days=1))))
    future = send(client, body_of(manager, date=str(day + timedelta(days=1))))
    backward = send(client, body_of(manager, reverse_on=str(day)))

    assert [(each.status_code, each.json()["code"]) for each in (closed, future, backward)] == [
        (400, "date_closed"),
        (400, "date_in_future"),
        (400, "reversed_too_early"),
    ]
    assert_nothing_posted()


def test_above_the_limit_another_person_decides(manager: Actor, second_manager: Actor) -> None:
    manager = limited(manager, "100.00")

    waits = enter_journal(
        actor=manager,
        on=today(manager.company),
        lines=lines_of(("expenses:other", "100.01"), ("accrued_expenses", "-100.01")),
        reason=WHY,
    )

    assert isinstance(waits, Approval)
    assert_nothing_posted()
    with pytest.raises(NotAllowed):
        approve(actor=manager, approval_id=waits.id)
    decided = approve(actor=second_manager, approval_id=waits.id)
    assert decided.carried is not None
    row = ManualEntry.objects.get()
    assert (row.entered_by, row.created_by_id, row.approved_by) == ("Mara", manager.user_id, "Sam")
    assert list(verify(actor=manager)) == []


def test_a_rejected_entry_leaves_nothing(manager: Actor, second_manager: Actor) -> None:
    manager = limited(manager, "10.00")
    waits = enter_journal(
        actor=manager,
        on=today(manager.company),
        lines=lines_of(("expenses:other", "50.00"), ("accrued_expenses", "-50.00")),
        reason=WHY,
    )
    assert isinstance(waits, Approval)

    reject(actor=second_manager, approval_id=waits.id)

    assert_nothing_posted()


def test_the_limit_counts_what_was_entered_today_whoever_did(manager: Actor, second_manager: Actor) -> None:
    manager = limited(manager, "100.00")
    enter(manager, "60.00")
    lines = lines_of(("expenses:other", "40.01"), ("accrued_expenses", "-40.01"))

    waits = enter_journal(
        actor=limited(second_manager, "100.00"), on=today(manager.company), lines=lines, reason=WHY
    )

    assert isinstance(waits, Approval)
    assert (waits.counted, waits.limit_then) == (Decimal("60.00"), Decimal("100.00"))
    enter(limited(second_manager, "100.00"), "40.00")
    assert ManualEntry.objects.count() == 2


def test_a_void_above_the_limit_takes_two_as_well(manager: Actor, second_manager: Actor) -> None:
    row = enter(manager, "500.00")
    manager = limited(manager, "100.00")

    waits = void_manual_entry(actor=manager, manual_entry_id=row.id, reason=WHY)

    assert isinstance(waits, Approval)
    with pytest.raises(Conflict) as again:
        void_manual_entry(actor=manager, manual_entry_id=row.id, reason=WHY)
    assert again.value.code == "approval_pending"
    approve(actor=second_manager, approval_id=waits.id)
    assert ManualEntry.objects.get().is_voided


def test_a_void_reverses_the_entry_once(manager: Actor, client_of: Client) -> None:
    row = enter(manager)
    path = f"{PATH}/{row.id}/void"

    voided = send(client_of("manager"), {"reason": WHY}, path)
    again = send(client_of("manager"), {"reason": WHY}, path)

    assert (voided.status_code, voided.json()["status"]) == (200, "voided")
    assert (again.status_code, again.json()["code"]) == (409, "already_voided")
    reversal = Entry.objects.get(reverses=row.entry_id)
    assert (str(reversal.id), reversal.effective_on) == (
        voided.json()["reversal_entry_id"],
        today(manager.company),
    )
    assert list(verify(actor=manager)) == []


def test_voiding_its_posting_is_the_same(manager: Actor) -> None:
    row = enter(manager)
    posting = Posting.objects.filter(entry=row.entry_id)[0]

    void_posting(actor=manager, posting_id=posting.id, reason=WHY)

    assert ManualEntry.objects.get().is_voided
    assert list(verify(actor=manager)) == []


def test_an_accrual_is_taken_back_on_its_day(manager: Actor) -> None:
    day = today(manager.company)
    past = enter(manager, "30.00", on=day - timedelta(days=40), reverse_on=day - timedelta(days=9))
    due = enter(manager, "20.00", reverse_on=day + timedelta(days=1))
    job = job_actor(company_id=manager.company_id, job="reverse")

    past.refresh_from_db()
    assert past.reversal is not None
    assert past.reversal.effective_on == day - timedelta(days=9)
    assert reverse_due_entries(actor=job) == 0
    due.refresh_from_db()
    assert due.reversal_id is None
    with pytest.raises(Conflict, match="taken back on"):
        void_manual_entry(actor=manager, manual_entry_id=past.id, reason=WHY)
    assert list(verify(actor=manager)) == []


def test_the_job_takes_it_back_when_the_day_has_come_and_once(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = today(manager.company) + timedelta(days=1)
    row = enter(manager, "20.00", reverse_on=tomorrow)
    job = job_actor(company_id=manager.company_id, job="reverse")
    monkeypatch.setattr("ledger.general.services.manual.today", lambda company: tomorrow)

    taken = (reverse_due_entries(actor=job), reverse_due_entries(actor=job))

    assert taken == (1, 0)
    row.refresh_from_db()
    assert row.reversal is not None
    assert (row.reversal.effective_on, row.is_voided) == (tomorrow, False)


def test_what_was_voided_is_not_taken_back_again(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = today(manager.company) + timedelta(days=1)
    row = enter(manager, "20.00", reverse_on=tomorrow)
    void_manual_entry(actor=manager, manual_entry_id=row.id, reason=WHY)
    monkeypatch.setattr("ledger.general.services.manual.today", lambda company: tomorrow)

    assert reverse_due_entries(actor=job_actor(company_id=manager.company_id, job="reverse")) == 0


def test_accounts_are_named_by_the_companys_own_number(manager: Actor, client_of: Client) -> None:
    account = Account.objects.get(code="expenses:other", currency="USD")
    name_account(actor=manager, account_id=account.id, own_number="6900", own_name="Sundries")
    lines = [{"account": "6900", "debit": 5}, {"account": "accrued_expenses", "credit": 5}]

    answer = send(client_of("manager"), body_of(manager, lines=lines))

    line = answer.json()["lines"][0]
    assert (line["account"], line["own_number"], line["account_name"]) == (
        "expenses:other",
        "6900",
        "Sundries",
    )


def test_another_company_finds_nothing(manager: Actor, client_of: Client) -> None:
    row = enter(manager)
    client = client_of("outsider")

    answers = [client.get(f"{PATH}/{row.id}"), send(client, {"reason": WHY}, f"{PATH}/{row.id}/void")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.get(PATH).json()["total"] == 0
    with acting("manager"):
        assert not ManualEntry.objects.get().is_voided


def test_the_same_key_posts_once(manager: Actor, client_of: Client) -> None:
    key, client = str(uuid4()), client_of("manager")

    first, second = (
        client.post(PATH, body_of(manager), format="json", headers={"Idempotency-Key": key}) for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert ManualEntry.objects.count() == 1


def test_lines_are_read_as_typed_and_as_copied() -> None:
    field = LinesField()

    typed = field.clean("expenses:other; 1,150.00;\naccrued_expenses;;1150")
    copied = field.clean("6900\t1150.00\t\r\n2900\t\t1,150.00\r\n")

    assert typed == [
        Line("expenses:other", debit=Decimal("1150.00")),
        Line("accrued_expenses", credit=Decimal(1150)),
    ]
    assert [(line.account, line.debit, line.credit) for line in copied] == [
        ("6900", Decimal("1150.00"), Decimal(0)),
        ("2900", Decimal(0), Decimal("1150.00")),
    ]
    for wrong in ("a; b; c; d", "expenses:other; much;", "; 5;"):
        with pytest.raises(ValidationError, match="Row 1"):
            field.clean(wrong)


def test_dates_of_the_past_are_its_own(manager: Actor) -> None:
    row = enter(manager, on=date(2026, 1, 31))

    assert Entry.objects.get(id=row.entry_id).effective_on == date(2026, 1, 31)
