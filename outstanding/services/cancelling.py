"""Canceling a policy before its end: what is unearned is credited, what is earned stays owed.

Rule: docs/domain.md#premiums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from cases.services import lock_case, move_case
from ledger import chart
from ledger.chart import Category
from ledger.credits import credit_issuer
from ledger.models import Obligation
from ledger.postings import Leg
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.services.locks import lock_obligations
from outstanding.errors import ABOVE_PREMIUM, OUTSIDE_TERM, TERM_OR_FIGURE
from outstanding.models import CustomerInstallment, PaymentPlan, RenewalCancellation, RenewalCase
from outstanding.postings import premium_unearned
from outstanding.querysets import active_plan, find_renewal
from outstanding.rules.cancelling import Share, Term, credit_from_the_latest, unearned_by_days
from outstanding.services.plans import end_plan, refuse_processing
from outstanding.services.premiums import give_commission_back

CANCEL_POLICY: Final = "cancel_policy"
"""The transition of a renewal case."""


@dataclass(frozen=True, slots=True)
class Canceled:
    """A policy that was canceled: what was credited to which installments (the latest first), what stays owed, the
    number of the customer's credit, if there is one, the commission that was given back, and what is due back from the
    insurer."""

    renewal: RenewalCase
    cancellation: RenewalCancellation
    shares: Sequence[Share[CustomerInstallment]]
    outstanding: Decimal
    memo_number: str = ""
    commission: Decimal = ZERO
    due_back: Decimal = ZERO


@transaction.atomic
def cancel_renewal(
    *,
    actor: Actor,
    case: int | str,
    effective_on: date,
    reason: str,
    unearned: Decimal | None = None,
    covers_from: date | None = None,
    covers_until: date | None = None,
) -> Canceled:
    """Cancel a renewal case from `effective_on` on: its plan ends, and what is unearned of the premium is credited from
    the latest installment back; what was paid above what is earned becomes a credit of the customer. What had been
    remitted of it is due back from the insurer, and its commission is given back.

    What is unearned is the insurer's figure (`unearned`, in the case's currency), or the premium of the days that are
    left of those that the policy covers. All entries are effective today. What is earned and unpaid stays owed, and
    the case is `Cancelled`. Needs `outstanding.cancel` and a reason of 10 to 500 characters. Raises
    RenewalCaseNotFound (404), IllegalTransition, InstallmentProcessing (409), InvalidInput 400 `term_or_figure`,
    `outside_term`, `above_premium` naming the premium.
    """
    actor.require("outstanding.cancel")
    reason = checked_reason(reason)
    term = _term(unearned, covers_from, covers_until, effective_on)
    renewal = find_renewal(actor=actor, case=case)
    installments = _installments(actor, renewal)
    obligations = lock_obligations(actor=actor, ids={each.obligation_id for each in installments})
    lock_case(actor=actor, case=renewal.case.case_no, trigger=CANCEL_POLICY)
    refuse_processing(actor=actor, renewal=renewal, what="cancel the policy")
    figure = _unearned(unearned, term, effective_on, obligations)
    _end_plan(actor, renewal)
    outstanding = [(each, obligations[each.obligation_id].outstanding) for each in installments]
    shares, left = credit_from_the_latest(unearned=figure, outstanding=outstanding)
    cancellation = _cancellation(actor, renewal, effective_on, term, reason)
    cancellation.unearned, cancellation.credited, cancellation.returned = figure, figure - left, left
    _move(actor, renewal, cancellation)
    owed = _credit(actor, renewal, cancellation, shares, obligations)
    given_back = give_commission_back(actor=actor, renewal=renewal, cancellation=cancellation)
    number = _give_back(actor, renewal, cancellation) if left else ""
    insert_many([cancellation])
    return Canceled(renewal, cancellation, shares, owed, number, *given_back)


def _cancellation(
    actor: Actor, renewal: RenewalCase, effective_on: date, term: Term | None, reason: str
) -> RenewalCancellation:
    """The row that says how and why, without its figures."""
    return RenewalCancellation(
        id=uuid7(),
        company_id=actor.company_id,
        renewal_case=renewal,
        effective_on=effective_on,
        covers_from=term.first if term else None,
        covers_until=term.last if term else None,
        reason=reason,
        made_by=actor.name,
    )


def _installments(actor: Actor, renewal: RenewalCase) -> list[CustomerInstallment]:
    """The case's installments, the earliest first."""
    rows = CustomerInstallment.objects.filter(company_id=actor.company_id, renewal_case=renewal.pk)
    return list(rows.order_by("due_date", "id"))


