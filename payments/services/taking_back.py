"""How a return is posted: what it undoes, what it charges, and what the bank took, in one statement.

Rule: docs/domain.md#returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import round_half_up, sum_of
from batconnect.core.models import LimitedAction
from batconnect.directory.models import Customer, Driver, LeaseDriver
from cases.services import note_on_case
from ledger import chart
from ledger.chart import Category
from ledger.errors import LEASE_REQUIRED, REFERENCE_TAKEN
from ledger.models import Entry, Obligation
from ledger.postings import EntryDraft, Leg, charge_credits, obligation_raised
from ledger.services import ObligationDraft, post_entries
from ledger.services.locks import lock_obligations
from ledger.services.obligations import find_obligations, planned_row
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom, prepare_disbursement
from payments import postings
from payments.models import Allocation, Payment, PaymentReturn
from payments.services.allocation import AllocationLine, apply_allocations
from payments.services.figures import return_cash
from payments.services.voids import mark_voided, rest_of, undo_drafts, void_rows

_PAYEE: Final = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """A return that was posted: with the payment's new figures, what was undone, and what the customer owes for it."""

    payment: Payment
    returned: PaymentReturn
    allocations: tuple[Allocation, ...]
    charged: Obligation | None
    fee: Obligation | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """What the bank took it from: the account's code, and the row until its line comes."""

    account: str
    row: Disbursement | None
    warnings: tuple[str, ...] = ()

    def leg(self, amount: Decimal) -> Leg:
        """The line that credits it."""
        return Leg(self.account, -amount, item_id=self.row.id if self.row else None)


@dataclass(frozen=True, slots=True)
class ToReturn:
    """A return that may be made: what is undone for it (in the order of ids), what else is charged, and what it was
    taken from: the code of an `account`, or a bank account.

    `attempt` is the number of the payment's return, which keeps its references apart; after one `in_full` nothing of
    the payment is left. `counted` is what it adds to the limit.
    """

    returned: PaymentReturn
    allocations: Sequence[Allocation]
    fee: Decimal
    bank_account_id: UUID | None
    account: str
    attempt: int
    in_full: bool
    counted: Sequence[LimitedAction]

    @property
    def reason(self) -> str:
        """Why, as entries and the trail say it."""
        return f"Returned by the bank: {self.returned.reason_code}. {self.returned.notes}".strip()


@joins_transaction
def post_return(*, actor: Actor, payment: Payment, asked: ToReturn) -> Taken:
    """Post a return that may be made, under the payment's lock; the obligations are locked here.

    The allocations are undone whole; what the bank left of the earliest of them is applied to its obligation again.
    The instances get their new figures. Raises Conflict 409 `reference_taken`, InvalidInput `lease_required`,
    and what `find_bank_account` refuses.
    """
    returned, allocations, reason = asked.returned, asked.allocations, asked.reason
    obligations = lock_obligations(actor=actor, ids={each.obligation_id for each in allocations})
    charges = _charges(actor, payment, asked)
    source = _source(actor, payment, asked)
    drafts = undo_drafts(actor, {payment.id: payment}, allocations, obligations, reason)
    drafts += _drafts(actor, payment, asked, charges, source)
    raised = {name: planned_row(actor=actor, draft=draft) for name, draft in charges.items()}
    returned.obligation, returned.fee = raised.get("refund"), raised.get("fee")
    returned.disbursement = source.row
    again = _applied_again(actor, payment, asked)
    posted = post_entries(
        actor=actor,
        drafts=drafts,
        rows=[
            list(raised.values()),
            [source.row] if source.row else [],
            [returned],
            _trail(actor, payment, asked),
            asked.counted,
        ],
        changes=_changes(actor, payment, asked),
        raises=frozenset(each.id for each in raised.values()),
    )
    for key, owed in posted.outstanding.items():
        obligations[key].outstanding, obligations[key].status = owed, Obligation.Status.OPEN
    if again is not None:
        apply_allocations(actor=actor, payment=payment, obligations=obligations, lines=[again])
    _note(actor, payment, asked)
    undone = tuple(allocations)
    return Taken(payment, returned, undone, raised.get("refund"), raised.get("fee"), source.warnings)


