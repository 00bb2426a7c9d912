"""Paying out what DTRs say is due to drivers, and payouts that came back (docs/domain.md#payouts-sent-and-returned)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import models, transaction

from batconnect.core.approvals.errors import PENDING
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_rows
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event, audit_rows
from batconnect.core.database.rows import Change, one_of_ids
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger import chart
from ledger.models import Entry, Posting
from ledger.postings import (
    DTR,
    PAID_OUT,
    EntryDraft,
    Leg,
    dtr_paid_out,
    payout_key,
    payout_returned,
)
from ledger.rules.reasons import checked_reason
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.errors import DtrNotFound, DtrPaid, NothingDue, PayoutNotReturnable
from ledger.settlement.models import Dtr
from ledger.settlement.registry import registered_covering
from ledger.treasury.models import BankAccount, Disbursement
from ledger.treasury.services.paying import (
    PaidFrom,
    PreparedMany,
    ToPay,
    lock_disbursement,
    prepare_many,
    return_disbursement,
)

MAX_AT_ONCE: Final = 1_000
_SHOWN: Final = 20
_PAY: Final = """
update dtrs d set status = 'Paid', paid_on = %s::date, paid_at = %s::timestamptz, paid_by = %s, payment_method = %s,
  payment_reference = p.reference
from unnest(%s::uuid[], %s::text[]) as p(id, reference)
where d.company_id = %s::uuid and d.id = p.id
"""


# What paying one asks of it.
_PAID_BY: Final = (
    *("number", "number_order", "status", "paid_on", "due_to_driver", "currency", "settled_on"),
    *("customer_id", "lease_id", "returned_payouts"),
)
_RETURN: Final = """
update dtrs set status = 'Finalized', paid_on = null, paid_at = null, paid_by = '', payment_method = '',
  payment_reference = '', returned_payouts = returned_payouts + 1
where company_id = %s::uuid and id = %s::uuid
"""
_PAYEE: Final = 120


@dataclass(frozen=True, slots=True)
class Payout:
    """Which DTRs are paid, how and on which day, and the reference of each; `kept` is what is not paid to the driver:
    by a DTR's id, accounts of creditors and amounts."""

    numbers: tuple[str, ...]
    method: str
    paid_on: date
    references: Mapping[str, str]
    bank_account_id: UUID | None = None
    kept: Mapping[UUID, Sequence[tuple[str, Decimal]]] = field(default_factory=dict)

    def paid_of(self, dtr: Dtr) -> Decimal:
        """What of the DTR's due is paid to the driver."""
        return dtr.due_to_driver - sum((amount for _, amount in self.kept.get(dtr.id, ())), ZERO)


