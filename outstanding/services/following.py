"""How renewal cases follow what happens to their installments in the ledger (`ledger.sources`).

Obligations are locked by then; a renewal case is locked after them, like a document. The case's row is what lets
two transactions that settle its last two installments see one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, sum_of
from cases.services import move_case
from cases.states import State
from ledger import chart, credits, sources
from ledger.models import Obligation
from ledger.sources import Description
from outstanding.models import CustomerInstallment, RenewalCancellation
from outstanding.postings import CANCELLATION
from outstanding.services.premiums import premium_standing
from outstanding.subjects import INSTALLMENT

SETTLED: Final = "settled"
REOPENED: Final = "reopened"
PATH: Final = "/api/case-tracking/cases/{}/outstanding-amounts/summary/"
_LOCK: Final = """
select c.id, c.case_no, c.state from cases c
where c.company_id = %s::uuid and c.id = any(array(
  select distinct i.renewal_case_id from customer_installments i
  where i.company_id = %s::uuid and i.id = any(%s::bigint[])
))
order by c.id for no key update
"""
_OWES: Final = """
select exists (
  select 1 from customer_installments i
  join ledger_obligations o on o.company_id = i.company_id and o.id = i.obligation_id and o.status = 'open'
  where i.company_id = %s::uuid and i.renewal_case_id = %s::bigint
)
"""
_COMPLETE: Final = """
update payment_plans set status = 'completed', ended_on = %s::date
where company_id = %s::uuid and renewal_case_id = %s::bigint and status = 'active'
"""
_RESUME: Final = """
update payment_plans set status = 'active', ended_on = null
where company_id = %s::uuid and id = (
  select id from payment_plans where company_id = %s::uuid and renewal_case_id = %s::bigint order by id desc limit 1
) and status = 'completed'
"""


def register() -> None:
    """Register installments with the ledger, once, when the app is loaded."""
    sources.register(
        INSTALLMENT,
        on_settled=close_settled,
        on_reopened=reopen,
        describe=describe_installments,
        owner="renewal case",
        passed_on=premium_of_write_off,
        credit_ended=why_not_credited,
    )
    sources.register(CANCELLATION, describe=describe_cancellations)
    credits.register_keeper(why_credit_stands)


@joins_transaction
def close_settled(actor: Actor, ids: Sequence[str]) -> None:
    """Close the cases that no longer owe anything, and complete their plans."""
    for case_id, case_no, state in _locked_cases(actor, ids):
        with connection.cursor() as cursor:
            cursor.execute(_OWES, [actor.company_id, case_id])
            if cursor.fetchone()[0]:
                continue
            cursor.execute(_COMPLETE, [today(actor.company), actor.company_id, case_id])
        if state not in (State.CLOSED.value, State.CANCELLED.value):
            move_case(actor=actor, case=case_no, trigger=SETTLED)


@joins_transaction
def reopen(actor: Actor, ids: Sequence[str]) -> None:
    """Reopen closed cases that owe again, and resume the plan that was completed last."""
    for case_id, case_no, state in _locked_cases(actor, ids):
        if state == State.CANCELLED.value:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_RESUME, [actor.company_id, actor.company_id, case_id])
        if state == State.CLOSED.value:
            move_case(actor=actor, case=case_no, trigger=REOPENED)


@reads
def describe_installments(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """A description of each installment; one statement."""
    rows = CustomerInstallment.objects.filter(
        company_id=actor.company_id, id__in=[int(each) for each in ids]
    ).values_list("id", "period", "renewal_case_id", "renewal_case__case__case_no")
    return {
        str(key): Description(f"Premium {period}", PATH.format(case_id), case_no)
        for key, period, case_id, case_no in rows
    }


@reads
def describe_cancellations(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """What was unearned of each installment; one statement."""
    return {
        key: replace(each, text=f"{each.text}, unearned")
        for key, each in describe_installments(actor, ids).items()
    }


@reads
def why_not_credited(actor: Actor, source_id: str) -> str:
    """What is unearned was credited when the policy was canceled: the rest of its premium is earned."""
    canceled = RenewalCancellation.objects.filter(
        company_id=actor.company_id, renewal_case__installments=int(source_id)
    ).first()
    if canceled is None:
        return ""
    return f"its policy was canceled on {canceled.effective_on}, and what was unearned is credited already"


@reads
def why_credit_stands(actor: Actor, operation_id: UUID) -> str:
    """What a cancellation gave back stands: the cancellation is not undone."""
    canceled = (
        RenewalCancellation.objects.select_related("renewal_case")
        .filter(company_id=actor.company_id, id=operation_id)
        .first()
    )
    if canceled is None:
        return ""
    return (
        f"policy {canceled.renewal_case} was canceled on {canceled.effective_on}, and it is what was unearned"
    )


@joins_transaction
def premium_of_write_off(
    actor: Actor, source_id: str, before: Decimal, amount: Decimal
) -> Sequence[tuple[str, Decimal]]:
    """What is written off of a premium is not owed to the insurer, as far as it has not been remitted.

    The case is locked, so that nothing is passed on meanwhile. Rule: docs/domain.md#write-offs-by-category.
    """
    _locked_cases(actor, [source_id])
    share = min(amount, not_remitted(actor=actor, installment_id=int(source_id)))
    return [(chart.PREMIUMS_PAYABLE, share)] if share else []


@reads
def not_remitted(*, actor: Actor, installment_id: int) -> Decimal:
    """What of the installment is unpaid and has not been passed on to the insurer.

    What was passed on is what was collected first. What was passed on beyond that was advanced for what is still owed,
    the earliest installment first: it is what the installments owe above what is due to the insurer.
    """
    installment = CustomerInstallment.objects.get(company_id=actor.company_id, id=installment_id)
    case_id = installment.renewal_case_id
    owing = CustomerInstallment.objects.filter(
        company_id=actor.company_id,
        renewal_case=case_id,
        obligation__status=Obligation.Status.OPEN,
        obligation__is_opening=False,
    )
    owed = list(owing.order_by("due_date", "id").values_list("id", "obligation__outstanding"))
    payable = max(premium_standing(actor=actor, case_id=case_id).payable, ZERO)
    advanced = max(sum_of(outstanding for _, outstanding in owed) - payable, ZERO)
    for key, outstanding in owed:
        covered = min(outstanding, advanced)
        if key == installment_id:
            return min(outstanding - covered, payable)
        advanced -= covered
    return ZERO


def _locked_cases(actor: Actor, ids: Sequence[str]) -> list[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [actor.company_id, actor.company_id, [int(each) for each in ids]])
        return cursor.fetchall()
