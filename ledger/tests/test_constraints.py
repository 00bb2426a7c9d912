"""What the database refuses by itself: raw SQL as the runtime role against each constraint and trigger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger.chart import Category, account_id
from ledger.models import Entry, Obligation, Posting
from ledger.services import void_obligation, void_posting
from ledger.tests.builders import Debtor, charge, make_debtor, raising_posting
from tests.cast import NORTH, SOUTH, acting
from tests.databases import owners_hand

LEASE_USD = account_id(NORTH, "USD", "receivable:LEASE")
TOLLS_USD = account_id(NORTH, "USD", "receivable:EZPASS")
OPENING_USD = account_id(NORTH, "USD", "opening_balances")
OPENING_EUR = account_id(NORTH, "EUR", "opening_balances")
INCOME_USD = account_id(NORTH, "USD", "income:lease")
UNALLOCATED_USD = account_id(NORTH, "USD", "unallocated_cash")
CASH_USD = account_id(NORTH, "USD", "cash:cash")
ENTRY_COLUMNS = (
    "id, company_id, currency, effective_on, event, source_type, source_id, is_full_reversal, case_no, reason, actor,"
    " request_id, reverses_id, line_count"
)
POSTING = (
    "insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger,"
    " amount, obligation_id, payment_id)"
)


def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def refused(message: str) -> Iterator[None]:
    """The database refuses, with these words."""
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        yield


def insert_entry(
    *lines: tuple[Any, ...],
    entry_id: UUID | None = None,
    company: UUID = NORTH,
    source_id: str = "",
    reverses: UUID | None = None,
    full: bool = False,
    currency: str = "",
    subledger: str | None = None,
    line_count: int | None = None,
) -> UUID:
    """One entry with its lines, in one statement; a line is (account, amount, obligation, payment, number), and
    its currency and subledger are the account's unless given."""
    key = entry_id or uuid7()
    lines_told = len(lines) if line_count is None else line_count
    rows = [(*line, None, None, None)[:5] for line in lines]
    run(
        f"with entry as (insert into ledger_entries ({ENTRY_COLUMNS}) values"
        " (%s::uuid, %s::uuid, 'USD', '2026-01-02', 'obligation_raised', 'test', %s, %s, '', '', 'test', '', %s::uuid,"
        " %s))"
        f" {POSTING} select gen_random_uuid(), %s::uuid, %s::uuid, l.line, %s, l.account,"
        " coalesce(nullif(%s, ''), a.currency, 'USD'), coalesce(%s, a.subledger, ''), l.amount, l.obligation, l.payment"
        " from unnest(%s::int[], %s::uuid[], %s::numeric[], %s::uuid[], %s::uuid[])"
        " as l(line, account, amount, obligation, payment) left join ledger_accounts a on a.id = l.account",
        key,
        company,
        source_id or str(key),
        full,
        reverses,
        lines_told,
        company,
        key,
        lines_told,
        currency,
        subledger,
        [row[4] or number for number, row in enumerate(rows, start=1)],
        [row[0] for row in rows],
        [Decimal(str(row[1])) for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
    )
    return key


def test_takes_a_balanced_entry(in_north: UUID) -> None:
    key = insert_entry((OPENING_USD, 5), (INCOME_USD, -5))

    assert Posting.objects.filter(entry=key).count() == 2


def test_refuses_unbalanced_entry(in_north: UUID) -> None:
    with refused("do not sum to zero"):
        insert_entry((OPENING_USD, 5), (INCOME_USD, "-4.99"))

    assert not Entry.objects.exists()


def test_refuses_a_single_posting_and_none(in_north: UUID) -> None:
    with refused("ledger_entry_lines"):
        insert_entry((OPENING_USD, 5))
    with refused("do not sum to zero"):
        insert_entry((OPENING_USD, 5), line_count=2)
    with refused("ledger_entry_lines"):
        insert_entry()
    with refused("comes with its postings"):
        insert_entry(line_count=2)

    assert not Entry.objects.exists()


def test_refuses_more_than_200_postings(in_north: UUID) -> None:
    with refused("ledger_entry_lines"):
        insert_entry(*[(OPENING_USD, 1)] * 101, *[(INCOME_USD, -1)] * 100, (INCOME_USD, -1))
    with refused("ledger_posting_line_counted"):
        insert_entry(*[(OPENING_USD, 1)] * 101, *[(INCOME_USD, -1)] * 101, line_count=200)
    with refused("ledger_posting_not_zero|do not sum"):
        insert_entry((OPENING_USD, 0), (INCOME_USD, 0))

    assert not Entry.objects.exists()


def test_refuses_postings_appended_later(in_north: UUID) -> None:
    key = insert_entry((OPENING_USD, 5), (INCOME_USD, -5))

    for first, line_count in ((1, 2), (3, 2), (3, 4)):
        with refused(
            "do not sum to zero|ledger_postings_pkey|ledger_posting_line_counted|ledger_posting_entry_key"
        ):
            run(
                f"{POSTING} select gen_random_uuid(), %s::uuid, %s::uuid, n, {line_count}, %s::uuid, 'USD', '',"
                " 10 * n - (10 * %s + 5), null, null from unnest(%s::int[]) n",
                NORTH,
                key,
                OPENING_USD,
                first,
                [first, first + 1],
            )

    assert Posting.objects.filter(entry=key).count() == 2


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_postings"])
@pytest.mark.parametrize(
    "statement", ["update {} set company_id = company_id", "delete from {}", "truncate {} cascade"]
)
def test_refuses_to_change_the_journal(in_north: UUID, table: str, statement: str) -> None:
    insert_entry((OPENING_USD, 5), (INCOME_USD, -5))

    with refused("permission denied"):
        run(statement.format(table))

    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_journal_stays_after_commit_whoever_asks() -> None:
    from tests.databases import superuser_connection

    with acting("manager"):
        insert_entry((OPENING_USD, 5), (INCOME_USD, -5))

    with superuser_connection() as server:
        for statement in (
            "update ledger_entries set reason = 'x'",
            "update ledger_postings set amount = 1",
            "delete from ledger_postings",
            "delete from ledger_entries",
            "truncate ledger_postings",
            "truncate ledger_entries cascade",
            "delete from ledger_obligations",
            "truncate ledger_obligations cascade",
        ):
            with pytest.raises(Exception, match=r"append-only|never deleted"):
                server.execute(statement)
        assert server.execute("select count(*) from ledger_postings").fetchone() == (2,)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_appended_whatever_trigger_is_there() -> None:
    from tests.databases import superuser_connection

    with acting("manager"):
        key = insert_entry((OPENING_USD, 5), (INCOME_USD, -5))

    with superuser_connection() as server:
        server.execute("alter table ledger_postings disable trigger user")
        for line, line_count, constraint in (
            (2, 2, "ledger_postings_pkey"),
            (3, 2, "ledger_posting_line_counted"),
            (3, 3, "ledger_posting_entry_key"),
            (0, 2, "ledger_posting_line_counted"),
        ):
            with pytest.raises(psycopg.IntegrityError, match=constraint):
                server.execute(
                    "insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency,"
                    " subledger, amount) values (gen_random_uuid(), %s, %s, %s, %s, %s, 'USD', '', 5)",
                    [NORTH, key, line, line_count, OPENING_USD],
                )
        assert server.execute("select count(*) from ledger_postings").fetchone() == (2,)


def test_refuses_an_event_posted_twice(in_north: UUID) -> None:
    insert_entry((OPENING_USD, 5), (INCOME_USD, -5), source_id="once")

    with refused("ledger_entry_source_once"):
        insert_entry((OPENING_USD, 5), (INCOME_USD, -5), source_id="once")

    assert Entry.objects.count() == 1


def test_refuses_a_second_full_reversal(in_north: UUID) -> None:
    key = insert_entry((OPENING_USD, 5), (INCOME_USD, -5))
    insert_entry((OPENING_USD, -5), (INCOME_USD, 5), reverses=key, full=True)

    with refused("ledger_entry_reversed_once"):
        insert_entry((OPENING_USD, -5), (INCOME_USD, 5), reverses=key, full=True)
    with refused("ledger_entry_reversal_names_one"):
        insert_entry((OPENING_USD, -5), (INCOME_USD, 5), full=True)

    assert Entry.objects.count() == 2


def test_refuses_another_currency(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    euro = Obligation.objects.create(
        company_id=NORTH,
        customer=john.customer,
        lease=john.lease,
        currency="EUR",
        category="EZPASS",
        reference_id="EUR-1",
        description="in euro",
        original=5,
        outstanding=5,
        issue_date=date(2026, 1, 1),
        due_date=date(2026, 1, 1),
        source_type="test",
        source_id="1",
    )

    with refused("in its currency"):
        insert_entry((OPENING_USD, 5), (OPENING_EUR, -5))
    with refused("in its currency"):
        insert_entry((OPENING_EUR, 5), (OPENING_EUR, -5))
    with refused("currency and category of its obligation"):
        insert_entry((TOLLS_USD, 5, euro.id), (OPENING_USD, -5))
    with refused("currency and subledger of its account"):
        insert_entry((OPENING_EUR, 5), (OPENING_EUR, -5), currency="USD")

    assert Entry.objects.count() == 1
    assert toll.currency == "USD"


def test_refuses_an_account_that_is_not_the_line_s_own(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john, category=Category.EZPASS)

    item, category = "ledger_posting_names_its_item", "currency and category of its obligation"
    for lines, message in (
        ([(TOLLS_USD, 5), (OPENING_USD, -5)], item),  # a receivable without an obligation
        ([(LEASE_USD, 5, toll.id), (OPENING_USD, -5)], category),  # a toll on the lease's receivable
        ([(OPENING_USD, 5, toll.id), (INCOME_USD, -5)], item),  # an obligation on another account
        ([(CASH_USD, 5), (UNALLOCATED_USD, -5)], item),  # unallocated cash without a payment
    ):
        with refused(message):
            insert_entry(*lines)
    with refused("currency and subledger of its account"):
        insert_entry((TOLLS_USD, 5), (OPENING_USD, -5), subledger="")

    assert Entry.objects.count() == 1


def test_refuses_figures_out_of_range(manager: Actor, john: Debtor) -> None:
    charge(manager, john, amount="26.50")

    for change, constraint in (
        ("outstanding = -0.01", "outstanding_within|status_fits"),
        ("outstanding = 26.51", "outstanding_within|written_off_within"),
        ("written_off = -0.01", "written_off_within"),
        ("written_off = 0.01", "written_off_within"),
        ("status = 'settled'", "status_fits"),
        ("status = 'voided'", "status_fits"),
        ("outstanding = 0", "status_fits"),
        ("outstanding = 0, status = 'voided', written_off = 1", "status_fits"),
    ):
        with refused(constraint):
            run(f"update ledger_obligations set {change}")

    assert Obligation.objects.get().outstanding == Decimal("26.50")


@pytest.mark.parametrize(
    "change",
    [
        "original = 30",
        "due_date = '2030-01-01'",
        "issue_date = '2030-01-01'",
        "category = 'MISC'",
        "reference_id = 'x'",
        "currency = 'EUR'",
        "lease_id = null",
        "source_id = 'x'",
    ],
)
def test_refuses_to_change_what_an_obligation_is(manager: Actor, john: Debtor, change: str) -> None:
    charge(manager, john)

    with refused("never changes"), owners_hand():
        run(f"update ledger_obligations set {change}")


def test_refuses_to_delete_an_obligation(manager: Actor, john: Debtor) -> None:
    charge(manager, john)

    with refused("never deleted"), owners_hand():
        run("delete from ledger_obligations")

    assert Obligation.objects.count() == 1


def test_refuses_a_reference_twice_and_amounts_of_nothing(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    insert = (
        "insert into ledger_obligations (id, company_id, customer_id, currency, category, reference_id, description,"
        " original, outstanding, written_off, issue_date, due_date, status, is_opening, source_type, source_id)"
        " select gen_random_uuid(), company_id, customer_id, currency, category, %s, description,"
        " %s::numeric, %s::numeric, 0, issue_date, due_date, 'open', false, '', '' from ledger_obligations"
    )

    with refused("ledger_obligation_reference"):
        run(insert, toll.reference_id, 1, 1)
    with refused("original_positive|outstanding_within|status_fits"):
        run(insert, "new", 0, 0)

    assert Obligation.objects.count() == 1


def test_refuses_another_company_s_ids(manager: Actor) -> None:
    john = make_debtor(manager)
    toll = charge(manager, john)
    with transaction.atomic():
        from batconnect.core.database.tenancy import set_company

        set_company(SOUTH, metadata={"job": "test"})
        south_account = account_id(SOUTH, "USD", "receivable:EZPASS")
        south_opening = account_id(SOUTH, "USD", "opening_balances")

        # South's rows cannot name north's obligation, account, customer or entry.
        with refused("_key|of its company|of its obligation"):
            insert_entry((south_account, 5, toll.id), (south_opening, -5), company=SOUTH)
        with refused("_key|of its company|of its obligation"):
            insert_entry((OPENING_USD, 5), (INCOME_USD, -5), company=SOUTH)
        with refused("_key"):
            insert_entry((south_opening, 5), (south_opening, -5), company=SOUTH, reverses=raising_entry(toll))
        # And south cannot write anything of north's.
        with refused("row-level security"):
            insert_entry((OPENING_USD, 5), (INCOME_USD, -5), company=NORTH)
        assert run("select count(*) from ledger_obligations") == [(0,)]
        assert run("update ledger_obligations set outstanding = 0, status = 'settled' returning 1") == []

        set_company(NORTH, metadata={"job": "test"})
    assert Obligation.objects.get().outstanding == Decimal("26.50")


def raising_entry(obligation: Obligation) -> UUID:
    """The id of north's entry, read in north's context, since south cannot see it."""
    from batconnect.core.database.tenancy import set_company

    set_company(NORTH, metadata={"job": "test"})
    key = Entry.objects.get(source_id=str(obligation.id)).id
    set_company(SOUTH, metadata={"job": "test"})
    return key


def test_sees_nothing_without_a_company(manager: Actor, john: Debtor) -> None:
    from batconnect.core.database.tenancy import clear_company, set_company

    charge(manager, john)

    clear_company()

    for table in ("ledger_accounts", "ledger_entries", "ledger_postings", "ledger_obligations"):
        assert run(f"select count(*) from {table}") == [(0,)]
    set_company(NORTH, metadata={"job": "test"})


def test_over_allocation_is_refused_even_when_a_service_forgets(manager: Actor, john: Debtor) -> None:
    from ledger.postings import EntryDraft, Leg
    from ledger.services import post_entries

    toll = charge(manager, john, amount="26.50")
    draft = EntryDraft(
        event="too_much",
        source_type="test",
        source_id="1",
        currency="USD",
        effective_on=date(2026, 1, 2),
        legs=(Leg("write_offs", Decimal("26.51")), Leg("receivable:EZPASS", Decimal("-26.51"), toll.id)),
    )

    with pytest.raises(IntegrityError, match=r"within|status_fits"), transaction.atomic():
        post_entries(actor=manager, drafts=[draft])

    toll.refresh_from_db()
    assert toll.outstanding == Decimal("26.50")
    void_posting(actor=manager, posting_id=raising_posting(toll).id, reason="Only to see it end")
    with pytest.raises(Exception, match="voided already"):
        void_obligation(actor=manager, obligation_id=toll.id, reason="Only to see it end")


def test_accounts_never_change_or_go_away(in_north: UUID) -> None:
    from tests.databases import superuser_connection

    with refused("permission denied|never"):
        run("delete from ledger_accounts")
    for statement in (
        "update ledger_accounts set code = 'x'",
        "update ledger_accounts set currency = 'EUR'",
        "delete from ledger_accounts",
        "truncate ledger_accounts cascade",
    ):
        with superuser_connection() as server, pytest.raises(Exception, match="never"):
            server.execute(statement)