def _end_plan(actor: Actor, renewal: RenewalCase) -> None:
    plan = active_plan(actor=actor, case_id=renewal.pk)
    if plan is not None:
        end_plan(actor=actor, plan=plan, status=PaymentPlan.Status.CANCELLED)


def _term(unearned: Decimal | None, first: date | None, last: date | None, effective_on: date) -> Term | None:
    """The days that the policy covers, where they are what counts."""
    days = (first is not None) + (last is not None)
    if (unearned is not None) == (days == 2) or days == 1:
        raise InvalidInput(
            "Give either what is unearned, or the first and the last day that the policy covers.",
            code=TERM_OR_FIGURE,
            field="unearned",
        )
    if first is None or last is None:
        return None
    if not first <= effective_on <= last:
        raise InvalidInput(
            f"{effective_on} is not within the days that the policy covers, {first} to {last}.",
            code=OUTSIDE_TERM,
            field="effective_on",
        )
    return Term(first, last)


def _unearned(
    figure: Decimal | None, term: Term | None, on: date, obligations: Mapping[UUID, Obligation]
) -> Decimal:
    """What is unearned; at most the premium less what was given up of it already."""
    standing = [each for each in obligations.values() if each.status != Obligation.Status.VOIDED]
    premium = sum_of(each.original for each in standing)
    limit = premium - sum_of(each.written_off + each.credited for each in standing)
    if figure is None:
        assert term is not None, "one of the two is given"
        return min(unearned_by_days(premium=premium, term=term, on=on), limit)
    if figure > limit:
        raise InvalidInput(
            f"{format_amount(figure)} is more than the premium of {format_amount(limit)} that was raised and is "
            "neither written off nor credited.",
            code=ABOVE_PREMIUM,
            field="unearned",
        )
    return figure


def _move(actor: Actor, renewal: RenewalCase, cancellation: RenewalCancellation) -> None:
    """The case is cancelled first, so that installments that are settled by it do not close it."""
    move_case(
        actor=actor,
        case=renewal.case.case_no,
        trigger=CANCEL_POLICY,
        reason=cancellation.reason,
        payload={
            "effective_on": cancellation.effective_on,
            "unearned": cancellation.unearned,
            "credited": cancellation.credited,
            "returned": cancellation.returned,
        },
    )


def _credit(
    actor: Actor,
    renewal: RenewalCase,
    cancellation: RenewalCancellation,
    shares: Sequence[Share[CustomerInstallment]],
    obligations: Mapping[UUID, Obligation],
) -> Decimal:
    """Credit the installments that are not paid; what of the case stays owed."""
    owed = sum_of(each.outstanding for each in obligations.values())
    if shares:
        drafts = [
            premium_unearned(
                installment_id=share.key.id,
                obligation_id=share.key.obligation_id,
                amount=share.amount,
                currency=renewal.currency,
                on=today(actor.company),
                customer_id=renewal.customer_id,
                reason=cancellation.reason,
                case_no=renewal.case.case_no,
                operation_id=cancellation.id,
            )
            for share in shares
        ]
        post_entries(actor=actor, drafts=drafts)
    return owed - cancellation.credited


def _give_back(actor: Actor, renewal: RenewalCase, cancellation: RenewalCancellation) -> str:
    """What was paid above what is earned becomes a credit of the customer; its number."""
    issued = credit_issuer()(
        actor=actor,
        customer_id=renewal.customer_id,
        lease_id=None,
        currency=renewal.currency,
        debits=[Leg(chart.PREMIUMS_PAYABLE, cancellation.returned)],
        reason=cancellation.reason,
        category=Category.PREMIUM.value,
        case_no=renewal.case.case_no,
        operation_id=cancellation.id,
    )
    assert cancellation.returned > ZERO, "nothing is given back of nothing"
    cancellation.memo_id = issued.memo_id
    return issued.number
