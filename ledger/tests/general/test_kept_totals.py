"""Kept totals and new entries together are what the postings sum to, at any moment (docs/domain.md#kept-totals)."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO
from ledger.general.querysets import account_sums, balance_sheet, profit_and_loss
from ledger.models import Account, DayTotal, Entry, NewEntry, Posting
from ledger.querysets import trial_balance
from ledger.services.totals import add_to_totals, count_new, sum_up_again
from ledger.tests.general.builders import enter
from ledger.tests.general.test_numbers import running_elsewhere
from ledger.tests.test_verify_ledger import corrupt, verified
from ledger.tests.treasury.builders import put_in
from ledger.verification import verify
from tests.cast import acting

NOON = datetime(2025, 10, 2, 12, tzinfo=UTC)
"""The instants of posting are around it: the day before, that day before and after noon, the day after."""
POSTED = [NOON + timedelta(hours=hours) for hours in (-30, -2, 0, 2, 30)]


def enter_ten(manager: Actor) -> list[Entry]:
    """Ten entries over three days, entered over three days, some of them long after their day."""
    days = [today(manager.company) - timedelta(days=number) for number in (40, 9, 1)]
    return [
        enter(manager, f"{number + 1}.10", on=days[number % 3], debit=debit).entry
        for number, debit in zip(range(10), itertools.cycle(("expenses:other", "prior_year_corrections")))
    ]


def set_instants(made: list[Entry]) -> None:
    """They were posted on these instants, as no service can."""
    corrupt(
        *(
            f"update ledger_entries set posted_at = '{POSTED[number % len(POSTED)]}' where id = '{each.pk}'"
            for number, each in enumerate(made)
        )
    )


def all_reports(actor: Actor) -> list[Any]:
    """Every report that reads the totals, on several days and as known at several instants."""
    now = today(actor.company)
    account = Account.objects.get(code="expenses:other", currency="USD").id
    told: list[Any] = []
    for days, known_at in itertools.product((60, 40, 9, 5, 0), (None, *POSTED)):
        day = now - timedelta(days=days)
        of_period: dict[str, Any] = {"first": day, "last": now, "known_at": known_at}
        told += [
            trial_balance(actor=actor, as_of=day, known_at=known_at),
            balance_sheet(actor=actor, as_of=day, known_at=known_at),
            profit_and_loss(actor=actor, **of_period),
            account_sums(actor=actor, account_id=account, **of_period),
        ]
    return told


def balances(actor: Actor, **asked: Any) -> dict[str, tuple[Decimal, Decimal]]:
    return {
        each.code: (each.debit, each.credit)
        for each in trial_balance(actor=actor, **asked)
        if each.debit or each.credit
    }


def added_up(as_of: date, known_at: datetime | None) -> dict[str, tuple[Decimal, Decimal]]:
    """The same, posting by posting."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for each in Posting.objects.select_related("entry", "account").filter(entry__effective_on__lte=as_of):
        if known_at is None or each.entry.posted_at <= known_at:
            sums[each.account.code][each.amount < 0] += abs(each.amount)
    return {code: (debit, credit) for code, (debit, credit) in sums.items()}


@pytest.mark.django_db(transaction=True)
def test_reports_say_the_same_whatever_the_totals_hold() -> None:
    with acting("manager") as manager:
        entries = enter_ten(manager)
    set_instants(entries)
    with acting("manager") as manager:
        nothing_kept = all_reports(manager)
        NewEntry.objects.filter(pk__in=[each.pk for each in entries[5:]]).delete()
        half = add_to_totals(actor=manager)
        NewEntry.objects.bulk_create(
            NewEntry(company_id=manager.company_id, id=each.pk) for each in entries[5:]
        )
        half_kept = all_reports(manager)
        rest = add_to_totals(actor=manager)
        all_kept = all_reports(manager)

        assert (half + rest, rest, count_new(actor=manager)) == (Entry.objects.count(), 5, 0)
        assert half_kept == nothing_kept
        assert all_kept == nothing_kept
        for known_at in (None, *POSTED):
            day = today(manager.company) - timedelta(days=9)
            assert balances(manager, as_of=day, known_at=known_at) == added_up(day, known_at)
        assert list(verify(actor=manager)) == []


@pytest.mark.django_db
def test_a_total_takes_what_is_entered_into_its_day_later(manager: Actor) -> None:
    day = today(manager.company) - timedelta(days=9)
    for amount in ("1.00", "2.00"):
        enter(manager, amount, on=day)
        assert add_to_totals(actor=manager) == 1
        assert add_to_totals(actor=manager) == 0

    kept = DayTotal.objects.get(account__code="expenses:other", effective_on=day)
    assert (kept.debit, kept.credit, kept.postings) == (Decimal("3.00"), ZERO, 2)
    assert list(verify(actor=manager)) == []


@pytest.mark.django_db(transaction=True)
def test_what_commits_while_a_round_runs_is_counted_once() -> None:
    with acting("manager") as actor:
        put_in(actor, "1.00")
    with running_elsewhere("posts") as other:
        with acting("manager") as actor:
            assert add_to_totals(actor=actor) == 1
            before = balances(actor)
        other.end()  # type: ignore[attr-defined]  # as there
    with acting("manager") as actor:
        after = balances(actor)
        assert (count_new(actor=actor), add_to_totals(actor=actor)) == (1, 1)
        assert balances(actor) == after
        assert list(verify(actor=actor)) == []

    assert {sum(each) for each in before.values()} == {Decimal("1.00")}
    assert {sum(each) for each in after.values()} == {Decimal("8.00")}


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_add_an_entry_once() -> None:
    with acting("manager") as actor:
        put_in(actor, "1.00")
    added: list[int] = []
    together = threading.Barrier(2)

    def run() -> None:
        try:
            with acting("manager") as actor:
                together.wait(timeout=30)
                added.append(add_to_totals(actor=actor))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=30)

    assert sorted(added) == [0, 1]
    assert verified()[1] == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("update ledger_day_totals set debit = debit + 0.01 where debit > 0", "kept are 3.01 and 0.00 of 2"),
        (
            "delete from ledger_day_totals where credit > 0",
            "kept are 0.00 and 2.00 of 1 postings",
        ),
        ("delete from ledger_new_entries", "which sum to 0.00 and 3.00 of 2"),
        ("update ledger_new_entries set id = gen_random_uuid()", "does not exist"),
    ],
    ids=["total", "missing", "forgotten", "stranger"],
)
def test_verify_ledger_names_what_is_not_the_sum_and_sum_up_totals_heals(damage: str, words: str) -> None:
    with acting("manager") as actor:
        put_in(actor, "1.00")
        add_to_totals(actor=actor)
        put_in(actor, "2.00")
    corrupt(damage)

    lines, code = verified()

    assert code != 0
    assert any(words in line for line in lines), lines
    if "gen_random" in damage:
        corrupt("delete from ledger_new_entries")
    call_command("sum_up_totals", stdout=StringIO())
    assert verified()[1] == 0


@pytest.mark.django_db
def test_a_round_adds_its_company_s_entries_alone(manager: Actor) -> None:
    put_in(manager, "1.00")
    with acting("outsider") as other:
        assert add_to_totals(actor=other) == 0
        assert sum_up_again(actor=other) == 0
    with acting("manager") as actor:
        assert count_new(actor=actor) == 1
