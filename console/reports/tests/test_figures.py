"""Each report equals the ledger, on the day and in the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Sum

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date, today
from batconnect.core.models import AuditEvent
from console.reports.reading import read_totals
from console.reports.tests.books import (
    BEFORE_THE_VOID,
    EARLY,
    END,
    WEEKS,
    Books,
    ask,
    ledger,
    parts_of,
    rows_of,
    totals_of,
)
from ledger.models import Dtr, Entry, Posting
from ledger.querysets import trial_balance
from ledger.settlement.querysets import dtrs
from ledger.tests.settlement.builders import FIGURES, assert_books_agree
from ledger.treasury.models import Disbursement
from ledger.treasury.services.places import open_drawer
from payments.services.recording import record_payment
from payments.tests.billing import make_customer
from tests.databases import owners_hand

BUCKETS = ("not_due", "days_30", "days_60", "days_90", "days_more")
DAYS = (EARLY, BEFORE_THE_VOID, END)


def test_aging_is_what_receivables_stand_at_on_any_day(manager: Actor, books: Books) -> None:
    for day in DAYS:
        ages = {by: totals_of(manager, "ageing", as_of=day, by=by) for by in ("customer", "category", "item")}

        assert set(ages["customer"]) == {"EUR", "USD"}
        for currency, amounts in ages["customer"].items():
            assert amounts["outstanding"] == ledger(currency, "receivable:", until=day)
            assert (
                amounts["unallocated"] == f"{-Decimal(ledger(currency, 'unallocated_cash', until=day)):.2f}"
            )
            assert sum(Decimal(amounts[key]) for key in BUCKETS) == Decimal(amounts["outstanding"])
            shared = {key: amounts[key] for key in (*BUCKETS, "outstanding")}
            assert ages["category"][currency] == ages["item"][currency] == shared
        for row in rows_of(manager, "ageing", as_of=day, by="category"):
            code = f"receivable:{row['category'].upper()}"
            assert f"{row['outstanding']:.2f}" == ledger(row["currency"], code, until=day)
    assert_books_agree(manager)


def test_aging_counts_days_from_the_effective_due_date(manager: Actor, books: Books) -> None:
    def buckets(reference: str, **parameters: object) -> dict[str, str]:
        (row,) = [
            each
            for each in rows_of(manager, "ageing", by="item", **parameters)
            if each["reference_id"] == reference
        ]
        return {key: f"{row[key]:.2f}" for key in BUCKETS if row[key]} | {"late": row["days_overdue"]}

    (premium,) = rows_of(manager, "ageing", by="item", category="PREMIUM")

    # The plan of 13 January moved the premium of 1 November to 20 January; before it, the premium's own date counts.
    assert buckets(premium["reference_id"]) == {"days_30": "300.00", "late": 10}
    assert buckets(premium["reference_id"], as_of="2026-01-12") == {"days_90": "300.00", "late": 72}
    assert buckets("OLD", as_of="2026-01-15") == {"not_due": "80.00", "late": 0}
    assert buckets("OLD", as_of="2026-01-16") == {"days_30": "80.00", "late": 1}


def test_cash_journal_is_the_movement_of_cash_and_of_what_is_in_transit(manager: Actor, books: Books) -> None:
    month = {"first": "2026-01-01", "last": "2026-01-30"}

    receipts, everything = (
        totals_of(manager, "cash-receipts", **month, **more) for more in ({}, {"payouts": "on"})
    )
    by_method = parts_of(manager, "cash-receipts", **month, payouts="on")

    # What became a payment by the line of a statement is the bank account's: it never was in any cash.
    assert receipts["USD"] == {
        "received": "1250.00",
        "voided": "150.00",
        "refunded": "128.00",
        "net": "972.00",
    }
    assert receipts["EUR"]["net"] == ledger("EUR", "cash:", until=END)
    in_transit = Decimal(ledger("USD", "payments_in_transit:", until=END))
    assert Decimal(everything["USD"]["net"]) == Decimal(ledger("USD", "cash:", until=END)) + in_transit
    assert Decimal(everything["USD"]["paid_out"]) == Dtr.objects.aggregate(due=Sum("due_to_driver"))["due"]
    for (currency, method), amounts in by_method.items():
        paid = Disbursement.objects.filter(currency=currency, method=method, bank_account__isnull=False)
        left = paid.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")
        assert Decimal(amounts["net"]) == Decimal(ledger(currency, f"cash:{method}", until=END)) - left
    before = totals_of(manager, "cash-receipts", first="2026-01-01", last=BEFORE_THE_VOID)
    assert before["USD"] == {"received": "1250.00", "voided": "0.00", "refunded": "0.00", "net": "1250.00"}


def test_cash_journal_counts_every_drawer_as_cash(manager: Actor) -> None:
    open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=manager.user_id)
    day = today(manager.company)
    record_payment(
        actor=manager,
        customer_id=make_customer(manager).pk,
        amount=Decimal("40.00"),
        method="cash",
        payment_date=day,
    )

    journal = totals_of(manager, "cash-receipts", first=day, last=day, method="cash")

    assert journal["USD"]["received"] == ledger("USD", "cash:cash:till", until=day) == "40.00"


def test_a_weeks_driver_balances_are_its_dtrs(manager: Actor, books: Books) -> None:
    assert Dtr.objects.exclude(interim_payments=0).exists()
    assert Dtr.objects.exclude(adjustments=0).exists()
    for week in WEEKS:
        rows = {row["number"]: row for row in rows_of(manager, "driver-balances", week=week)}

        stored = {dtr["number"]: dtr for dtr in dtrs(actor=manager).filter(week=week)}
        shown = [name for name in FIGURES if name not in ("owed", "recovered", "net")]
        assert len(rows) == 2
        assert {number: [row[name] for name in shown] for number, row in rows.items()} == {
            number: [dtr[name] for name in shown] for number, dtr in stored.items()
        }
    # What the drivers still owe of all that was due by then is what the last week carries forward.
    drivers = Posting.objects.filter(
        obligation__lease__isnull=False,
        obligation__due_date__lte="2026-01-25",
        entry__effective_on__lte="2026-01-25",
    )
    carried = totals_of(manager, "driver-balances", week=WEEKS[2])["USD"]["carried_forward"]
    assert Decimal(carried) == drivers.aggregate(total=Sum("amount"))["total"]


def test_dtr_register_is_what_the_ledger_owes_and_paid(manager: Actor, books: Books) -> None:
    totals = totals_of(manager, "dtr-register", first="2026-01-01", last="2026-01-30")["USD"]
    waiting = rows_of(manager, "dtr-register", first="2026-01-01", last="2026-01-30", status="to_pay")

    assert len(rows_of(manager, "dtr-register", first="2026-01-01", last="2026-01-30")) == 6
    assert totals["gross"] == ledger("USD", "earnings_clearing", until=END) == "3140.00"
    assert totals["to_pay"] == f"{-Decimal(ledger('USD', 'driver_earnings_payable', until=END)):.2f}"
    assert Decimal(totals["due_to_driver"]) == Decimal(totals["paid_out"]) + Decimal(totals["to_pay"])
    assert totals["paid_out"] > "0.00"
    assert waiting == []


def test_loans_and_repairs_are_principal_and_receivables(manager: Actor, books: Books) -> None:
    for day in DAYS:
        totals = totals_of(manager, "loans-repairs", as_of=day)["USD"]
        kinds = parts_of(manager, "loans-repairs", as_of=day)

        assert totals["not_due"] == ledger("USD", "loan_principal", "repair_advances", until=day)
        assert totals["due"] == ledger("USD", "receivable:LOANS", "receivable:REPAIRS", until=day)
        assert kinds["USD", "loans"]["outstanding"] == ledger(
            "USD", "loan_principal", "receivable:LOANS", until=day
        )
    opening = [
        row["number"] for row in rows_of(manager, "loans-repairs") if row["status"] == "Opening balance"
    ]
    assert opening == ["OLD"]


def test_trial_balance_has_two_equal_sides_on_any_day(manager: Actor, books: Books) -> None:
    for day in DAYS:
        rows = rows_of(manager, "trial-balance", as_of=day)
        totals = totals_of(manager, "trial-balance", as_of=day)

        accounts = {(each.currency, each.code): each for each in trial_balance(actor=manager, as_of=day)}
        moved = {key for key, each in accounts.items() if each.debit or each.credit}
        assert {(row["currency"], row["code"]) for row in rows} == moved
        for row in rows:
            assert (
                row["debit_balance"] - row["credit_balance"] == accounts[row["currency"], row["code"]].balance
            )
        for amounts in totals.values():
            assert amounts["debit"] == amounts["credit"]
            assert amounts["debit_balance"] == amounts["credit_balance"]


def test_audit_trail_has_every_entry_of_its_days(manager: Actor, books: Books) -> None:
    # The database's clock does not travel: everything was posted just now.
    day = local_date(manager.company, Entry.objects.order_by("posted_at")[0].posted_at)
    posted = Posting.objects.filter(amount__gt=0, entry__currency="USD").aggregate(total=Sum("amount"))[
        "total"
    ]
    answer = ask(manager, "audit-trail", source="journal")

    trail = {}
    for shift in (-1, 0, 1):
        then = day + timedelta(days=shift)
        of_the_day = replace(answer, values={**answer.values, "first": then, "last": then})
        trail[shift] = read_totals(answer=of_the_day)

    assert trail[0].rows == Entry.objects.count()
    assert {each.currency: each.amounts["amount"] for each in trail[0].by_currency}["USD"] == posted
    assert trail[-1].rows == trail[1].rows == 0


def test_audit_trail_takes_the_companys_days(manager: Actor, books: Books) -> None:
    midnight = datetime(2026, 1, 10, 5, tzinfo=UTC)
    moments = (midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=23))
    with owners_hand():
        AuditEvent.objects.bulk_create(
            AuditEvent(
                company_id=manager.company_id,
                actor="Nightly job",
                action="test.happened",
                subject_type="test",
                subject_id=str(number),
                at=moment,
            )
            for number, moment in enumerate(moments)
        )

    ninth, tenth = (
        rows_of(manager, "audit-trail", first=day, last=day, source="action", who="nightly")
        for day in ("2026-01-09", "2026-01-10")
    )

    assert [row["subject"] for row in ninth] == ["Test 0"]
    assert [row["subject"] for row in tenth] == ["Test 2", "Test 1"]


def test_reports_of_a_day_are_as_they_were_known_at_an_instant(manager: Actor, books: Books) -> None:
    """Everything was posted just now, by the database's clock: before that nothing was known."""
    columns = {
        "ageing": "outstanding",
        "loans-repairs": "outstanding",
        "trial-balance": "debit",
        "profit-and-loss": "income",
        "balance-sheet": "assets",
    }
    asked: dict[str, dict[str, object]] = {
        slug: {"first": "2026-01-01", "last": END} if slug == "profit-and-loss" else {"as_of": END}
        for slug in columns
    }
    for slug, key in columns.items():
        now, then, before = (
            totals_of(manager, slug, **asked[slug], **known)
            for known in ({}, {"known_at": "2999-01-01 00:00"}, {"known_at": "2000-01-01T00:00"})
        )

        assert now["USD"][key] == then["USD"][key] != "0.00", slug
        assert before == {}, slug