def _changes(actor: Actor, payment: Payment, asked: ToReturn) -> list[Change]:
    """The payment's figures, and its allocations that are undone; on the instances too."""
    cash = sum_of(rest_of(each)[0] for each in asked.allocations)
    changes = [
        return_cash(
            payment,
            unallocated=cash - asked.returned.undone,
            returned=asked.returned.undone,
            in_full=asked.in_full,
        )
    ]
    if asked.allocations:
        voided_at = clock.now()
        changes.append(void_rows(actor, asked.allocations, asked.reason, voided_at))
        mark_voided(asked.allocations, asked.reason, voided_at)
    return changes


def _charges(actor: Actor, payment: Payment, asked: ToReturn) -> dict[str, ObligationDraft]:
    """What the customer owes because of the return: what had been refunded, and the fee."""
    day = clock.today(actor.company)
    returned = asked.returned
    if not returned.charged and not asked.fee:
        return {}
    number = payment.number if asked.attempt == 1 else f"{payment.number}/{asked.attempt}"
    common: dict[str, Any] = {
        "category": Category.MISC,
        "issue_date": day,
        "due_date": day,
        "customer_id": payment.customer_id,
        "lease_id": _lease(actor, payment),
        "currency": payment.currency,
        "case_no": payment.case_no,
        "operation_id": returned.id,
    }
    drafts: dict[str, ObligationDraft] = {}
    if returned.charged:
        drafts["refund"] = ObligationDraft(
            **common,
            reference_id=f"RET-{number}",
            amount=returned.charged,
            # Its entry is of its own kind: it credits what the bank took it from.
            credits=((chart.UNEXPLAINED_PAYMENTS, returned.charged),),
            description=f"Refunded of {payment.number}, which the bank took back",
            source_type=postings.RETURN,
            source_id=str(returned.id),
        )
    if asked.fee:
        drafts["fee"] = ObligationDraft(
            **common,
            reference_id=f"NSF-{number}",
            amount=asked.fee,
            credits=charge_credits(category=Category.MISC, amount=asked.fee),
            description=f"Fee for {payment.number}, which the bank took back",
        )
    keys = [(str(draft.category), draft.reference_id) for draft in drafts.values()]
    if taken := find_obligations(actor=actor, keys=keys):
        (_, reference), *_ = taken
        raise Conflict(f"There is a charge {reference} already.", code=REFERENCE_TAKEN)
    return drafts


def _lease(actor: Actor, payment: Payment) -> int | None:
    """The payment's lease, else that of the latest application, else the latest that the driver held by the payment's
    day; None for a customer who drives none. Raises InvalidInput `lease_required` for a driver without any."""
    if payment.lease_id is not None:
        return payment.lease_id
    applied = payment.allocations.filter(company_id=actor.company_id, obligation__lease__isnull=False)
    latest = applied.order_by("-id").values_list("obligation__lease_id", flat=True).first()
    if latest is not None:
        return latest
    of_customer = {"company_id": actor.company_id, "customer": payment.customer_id}
    if not Driver.objects.filter(**of_customer).exists():
        return None
    held = LeaseDriver.objects.filter(
        company_id=actor.company_id,
        driver__customer=payment.customer_id,
        from_on__lte=payment.payment_date,
    ).exclude(until_on__lt=models.F("from_on"))
    lease: int | None = held.order_by("-from_on", "-id").values_list("lease_id", flat=True).first()
    if lease is None:
        raise InvalidInput(
            f"{payment.number} names no lease, and its driver held none by {payment.payment_date}: what the return "
            "charges needs a lease.",
            code=LEASE_REQUIRED,
        )
    return lease


def _source(actor: Actor, payment: Payment, asked: ToReturn) -> _Source:
    """Where the bank took it: the account that is named, else what is in transit from a bank account."""
    returned = asked.returned
    if asked.account:
        return _Source(asked.account, None)
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.PAYMENT_RETURN,
        amount=returned.amount,
        currency=payment.currency,
        paid_from=PaidFrom(
            method=payment.method,
            bank_account_id=asked.bank_account_id,
            reference=returned.reason_code,
            payee=Customer.objects.values_list("name", flat=True).get(
                company_id=actor.company_id, id=payment.customer_id
            )[:_PAYEE],
        ),
        entry_id=uuid7(),
        source_type=postings.RETURN,
        source_id=str(returned.id),
        customer_id=payment.customer_id,
    )
    return _Source(prepared.leg.account, prepared.row, prepared.warnings)