@transaction.atomic
def pay_dtrs(
    *,
    actor: Actor,
    numbers: Sequence[str],
    method: str,
    paid_on: date | None = None,
    reference_number: str = "",
    references: Mapping[str, str] | None = None,
    bank_account_id: UUID | None = None,
) -> list[Dtr] | Approval:
    """Pay out what the DTRs owe their drivers, all or none, in one statement; a DTR is paid out once.

    `method` is `ach` or `check`, `paid_on` the company's today unless given; `references` are those that differ
    from `reference_number`, by DTR number. It is paid from the bank account, the default one unless named, and each
    payout is in transit until the bank shows it. When one DTR, or a driver's total of today, is above the company's
    `payout_approval_limit`, nothing is paid: the result is a request for all of them, decided by another user.
    Needs `ledger.pay_out`. Raises DtrNotFound (404), DtrPaid and NothingDue (409) naming the DTRs, Conflict 409
    `approval_pending`, InvalidInput for the day: in the future, closed, before the DTR was made; for the bank account
    what `find_bank_account` refuses.
    """
    actor.require("ledger.pay_out")
    payout = Payout(
        numbers=tuple(numbers),
        method=method,
        paid_on=paid_on or today(actor.company),
        references={
            number: (references or {}).get(number, reference_number) for number in dict.fromkeys(numbers)
        },
        bank_account_id=bank_account_id,
    )
    return _pay(actor, payout, None)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Pay what another person requested; refused when one of the DTRs has been paid since."""
    parameters = approval.parameters
    account = parameters.get("bank_account_id")
    payout = Payout(
        numbers=tuple(parameters["numbers"]),
        method=parameters["method"],
        paid_on=date.fromisoformat(parameters["paid_on"]),
        references=parameters["references"],
        bank_account_id=UUID(account) if account else None,
    )
    paid = _pay(actor, payout, approval)
    assert isinstance(paid, list)
    total = sum((dtr.due_to_driver for dtr in paid), ZERO)
    return Carried(f"{format_amount(total)} of {len(paid)} DTRs are paid out.", {"paid": len(paid)}, paid)


KIND: Final = ApprovalKind(
    code="payout",
    label="Payout",
    permission="ledger.approve_payout",
    view_permission="ledger.view",
    trail="ledger.payout",
    carry_out=_carry_out,
    limit="payout_approval_limit",
)


def _pay(actor: Actor, payout: Payout, approval: Approval | None) -> list[Dtr] | Approval:
    """Pay out; above the limit request approval, unless this carries out an approved request."""
    numbers, day = payout.numbers, payout.paid_on
    if not 1 <= len(numbers) <= MAX_AT_ONCE:
        raise InvalidInput(
            f"Name 1 to {MAX_AT_ONCE:,} DTRs; there are {len(numbers):,}.", field="dtr_numbers"
        )
    require_book_date(actor=actor, day=day, field="paid_on")
    rows = Dtr.objects.filter(company_id=actor.company_id, number__in=set(numbers)).order_by("id")
    # Their drivers and what is due do not change: they may be read before the drivers are locked.
    actions = _planned_actions(list(rows))
    excess = find_excess(actor=actor, kind=KIND, actions=actions)
    dtrs = list(rows.select_for_update(no_key=True))
    _require_payable(actor, dtrs, numbers, day)
    cover = registered_covering()
    cover.refuse_covered(actor=actor, dtrs=dtrs)
    if excess is not None and approval is None:
        return _ask(actor, dtrs, payout, excess)
    return _post(
        actor,
        dtrs,
        payout,
        approval,
        lambda account: cover.rows_by_hand(actor=actor, dtrs=dtrs, bank_account=account),
    )


def _post(
    actor: Actor,
    dtrs: Sequence[Dtr],
    payout: Payout,
    approval: Approval | None,
    rows: Callable[[BankAccount], Sequence[Sequence[models.Model]]],
    changes: Sequence[Change] = (),
) -> list[Dtr]:
    """Post the payouts of locked DTRs that are payable, in one statement with the caller's rows and changes."""
    method, day = payout.method, payout.paid_on
    paid_at = now()
    for dtr in dtrs:
        dtr.status = Dtr.Status.PAID
        dtr.paid_on, dtr.paid_at, dtr.paid_by = day, paid_at, actor.name
        dtr.payment_method = method
        dtr.payment_reference = payout.references[dtr.number]
    prepared = _prepared(actor, dtrs, payout)
    entries = [each["entry_id"] for each in prepared.rows.rows]
    drafts = [
        _draft(dtr, leg, entry, payout) for dtr, leg, entry in zip(dtrs, prepared.legs, entries, strict=True)
    ]
    trail = audit_rows(
        actor=actor,
        action="ledger.pay_out",
        subject_type=DTR,
        subjects=[
            (dtr.id, {"number": dtr.number, "amount": str(dtr.due_to_driver), "method": method})
            for dtr in dtrs
        ],
    )
    values = [day, paid_at, actor.name, method, [dtr.id for dtr in dtrs]]
    values += [[dtr.payment_reference for dtr in dtrs], actor.company_id]
    counted = limited_rows(actor=actor, kind=KIND, actions=_planned_actions(dtrs), approval=approval)
    post_entries(
        actor=actor,
        drafts=drafts,
        rows=[*rows(prepared.bank_account), prepared.rows, trail, counted],
        changes=[Change(_PAY, values), *changes],
    )
    return sorted(dtrs, key=lambda dtr: dtr.number_order)


@joins_transaction
def pay_covered(*, actor: Actor, payout: Payout, ids: Sequence[UUID], changes: Sequence[Change]) -> list[Dtr]:
    """Pay out the DTRs that payouts of a batch cover: the app that keeps batches has had them approved, and passes its
    own changes along. `payout.references` are by DTR number. Raises DtrPaid and NothingDue (409), InvalidInput for the
    day, what `find_bank_account` refuses."""
    require_book_date(actor=actor, day=payout.paid_on, field="paid_on")
    rows = Dtr.objects.filter(company_id=actor.company_id, id__in=one_of_ids(ids)).order_by("id")
    dtrs = list(rows.only(*_PAID_BY).select_for_update(no_key=True))
    _require_payable(actor, dtrs, payout.numbers, payout.paid_on)
    return _post(actor, dtrs, payout, None, lambda account: [], changes)


