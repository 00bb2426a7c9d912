"""Rules that say what lines are: written by hand, corrected, switched off (docs/domain.md#match-rules)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from bank.errors import (
    ACCOUNT_HAS_ITEMS,
    RULE_OF_ONE_KIND,
    RULE_SAYS_TOO_LITTLE,
    RULE_TAKEN,
    UNKNOWN_EXPLANATION,
    RuleNotFound,
)
from bank.models import MatchRule
from bank.rules.evidence_text import account_key, folded
from bank.rules.names import same_name
from bank.subjects import MATCH_RULE
from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger import chart
from ledger.models import Account
from ledger.treasury.models import BankAccount

CHANGE: Final = "bank.change_rules"
_SHORTEST: Final = 4
_DECIDED_BY_NAME: Final = (chart.BANK_CHARGES, chart.BANK_INTEREST)
Check = Callable[[MatchRule], None]


@transaction.atomic
def write_rule(
    *,
    actor: Actor,
    on: str,
    pattern: str,
    direction: str,
    customer_id: UUID | None = None,
    account_code: str = "",
    bank_account_id: UUID | None = None,
    note: str = "",
) -> MatchRule:
    """Write a rule: lines with this account, name or words are the customer's money, or an amount of the account.

    One of an account of the chart decides by itself; one of a customer needs a second kind of evidence. Needs
    `bank.change_rules`. Raises InvalidInput (400): both or neither is named, `rule_says_too_little`, an account that
    is not there or is made up of items, an unknown customer or bank account; Conflict 409 `rule_taken`.
    """
    actor.require(CHANGE)
    if bool(customer_id) == bool(account_code):
        raise InvalidInput(
            "A rule names a customer or an account of the chart, one of the two.",
            code=RULE_OF_ONE_KIND,
            field="customer_id",
        )
    _require_named(actor, customer_id, account_code, bank_account_id)
    rule = MatchRule(
        id=uuid7(),
        company_id=actor.company_id,
        on=on,
        pattern=_folded(on, pattern),
        direction=direction,
        customer_id=customer_id,
        account_code=account_code,
        bank_account_id=bank_account_id,
        is_learned=False,
        note=note.strip(),
        created_by=actor.name,
    )
    _save(actor, rule, "bank.rule_written", force_insert=True)
    return rule


@transaction.atomic
def change_rule(
    *,
    actor: Actor,
    rule_id: UUID,
    pattern: str | None = None,
    is_active: bool | None = None,
    note: str | None = None,
    check: Check | None = None,
) -> MatchRule:
    """Correct what a rule looks for, switch it off or on, or note why; what it says of lines stays.

    `check` is called with the locked rule (`If-Match`). Needs `bank.change_rules`. Raises RuleNotFound (404),
    InvalidInput `rule_says_too_little`, Conflict 409 `rule_taken`.
    """
    actor.require(CHANGE)
    rule = (
        MatchRule.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, id=rule_id)
        .first()
    )
    if rule is None:
        raise RuleNotFound(f"There is no rule {rule_id}.")
    if check:
        check(rule)
    given: dict[str, Any] = {
        "pattern": None if pattern is None else _folded(rule.on, pattern),
        "is_active": is_active,
        "note": None if note is None else note.strip(),
    }
    values = {
        name: value for name, value in given.items() if value is not None and value != getattr(rule, name)
    }
    for name, value in values.items():
        setattr(rule, name, value)
    if values:
        rule.version += 1
        _save(actor, rule, "bank.rule_changed", update_fields=[*values, "version"], values=values)
    return rule


def _save(
    actor: Actor, rule: MatchRule, action: str, values: dict[str, Any] | None = None, **options: Any
) -> None:
    try:
        with transaction.atomic():
            rule.save(**options)
    except IntegrityError as error:
        if "bank_match_rule_once" not in str(error):
            raise
        raise Conflict("There is such a rule already.", code=RULE_TAKEN) from error
    record_event(
        actor=actor,
        action=action,
        subject_type=MATCH_RULE,
        subject_id=rule.id,
        details=values or {"on": rule.on, "pattern": rule.pattern, "direction": rule.direction},
    )


def _folded(on: str, pattern: str) -> str:
    """The pattern as lines are compared with it."""
    if on == MatchRule.On.ACCOUNT:
        key = account_key(pattern)
    elif on == MatchRule.On.NAME:
        key = same_name(pattern)
    else:
        key = folded(pattern).strip()
    if len(key) < _SHORTEST:
        raise InvalidInput(
            f"{pattern[:40]!r} says too little: give at least {_SHORTEST} letters or digits of it.",
            code=RULE_SAYS_TOO_LITTLE,
            field="pattern",
        )
    return key[:200]


def _require_named(
    actor: Actor, customer_id: UUID | None, account_code: str, bank_account_id: UUID | None
) -> None:
    here = {"company_id": actor.company_id}
    if customer_id and not Customer.objects.filter(**here, id=customer_id).exists():
        raise InvalidInput(
            f"There is no customer {customer_id}.", code=UNKNOWN_EXPLANATION, field="customer_id"
        )
    if bank_account_id and not BankAccount.objects.filter(**here, id=bank_account_id).exists():
        raise InvalidInput(
            f"There is no bank account {bank_account_id}.", code=UNKNOWN_EXPLANATION, field="bank_account_id"
        )
    if not account_code:
        return
    if not Account.objects.filter(**here, code=account_code).exists():
        raise InvalidInput(
            f"There is no account {account_code[:60]!r}.", code=UNKNOWN_EXPLANATION, field="account_code"
        )
    if account_code not in _DECIDED_BY_NAME and (operation := chart.operation(account_code)):
        raise InvalidInput(
            f"{account_code} is made up of items: {operation}", code=ACCOUNT_HAS_ITEMS, field="account_code"
        )
