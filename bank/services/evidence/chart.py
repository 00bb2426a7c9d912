"""Lines that are an amount of an account of the chart: by a rule, or by the words that banks use."""

from __future__ import annotations

from typing import Final

from bank.models import LinePart, MatchRule
from bank.rules.evidence import EXACT
from bank.rules.evidence_text import says_charge, says_interest
from bank.services.evidence.learned import decides_alone
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from bank.services.kinds.interface import Piece
from ledger import chart

_MARKED: Final = 70
_WORDS: Final = 50
_KINDS: Final = {
    chart.BANK_CHARGES: ("charges", "Bank charges"),
    chart.BANK_INTEREST: ("interest", "Bank interest"),
}


def suggest_account(part: LinePart, rule: MatchRule | None, *, book_at: int) -> list[Suggestion]:
    """What a rule says, or else what the bank's mark and words say; only a rule makes it certain."""
    if rule is not None:
        words = f"a rule says so of lines with {rule.get_on_display().lower()} {rule.pattern}"
        alone = decides_alone(rule) and not marked_as_return(part)
        return [
            _of_account(
                part,
                rule.account_code,
                max(EXACT, book_at) if alone else _MARKED,
                words,
                is_certain=alone,
                rule=rule,
            )
        ]
    made = []
    charge, interest = says_charge(part.text), says_interest(part.text)
    if interest:
        made.append(_of_account(part, chart.BANK_INTEREST, _WORDS, f"its text says {interest.lower()}"))
    if part.mark == "charge":
        made.append(_of_account(part, chart.BANK_CHARGES, _MARKED, "the bank marks it as a charge"))
    elif charge:
        made.append(_of_account(part, chart.BANK_CHARGES, _WORDS, f"its text says {charge.lower()}"))
    return made


def _of_account(
    part: LinePart,
    code: str,
    points: int,
    words: str,
    *,
    is_certain: bool = False,
    rule: MatchRule | None = None,
) -> Suggestion:
    kind, title = _KINDS.get(code, ("account", code))
    account = code if kind == "account" else ""
    return Suggestion(
        pieces=(Piece(kind, part.left, account_code=account),),
        title=title,
        points=points,
        because=(words,),
        is_certain=is_certain,
        rule_id=rule.id if rule else None,
    )
