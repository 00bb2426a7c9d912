"""Routing numbers, banking days, amounts in words, positive pay: the pure rules of paying."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.paying.rules.banking_days import holidays, is_banking_day, next_banking_day
from ledger.paying.rules.positive_pay import Issued, positive_pay
from ledger.paying.rules.routing import routing_fault
from ledger.paying.rules.words import money_in_words


@pytest.mark.parametrize("number", ["021000021", "011401533", "0910-00019", "322 271 627", "121000248"])
def test_takes_routing_numbers_of_banks(number: str) -> None:
    assert routing_fault(number) == ""


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("021000022", "do not fit its last one"),
        ("21000021", "has 9 digits; this one has 8"),
        ("0210000211", "has 10 characters"),
        ("02100002I", "has 9 digits"),
        ("٠٢١٠٠٠٠٢١", "has 9 digits"),
        ("000000000", "begins with 00"),
        ("990000002", "begins with 99"),
        ("", "has 0 characters"),
    ],
)
def test_refuses_what_no_bank_has(number: str, words: str) -> None:
    assert words in routing_fault(number)


@given(place=st.integers(0, 8), digit=st.integers(0, 9))
def test_one_wrong_digit_is_always_found(place: int, digit: int) -> None:
    good = "021000021"
    wrong = good[:place] + str(digit) + good[place + 1 :]
    assert (routing_fault(wrong) == "") == (wrong == good)


def test_the_holidays_of_the_federal_reserve() -> None:
    assert sorted(holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        # July 4 is a Saturday: banks are open on the Friday before.
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]
    assert is_banking_day(date(2026, 7, 3))
    # A Sunday's holiday is kept on the Monday.
    assert date(2027, 7, 5) in holidays(2027)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2026-01-09", "2026-01-12"),
        ("2026-01-16", "2026-01-20"),
        ("2026-11-25", "2026-11-27"),
        ("2026-12-31", "2027-01-04"),
        ("2028-02-28", "2028-02-29"),
    ],
)
def test_the_next_banking_day(day: str, following: str) -> None:
    assert next_banking_day(date.fromisoformat(day)) == date.fromisoformat(following)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.05", "Zero and 05/100"),
        ("1.00", "One and 00/100"),
        ("13.10", "Thirteen and 10/100"),
        ("196.86", "One hundred ninety-six and 86/100"),
        ("1234.56", "One thousand two hundred thirty-four and 56/100"),
        ("1000000.00", "One million and 00/100"),
        (
            "999999999.99",
            "Nine hundred ninety-nine million nine hundred ninety-nine thousand "
            "nine hundred ninety-nine and 99/100",
        ),
    ],
)
def test_amounts_in_words(amount: str, words: str) -> None:
    assert money_in_words(Decimal(amount)) == words


def test_positive_pay() -> None:
    issued = [
        Issued("1042", date(2026, 1, 12), Decimal("196.86"), "José Peña, Jr."),
        Issued("1043", date(2026, 1, 12), Decimal("1240.50"), "=cmd()", is_void=True),
    ]
    assert positive_pay(account="6789", issued=issued) == (
        "account,check_number,issue_date,amount,payee,void\r\n"
        '6789,1042,2026-01-12,196.86,"JOSE PENA, JR.",\r\n'
        "6789,1043,2026-01-12,1240.50,CMD(),V\r\n"
    )
