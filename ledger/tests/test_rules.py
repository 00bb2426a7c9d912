"""The pure rules: hierarchy, categories, cells, entries."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.files.cells import BadCell, cell_amount, cell_date
from batconnect.core.kernel.money import format_amount, from_cents
from ledger import chart as accounts
from ledger.chart import Category, account_id, chart
from ledger.postings import EntryDraft, Leg, charge_credits, obligation_raised, reversal
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.rules.hierarchy import HIERARCHY, hierarchy_key, hierarchy_rank, in_hierarchy_order


@dataclass(frozen=True)
class Item:
    category: str
    due_date: date
    reference_id: str


items = st.builds(
    Item,
    category=st.sampled_from([each.value for each in Category]),
    due_date=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    reference_id=st.text("ABC123", min_size=1, max_size=4),
)
amounts = st.integers(1, 99_999_999_999).map(from_cents)


def test_hierarchy_is_the_seed_s() -> None:
    labels = [each.label for each in HIERARCHY]

    assert labels == [
        "Taxes", "EZPass", "Lease", "PVB", "TLC", "Repairs", "Loans", "Misc", "Invoice", "Premium",
    ]  # fmt: skip
    assert [hierarchy_rank(each) for each in HIERARCHY] == list(range(1, 11))
    assert hierarchy_rank("LEASE") == 3


@given(st.lists(items, max_size=30), st.randoms())
def test_hierarchy_order_is_total_and_does_not_depend_on_the_input(
    given_items: list[Item], random: object
) -> None:
    shuffled = list(given_items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    ordered = in_hierarchy_order(shuffled)

    assert ordered == in_hierarchy_order(given_items)
    assert sorted(ordered, key=repr) == sorted(given_items, key=repr)
    assert all(hierarchy_key(a) <= hierarchy_key(b) for a, b in pairwise(ordered))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Lease", Category.LEASE),
        ("LEASES", Category.LEASE),
        ("loan", Category.LOANS),
        ("Loans", Category.LOANS),
        ("repair", Category.REPAIRS),
        ("tax", Category.TAXES),
        ("EZ-Pass", Category.EZPASS),
        ("EZ Passes", Category.EZPASS),
        (" pvbs ", Category.PVB),
        ("tlc", Category.TLC),
        ("invoices", Category.INVOICE),
        ("Premium", Category.PREMIUM),
        ("misc", Category.MISC),
    ],
)
def test_reads_categories_as_people_write_them(text: str, category: Category) -> None:
    assert parse_category(text) is category


@given(st.sampled_from(list(Category)), st.booleans(), st.integers(0, 3))
def test_reads_every_label_and_code_in_any_case(category: Category, use_label: bool, form: int) -> None:
    text = category.label if use_label else category.value

    assert parse_category([text, text.lower(), text.upper(), text.title()][form]) is category


@given(st.text(max_size=20))
def test_any_text_is_a_category_or_refused(text: str) -> None:
    with suppress(UnknownCategory):
        assert parse_category(text) in Category


@given(amounts)
def test_reads_amounts_as_spreadsheets_write_them(amount: Decimal) -> None:
    assert cell_amount(str(amount)) == amount
    assert cell_amount(format_amount(amount)) == amount


@pytest.mark.parametrize(
    "text", ["", "x", "1,23.00", "1 000", "1e3", "0.00", "-1", "1.234", "٣", "€5", "1000000000"]
)
def test_refuses_other_amounts(text: str) -> None:
    with pytest.raises(BadCell):
        cell_amount(text)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_reads_dates_either_way(day: date) -> None:
    assert cell_date(day.isoformat()) == day
    assert cell_date(day.strftime("%m/%d/%Y")) == day
    assert cell_date(f"{day.isoformat()}T23:59:00Z") == day


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "13/40/2026", "2026-02-30", "20260115", "15.01.2026", "0001-01-01", "01/01/9999"],
)
def test_refuses_other_dates(text: str) -> None:
    with pytest.raises(BadCell):
        cell_date(text)


@given(amounts, st.data())
def test_an_entry_and_its_reversal_cancel_out(amount: Decimal, data: st.DataObject) -> None:
    part = from_cents(data.draw(st.integers(0, int(amount * 100))))
    draft = obligation_raised(
        obligation_id=uuid4(),
        category="LOANS",
        amount=amount,
        currency="USD",
        issue_date=date(2026, 1, 4),
        credits=[("loan_principal", amount - part), ("income:interest", part)],
        customer_id=uuid4(),
        lease_id=1,
    )
    undone = reversal(
        entry_id=draft.id,
        event="x",
        source_type="x",
        source_id="x",
        currency="USD",
        on=date(2026, 1, 5),
        legs=draft.legs,
        customer_id=None,
        lease_id=None,
        reason="",
    )

    assert sum(leg.amount for leg in draft.legs) == 0
    for one, other in zip(draft.legs, undone.legs, strict=True):
        assert (one.account, one.obligation_id, one.amount) == (
            other.account,
            other.obligation_id,
            -other.amount,
        )


def test_a_draft_balances_or_is_not_made() -> None:
    for legs in (
        (Leg("a", Decimal(1)), Leg("b", Decimal("-0.99"))),
        (Leg("a", Decimal(0)),),
        tuple(Leg("a", Decimal(1 if n % 2 else -1)) for n in range(202)),
    ):
        with pytest.raises(AssertionError):
            EntryDraft("e", "t", "1", "USD", date(2026, 1, 1), legs)


def test_account_ids_follow_from_what_they_are() -> None:
    company = uuid4()
    codes = [line.code for line in chart()]

    assert len(codes) == len(set(codes))
    assert len(
        {account_id(company, currency, code) for currency in ("USD", "EUR") for code in codes}
    ) == 2 * len(codes)


def test_a_charge_is_credited_to_what_it_recovers_to_an_authority_or_to_the_opening() -> None:
    amount = Decimal("5.00")

    def credited(category: Category, **given: Any) -> tuple[str, Decimal]:
        ((account, credit),) = charge_credits(category=category, amount=amount, **given)
        return account, credit

    assert credited(Category.EZPASS) == (accounts.recovered(Category.EZPASS), amount)
    assert credited(Category.TAXES) == (accounts.taxes_held(accounts.OTHER_AUTHORITY), amount)
    assert credited(Category.TAXES, authority="MTA") == (accounts.taxes_held("MTA"), amount)
    assert credited(Category.LEASE, is_opening=True) == (accounts.OPENING_BALANCES, amount)


def test_a_debt_is_raised_unless_it_is_opened() -> None:
    common: dict[str, Any] = {
        "obligation_id": uuid4(),
        "category": "LEASE",
        "amount": Decimal(5),
        "currency": "USD",
        "issue_date": date(2026, 1, 4),
        "credits": [("x", Decimal(5))],
        "customer_id": uuid4(),
        "lease_id": 1,
    }

    assert obligation_raised(**common).event == "obligation_raised"
    assert obligation_raised(**common, is_opening=True).event == "opening_balance"
