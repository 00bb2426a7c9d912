"""What the system says by itself that lines are (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import transaction

from bank.models import Explanation, LinePart
from bank.services.applying import open_now
from bank.services.evidence.known import find_payments, find_same_reference
from bank.services.explaining import explain_part
from bank.services.kinds import has_kind
from bank.services.kinds.payments import read_payers
from bank.services.runs import TOGETHER, Run, decision_of
from bank.services.slips import lock_slip
from bank.services.suggesting import LookedAt, Suggestion, look_at
from batconnect.core.database.numbers import hold
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from ledger.treasury.services.paying import lock_disbursement
from payments.rules.strategies import strategy_code
from payments.services.allocation import lock_payments
from payments.services.debts import Debts, lock_debts
from payments.subjects import PAYMENT_NUMBERS

EXPLAINED: Final = "explained"
OPEN: Final = "open"


@joins_transaction
def decide_parts(
    *, actor: Actor, part_ids: Sequence[UUID], operation_id: UUID, strategy: str = ""
) -> dict[UUID, str]:
    """Explain what is certain of these open parts, as parts of one operation that can be undone; apply new payments by
    the strategy, if one is given. What became of each: "explained", or "open".

    The parts are looked at together and decided one after another, in the order of their ids: with a strategy each is
    judged by what those before it left open. With one, too, a payment whose line names open items is applied to those
    when its amount fits, and to others only when a second kind of evidence says whose it is. What a kind refuses, or
    somebody explained meanwhile, stays as it is, and so does a line whose money somebody recorded meanwhile. Needs
    `bank.explain`, and `payments.allocate` with a strategy. Raises InvalidInput (400) for an unknown one.
    """
    actor.require("bank.explain")
    strategy = strategy_code(strategy) if strategy else ""
    outcome = dict.fromkeys(part_ids, OPEN)
    left = list(part_ids)
    while left:
        try:
            with transaction.atomic():
                decided = _decide(actor, left, operation_id, strategy)
        except Refusal:
            # What is written together is refused together: each by itself shows which one.
            decided = _decide(actor, left, operation_id, strategy, singly=True)
        outcome.update(dict.fromkeys(decided.explained, EXPLAINED))
        left = decided.left
    return outcome


@dataclass(slots=True)
class _Decided:
    """Parts that were explained, and those to be looked at once more: what became of others says more of them now."""

    explained: list[UUID] = field(default_factory=list)
    left: list[UUID] = field(default_factory=list)


def _decide(
    actor: Actor, part_ids: Sequence[UUID], operation_id: UUID, strategy: str, *, singly: bool = False
) -> _Decided:
    rows = LinePart.objects.filter(company_id=actor.company_id, id__in=part_ids, status=LinePart.Status.OPEN)
    parts = list(rows.order_by("id"))
    looked_at = look_at(actor=actor, parts=parts)
    first = {key: best[0] for key, best in looked_at.best.items() if best and _can_be(best[0])}
    decided = _Decided()
    if not any(each.is_certain for each in first.values()):
        return decided
    chunk = _lock(actor, parts, first, operation_id, strategy)
    chunk.looked_at, chunk.singly = looked_at, singly
    for part in parts:
        chunk.decide(part, first.get(part.id), decided)
    chunk.run.write()
    return decided


def _can_be(suggestion: Suggestion) -> bool:
    """Whether it may be booked without a person, once it is certain."""
    is_known = all(has_kind(each.kind) for each in suggestion.pieces)
    return is_known and (suggestion.is_certain or _is_new(suggestion))


def _is_new(suggestion: Suggestion) -> bool:
    return any(each.kind == Explanation.Kind.PAYMENT for each in suggestion.pieces)


@dataclass(slots=True)
class _Chunk:
    """Parts that are locked, with everything that they may be explained by, and the run that writes them."""

    actor: Actor
    run: Run
    debts: Debts | None
    locked: set[UUID]
    met: set[UUID]
    looked_at: LookedAt = field(init=False)
    singly: bool = field(init=False)

    def decide(self, part: LinePart, first: Suggestion | None, decided: _Decided) -> None:
        """Explain the part if it is certain by now; `first` is what it was before those before it were booked."""
        best = self.looked_at.again(actor=self.actor, part=part)
        now = best[0] if best else None
        if now is None or not now.is_certain or part.id in self.met:
            return
        if part.id not in self.locked:
            # Explained meanwhile; or it became certain only now, and is looked at and locked once more.
            if first is None:
                decided.left.append(part.id)
            return
        if first is None or now.customer_id != first.customer_id or _is_new(now) != _is_new(first):
            decided.left.append(part.id)
        elif self._explain(part, now):
            decided.explained.append(part.id)

    def _explain(self, part: LinePart, suggestion: Suggestion) -> bool:
        if any(each.kind not in TOGETHER for each in suggestion.pieces):
            self.run.write()
            return self._explain_alone(part, suggestion)
        if self.singly:
            return self._write_alone(part, suggestion)
        planned = self._is_planned(suggestion)
        if not self.run.add(part, suggestion):
            return False
        if planned:
            self.run.write()
            self._renew(suggestion)
        elif suggestion.customer_id is not None:
            self._look_again(suggestion.customer_id)
        return True

    def _is_planned(self, suggestion: Suggestion) -> bool:
        customer = suggestion.customer_id
        return self.debts is not None and customer is not None and self.debts.is_planned(customer)

    def _renew(self, suggestion: Suggestion) -> None:
        """Read again what the customer has open."""
        if self.debts is not None and suggestion.customer_id is not None:
            self.debts.renew(actor=self.actor, customer=suggestion.customer_id)
            self._look_again(suggestion.customer_id)

    def _look_again(self, customer: UUID) -> None:
        if self.debts is not None and self.looked_at.incoming is not None:
            self.looked_at.incoming.now_open(customer, open_now(debts=self.debts, customer=customer))

    def _write_alone(self, part: LinePart, suggestion: Suggestion) -> bool:
        """Write the part by itself; without applying its payment where that is refused."""
        for debts in dict.fromkeys((self.debts, None)):
            self.run.debts = debts
            try:
                with transaction.atomic():
                    added = self.run.add(part, suggestion)
                    self.run.write()
            except Refusal:
                self.run.forget()
                self._renew(suggestion)
                continue
            self._renew(suggestion)
            return added
        # A person will see the line.
        return False

    def _explain_alone(self, part: LinePart, suggestion: Suggestion) -> bool:
        """As a person would. What is refused stays open."""
        decision = decision_of(suggestion, self.run.operation_id)
        try:
            with transaction.atomic():
                explain_part(actor=self.actor, part_id=part.id, pieces=suggestion.pieces, decision=decision)
        except Refusal:
            return False
        return True


def _lock(
    actor: Actor,
    parts: Sequence[LinePart],
    first: Mapping[UUID, Suggestion],
    operation_id: UUID,
    strategy: str,
) -> _Chunk:
    """Lock what the parts may be explained by, the parts, then the counter (docs/architecture.md#lock-order)."""
    pieces = [piece for each in first.values() for piece in each.pieces]
    lock_payments(actor=actor, ids={each.payment_id for each in pieces if each.payment_id})
    owners = {each.customer_id for each in first.values() if _is_new(each) and each.customer_id}
    debts = lock_debts(actor=actor, customers=owners) if strategy else None
    for disbursement_id in sorted({each.disbursement_id for each in pieces if each.disbursement_id}):
        lock_disbursement(actor=actor, disbursement_id=disbursement_id)
    for slip_id in sorted({each.source_id for each in pieces if each.kind == Explanation.Kind.DEPOSIT_SLIP}):
        lock_slip(actor=actor, slip_id=UUID(slip_id))
    locked = _lock_open(actor, first)
    here = [each for each in parts if each.id in locked]
    met = _met_meanwhile(actor, here, first)
    payers = read_payers(
        actor=actor,
        said=[(each, first[each.id].customer_id) for each in here if _is_new(first[each.id])],
        owed=debts.leases if debts else None,
    )
    return _Chunk(actor, Run(actor, operation_id, strategy, payers, debts), debts, locked, met)


def _lock_open(actor: Actor, first: Mapping[UUID, Suggestion]) -> set[UUID]:
    """Those that nobody explained meanwhile, locked."""
    rows = LinePart.objects.filter(
        company_id=actor.company_id, id__in=list(first), status=LinePart.Status.OPEN
    )
    locked = rows.order_by("id").select_for_update(no_key=True).values_list("id", "amount", "explained")
    return {
        key
        for key, amount, explained in locked
        if amount - explained == sum(each.amount for each in first[key].pieces)
    }


def _met_meanwhile(actor: Actor, parts: Sequence[LinePart], first: Mapping[UUID, Suggestion]) -> set[UUID]:
    """Parts of new payments whose money somebody recorded after they were looked at; nobody records any from now on."""
    new = {each.id: first[each.id].customer_id for each in parts if _is_new(first[each.id])}
    if not new:
        return set()
    hold(PAYMENT_NUMBERS, company_id=actor.company_id, day=today(actor.company))
    looked_at = [each for each in parts if each.id in new]
    near = find_payments(actor=actor, parts=looked_at)
    same = find_same_reference(
        actor=actor, claimed={key: [owner] for key, owner in new.items() if owner}, parts=looked_at
    )
    return {
        part.id
        for part in looked_at
        for payment in (*near[part.id], *same[part.id])
        if not payment.is_at_bank
        and payment.id not in first[part.id].seen
        and (payment.customer_id == new[part.id] or payment.is_named_in(part))
    }
