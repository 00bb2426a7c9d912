"""The lines of a manual entry, checked before anything is posted (docs/domain.md#journal-entries)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Q

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import UNKNOWN_CHOICE
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.chart import operation
from ledger.general.errors import ACCOUNT_OF_ITEMS, NOT_BALANCED, UNKNOWN_ACCOUNT, WRONG_LINES
from ledger.models import Account
from ledger.models.books import LEAST_LINES, MAX_LINES
from ledger.rules.amounts import require_in_range

_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was typed: an account by its code or the company's own number, and either a debit or a credit."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO


@reads
def checked_lines(*, actor: Actor, currency: str, lines: Sequence[Line]) -> tuple[tuple[str, Decimal], ...]:
    """(account code, amount) of each line, a debit above zero. Raises InvalidInput naming every line that is wrong."""
    if currency not in OFFERED:
        raise InvalidInput(
            f"{currency[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}.",
            code=UNKNOWN_CHOICE,
            field="currency",
        )
    if not LEAST_LINES <= len(lines) <= MAX_LINES:
        raise InvalidInput(
            f"An entry has {LEAST_LINES} to {MAX_LINES} lines; there are {len(lines)}.",
            code=WRONG_LINES,
            field="lines",
        )
    codes = _codes(actor, currency, lines)
    wrong = [error for place, line in enumerate(lines) if (error := _fault(place, line, codes, currency))]
    if wrong:
        raise InvalidInput(" ".join(each.message for each in wrong), code=wrong[0].code, errors=wrong)
    debits = sum((line.debit for line in lines), ZERO)
    credits = sum((line.credit for line in lines), ZERO)
    if debits != credits:
        raise InvalidInput(
            f"Debits are {format_amount(debits)}, credits {format_amount(credits)}: they differ by "
            f"{format_amount(abs(debits - credits))}.",
            code=NOT_BALANCED,
            field="lines",
        )
    require_in_range(debits, field="lines", what="The debits come to")
    return tuple((codes[line.account], line.debit - line.credit) for line in lines)


def _codes(actor: Actor, currency: str, lines: Sequence[Line]) -> dict[str, str]:
    """The accounts' codes by what was typed; a code goes before the company's number."""
    typed = {line.account for line in lines if line.account}
    accounts = Account.objects.filter(
        Q(code__in=typed) | Q(own_number__in=typed), company_id=actor.company_id, currency=currency
    )
    found = list(accounts.values_list("code", "own_number"))
    return {own: code for code, own in found if own} | {code: code for code, _ in found}


def _fault(place: int, line: Line, codes: dict[str, str], currency: str) -> FieldError | None:
    field = f"lines[{place}]"
    code = codes.get(line.account)
    if code is None:
        message = f"There is no account {line.account[:_SHOWN]!r} in {currency}."
        return FieldError(f"{field}.account", message, UNKNOWN_ACCOUNT)
    if instead := operation(code):
        message = f"{code} is made up of items. Instead: {instead}"
        return FieldError(f"{field}.account", message, ACCOUNT_OF_ITEMS)
    if (line.debit > 0) is (line.credit > 0) or line.debit < 0 or line.credit < 0:
        message = (
            f"Line {place + 1} has a debit of {format_amount(line.debit)} and a credit of "
            f"{format_amount(line.credit)}: one of them is above zero, the other is left out."
        )
        return FieldError(field, message, WRONG_LINES)
    return None
