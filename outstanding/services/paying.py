"""Paying what a summary lists: at once when the money is received, else through the gateway.

Rule: docs/domain.md#paying-installments.

The case's open obligations are locked first, in the order of their ids, then the case: of two pays at once the
second sees the first one's rows as processing or paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from batconnect.core.database.rows import insert_batch
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO
from batconnect.core.kernel.subject import entity_of
from cases.flow import CreatedEntity
from cases.services import move_case
from ledger.services.locks import lock_obligations
from outstanding.errors import (
    INSTALLMENT_PAID,
    INSTALLMENT_PLANNED,
    INSTALLMENT_TWICE,
    UNKNOWN_INSTALLMENT,
    InstallmentProcessing,
    NothingOutstanding,
)
from outstanding.models import (
    PAYMENT_IDS,
    CustomerInstallment,
    CustomerPayment,
    CustomerPaymentItem,
    PaymentPlan,
    PaymentSchedule,
    RenewalCase,
)
from outstanding.querysets import Part, find_renewal, open_obligations_of, open_parts, read_summary
from outstanding.rules.modes import is_offline, method_of
from outstanding.rules.rows import OpenRow
from outstanding.rules.transactions import new_transaction_id, payment_url
from outstanding.sequence import take_ids
from outstanding.services.settling import settle
from outstanding.subjects import CUSTOMER_PAYMENT
from payments.gateways.services import plan_charge

PAY: Final = "pay"
FIELD: Final = "installment_ids"
_Status = CustomerPayment.Status


@dataclass(frozen=True, slots=True)
class Initiated:
    """A payment that was started, and how many rows it is for."""

    payment: CustomerPayment
    rows: int


@transaction.atomic
def pay_installments(
    *,
    actor: Actor,
    case: int | str,
    mode: str,
    row_ids: Sequence[int] | None = None,
    notes: str = "",
    is_automatic: bool = False,
) -> Initiated:
    """Pay every outstanding row of the case, or those named, in the case's currency.

    Cash, check and bank transfer settle at once; any other mode waits for the gateway, and nothing is posted until
    it reports. Needs `outstanding.collect`. Raises RenewalCaseNotFound (404), InvalidInput (400) naming each wrong
    id, InstallmentProcessing and NothingOutstanding (409), NoGateway (409), IllegalTransition (409) for a case on
    hold, closed or cancelled.
    """
    actor.require("outstanding.collect")
    renewal = find_renewal(actor=actor, case=case)
    obligations = lock_obligations(actor=actor, also=open_obligations_of(renewal.pk))
    rows = read_summary(actor=actor, case=renewal.pk).rows
    chosen = _chosen(actor, renewal, rows, row_ids)
    keys = {row.id for row in chosen}
    parts = [part for part in open_parts(actor=actor, case_id=renewal.pk) if part.row_id in keys]
    payment = _new_payment(actor, renewal, mode, parts, notes, is_automatic=is_automatic)
    items = _items(payment, parts)
    _note_on_case(actor, renewal, payment, keys)
    if is_offline(mode):
        settle(
            actor=actor,
            renewal=renewal,
            payment=payment,
            items=items,
            obligations=obligations,
            amount=payment.amount,
            is_new=True,
        )
    else:
        _hand_over(actor, renewal, payment, items)
    return Initiated(payment, len(chosen))


def _note_on_case(actor: Actor, renewal: RenewalCase, payment: CustomerPayment, keys: set[int]) -> None:
    """Move the case, which locks it; its event says who paid, how much and for what."""
    move_case(
        actor=actor,
        case=renewal.case.case_no,
        trigger=PAY,
        payload={
            "transaction_id": payment.transaction_id,
            "mode": payment.mode,
            "amount": payment.amount,
            "installment_ids": sorted(keys)[:100],
        },
        entities=[CreatedEntity(entity_of(CustomerPayment), str(payment.id), payment_url(payment.id))],
    )


def _hand_over(
    actor: Actor, renewal: RenewalCase, payment: CustomerPayment, items: Sequence[CustomerPaymentItem]
) -> None:
    """Keep the payment with a charge that a worker will hand to the gateway."""
    charge = plan_charge(
        actor=actor,
        subject_type=CUSTOMER_PAYMENT,
        subject_id=str(payment.id),
        reference=payment.transaction_id,
        method=method_of(payment.mode),
        amount=payment.amount,
        currency=renewal.currency,
    )
    insert_batch([payment], items, [charge])


def _chosen(
    actor: Actor, renewal: RenewalCase, rows: Sequence[OpenRow], row_ids: Sequence[int] | None
) -> list[OpenRow]:
    """The rows to pay. Raises InvalidInput naming each id that cannot be paid."""
    chosen = list(rows)
    if row_ids is not None:
        if wrong := _wrong_ids(actor, renewal, rows, row_ids):
            message = " ".join(each.message for each in wrong[:5])
            raise InvalidInput(message, code=wrong[0].code, errors=wrong)
        chosen = [row for row in rows if row.id in set(row_ids)]
    if not chosen:
        raise NothingOutstanding(f"{renewal.case.case_no} owes nothing.")
    if busy := [row.id for row in chosen if row.is_processing]:
        named = ", ".join(str(key) for key in busy[:20])
        raise InstallmentProcessing(
            f"A payment of installments {named} is in progress.",
            errors=[
                FieldError(
                    FIELD, f"A payment of installment {key} is in progress.", InstallmentProcessing.code
                )
                for key in busy[:20]
            ],
        )
    return chosen


def _wrong_ids(
    actor: Actor, renewal: RenewalCase, rows: Sequence[OpenRow], row_ids: Sequence[int]
) -> list[FieldError]:
    if not row_ids:
        return [FieldError(FIELD, "Name at least one installment, or leave installment_ids out.")]
    listed = {row.id for row in rows}
    known = _known_ids(actor, renewal, [key for key in row_ids if key not in listed])
    wrong: list[FieldError] = []
    seen: set[int] = set()
    for place, key in enumerate(row_ids):
        where = f"{FIELD}.{place}"
        if key in seen:
            wrong.append(FieldError(where, f"Installment {key} is named twice.", INSTALLMENT_TWICE))
        elif key in known:
            wrong.append(FieldError(where, *known[key]))
        elif key not in listed:
            message = f"{renewal.case.case_no} has no installment {key}."
            wrong.append(FieldError(where, message, UNKNOWN_INSTALLMENT))
        seen.add(key)
    return wrong


def _known_ids(actor: Actor, renewal: RenewalCase, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """For ids of the case that are not listed: why not. Read when a request is refused."""
    if not ids:
        return {}
    mine = {"company_id": actor.company_id, "id__in": list(ids)}
    reasons: dict[int, tuple[str, str]] = {}
    installments = CustomerInstallment.objects.filter(**mine, renewal_case=renewal)
    for key, status in installments.values_list("id", "obligation__status"):
        if status == "open":
            reasons[key] = (f"Installment {key} is covered by the payment plan.", INSTALLMENT_PLANNED)
        else:
            reasons[key] = (f"Installment {key} is paid.", INSTALLMENT_PAID)
    schedules = PaymentSchedule.objects.filter(**mine, plan__renewal_case=renewal)
    for key, status in schedules.values_list("id", "plan__status"):
        ended = status not in (PaymentPlan.Status.ACTIVE, PaymentPlan.Status.COMPLETED)
        what = "belongs to a payment plan that has ended" if ended else "is paid"
        reasons[key] = (f"Installment {key} {what}.", UNKNOWN_INSTALLMENT if ended else INSTALLMENT_PAID)
    return reasons


def _new_payment(
    actor: Actor,
    renewal: RenewalCase,
    mode: str,
    parts: Sequence[Part],
    notes: str,
    *,
    is_automatic: bool,
) -> CustomerPayment:
    (key,) = take_ids(PAYMENT_IDS)
    amount: Decimal = sum((part.amount for part in parts), ZERO)
    return CustomerPayment(
        id=key,
        company_id=actor.company_id,
        renewal_case=renewal,
        transaction_id=new_transaction_id(),
        mode=mode,
        amount=amount,
        status=_Status.INITIATED,
        notes=notes,
        is_automatic=is_automatic,
        initiated_on=today(actor.company),
        created_by_id=actor.user_id,
        actor=actor.name,
    )


def _items(payment: CustomerPayment, parts: Sequence[Part]) -> list[CustomerPaymentItem]:
    return [
        CustomerPaymentItem(
            company_id=payment.company_id,
            customer_payment=payment,
            place=place,
            row_id=part.row_id,
            obligation_id=part.obligation_id,
            amount=part.amount,
            is_open=not is_offline(payment.mode),
        )
        for place, part in enumerate(parts, start=1)
    ]
