"""How renewal cases follow what happens to their installments in the ledger (`ledger.sources`).

Obligations are locked by then; a renewal case is locked after them, like a document. The case's row is what lets
two transactions that settle its last two installments see one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db import connection

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from cases.services import move_case
from cases.states import State
from ledger import sources
from ledger.sources import Description
from outstanding.models import CustomerInstallment
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
    )


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


def _locked_cases(actor: Actor, ids: Sequence[str]) -> list[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [actor.company_id, actor.company_id, [int(each) for each in ids]])
        return cursor.fetchall()
