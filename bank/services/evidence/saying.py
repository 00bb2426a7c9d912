"""What was found about money in, said as suggestions (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence import Claim, Verdict
from bank.services.evidence.chart import suggest_account
from bank.services.evidence.known import Known, PaidOut
from bank.services.evidence.learned import Learned
from bank.services.evidence.pairing import speaks_for
from bank.services.evidence.slips import SAME_AMOUNT
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from bank.services.kinds.interface import Piece
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from payments.rules.duplicates import DAYS_APART

_KNOWN: Final = 40
_KNOWN_LATER: Final = 20
"""A payment of the same amount, days away, where nothing else says that it is the one."""
_NAMED: Final = 50
_CAME_BACK: Final = 50


def doubt_of(part: LinePart, pair: Known | None, learned: Learned, slips: Sequence[Suggestion]) -> str:
    """Why no payment is made of the part without a person, whoever it is from."""
    if returned := marked_as_return(part):
        return f"It may be money that came back: {returned}."
    if pair is not None:
        return f"It may be {pair.number} of {pair.customer}, which is not at the bank yet."
    if slip := next((each for each in slips if each.points > SAME_AMOUNT), None):
        return f"It may be {slip.title}."
    if learned.account_rule is not None:
        return f"A rule says that it is {learned.account_rule.account_code}."
    return ""


def of_customers(
    part: LinePart, judged: Sequence[Verdict], names: Mapping[UUID, str], doubt: str, seen: frozenset[UUID]
) -> list[Suggestion]:
    """New payments of the customers; none of them certain where there is a doubt."""
    return [
        Suggestion(
            pieces=(Piece("payment", part.left, customer_id=each.customer_id),),
            title=f"Payment of {names[each.customer_id]}",
            points=each.points,
            because=each.because,
            customer_id=each.customer_id,
            is_certain=each.is_certain and not doubt,
            contradicts=each.contradicts or doubt,
            rule_id=each.rule_id,
            named=each.named,
            may_spread=each.may_spread,
            seen=seen,
        )
        for each in judged
    ]


def of_known(
    part: LinePart, known: Sequence[Known], claims: Mapping[UUID, Claim], owners: Mapping[UUID, UUID]
) -> list[Suggestion]:
    """Payments that are known already, more likely than a new one of the same customer; `owners` are the parts that
    payments are likeliest."""
    made = []
    same = [each for each in known if each.amount == part.left]
    # Of many with this amount none is likelier than another.
    unsaid = _KNOWN if sum(1 for each in same if each.days_from(part) <= DAYS_APART) == 1 else _KNOWN_LATER
    for payment in same:
        reasons = [f"{payment.number} of {payment.customer}, {payment.payment_date}, is not at the bank yet"]
        points = unsaid if payment.days_from(part) <= DAYS_APART else _KNOWN_LATER
        if part.payer_name:
            points = min(points, _KNOWN_LATER)
        if payment.is_named_in(part):
            points += _NAMED
            reasons.append(f"the line has its reference {payment.reference or payment.number}")
        claim = claims.get(payment.customer_id)
        if claim is not None and speaks_for(claim) and owners.get(payment.id, part.id) == part.id:
            points += claim.points + _KNOWN
            reasons += [proof.words for proof in claim.evidence]
        piece = Piece("known_payment", part.left, customer_id=payment.customer_id, payment_id=payment.id)
        made.append(
            Suggestion(
                pieces=(piece,),
                title=f"That is {payment.number} of {payment.customer}",
                points=points,
                because=tuple(dict.fromkeys(reasons)),
                customer_id=payment.customer_id,
            )
        )
    return made


def of_returned(part: LinePart, back: Sequence[PaidOut]) -> list[Suggestion]:
    """What was paid out and may have come back: named, and never decided without a person."""
    why = marked_as_return(part)
    return [
        Suggestion(
            pieces=(
                Piece(
                    "disbursement_return", part.left, customer_id=each.customer_id, disbursement_id=each.id
                ),
            ),
            title=f"Return of what was paid to {each.payee or each.reference or each.kind}",
            points=_CAME_BACK + (_NAMED if each.is_named_in(part) else 0),
            because=(
                f"{each.amount:,.2f} was paid on {each.paid_on}",
                why,
                *(["the line has its reference"] if each.is_named_in(part) else []),
            ),
            customer_id=each.customer_id,
        )
        for each in back
    ]


@reads
def of_account(
    actor: Actor, part: LinePart, learned: Learned, judged: Sequence[Verdict], pair: Known | None
) -> list[Suggestion]:
    """An amount of an account of the chart, not certain where something points to a customer."""
    made = suggest_account(part, learned.account_rule, book_at=actor.company.match_book_at)
    claimed = next(
        (each for each in judged if any(each.because) and each.points >= actor.company.match_book_at), None
    )
    if claimed is None and pair is None:
        return made
    against = "Something else points to a customer."
    return [replace(each, is_certain=False, contradicts=against) for each in made]
