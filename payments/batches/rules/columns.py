"""What a row of a batch says, cell by cell; each refusal names its field (docs/domain.md#batches)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final
from uuid import UUID

from batconnect.core.currencies import OFFERED, currency_id
from batconnect.core.money import LARGEST, NotMoney, TwoReadings, in_words, parse_money
from ledger.rules.tables import BadCell, cell_date, cell_flag
from payments.rules.methods import UnknownMethod, parse_method
from payments.rules.strategies import STRATEGIES

COLUMNS: Final = (
    "entity_id",
    "customer_reference",
    "payment_method",
    "amount",
    "currency",
    "payment_date",
    "reference_number",
    "notes",
    "auto_allocate",
    "allocation_strategy",
)
ALIASES: Final = {
    "customer_id": "entity_id",
    "customer": "customer_reference",
    "customer_ref": "customer_reference",
    "external_reference": "customer_reference",
    "method": "payment_method",
    "currency_id": "currency",
    "currency_code": "currency",
    "date": "payment_date",
    "reference": "reference_number",
    "reference_no": "reference_number",
    "note": "notes",
    "strategy": "allocation_strategy",
}
REQUIRED: Final = ("payment_method", "amount", "currency", "payment_date")
NEEDS_INPUTS: Final = ("percentage_based", "custom_priority")
REFERENCE_LENGTH: Final = 60
NOTES_LENGTH: Final = 500
_SEPARATORS: Final = re.compile(r"[\s\-_]+")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_CODES: Final = {str(currency_id(code)): code for code in OFFERED} | {
    code.casefold(): code for code in OFFERED
}


class BadRow(ValueError):
    """A row that cannot become a payment: which field, why, in words."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class RowValues:
    """A row read: `customer_id` or `customer_reference` names the customer, or a bank line's payer does."""

    amount: Decimal
    currency: str
    method: str
    payment_date: date
    customer_id: UUID | None = None
    customer_reference: str = ""
    reference_number: str = ""
    notes: str = ""
    strategy: str = ""
    payer_name: str = ""
    payer_account: str = ""
    text: str = ""


def heading(text: str) -> str:
    """A heading in our spelling: any case, spaces and hyphens as underscores, the known other names."""
    plain = _SEPARATORS.sub("_", text.strip().casefold()).strip("_")
    return ALIASES.get(plain, plain)


def read_amount(cells: Mapping[str, str]) -> Decimal:
    """The row's amount, of any sign: `1234.56` or `1,234.56`, perhaps with its currency's sign. Raises BadRow."""
    text = cells.get("amount", "")
    try:
        amount = parse_money(text, currency=_CODES.get(cells.get("currency", "").casefold(), ""))
    except TwoReadings as error:
        raise BadRow("amount", "not_money", f"{error}") from error
    except NotMoney as error:
        raise BadRow("amount", "not_money", f"{text[:40]!r}: {error}") from error
    if abs(amount) > LARGEST:
        raise BadRow(
            "amount",
            "not_money",
            f"{in_words(amount)} is above the largest amount, {in_words(LARGEST)}.",
        )
    return amount


def read_currency(text: str) -> str:
    """The code of a currency, from its code in any case or its id. Raises BadRow."""
    code = _CODES.get(text.casefold())
    if code is None:
        message = f"{text[:40]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}."
        raise BadRow("currency", "unknown_currency", message)
    return code


def read_values(cells: Mapping[str, str]) -> RowValues:
    """The values of a row's cells. Raises BadRow for the first thing wrong, in the order of the columns."""
    for name in cells:
        if _UNSTORABLE.search(cells[name]):
            raise BadRow(name, "unstorable_text", "NUL characters and lone surrogates cannot be stored.")
    entity, reference = cells.get("entity_id", ""), cells.get("customer_reference", "")
    if not entity and not reference:
        raise BadRow("entity_id", "required", "The row names no customer: entity_id or customer_reference.")
    for name in REQUIRED:
        if not cells.get(name):
            raise BadRow(name, "required", f"{name} is empty.")
    return RowValues(
        customer_id=_uuid(entity) if entity else None,
        customer_reference="" if entity else reference,
        method=_method(cells["payment_method"]),
        amount=_positive(read_amount(cells)),
        currency=read_currency(cells["currency"]),
        payment_date=_date(cells["payment_date"]),
        reference_number=_text(cells, "reference_number", REFERENCE_LENGTH),
        notes=_text(cells, "notes", NOTES_LENGTH),
        strategy=_strategy(cells.get("auto_allocate", ""), cells.get("allocation_strategy", "")),
    )