def _drafts(
    actor: Actor,
    payment: Payment,
    asked: ToReturn,
    charges: Mapping[str, ObligationDraft],
    source: _Source,
) -> list[EntryDraft]:
    """The entries beside those that undo: the return, what had been refunded, and the fee."""
    returned, reason = asked.returned, asked.reason
    day = clock.today(actor.company)
    # The row names the first of the two that credit it.
    entry_id = source.row.entry_id if source.row else uuid7()
    drafts: list[EntryDraft] = []
    if returned.undone:
        drafts.append(
            postings.payment_returned(
                return_id=returned.id,
                payment_id=payment.id,
                entry_id=entry_id,
                taken=source.leg(returned.undone),
                amount=returned.undone,
                currency=payment.currency,
                on=day,
                customer_id=payment.customer_id,
                lease_id=payment.lease_id,
                reverses=_received(actor, payment),
                reason=reason,
                case_no=payment.case_no,
            )
        )
    if refund := charges.get("refund"):
        drafts.append(
            postings.refund_charged(
                return_id=returned.id,
                obligation_id=refund.id,
                entry_id=uuid7() if drafts else entry_id,
                taken=source.leg(returned.charged),
                amount=returned.charged,
                currency=payment.currency,
                on=day,
                customer_id=payment.customer_id,
                lease_id=refund.lease_id,
                reason=reason,
                case_no=payment.case_no,
            )
        )
    return [*drafts, *([_fee(charges["fee"])] if "fee" in charges else [])]


def _fee(fee: ObligationDraft) -> EntryDraft:
    return obligation_raised(
        obligation_id=fee.id,
        category=fee.category.value,
        amount=fee.amount,
        currency=fee.currency,
        issue_date=fee.issue_date,
        credits=fee.credits,
        customer_id=fee.customer_id,
        lease_id=fee.lease_id,
        case_no=fee.case_no,
        operation_id=fee.operation_id,
    )


def _received(actor: Actor, payment: Payment) -> UUID | None:
    """The entry that received the payment; None where a receipt was matched."""
    entries = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=postings.PAYMENT,
        event=postings.PAYMENT_RECEIVED,
        source_id=str(payment.id),
    )
    return entries.values_list("id", flat=True).first()


def _applied_again(actor: Actor, payment: Payment, asked: ToReturn) -> AllocationLine | None:
    """What the bank left of the earliest allocation that is undone, with its share of the discount; None for nothing.

    It counts from today, as what undoes the allocation does: until then the allocation itself counts. To be asked
    before the payment's figures change.
    """
    undone = sum_of(rest_of(each)[0] for each in asked.allocations)
    cash = payment.unallocated + undone - asked.returned.undone
    if not asked.allocations or not cash:
        return None
    allocation = asked.allocations[0]
    whole, discount = rest_of(allocation)
    share = round_half_up(discount * cash / whole)
    return AllocationLine(
        obligation_id=allocation.obligation_id,
        amount=cash + share,
        discount_amount=share,
        discount_percent=allocation.discount_percent if share else Decimal(0),
        discount_reason=allocation.discount_reason,
        strategy=allocation.strategy,
        decision={**allocation.decision, "left_by_return_of": str(allocation.id)},
        notes=allocation.notes,
        allocation_date=clock.today(actor.company),
    )


def _details(payment: Payment, returned: PaymentReturn) -> dict[str, str]:
    return {
        "payment_id": payment.number,
        "amount": str(returned.amount),
        "charged": str(returned.charged),
        "reason_code": returned.reason_code,
    }


def _trail(actor: Actor, payment: Payment, asked: ToReturn) -> Sequence[models.Model]:
    """The event of a payment without a case; a case keeps its own."""
    if payment.case_no:
        return []
    return [
        audit_event(
            actor=actor,
            action="payments.payment_returned",
            subject_type=postings.PAYMENT,
            subject_id=payment.id,
            reason=asked.reason,
            details=_details(payment, asked.returned),
        )
    ]


def _note(actor: Actor, payment: Payment, asked: ToReturn) -> None:
    if payment.case_no:
        note_on_case(
            actor=actor,
            case=payment.case_no,
            trigger="payment_returned",
            reason=asked.reason,
            payload=_details(payment, asked.returned),
        )