def test_profit_and_loss_and_balance_sheet_are_what_the_accounts_stand_at(
    manager: Actor, books: Books
) -> None:
    for day in DAYS:
        result = totals_of(manager, "profit-and-loss", first="2026-01-01", last=day)["USD"]["result"]
        sheet = totals_of(manager, "balance-sheet", as_of=day)
        of_year = [
            row for row in rows_of(manager, "balance-sheet", as_of=day) if row["code"] == "result:year"
        ]

        accounts = [each for each in trial_balance(actor=manager, as_of=day) if each.currency == "USD"]
        earned = [each for each in accounts if each.kind not in ("asset", "liability", "equity")]
        assert Decimal(result) == -sum(each.balance for each in earned)
        assert [f"{row['claims']:.2f}" for row in of_year if row["currency"] == "USD"] == [result]
        for amounts in sheet.values():
            assert amounts["assets"] == amounts["claims"]


def test_an_account_in_detail_ends_where_it_stands(manager: Actor, books: Books) -> None:
    for code in ("unallocated_cash", "receivable:INVOICE"):
        rows = rows_of(manager, "account-ledger", account=code, first="2026-01-13", last=END)

        first, *_, last = rows
        assert first["event"] == "Opening balance"
        assert f"{first['balance']:.2f}" == ledger("USD", code, until=EARLY)
        assert f"{last['balance']:.2f}" == ledger("USD", code, until=END)