def _prepared(actor: Actor, dtrs: Sequence[Dtr], payout: Payout) -> PreparedMany:
    """One disbursement for each DTR, in transit from the same bank account."""
    names = dict(
        Customer.objects.filter(
            company_id=actor.company_id, id__in=one_of_ids([dtr.customer_id for dtr in dtrs])
        ).values_list("id", "name")
    )
    return prepare_many(
        actor=actor,
        kind=Disbursement.Kind.PAYOUT,
        source_type=DTR,
        currency=dtrs[0].currency,
        paid_from=PaidFrom(payout.method, bank_account_id=payout.bank_account_id, paid_on=payout.paid_on),
        payments=[
            ToPay(
                amount=payout.paid_of(dtr),
                entry_id=uuid7(),
                source_id=payout_key(dtr.id, dtr.returned_payouts + 1),
                customer_id=dtr.customer_id,
                reference=dtr.payment_reference,
                payee=names[dtr.customer_id][:_PAYEE],
            )
            for dtr in dtrs
        ],
    )


def _draft(dtr: Dtr, leg: Leg, entry_id: UUID, payout: Payout) -> EntryDraft:
    return dtr_paid_out(
        dtr_id=dtr.id,
        attempt=dtr.returned_payouts + 1,
        paid=leg,
        amount=dtr.due_to_driver,
        currency=dtr.currency,
        on=payout.paid_on,
        customer_id=dtr.customer_id,
        lease_id=dtr.lease_id,
        reason=dtr.payment_reference,
        entry_id=entry_id,
        kept=payout.kept.get(dtr.id, ()),
    )


@transaction.atomic
def return_payout(*, actor: Actor, number: str, reason: str, into: str = "") -> Dtr:
    """Record that the payout of a DTR came back or was stopped: it is due again, as the next attempt; today's entry.

    What the bank never showed is no longer in transit. What had cleared is in deposits in transit until the bank
    shows it, or in the account `into` (unidentified receipts) when a line of the statement says so. The figures of
    the DTR stay. Needs `ledger.return_payout` and a reason of 10 to 500 characters. Raises DtrNotFound (404),
    PayoutNotReturnable (409) for a DTR that is not paid, NotInTransit (409).
    """
    actor.require("ledger.return_payout")
    reason = checked_reason(reason)
    dtr = (
        Dtr.objects.filter(company_id=actor.company_id, number=number).select_for_update(no_key=True).first()
    )
    if dtr is None:
        raise DtrNotFound(f"There is no DTR {number[:24]}.")
    if dtr.status != Dtr.Status.PAID:
        raise PayoutNotReturnable(f"{dtr.number} is {dtr.status}: no payout of it can come back.")
    draft, changes = _returned(actor, dtr, reason, into)
    trail = audit_event(
        actor=actor,
        action="ledger.return_payout",
        subject_type=DTR,
        subject_id=dtr.id,
        reason=reason,
        details={
            "number": dtr.number,
            "amount": str(dtr.due_to_driver),
            "paid_on": str(dtr.paid_on),
            "attempt": dtr.returned_payouts + 1,
        },
    )
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[[trail]],
        changes=[
            *changes,
            Change(_RETURN, [actor.company_id, dtr.id]),
            *registered_covering().changes_of_return(actor=actor, dtr=dtr),
        ],
    )
    dtr.refresh_from_db()
    return dtr


def _returned(actor: Actor, dtr: Dtr, reason: str, into: str) -> tuple[EntryDraft, list[Change]]:
    """The entry by which the DTR's last payout came back, and what becomes of its disbursement."""
    source_id = payout_key(dtr.id, dtr.returned_payouts + 1)
    paid = Entry.objects.get(
        company_id=actor.company_id, source_type=DTR, source_id=source_id, event=PAID_OUT
    )
    entry_id, amount = uuid7(), dtr.due_to_driver
    row = Disbursement.objects.filter(company_id=actor.company_id, entry=paid.id).first()
    changes: list[Change] = []
    cleared = False
    if row is None:
        # Paid before there were bank accounts: the cash of the method has it back.
        back = Leg(chart.cash(dtr.payment_method), amount)
    else:
        row = lock_disbursement(actor=actor, disbursement_id=row.id)
        cleared = row.status == Disbursement.Status.CLEARED
        back, change = return_disbursement(actor=actor, row=row, entry_id=entry_id, reason=reason)
        changes = [change]
        if into and cleared:
            back = Leg(into, row.amount)
    draft = payout_returned(
        source_id=source_id,
        entry_id=entry_id,
        back=back,
        amount=amount,
        currency=dtr.currency,
        on=today(actor.company),
        customer_id=dtr.customer_id,
        lease_id=dtr.lease_id,
        reverses=paid.id,
        is_full_reversal=not cleared,
        reason=reason,
        given_back=_kept(actor, paid),
    )
    return draft, changes