def read_bank_line(cells: Mapping[str, str], *, strategy: str) -> RowValues:
    """The values of a bank's line: what came in, from whom, with which words. Raises BadRow."""
    for name in ("amount", "currency", "payment_date"):
        if not cells.get(name):
            raise BadRow(name, "required", f"{name} is empty.")
    amount = read_amount(cells)
    if cells.get("booked", "BOOK") != "BOOK":
        raise BadRow("status", "not_booked", f"The bank has not booked it yet ({cells['booked'][:10]}).")
    if amount < 0:
        raise BadRow("amount", "not_a_credit", f"{in_words(amount)} left the account.")
    return RowValues(
        method="bank_transfer",
        amount=_positive(amount),
        currency=read_currency(cells["currency"]),
        payment_date=_date(cells["payment_date"]),
        reference_number=_text(cells, "reference_number", REFERENCE_LENGTH),
        notes=cells.get("text", "")[:NOTES_LENGTH],
        payer_name=cells.get("payer_name", "")[:200],
        payer_account=account_number(cells.get("payer_account", ""))[:60],
        text=cells.get("text", "")[:NOTES_LENGTH],
        strategy=strategy,
    )


def account_number(text: str) -> str:
    """An account as it is compared: without spaces, upper case."""
    return "".join(text.split()).upper()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRow("entity_id", "unknown_customer", no_customer(text)) from error


def no_customer(name: str) -> str:
    """The sentence for an unknown customer: the same whether nobody or another company has it."""
    return f"There is no customer {name[:60]!r}."


def _method(text: str) -> str:
    try:
        return _known_method(text)
    except UnknownMethod as error:
        raise BadRow("payment_method", "unknown_method", str(error)) from error


@lru_cache(maxsize=100)
def _known_method(text: str) -> str:
    return parse_method(text)


def _positive(amount: Decimal) -> Decimal:
    if amount <= 0:
        message = f"{in_words(amount)} is not accepted; the amount must be above zero."
        raise BadRow("amount", "not_positive", message)
    return amount


def _date(text: str) -> date:
    try:
        return cell_date(text)
    except BadCell as error:
        raise BadRow("payment_date", "not_a_date", f"{text[:40]!r}: {error}") from error


def _text(cells: Mapping[str, str], name: str, most: int) -> str:
    text = cells.get(name, "")
    if len(text) > most:
        raise BadRow(name, "too_long", f"{len(text):,} characters; at most {most} are accepted.")
    return text


def _strategy(wanted: str, named: str) -> str:
    """The strategy to allocate by; "" for none. A strategy without `auto_allocate` asks for it."""
    try:
        is_wanted = cell_flag(wanted) if wanted else bool(named)
    except BadCell as error:
        raise BadRow("auto_allocate", "not_a_flag", f"{wanted[:40]!r}: {error}") from error
    if not is_wanted and not named:
        return ""
    strategy = _SEPARATORS.sub("_", named.casefold()) or "fifo"
    if strategy not in STRATEGIES:
        message = f"{named[:40]!r} is no strategy; there are {', '.join(STRATEGIES)}."
        raise BadRow("allocation_strategy", "unknown_strategy", message)
    if not is_wanted:
        return ""
    if strategy in NEEDS_INPUTS:
        needs = "percentages" if strategy == "percentage_based" else "an order or rules"
        raise BadRow("allocation_strategy", "option_missing", f"{strategy} needs {needs}, which a row lacks.")
    return strategy
