"""Taxes that are held: whom for, how much, and passing them on (docs/domain.md#remittances)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from batconnect.core.audit import audit_event, record_event
from batconnect.core.database.rows import Change, insert_missing
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Currency
from ledger import chart
from ledger.clearing import postings
from ledger.clearing.errors import NOT_REMITTED, AuthorityTaken, MoreThanHeld
from ledger.clearing.models import Remittance, TaxAuthority
from ledger.clearing.querysets import HeldTax, held_taxes
from ledger.clearing.subjects import AUTHORITY
from ledger.models import Account, Entry
from ledger.rules.reasons import checked_reason
from ledger.services.journal import post_entries
from ledger.treasury.models import CODE, Disbursement
from ledger.treasury.services.paying import PaidFrom, locked_balance, prepare_disbursement
from ledger.treasury.services.stopping import reverse_payment

REMIT: Final = "ledger.remit"
_ENTER: Final = "ledger.enter_bills"
_VOID: Final = "update remittances set status = 'voided' where company_id = %s::uuid and id = %s::uuid"


@dataclass(frozen=True, slots=True)
class Remitted:
    """A remittance, how it was paid, and warnings."""

    remittance: Remittance
    payment: Disbursement
    warnings: tuple[str, ...] = ()


@transaction.atomic
def open_authority(*, actor: Actor, code: str, name: str) -> TaxAuthority:
    """Open an authority that taxes are held for, with its account in every currency. What names none is `other`.

    Rule: docs/domain.md#remittances. Needs `ledger.enter_bills`. Raises InvalidInput for a code that is not valid,
    AuthorityTaken (409).
    """
    actor.require(_ENTER)
    try:
        CODE(code)
    except ValidationError as wrong:
        raise InvalidInput(wrong.messages[0], field="code") from wrong
    _refuse_taken(actor, code)
    authority = TaxAuthority(company_id=actor.company_id, code=code, name=name.strip(), created_by=actor.name)
    try:
        with transaction.atomic():
            authority.save(force_insert=True)
    except IntegrityError:
        # Somebody else opened it between our look and our insert.
        _refuse_taken(actor, code)
        raise
    line = chart.authority_line(code, authority.name)
    accounts = [
        Account(
            id=chart.account_id(actor.company_id, currency, line.code),
            company_id=actor.company_id,
            currency=currency,
            code=line.code,
            name=line.name,
            kind=line.kind.value,
        )
        for currency in Currency.objects.order_by("code").values_list("code", flat=True)
    ]
    insert_missing(accounts, unique=("company_id", "currency", "code"))
    record_event(
        actor=actor,
        action="ledger.open_tax_authority",
        subject_type=AUTHORITY,
        subject_id=authority.id,
        details={"code": code},
    )
    return authority


def _refuse_taken(actor: Actor, code: str) -> None:
    is_taken = TaxAuthority.objects.filter(company_id=actor.company_id, code=code).exists()
    if is_taken or code == chart.OTHER_AUTHORITY:
        raise AuthorityTaken(f"The code {code[:20]} is taken.", field="code")


@joins_transaction
def remit(
    *,
    actor: Actor,
    account: str,
    amount: Decimal,
    paid_from: PaidFrom,
    currency: str = "",
    period: str = "",
) -> Remitted:
    """Pass on what is held: Dr taxes held by authority, or tax payable / Cr payments in transit or a drawer.

    `account` is a code of `held_taxes`; `amount` is in `currency`, the company's own when empty, and at most what is
    held. Needs `ledger.remit`. Raises InvalidInput `not_remitted`, MoreThanHeld (409) naming what is held, and what
    `treasury.prepare_disbursement` raises.
    """
    actor.require(REMIT)
    currency = currency or actor.company.base_currency
    held = _held(actor, account, currency)
    remittance = Remittance(
        id=uuid7(),
        company_id=actor.company_id,
        account=account,
        payee=paid_from.payee or held.name,
        currency=currency,
        amount=amount,
        period=period.strip(),
        paid_on=paid_from.paid_on or today(actor.company),
        method=paid_from.method,
        reference=paid_from.reference,
        created_by=actor.name,
    )
    _require_held(actor, held, currency, amount)
    return _pay(actor, remittance, paid_from)


def _require_held(actor: Actor, held: HeldTax, currency: str, amount: Decimal) -> None:
    """The account is locked: of two at once the second sees what the first has left."""
    there = -locked_balance(actor=actor, currency=currency, code=held.account)
    if amount > there:
        raise MoreThanHeld(
            f"{format_amount(amount)} {currency} cannot be remitted: {format_amount(max(there, ZERO))} is held on "
            f"{held.name}.",
            field="amount",
        )


def _pay(actor: Actor, remittance: Remittance, paid_from: PaidFrom) -> Remitted:
    """Post the remittance with its disbursement."""
    entry_id = uuid7()
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.REMITTANCE,
        amount=remittance.amount,
        currency=remittance.currency,
        paid_from=paid_from,
        entry_id=entry_id,
        source_type=postings.REMITTANCE,
        source_id=str(remittance.id),
    )
    prepared.row.payee = remittance.payee
    draft = postings.remitted(
        entry_id=entry_id,
        remittance_id=remittance.id,
        account=remittance.account,
        paid=prepared.leg,
        currency=remittance.currency,
        on=prepared.row.paid_on,
    )
    event = audit_event(
        actor=actor,
        action="ledger.remit",
        subject_type=postings.REMITTANCE,
        subject_id=remittance.id,
        details={
            "account": remittance.account,
            "amount": str(remittance.amount),
            "period": remittance.period,
        },
    )
    post_entries(actor=actor, drafts=[draft], rows=[[prepared.row], [remittance], [event]])
    remittance._state.adding = False
    return Remitted(remittance, prepared.row, prepared.warnings)


@transaction.atomic
def stop_remittance(*, actor: Actor, remittance_id: UUID, reason: str) -> Remittance:
    """Take a remittance back that has not reached the bank. Needs `ledger.remit` and a reason.

    Raises NotFound, Conflict 409 `not_in_transit`, `already_voided`.
    """
    actor.require(REMIT)
    reason = checked_reason(reason)
    rows = Remittance.objects.select_for_update(no_key=True)
    remittance = rows.filter(company_id=actor.company_id, id=remittance_id).first()
    if remittance is None:
        raise NotFound(f"There is no remittance {remittance_id}.")
    entry = Entry.objects.get(
        company_id=actor.company_id,
        source_type=postings.REMITTANCE,
        source_id=str(remittance.id),
        reverses__isnull=True,
    )
    event = audit_event(
        actor=actor,
        action="ledger.void",
        subject_type=postings.REMITTANCE,
        subject_id=remittance.id,
        reason=reason,
    )
    reverse_payment(
        actor=actor,
        entry=entry,
        event=postings.REMITTANCE_STOPPED,
        reason=reason,
        rows=[[event]],
        changes=[Change(_VOID, [actor.company_id, remittance.id])],
    )
    remittance.refresh_from_db()
    return remittance


@transaction.atomic
def reclassify_taxes(*, actor: Actor) -> list[tuple[str, Decimal]]:
    """Move what stands on recovered(Taxes) to taxes held for others, an entry per currency; what was moved.

    Tax charges were credited there before they became a liability. Again, it moves only what came since: nothing.
    """
    code = chart.recovered("TAXES")
    moved = []
    for currency in Currency.objects.order_by("code").values_list("code", flat=True):
        amount = -locked_balance(actor=actor, currency=currency, code=code)
        if not amount:
            continue
        made = Entry.objects.filter(
            company_id=actor.company_id,
            source_type=postings.RECLASSIFICATION,
            source_id__startswith=f"{code}/{currency}/",
        ).count()
        draft = postings.taxes_reclassified(
            attempt=made + 1, amount=amount, currency=currency, on=today(actor.company)
        )
        post_entries(actor=actor, drafts=[draft])
        moved.append((currency, amount))
    return moved


def _held(actor: Actor, account: str, currency: str) -> HeldTax:
    for each in held_taxes(actor=actor, currency=currency):
        if each.account == account:
            return each
    raise InvalidInput(
        f"{account[:60]} is not an account of taxes that are held.", code=NOT_REMITTED, field="account"
    )
