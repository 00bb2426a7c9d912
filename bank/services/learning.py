"""What is learned from what people confirm, and unlearned when it is taken back (docs/domain.md#match-rules)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from bank.models import Explanation, LinePart, MatchRule
from bank.rules.evidence_text import account_key, pattern_of
from bank.rules.names import same_name
from batconnect.core.database.rows import insert_missing
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger import chart

_OF_CUSTOMERS: Final = frozenset({Explanation.Kind.PAYMENT, Explanation.Kind.KNOWN_PAYMENT})
_CODES: Final = {
    Explanation.Kind.CHARGES: chart.BANK_CHARGES,
    Explanation.Kind.INTEREST: chart.BANK_INTEREST,
}
_HIT: Final = """
update bank_match_rules r set hits = r.hits + d.times, last_hit_at = clock_timestamp(), version = r.version + d.times,
  is_active = r.is_active or (r.is_learned and r.hits + d.times > r.misses and r.misses >= r.hits)
from unnest(%s::uuid[], %s::int[]) as d(id, times)
where r.company_id = %s::uuid and r.id = d.id
"""
_LOCK: Final = """
select from bank_match_rules where company_id = %s::uuid and id = any(%s::uuid[]) order by id for no key update
"""
# Wrong as often as right: it says nothing anymore. One that was written by hand is switched off by a person.
_MISS: Final = """
update bank_match_rules set misses = misses + 1, version = version + 1,
  is_active = is_active and not (is_learned and misses + 1 >= hits)
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What an explanation teaches: lines with this are the customer's, or an amount of the account."""

    on: str
    pattern: str
    customer_id: UUID | None = None
    account_code: str = ""


@joins_transaction
def learn_from_all(*, actor: Actor, explanations: Sequence[Explanation]) -> None:
    """Learn from the pieces of one part: what several of them teach alike counts once."""
    for explanation in _telling(explanations):
        learn_from(actor=actor, explanation=explanation)


@joins_transaction
def weaken_all(*, actor: Actor, explanations: Sequence[Explanation]) -> None:
    """Count what the pieces of one part taught as wrong once more, each lesson once."""
    for explanation in _telling(explanations):
        weaken(actor=actor, explanation=explanation)


@joins_transaction
def learn_from(*, actor: Actor, explanation: Explanation) -> MatchRule | None:
    """Remember what a person said a part is, as a rule, or count the rule that decided as right once more.

    A customer's money is remembered by the payer's account, else by a payer's name that is not the customer's own; an
    account of the chart by the words of the text, without its numbers. What says too little is not remembered.
    """
    if explanation.decided_by != Explanation.DecidedBy.PERSON:
        count_hits(actor=actor, explanations=[explanation])
        return None
    part = LinePart.objects.get(company_id=actor.company_id, id=explanation.part_id)
    lesson = _lesson(actor, part, explanation)
    if lesson is None:
        return None
    insert_missing(
        [
            MatchRule(
                id=uuid7(),
                company_id=actor.company_id,
                on=lesson.on,
                pattern=lesson.pattern,
                direction=part.direction,
                customer_id=lesson.customer_id,
                account_code=lesson.account_code,
                created_by=actor.name,
            )
        ],
        unique=(
            "company_id",
            '"on"',
            "pattern",
            "direction",
            "bank_account_id",
            "customer_id",
            "account_code",
        ),
    )
    rule = _rule_of(actor, part, lesson)
    if rule is not None:
        _hit(actor, {rule.id: 1})
        rule.refresh_from_db()
    return rule


@joins_transaction
def count_hits(*, actor: Actor, explanations: Sequence[Explanation]) -> None:
    """Count the rules by which the system decided as right once more, each for every part: rules locked by id, after
    the counter of payments."""
    times = Counter(each.rule_id for each in explanations if each.rule_id is not None)
    if times:
        _hit(actor, times)


@joins_transaction
def weaken(*, actor: Actor, explanation: Explanation) -> None:
    """Count the rule that decided, or was learned from, as wrong once more: what was undone was not so."""
    if explanation.rule_id:
        _miss(actor, explanation.rule_id)
        return
    part = LinePart.objects.get(company_id=actor.company_id, id=explanation.part_id)
    lesson = _lesson(actor, part, explanation)
    rule = _rule_of(actor, part, lesson) if lesson else None
    if rule is not None:
        _miss(actor, rule.id)


def _telling(explanations: Sequence[Explanation]) -> list[Explanation]:
    """One of those that teach the same."""
    found: dict[object, Explanation] = {}
    for each in explanations:
        code = _CODES.get(Explanation.Kind(each.kind)) or each.account_code
        is_of_customer = each.kind in _OF_CUSTOMERS
        taught = each.customer_id if is_of_customer else (code, each.amount > 0)
        found.setdefault(each.rule_id or (is_of_customer, taught), each)
    return list(found.values())


def _lesson(actor: Actor, part: LinePart, explanation: Explanation) -> _Lesson | None:
    kind = Explanation.Kind(explanation.kind)
    if kind in _OF_CUSTOMERS:
        return _of_customer(actor, part, explanation.customer_id)
    code = _CODES.get(kind) or (explanation.account_code if kind is Explanation.Kind.ACCOUNT else "")
    # What the bank kept of a payment is a piece below zero: the line is not a charge.
    pattern = pattern_of(part.text) if code and explanation.amount > 0 else ""
    return _Lesson(MatchRule.On.TEXT, pattern, account_code=code) if pattern else None


def _of_customer(actor: Actor, part: LinePart, customer_id: UUID | None) -> _Lesson | None:
    if customer_id is None:
        return None
    if account := account_key(part.payer_account):
        return _Lesson(MatchRule.On.ACCOUNT, account, customer_id)
    name = same_name(part.payer_name)[:200]
    customer = Customer.objects.filter(company_id=actor.company_id, id=customer_id).first()
    if not name or customer is None or name == same_name(customer.name):
        return None
    return _Lesson(MatchRule.On.NAME, name, customer_id)


def _rule_of(actor: Actor, part: LinePart, lesson: _Lesson) -> MatchRule | None:
    rules = MatchRule.objects.filter(
        Q(customer_id=lesson.customer_id) if lesson.customer_id else Q(customer__isnull=True),
        company_id=actor.company_id,
        on=lesson.on,
        pattern=lesson.pattern,
        direction=part.direction,
        account_code=lesson.account_code,
        bank_account__isnull=True,
    )
    return rules.first()


def _hit(actor: Actor, times: Mapping[UUID, int]) -> None:
    ids = sorted(times)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [actor.company_id, ids])
        cursor.execute(_HIT, [ids, [times[key] for key in ids], actor.company_id])


def _miss(actor: Actor, rule_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MISS, [actor.company_id, rule_id])
