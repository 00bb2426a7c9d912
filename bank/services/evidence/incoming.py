"""Money in: whose it is, or which known payment, or what came back (docs/domain.md#matching)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence import Claim, Evidence, Kind, Verdict, judge
from bank.rules.evidence_amounts import Open
from bank.services.evidence.items import (
    Amount,
    OpenItems,
    Owing,
    evidence_of_amount,
    evidence_of_pieces,
    find_owing,
    read_open,
)
from bank.services.evidence.known import (
    RETURNED_WITHIN,
    Known,
    PaidOut,
    find_paid_out,
    find_payments,
    find_same_reference,
)
from bank.services.evidence.learned import Learned, find_learned
from bank.services.evidence.names import find_called
from bank.services.evidence.numbers import find_named
from bank.services.evidence.opened import suggest_opened
from bank.services.evidence.pairing import pair_up
from bank.services.evidence.saying import doubt_of, of_account, of_customers, of_known, of_returned
from bank.services.evidence.slips import doubted, suggest_slips
from bank.services.evidence.suggestion import Suggestion, marked_as_return
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import to_cents
from batconnect.directory.models import Customer

_TELLING: Final = 15
"""With less than this for a customer, nobody asks what they have open."""


@dataclass(slots=True)
class Incoming:
    """What was found about parts of money in: each is judged by it, now or after others of them were booked."""

    actor: Actor
    claims: Mapping[UUID, Sequence[tuple[UUID, Evidence]]]
    """By part what speaks for which customer, but for the amount."""
    learned: Mapping[UUID, Learned]
    owing: Owing
    items: OpenItems
    slips: Mapping[UUID, Sequence[Suggestion]]
    opened: Mapping[UUID, Sequence[Suggestion]]
    back: Mapping[UUID, Sequence[PaidOut]]
    known: dict[UUID, list[Known]] = field(default_factory=dict)
    pairs: dict[UUID, Known] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    _owners: dict[UUID, UUID] = field(default_factory=dict)
    _changed: set[UUID] = field(default_factory=set)
    _amounts: set[Amount] = field(default_factory=set)

    def pair_up(self, parts: Sequence[LinePart], claims: Mapping[UUID, Mapping[UUID, Claim]]) -> None:
        """Decide over all parts together which known payment each likely is."""
        self.pairs = pair_up(parts, self.known, claims)
        self._owners = {payment.id: key for key, payment in self.pairs.items()}

    def now_open(self, customer: UUID, items: Sequence[tuple[str, Open]]) -> None:
        """What a customer has open now, the oldest first, after a part of theirs was booked."""
        self.items.replace(customer, items)
        self._amounts |= self.owing.replace(customer, items)
        self._changed.add(customer)

    def is_stale(self, part: LinePart) -> bool:
        """Whether what was said of the part may be said otherwise since `now_open`."""
        if (to_cents(part.left), part.currency) in self._amounts:
            return True
        return any(customer in self._changed for customer, _ in self.claims[part.id])

    def claims_of(self, part: LinePart) -> dict[UUID, Claim]:
        """By customer what speaks for them; the amount last, of those that something else speaks for."""
        mine: dict[UUID, Claim] = {}
        for customer, proof in self.claims[part.id]:
            mine.setdefault(customer, Claim(customer)).evidence.append(proof)
        for customer, claim in mine.items():
            if claim.points >= _TELLING:
                owed = self.items.of(customer, part.currency)
                if Kind.NUMBER not in claim.strongest:
                    _add(claim, evidence_of_pieces(part, owed))
                _add(claim, evidence_of_amount(part, claim, owed))
        for customer, proof in self.owing.of(part):
            if customer in mine and Kind.AMOUNT in mine[customer].strongest:
                continue
            claim = mine.setdefault(customer, Claim(customer))
            owed = self.items.of(customer, part.currency)
            piece = evidence_of_pieces(part, owed)
            _add(claim, piece)
            _add(claim, evidence_of_amount(part, claim, owed) if piece else proof)
        return mine

    def judged(self, claims: Mapping[UUID, Claim]) -> list[Verdict]:
        """The customers with enough for a suggestion."""
        company = self.actor.company
        return judge(claims.values(), book_at=company.match_book_at, suggest_at=company.match_suggest_at)

    def suggestions(self, part: LinePart) -> list[Suggestion]:
        """What the part may be, as things stand, in no order."""
        claims = self.claims_of(part)
        return self.said(part, claims, self.judged(claims))

    def said(
        self, part: LinePart, claims: Mapping[UUID, Claim], judged: Sequence[Verdict]
    ) -> list[Suggestion]:
        """The suggestions that these verdicts make."""
        pair, learned = self.pairs.get(part.id), self.learned[part.id]
        slips = self._slips(part, judged)
        seen = frozenset(payment.id for payment in self.known[part.id])
        self._name(judged)
        return [
            *slips,
            *self.opened[part.id],
            *of_known(part, self.known[part.id], claims, self._owners),
            *of_customers(part, judged, self.names, doubt_of(part, pair, learned, slips), seen),
            *of_returned(part, self.back.get(part.id, ())),
            *of_account(self.actor, part, learned, judged, pair),
        ]

    def _slips(self, part: LinePart, judged: Sequence[Verdict]) -> Sequence[Suggestion]:
        """Deposit slips, none of them certain where something else speaks as loud."""
        slips = self.slips[part.id]
        is_claimed = any(each.points >= self.actor.company.match_book_at for each in judged)
        if is_claimed or part.id in self.pairs or self.learned[part.id].account_rule is not None:
            return doubted(slips, "Something else says what it is.")
        return slips

    def _name(self, judged: Sequence[Verdict]) -> None:
        """Look up what those customers are called whom nobody named before."""
        missing = [each.customer_id for each in judged if each.customer_id not in self.names]
        if missing:
            self.names.update(_names(self.actor, missing))


@reads
def look_at_incoming(
    *, actor: Actor, parts: Sequence[LinePart]
) -> tuple[Incoming | None, dict[UUID, list[Suggestion]]]:
    """What each part may be, and what was found about them (None where there are no parts); about ten statements
    however many."""
    if not parts:
        return None, {}
    found = _gather(actor, parts)
    claims = {each.id: found.claims_of(each) for each in parts}
    found.known = _not_at_bank(actor, parts, claims)
    found.pair_up(parts, claims)
    judged = {each.id: found.judged(claims[each.id]) for each in parts}
    found.names.update(_names(actor, {verdict.customer_id for some in judged.values() for verdict in some}))
    return found, {each.id: found.said(each, claims[each.id], judged[each.id]) for each in parts}


def _gather(actor: Actor, parts: Sequence[LinePart]) -> Incoming:
    """All but the payments that are known."""
    learned = find_learned(actor=actor, parts=parts)
    named = find_named(actor=actor, parts=parts)
    called = find_called(actor=actor, parts=parts)
    claims = {each.id: (*named[each.id], *called[each.id], *learned[each.id].claims) for each in parts}
    owing = find_owing(actor=actor, parts=parts)
    owers = {customer for each in parts for customer, _ in owing.of(each)}
    return Incoming(
        actor=actor,
        claims=claims,
        learned=learned,
        owing=owing,
        items=read_open(actor=actor, customers=owers | _told(claims)),
        slips=suggest_slips(actor=actor, parts=parts),
        opened=suggest_opened(actor=actor, parts=parts),
        back=find_paid_out(
            actor=actor,
            parts=[each for each in parts if marked_as_return(each)],
            statuses=("cleared", "in_transit"),
            before=RETURNED_WITHIN,
        ),
    )


def _not_at_bank(
    actor: Actor, parts: Sequence[LinePart], claims: Mapping[UUID, Mapping[UUID, Claim]]
) -> dict[UUID, list[Known]]:
    """By part the payments that are known and not at the bank yet: near ones of its amount, and those that have its
    reference."""
    known = find_payments(actor=actor, parts=parts)
    same = find_same_reference(
        actor=actor, claimed={key: list(each) for key, each in claims.items()}, parts=parts
    )
    for part in parts:
        seen = {each.id for each in known[part.id]}
        every = (*known[part.id], *(each for each in same[part.id] if each.id not in seen))
        known[part.id] = [each for each in every if not each.is_at_bank]
    return known


def _told(claims: Mapping[UUID, Sequence[tuple[UUID, Evidence]]]) -> set[UUID]:
    """The customers that something speaks for loud enough to look at what they owe."""
    told = set()
    for mine in claims.values():
        by_customer: dict[UUID, Claim] = {}
        for customer, proof in mine:
            by_customer.setdefault(customer, Claim(customer)).evidence.append(proof)
        told |= {customer for customer, claim in by_customer.items() if claim.points >= _TELLING}
    return told


def _add(claim: Claim, proof: Evidence | None) -> None:
    if proof is not None:
        claim.evidence.append(proof)


def _names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = Customer.objects.filter(company_id=actor.company_id, id__in=ids)
    return dict(rows.values_list("id", "name"))
