"""What the pages of tax authorities, remittances, security deposits and processors' deposits show first."""

from __future__ import annotations

from typing import Any, Final

from batconnect.core.console.faces import Card, Face, Kept, Money, Stamp, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import describe_code, format_day
from ledger import chart
from ledger.clearing.models import ProcessorDeposit, Remittance, SecurityDeposit, TaxAuthority
from ledger.clearing.querysets import held_taxes
from ledger.models import Account, Disbursement

_TONES: Final[dict[str, Any]] = {"paid": "good", "posted": "good", "voided": "bad", "returned": "bad"}


def _authority_card(actor: Actor, row: TaxAuthority) -> Card:
    currency = actor.company.base_currency
    account = chart.taxes_held(row.code)
    held = [each.held for each in held_taxes(actor=actor, currency=currency) if each.account == account]
    total = sum(held, ZERO)
    return Card(
        kind="Tax authority",
        number=row.name,
        amount=Money(total, currency),
        amount_is="Held for it",
        status="In use" if row.is_active else "Closed",
        tone="good" if row.is_active else "",
        since=row.created_at,
        facts=(("Entered by", Kept(row.created_by)),),
        next_step="Pass on what is held: Owed, Remittances." if total > 0 else "",
    )


def _remittance_card(actor: Actor, row: Remittance) -> Card:
    paid = Disbursement.objects.filter(
        company_id=row.company_id, kind=Disbursement.Kind.REMITTANCE, source_id=str(row.pk)
    ).first()
    of = Account.objects.filter(company_id=row.company_id, code=row.account, currency=row.currency).first()
    return Card(
        kind="Remittance",
        number=f"of {format_day(row.paid_on)}",
        person=row.payee,
        person_is="To",
        amount=Money(row.amount, row.currency),
        status=str(row.get_status_display()),
        tone=_TONES.get(row.status, ""),
        since=row.paid_on,
        since_is="on",
        facts=(
            ("Of what is held on", of),
            ("For", row.period),
            ("Paid by", describe_code(row.method)),
            ("Reference", row.reference),
            ("Paid out as", paid),
            ("Entered by", Kept(row.created_by)),
        ),
    )


def _deposit_card(actor: Actor, row: SecurityDeposit) -> Card:
    is_held = row.held > 0
    return Card(
        kind="Security deposit",
        number=f"for {row.lease}",
        person=row.customer,
        amount=Money(row.held, row.currency),
        amount_is="Held",
        status="Held" if is_held else "Nothing is held",
        tone="good" if is_held else "",
        since=row.created_at,
        facts=(("Lease", row.lease),),
        next_step=f"{format_amount(row.held)} {row.currency} are the customer's: return it when the lease has ended."
        if is_held
        else "",
        next_action="return" if is_held else "",
    )


def _processor_card(actor: Actor, row: ProcessorDeposit) -> Card:
    return Card(
        kind="Deposit of a card processor",
        number=f"of {format_day(row.deposited_on)}",
        person=row.processor,
        person_is="Processor",
        amount=Money(row.net, row.currency),
        amount_is="What came",
        status=str(row.get_status_display()),
        tone=_TONES.get(row.status, ""),
        since=row.deposited_on,
        since_is="on",
        facts=(
            ("Drivers' trips", Money(row.gross, row.currency)),
            ("Fee", Money(row.fee, row.currency)),
            ("Report", row.report),
            ("Entered by", Kept(row.created_by)),
        ),
    )


AUTHORITY_FACE: Final = Face(card=_authority_card)
REMITTANCE_FACE: Final = Face(card=_remittance_card)
DEPOSIT_FACE: Final = Face(card=_deposit_card)
PROCESSOR_FACE: Final = Face(card=_processor_card)

for _table in (TaxAuthority, Remittance, ProcessorDeposit):
    stamped(_table, Stamp("created_at", "Entered", who="created_by"))
stamped(SecurityDeposit, Stamp("created_at", "Taken for the first time"))
