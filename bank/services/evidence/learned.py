"""What was learned: whose a payer's account or name is, and what lines with certain words are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from bank.models import LinePart, MatchRule
from bank.rules import evidence
from bank.rules.evidence import Evidence, Kind
from bank.rules.evidence_text import account_key, contains, folded
from bank.rules.names import same_name
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor

_MAX_TEXT_RULES: Final = 2_000
_OFTEN_ENOUGH: Final = 2
"""A learned rule decides alone once it was right so often; one that was written by hand at once."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What rules say of a part: customers, and the rule that says which account of the chart it is."""

    claims: tuple[tuple[UUID, Evidence], ...] = ()
    account_rule: MatchRule | None = None


@reads
def find_learned(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, Learned]:
    """For each part what the active rules say; one statement."""
    keys = {each.id: _keys(each) for each in parts}
    accounts = {account for account, _, _ in keys.values() if account}
    names = {name for _, name, _ in keys.values() if name}
    rules = list(
        MatchRule.objects.filter(
            Q(on=MatchRule.On.ACCOUNT, pattern__in=accounts)
            | Q(on=MatchRule.On.NAME, pattern__in=names)
            | Q(on=MatchRule.On.TEXT),
            company_id=actor.company_id,
            is_active=True,
        ).order_by("-hits", "id")[: _MAX_TEXT_RULES + len(accounts) + len(names)]
    )
    by_key: dict[tuple[str, str], list[MatchRule]] = {}
    for rule in rules:
        by_key.setdefault((rule.on, rule.pattern), []).append(rule)
    by_text = [each for each in rules if each.on == MatchRule.On.TEXT]
    return {each.id: _of_part(each, keys[each.id], by_key, by_text) for each in parts}


def decides_alone(rule: MatchRule) -> bool:
    """Whether a rule says by itself which account a line is: a person wrote it, or it was right often enough."""
    return not rule.is_learned or rule.hits >= _OFTEN_ENOUGH


def _keys(part: LinePart) -> tuple[str, str, str]:
    return account_key(part.payer_account), same_name(part.payer_name), folded(part.text)


def _of_part(
    part: LinePart,
    keys: tuple[str, str, str],
    by_key: dict[tuple[str, str], list[MatchRule]],
    by_text: Sequence[MatchRule],
) -> Learned:
    account, name, text = keys
    by_account = _fitting(part, by_key.get((MatchRule.On.ACCOUNT, account), ()))
    by_name = _fitting(part, by_key.get((MatchRule.On.NAME, name), ()))
    said = _fitting(part, (each for each in by_text if contains(text, each.pattern)))
    claims = [
        *_claims(
            by_account, Kind.ACCOUNT, f"earlier money from account {_masked(part.payer_account)} was theirs"
        ),
        *_claims(by_name, Kind.LEARNED, f"earlier money from {part.payer_name} was theirs"),
        *_claims(said, Kind.LEARNED, "a rule says that its words are theirs"),
    ]
    of_accounts = [each for each in (*said, *by_name, *by_account) if each.account_code]
    # The rule with the most words goes first; two that say different things decide nothing.
    of_accounts.sort(key=lambda each: -len(each.pattern))
    best = of_accounts[0] if of_accounts else None
    if best and any(
        each.account_code != best.account_code
        for each in of_accounts
        if len(each.pattern) == len(best.pattern)
    ):
        best = None
    return Learned(tuple(claims), best)


def _fitting(part: LinePart, rules: Iterable[MatchRule]) -> list[MatchRule]:
    return [
        each
        for each in rules
        if each.direction == part.direction and each.bank_account_id in (None, part.bank_account_id)
    ]


def _claims(rules: Sequence[MatchRule], kind: Kind, words: str) -> list[tuple[UUID, Evidence]]:
    owners = {each.customer_id for each in rules if each.customer_id}
    shared = len(owners) > 1
    if shared:
        words = f"{words}, as {len(owners)} customers' was"
    return [
        (
            each.customer_id,
            Evidence(
                kind,
                evidence.SHARED_ACCOUNT if shared else evidence.LEARNED,
                words,
                among=frozenset() if shared else frozenset({each.customer_id}),
                rule_id=each.id,
            ),
        )
        for each in rules
        if each.customer_id
    ]


def _masked(account: str) -> str:
    """The end of an account's number, as people tell accounts apart."""
    return account if len(account) <= 6 else f"…{account[-4:]}"