@reads
def _kept(actor: Actor, paid: Entry) -> list[tuple[str, Decimal]]:
    """What a payout's entry kept for creditors, by account."""
    lines = Posting.objects.filter(
        company_id=actor.company_id, entry=paid.id, account__code__startswith=chart.DEDUCTIONS_PAYABLE
    )
    return [(code, -amount) for code, amount in lines.order_by("line").values_list("account__code", "amount")]


def _ask(actor: Actor, dtrs: Sequence[Dtr], payout: Payout, excess: Excess) -> Approval:
    """Request approval once for all that were to be paid together; a DTR waits in one request at a time."""
    _refuse_waiting(actor, dtrs)
    first, rest = dtrs[0], len(dtrs) - 1
    total = sum((dtr.due_to_driver for dtr in dtrs), ZERO)
    about = About(
        subject_type=DTR,
        subject_id=str(first.id),
        title=f"Payout of {format_amount(total)} {first.currency} for {first.number}"
        + (f" and {rest} more" if rest else ""),
        parameters={
            "numbers": [dtr.number for dtr in dtrs],
            "method": payout.method,
            "paid_on": payout.paid_on.isoformat(),
            "references": dict(payout.references),
            "bank_account_id": str(payout.bank_account_id) if payout.bank_account_id else None,
        },
        reason=", ".join(sorted({each for each in payout.references.values() if each}))[:500],
        amount=total,
        currency=first.currency,
        customer_id=first.customer_id if len({dtr.customer_id for dtr in dtrs}) == 1 else None,
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _refuse_waiting(actor: Actor, dtrs: Sequence[Dtr]) -> None:
    numbers = {dtr.number for dtr in dtrs}
    waiting = Approval.objects.filter(
        company_id=actor.company_id, kind=KIND.code, status=Approval.Status.PENDING
    )
    for each in waiting:
        if there := numbers.intersection(each.parameters["numbers"]):
            raise Conflict(f"{each.title} is waiting for approval and includes {min(there)}.", code=PENDING)


def _planned_actions(dtrs: Sequence[Dtr]) -> list[PlannedAction]:
    return [
        PlannedAction(str(dtr.id), dtr.customer_id, dtr.due_to_driver, dtr.currency)
        for dtr in dtrs
        if dtr.due_to_driver > 0
    ]


@reads
def payable_numbers(*, actor: Actor, week: date) -> list[str]:
    """The numbers of the week's DTRs that are still to be paid out."""
    rows = Dtr.objects.filter(
        company_id=actor.company_id, week=week, status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO
    )
    return list(rows.order_by("number_order").values_list("number", flat=True))


def _require_payable(actor: Actor, dtrs: Sequence[Dtr], numbers: Sequence[str], day: date) -> None:
    there = {dtr.number for dtr in dtrs}
    if missing := [number for number in numbers if number not in there]:
        raise DtrNotFound(f"There is no DTR {', '.join(each[:24] for each in missing[:_SHOWN])}.")
    if paid := [dtr for dtr in dtrs if dtr.status == Dtr.Status.PAID]:
        payouts = ", ".join(f"{dtr.number} on {dtr.paid_on}" for dtr in paid[:_SHOWN])
        raise DtrPaid(f"Already paid out: {payouts}.")
    if nothing := [dtr.number for dtr in dtrs if dtr.due_to_driver <= 0]:
        raise NothingDue(f"Nothing is due to the driver on {', '.join(nothing[:_SHOWN])}.")
    first = max(dtr.settled_on for dtr in dtrs)
    if day < first:
        message = f"{day} is before {first}, the day on which the week was settled."
        raise InvalidInput(message, errors=[FieldError("paid_on", message)])
