"""Which heading is which column, in the words of banks, and by the cells below where these say nothing.

Rule: docs/domain.md#statement-files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bank.readers.interface import TableForm
from bank.readers.table_rows import fold

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "date": (
        *("posting_date", "post_date", "posted_date", "date_posted", "booking_date", "booked", "posted"),
        *("transaction_date", "trans_date", "trans._date", "date", "process_date", "processed_date"),
        *("buchungstag", "buchungsdatum", "buchung", "datum", "date_operation", "date_comptable", "fecha"),
    ),
    "value_date": ("value_date", "valutadatum", "valuta", "wertstellung", "effective_date", "date_valeur"),
    "amount": (
        *("amount", "transaction_amount", "amount_(usd)", "amount_usd", "amount_($)", "net_amount", "usd"),
        *("betrag", "betrag_(eur)", "umsatz", "umsatz_(eur)", "montant", "importe", "bedrag", "amount_(eur)"),
    ),
    "debit": (
        *(
            "debit",
            "debits",
            "debit_amount",
            "amount_debit",
            "withdrawal",
            "withdrawals",
            "money_out",
            "paid_out",
        ),
        *("withdrawal_amount", "debit_(-)", "soll", "belastung", "lastschrift", "debet", "charge"),
    ),
    "credit": (
        *(
            "credit",
            "credits",
            "credit_amount",
            "amount_credit",
            "deposit",
            "deposits",
            "money_in",
            "paid_in",
        ),
        *("deposit_amount", "credit_(+)", "haben", "gutschrift", "abono"),
    ),
    "direction": (
        *(
            "debit/credit",
            "credit/debit",
            "d/c",
            "c/d",
            "dr/cr",
            "cr/dr",
            "dc",
            "drcr",
            "credit_debit_indicator",
        ),
        *("indicator", "soll/haben", "s/h", "sh", "transaction_type", "type", "details", "direction", "sign"),
    ),
    "reference": (
        *(
            "bank_reference",
            "reference",
            "reference_number",
            "ref",
            "reference_no",
            "reference_no.",
            "transaction_id",
        ),
        *(
            "transaction_number",
            "transaction_reference",
            "bank_reference_number",
            "confirmation_number",
            "fitid",
        ),
    ),
    "payer_name": (
        *("payer", "payer_name", "payee", "name", "counterparty", "counterparty_name", "sender", "from"),
        *("beguenstigter/zahlungspflichtiger", "begünstigter/zahlungspflichtiger", "auftraggeber/empfänger"),
        *("auftraggeber/begünstigter", "name_zahlungsbeteiligter", "beneficiary/payer"),
    ),
    "payer_account": (
        *(
            "payer_account",
            "counterparty_account",
            "counterparty_iban",
            "kontonummer/iban",
            "iban_zahlungsbeteiligter",
        ),
        *("counter_account", "account_of_payer", "tegenrekening"),
    ),
    "text": (
        *("description", "transaction_description", "verwendungszweck", "memo", "narrative", "narration"),
        *("remittance_information", "particulars", "text", "notes", "payment_details", "libelle", "libellé"),
    ),
    "currency": (
        "currency",
        "ccy",
        "currency_code",
        "waehrung",
        "währung",
        "devise",
        "moneda",
        "valuta_code",
    ),
    "balance": (
        *("balance", "running_balance", "running_bal.", "running_bal", "account_balance", "saldo", "solde"),
        *("ledger_balance", "balance_after_transaction", "saldo_nach_buchung"),
    ),
}
_DAY: Final = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}\b.*|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.*|\d{1,2}-[A-Za-z]{3}-\d{2,4}|20\d{6}",
    re.ASCII,
)
_MONEY: Final = re.compile(
    r"[-+($€£₹\s\N{MINUS SIGN}]*\d[\d,.' ]*[.,]\d{2}[)\s+-]*(?:CR|DR)?", re.ASCII | re.IGNORECASE
)
# Eight cells of ten.
_PARTS: Final = (8, 10)
_WAYS: Final = frozenset((*TableForm("").words_out, *TableForm("").words_in))


def score(headings: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """How well a row fits as headings of the rows below it; 0 for not at all."""
    names = {name for cell in headings if (name := _name_of(cell))}
    filled = [cell for cell in headings if cell]
    if len(filled) < 2 or any(_DAY.fullmatch(cell) or _MONEY.fullmatch(cell) for cell in filled):
        return 0
    has_day = "date" in names or _column_of(_DAY, below, ()) is not None
    has_money = names & {"amount", "debit", "credit"} or _column_of(_MONEY, below, ()) is not None
    if not (has_day and has_money):
        return 0
    return 10 * len(names) + len(filled)


def guess_columns(
    headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[dict[str, int], list[str], list[tuple[str, str]]]:
    """Where each column stands, what was found how, and what a person must say as (column, question)."""
    notes: list[str] = []
    questions: list[tuple[str, str]] = []
    named: dict[str, int] = {}
    for name in _WORDS:
        place = _by_heading(name, headings)
        if place is not None and place not in named.values():
            named[name] = place
    _settle_money(named, headings, rows, notes)
    for name, pattern in (("date", _DAY), ("amount", _MONEY)):
        if name in named or (name == "amount" and ("debit" in named or "credit" in named)):
            continue
        place = _column_of(pattern, rows, tuple(named.values()))
        if place is not None and place < len(headings) and headings[place]:
            named[name] = place
            questions.append((name, f"The {name} was found by its cells alone: is it {headings[place]!r}?"))
    for name, place in named.items():
        notes.append(f"{name.replace('_', ' ')}: {headings[place]}")
    return named, notes, questions


def _settle_money(
    named: dict[str, int], headings: Sequence[str], rows: Sequence[Sequence[str]], notes: list[str]
) -> None:
    """One amount with or without a direction, or a column for each direction; never both."""
    if "amount" in named and ("debit" in named or "credit" in named):
        if "debit" in named and "credit" in named:
            del named["amount"]
        else:
            named.pop("debit", None)
            named.pop("credit", None)
    if "amount" not in named:
        named.pop("direction", None)
        return
    place = _direction(headings, rows)
    named.pop("direction", None)
    if place is None or place in named.values():
        return
    signed = any(
        re.search(r"[-(\N{MINUS SIGN}]", row[named["amount"]]) for row in rows if named["amount"] < len(row)
    )
    if signed:
        notes.append(f"The amounts have signs, so {headings[place]!r} is not needed.")
        return
    named["direction"] = place


def _direction(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """A column whose every cell is a word for in or out, by its heading first."""
    by_heading = [place for place, cell in enumerate(headings) if fold(cell) in _WORDS["direction"]]
    for place in by_heading:
        cells = {row[place].casefold().strip(" .") for row in rows if place < len(row) and row[place]}
        if cells and cells <= _WAYS:
            return place
    return None


def _by_heading(name: str, headings: Sequence[str]) -> int | None:
    folded = [fold(each) for each in headings]
    for word in _WORDS[name]:
        if folded.count(word) == 1:
            return folded.index(word)
    return None


def _name_of(heading: str) -> str:
    folded = fold(heading)
    return next((name for name, words in _WORDS.items() if folded in words), "")


def _column_of(pattern: re.Pattern[str], rows: Sequence[Sequence[str]], taken: Sequence[int]) -> int | None:
    """The first column most of whose cells have that form."""
    width = max((len(row) for row in rows), default=0)
    for place in range(width):
        cells = [row[place] for row in rows if place < len(row) and row[place]]
        fit = sum(pattern.fullmatch(cell) is not None for cell in cells)
        if place not in taken and cells and fit * _PARTS[1] >= len(cells) * _PARTS[0]:
            return place
    return None
