"""Profit and loss, the balance sheet and an account in detail tie to the trial balance, on both time axes
(docs/domain.md#general-ledger)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import Kind
from ledger.general.querysets import (
    CASH,
    EQUITY,
    EXPENSES,
    INCOME,
    LIABILITIES,
    OTHER_ASSETS,
    RESULT_BEFORE,
    RESULT_OF_YEAR,
    account_detail,
    account_sums,
    balance_sheet,
    profit_and_loss,
    total_of,
)
from ledger.models import Account
from ledger.postings import EntryDraft, Leg
from ledger.querysets import trial_balance
from ledger.services import post_entries
from ledger.tests.builders import Debtor, charge
from ledger.tests.general.builders import enter
from ledger.tests.treasury.builders import pay_out, put_in
from tests.cast import StaffClient, acting

Client = Callable[..., StaffClient]


def assert_statements_tie(
    actor: Actor, *, as_of: date, since: date | None = None, known_at: datetime | None = None
) -> None:
    """Both statements against the trial balance of the day, for each currency."""
    totals = trial_balance(actor=actor, as_of=as_of, known_at=known_at)
    sheet = balance_sheet(actor=actor, as_of=as_of, known_at=known_at)
    always = profit_and_loss(actor=actor, first=date(1900, 1, 1), last=as_of, known_at=known_at)
    year = profit_and_loss(actor=actor, first=as_of.replace(month=1, day=1), last=as_of, known_at=known_at)
    for currency in {each.currency for each in totals}:
        own = [line for line in sheet if line.currency == currency]
        balance = {each.code: each.balance for each in totals if each.currency == currency}
        kinds = {each.code: each.kind for each in totals if each.currency == currency}

        def sum_of(*wanted: Kind, balance: Any = balance, kinds: Any = kinds) -> Decimal:
            return sum((amount for code, amount in balance.items() if kinds[code] in wanted), ZERO)

        result = -sum_of(Kind.INCOME, Kind.CONTRA_INCOME, Kind.EXPENSE, Kind.CONTRA_EXPENSE)
        assert total_of(own, CASH, OTHER_ASSETS) == sum_of(Kind.ASSET)
        assert total_of(own, LIABILITIES) == -sum_of(Kind.LIABILITY)
        assert total_of(own, EQUITY) == -sum_of(Kind.EQUITY) + result
        assert total_of(own, CASH, OTHER_ASSETS) == total_of(own, LIABILITIES, EQUITY)
        cash = ("bank:", "cash:", "deposits_in_transit:", "payments_in_transit:")
        assert total_of(own, CASH) == sum(
            (amount for code, amount in balance.items() if code.startswith(cash)), ZERO
        )
        of_period = {
            name: [line for line in lines if line.currency == currency]
            for name, lines in (("always", always), ("year", year))
        }
        assert total_of(of_period["always"], INCOME) - total_of(of_period["always"], EXPENSES) == result
        named = {line.code: line.amount for line in own}
        results = total_of(of_period["year"], INCOME) - total_of(of_period["year"], EXPENSES)
        assert named.get(RESULT_OF_YEAR, ZERO) == results
        assert named.get(RESULT_BEFORE, ZERO) == result - results


def post(actor: Actor, debit: str, credit: str, amount: str, *, on: date, event: str = "tested") -> None:
    draft = EntryDraft(
        event=event,
        source_type="test.entry",
        source_id=f"{on} {debit} {amount} {event}",
        currency="USD",
        effective_on=on,
        legs=(Leg(debit, Decimal(amount)), Leg(credit, -Decimal(amount))),
    )
    post_entries(actor=actor, drafts=[draft])


def test_both_statements_by_hand(manager: Actor) -> None:
    post(manager, "bank:operating", "opening_balances", "1000.00", on=date(2025, 12, 31))
    post(manager, "accrued_income", "income:lease", "300.00", on=date(2025, 12, 31))
    post(manager, "bank:operating", "income:workshop", "500.00", on=date(2026, 1, 10))
    post(manager, "discounts_allowed", "bank:operating", "20.00", on=date(2026, 1, 11))
    post(manager, "bad_debt", "accrued_income", "50.00", on=date(2026, 1, 12))
    post(manager, "bank:operating", "recoveries", "10.00", on=date(2026, 2, 1))

    january = profit_and_loss(actor=manager, first=date(2026, 1, 1), last=date(2026, 1, 31))
    february = balance_sheet(actor=manager, as_of=date(2026, 2, 28))

    assert [(line.section, line.code, str(line.amount)) for line in january] == [
        ("income", "income:workshop", "500.00"),
        ("income", "discounts_allowed", "-20.00"),
        ("expenses", "bad_debt", "50.00"),
    ]
    assert [(line.section, line.code, str(line.amount)) for line in february] == [
        ("cash", "bank:operating", "1490.00"),
        ("other_assets", "accrued_income", "250.00"),
        ("equity", "opening_balances", "1000.00"),
        ("equity", "result:earlier", "300.00"),
        ("equity", "result:year", "440.00"),
    ]
    for day in ("2025-12-30", "2025-12-31", "2026-01-10", "2026-01-12", "2026-02-28"):
        assert_statements_tie(manager, as_of=date.fromisoformat(day))


def test_the_close_of_a_year_is_not_in_its_profit_and_loss(manager: Actor) -> None:
    post(manager, "bank:operating", "income:lease", "400.00", on=date(2025, 6, 1))
    post(manager, "income:lease", "retained_earnings", "400.00", on=date(2025, 12, 31), event="year_closed")

    lines = profit_and_loss(actor=manager, first=date(2025, 1, 1), last=date(2025, 12, 31))
    sheet = {line.code: line.amount for line in balance_sheet(actor=manager, as_of=date(2026, 1, 1))}

    assert [(line.code, str(line.amount)) for line in lines] == [("income:lease", "400.00")]
    assert sheet["retained_earnings"] == Decimal("400.00")
    assert sheet.get(RESULT_OF_YEAR, ZERO) == sheet.get(RESULT_BEFORE, ZERO) == ZERO


def test_cash_is_bank_and_drawers_and_what_is_on_its_way_less_what_was_paid(manager: Actor) -> None:
    put_in(manager, "1000.00", account="bank:operating")
    put_in(manager, "50.00")
    post(manager, "transfers_in_transit", "opening_balances", "5.00", on=today(manager.company))
    pay_out(manager, "300.00")

    sheet = balance_sheet(actor=manager, as_of=today(manager.company))

    assert total_of(sheet, CASH) == Decimal("750.00")
    assert {line.code for line in sheet if line.section == CASH} == {
        "bank:operating",
        "cash:cash",
        "payments_in_transit:operating",
    }
    assert total_of(sheet, OTHER_ASSETS) == Decimal("5.00")
    assert_statements_tie(manager, as_of=today(manager.company))


def test_the_api_leads_from_the_statement_to_the_postings(
    manager: Actor, john: Debtor, client_of: Client
) -> None:
    day = today(manager.company)
    charge(manager, john, amount="26.50", issue_date=day - timedelta(days=1))
    client = client_of("auditor")

    (usd,) = client.get("/ledger/profit-and-loss").json()["currencies"]
    (row,) = usd["expenses"]
    detail = client.get(row["detail_url"]).json()
    (sheet,) = client.get("/ledger/balance-sheet").json()["currencies"]

    # What was passed on lessens expenses.
    assert (row["code"], str(row["amount"]), str(usd["result"])) == ("recovered:EZPASS", "-26.50", "26.50")
    assert [str(detail[key]) for key in ("opening_balance", "total_credit", "closing_balance")] == [
        "0.00",
        "26.50",
        "-26.50",
    ]
    assert [(str(each["credit"]), str(each["balance"])) for each in detail["items"]] == [("26.50", "-26.50")]
    assert sheet["total_assets"] == sheet["total_liabilities_and_equity"] == Decimal("26.50")
    assert sheet["result_of_year"] == Decimal("26.50")
    earlier = client.get(f"/ledger/balance-sheet?as_of={day - timedelta(days=2)}").json()
    assert [each["total_assets"] for each in earlier["currencies"]] == [ZERO]


def test_an_account_in_detail_runs_from_opening_to_closing(manager: Actor, client_of: Client) -> None:
    for on, amount in ((date(2026, 1, 5), "10.00"), (date(2026, 2, 5), "20.00"), (date(2026, 3, 5), "30.00")):
        enter(manager, amount, on=on)
    enter(manager, "5.00", on=date(2026, 2, 1), debit="accrued_expenses", credit="expenses:other")
    account = Account.objects.get(code="expenses:other", currency="USD")
    asked: dict[str, Any] = {
        "actor": manager,
        "account_id": account.id,
        "first": date(2026, 2, 1),
        "last": date(2026, 2, 28),
    }

    sums, rows = account_sums(**asked), list(account_detail(**asked))
    page = client_of("auditor").get(
        f"/ledger/accounts/{account.id}/detail?from=2026-02-01&to=2026-02-28&page=2&per_page=1"
    )

    assert (sums.opening, sums.debit, sums.credit, sums.closing, sums.postings) == (
        Decimal("10.00"),
        Decimal("20.00"),
        Decimal("5.00"),
        Decimal("25.00"),
        2,
    )
    assert [(row["effective_on"], row["balance"]) for row in rows] == [
        (date(2026, 2, 1), Decimal("5.00")),
        (date(2026, 2, 5), Decimal("25.00")),
    ]
    assert [str(row["balance"]) for row in page.json()["items"]] == ["25.00"]
    assert (page.json()["total_items"], page.json()["total_pages"]) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_known_at_is_what_was_printed_then(client_of: Client) -> None:
    with acting("manager") as actor:
        enter(actor, "100.00", on=date(2026, 1, 10))
    printed = now()
    with acting("manager") as actor:
        enter(actor, "40.00", on=date(2026, 1, 11))
        account = Account.objects.get(code="expenses:other", currency="USD")

        for day in (date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 31)):
            for known_at in (None, printed):
                assert_statements_tie(actor, as_of=day, known_at=known_at)
    client, then = client_of("auditor"), f"known_at={printed.isoformat()}"

    def expenses(query: str) -> str:
        (usd,) = client.get(f"/ledger/profit-and-loss?from=2026-01-01&to=2026-01-31&{query}").json()[
            "currencies"
        ]
        return str(usd["total_expenses"])

    detail = f"/ledger/accounts/{account.id}/detail?from=2026-01-01&to=2026-01-31"
    assert (expenses(""), expenses(then)) == ("140.00", "100.00")
    assert [str(client.get(f"{detail}&{query}").json()["closing_balance"]) for query in ("", then)] == [
        "140.00",
        "100.00",
    ]
    (sheet,) = client.get(f"/ledger/balance-sheet?as_of=2026-01-31&{then}").json()["currencies"]
    assert str(sheet["total_liabilities"]) == "100.00"


@pytest.mark.parametrize(
    "path", ["/ledger/profit-and-loss", "/ledger/balance-sheet", "/ledger/accounts/{account}/detail"]
)
@pytest.mark.parametrize("kind", ["excel", "pdf", "csv"])
def test_every_statement_is_a_file_too(manager: Actor, client_of: Client, path: str, kind: str) -> None:
    enter(manager, "77.00")
    account = Account.objects.get(code="expenses:other", currency="USD")

    answer = client_of("auditor").get(f"{path.format(account=account.id)}?format={kind}")

    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(body.decode())))
        assert any("77.00" in row or "-77.00" in row for row in rows)


def test_refuses_a_period_that_ends_before_it_begins(manager: Actor, client_of: Client) -> None:
    answer = client_of("auditor").get("/ledger/profit-and-loss?from=2026-02-01&to=2026-01-31")
    unknown = client_of("auditor").get("/ledger/profit-and-loss?first=2026-02-01")

    assert (answer.status_code, answer.json()["code"]) == (400, "period_backward")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_parameter")


def test_every_kind_has_its_place() -> None:
    assert {line.kind for line in chart.chart()} == set(Kind)
