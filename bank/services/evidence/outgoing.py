"""Money out: what was paid and is in transit, what was taken back, what is charged (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence import Claim
from bank.rules.names import LIKE, alike, same_name
from bank.services.evidence.chart import suggest_account
from bank.services.evidence.known import RETURNED_WITHIN, Known, PaidOut, find_paid_out, find_payments
from bank.services.evidence.learned import find_learned
from bank.services.evidence.names import find_called
from bank.services.evidence.numbers import find_named
from bank.services.evidence.payouts import suggest_batches
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from bank.services.kinds.interface import Piece
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor

_SAME_AMOUNT: Final = 50
_NAMED: Final = 50
_PAYEE: Final = 50
_ELSEWHERE: Final = 20
_CLEARS_WITHIN: Final = timedelta(days=365)


@reads
def suggest_outgoing(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[Suggestion]]:
    """What each part may be; a handful of statements however many."""
    if not parts:
        return {}
    learned = find_learned(actor=actor, parts=parts)
    paid = find_paid_out(actor=actor, parts=parts, statuses=("in_transit",), before=_CLEARS_WITHIN)
    returned = [each for each in parts if marked_as_return(each)]
    taken = find_payments(actor=actor, parts=returned, before=RETURNED_WITHIN)
    claims = _claims(actor, returned)
    batches = suggest_batches(actor=actor, parts=parts)
    made = {}
    for part in parts:
        of_paid = _of_paid_out(part, paid[part.id])
        of_account = suggest_account(part, learned[part.id].account_rule, book_at=actor.company.match_book_at)
        if of_paid and any(each.is_certain for each in of_account):
            of_paid = [_doubted(each, "A rule says something else of it.") for each in of_paid]
        made[part.id] = [
            *of_paid,
            *batches[part.id],
            *_of_returned(part, taken.get(part.id, ()), claims.get(part.id, {})),
            *of_account,
        ]
    return made


def _claims(actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, dict[UUID, Claim]]:
    """Whose returned payments may be, by what the lines name."""
    if not parts:
        return {}
    named = find_named(actor=actor, parts=parts)
    called = find_called(actor=actor, parts=parts)
    claims: dict[UUID, dict[UUID, Claim]] = {}
    for part in parts:
        mine = claims.setdefault(part.id, {})
        for customer, proof in (*named[part.id], *called[part.id]):
            mine.setdefault(customer, Claim(customer)).evidence.append(proof)
    return claims


@dataclass(frozen=True, slots=True)
class _Fits:
    """What was paid out beside a line: whether the line has its reference, its payee's name, and its account."""

    paid: PaidOut
    is_named: bool
    is_payee: bool
    is_same_account: bool

    @property
    def points(self) -> int:
        """What speaks for it."""
        named = _NAMED if self.is_named else 0
        payee = _PAYEE if self.is_payee else 0
        return _SAME_AMOUNT + named + payee - (0 if self.is_same_account else _ELSEWHERE)


def _of_paid_out(part: LinePart, paid: Sequence[PaidOut]) -> list[Suggestion]:
    """What is in transit with this amount; certain by its reference or its payee, when it is the only such one."""
    fits = [
        _Fits(
            each, each.is_named_in(part), _is_payee(part, each), each.bank_account_id == part.bank_account_id
        )
        for each in paid
    ]
    named = [each for each in fits if each.is_named]
    telling = named or [each for each in fits if each.is_payee]
    returned = marked_as_return(part)
    made = []
    for each in fits:
        because = [f"{each.paid.amount:,.2f} was paid on {each.paid.paid_on} and is in transit"]
        if each.is_named:
            because.append(f"the line has its reference {each.paid.reference}")
        if each.is_payee:
            because.append(f"it was paid to {each.paid.payee}")
        against = "" if each.is_same_account else "It was paid from another account."
        against = against or (f"It may be a return: {returned}." if returned else "")
        made.append(
            Suggestion(
                pieces=(
                    Piece(
                        "disbursement",
                        part.left,
                        customer_id=each.paid.customer_id,
                        disbursement_id=each.paid.id,
                    ),
                ),
                title=f"Paid to {each.paid.payee or each.paid.reference or each.paid.kind}",
                points=each.points,
                because=tuple(because),
                customer_id=each.paid.customer_id,
                is_certain=[each] == telling and not against,
                contradicts=against,
            )
        )
    return made


def _is_payee(part: LinePart, paid: PaidOut) -> bool:
    payee, name = same_name(paid.payee), same_name(part.payer_name)
    if not payee:
        return False
    if name:
        return alike(name, payee) >= LIKE
    return len(payee) >= 7 and f" {payee} " in f" {same_name(part.text)} "


def _of_returned(part: LinePart, taken: Sequence[Known], claims: Mapping[UUID, Claim]) -> list[Suggestion]:
    """Payments that the bank may have taken back: named, and never decided without a person."""
    why = marked_as_return(part)
    made = []
    for each in taken:
        claim = claims.get(each.customer_id)
        because = [why, f"{each.number} of {each.customer}, {each.payment_date}, has this amount"]
        points = _SAME_AMOUNT
        if each.is_named_in(part):
            points += _NAMED
            because.append(f"the line has its reference {each.reference or each.number}")
        if claim is not None:
            points += claim.points
            because += [proof.words for proof in claim.evidence]
        made.append(
            Suggestion(
                pieces=(
                    Piece("payment_return", part.left, customer_id=each.customer_id, payment_id=each.id),
                ),
                title=f"Return of {each.number} of {each.customer}",
                points=points,
                because=tuple(dict.fromkeys(because)),
                customer_id=each.customer_id,
            )
        )
    return made


def _doubted(suggestion: Suggestion, against: str) -> Suggestion:
    return replace(suggestion, is_certain=False, contradicts=suggestion.contradicts or against)
