"""How the ledger knows a kind of document: its callbacks, how its events are described, what must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from ledger import sources, verification, weekly
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.services.advanced import read_advanced
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import Follower
from ledger.sources import Description

_SCHEDULES: Final = """
select '{noun} ' || d.number, concat_ws('; ',
    case when s.principal is distinct from d.amount
      then 'its installments sum to ' || coalesce(s.principal, 0.00) || ' instead of ' || d.amount end,
    case when s.rows is distinct from d.installment_count::bigint
      then 'it has ' || coalesce(s.rows, 0) || ' installments instead of ' || d.installment_count end,
    case when s.suspended <> 0 and d.status in ('Open', 'Closed')
      then s.suspended || ' installments are suspended, but it is ' || d.status end,
    case when s.waiting <> 0 and d.status in ('Hold', 'Cancelled')
      then s.waiting || ' installments wait for posting, but it is ' || d.status end,
    case when s.unpaid = 0 and d.status not in ('Closed', 'Cancelled')
      then 'everything is paid, but it is ' || d.status end,
    case when s.unpaid <> 0 and d.status = 'Closed' then s.unpaid || ' installments are not paid, but it is Closed' end,
    case when s.posted <> 0 and d.status = 'Cancelled'
      then 'it is Cancelled, but installments are posted that are not credited' end)
from {documents} d
left join (
  select i.{parent}, sum(i.principal) as principal, count(*) as rows,
         count(*) filter (where i.is_suspended) as suspended,
         count(*) filter (where i.status = 'Scheduled' and not i.is_suspended) as waiting,
         count(*) filter (where i.status <> 'Paid') as unpaid,
         count(*) filter (where i.status <> 'Scheduled' and o.credited is distinct from o.original) as posted
  from {installments} i
  left join ledger_obligations o on o.company_id = i.company_id and o.id = i.id
  where i.company_id = %(company)s::uuid and i.status <> 'Withdrawn' group by i.{parent}
) s on s.{parent} = d.id
where d.company_id = %(company)s::uuid and (
  s.principal is distinct from d.amount or s.rows is distinct from d.installment_count::bigint
  or (s.suspended <> 0 and d.status in ('Open', 'Closed')) or (s.waiting <> 0 and d.status in ('Hold', 'Cancelled'))
  or (s.unpaid = 0 and d.status not in ('Closed', 'Cancelled')) or (s.unpaid <> 0 and d.status = 'Closed')
  or (s.posted <> 0 and d.status = 'Cancelled'))
"""
_OBLIGATIONS: Final = """
select '{noun} installment ' || coalesce(i.installment_id, o.reference_id), case
    when i.id is null then 'its obligation has no installment'
    when o.id is null then 'it is ' || i.status || ', but has no obligation'
    when i.posted_on is null then 'it is ' || i.status || ', but has an obligation'
    when o.original <> {total} then 'it is ' || ({total}) || ', its obligation ' || o.original
    when o.due_date <> i.due_date then 'it is due ' || i.due_date || ', its obligation ' || o.due_date
    when o.issue_date < i.due_date or o.issue_date > i.posted_on
      then 'it fell due on ' || i.due_date || ' and was posted on ' || i.posted_on || ', its obligation is issued on '
        || o.issue_date
    else 'it is ' || i.status || ', its obligation ' || o.status end
from (select * from {installments} where company_id = %(company)s::uuid) i
full join (
  select * from ledger_obligations where company_id = %(company)s::uuid and source_type = '{source_type}'
) o on o.id = i.id
where i.id is null or (o.id is null) <> (i.posted_on is null)
   or o.original <> {total} or o.due_date <> i.due_date or o.issue_date < i.due_date or o.issue_date > i.posted_on
   or (i.status = 'Paid') <> (o.status = 'settled') or (i.status = 'Withdrawn') <> (o.status = 'voided')
"""
# What the documents' own entries left on disbursements payable, against the documents that say so: opened on it, not
# taken back, not handed over. What credit memos of installments have debited of it is not handed over any more, and
# is what is not taken back of a document that was cancelled.
_TO_PAY: Final = """
with booked as (
  select e.source_id, -sum(p.amount) as to_pay, bool_or(e.event = '{opened_event}') as opens
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'disbursements_payable'
  where e.company_id = %(company)s::uuid and e.source_type = '{opened}'
  group by e.source_id
), credited as (
  select e.operation_id as id, sum(p.amount) as principal
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'disbursements_payable'
  where e.company_id = %(company)s::uuid and e.operation_id is not null
  group by e.operation_id
), compared as (
  select coalesce(d.number, b.source_id) as number, coalesce(b.to_pay, 0.00) as to_pay,
    case when d.status <> 'Cancelled' and b.opens{not_given} then d.amount
      when {is_given} then coalesce(c.principal, 0.00) else 0.00 end as expected
  from (select * from {documents} where company_id = %(company)s::uuid) d
  full join booked b on b.source_id = d.id::text
  left join credited c on c.id = d.id
)
select '{noun} ' || number, to_pay || ' stands on disbursements payable for it, instead of ' || expected
from compared where to_pay <> expected
"""
_ADVANCED: Final = """
select '{account}', 'the account stands at ' || posted.total || ', what is scheduled at ' || scheduled.total
from (
  select coalesce(sum(p.amount), 0.00) as total from ledger_accounts a
  join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
  where a.company_id = %(company)s::uuid and a.code = '{account}'
) posted, (
  select coalesce(sum(i.principal), 0.00) as total from {installments} i
  join {documents} d on d.company_id = i.company_id and d.id = i.{parent}
  where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and d.status <> 'Cancelled'
) scheduled
where posted.total <> scheduled.total
"""


def follow(kind: RepaidKind) -> None:
    """Let the ledger know the kind: its source types, its checks, its step of the weekly run."""
    follower = Follower(kind)
    sources.register(
        kind.source_type,
        on_settled=follower.paid,
        on_reopened=follower.reopened,
        describe=lambda actor, ids: _describe_installments(actor, kind, ids),
        owner=kind.noun,
        advanced=lambda actor, key: read_advanced(actor=actor, kind=kind, installment_id=UUID(key)),
    )
    sources.register(
        kind.opened,
        describe=lambda actor, ids: _describe_documents(actor, kind, ids),
        owner=kind.noun,
        given_table=kind.document._meta.db_table if kind.given_column else "",
    )
    documents, installments = kind.tables
    names = {
        "noun": kind.noun,
        "documents": documents,
        "installments": installments,
        "parent": kind.parent_column,
        "total": kind.total,
        "source_type": kind.source_type,
        "account": kind.credits[0][0],
        "opened": kind.opened,
        "opened_event": kind.opened_event,
        "not_given": f" and d.{kind.given_column} is null" if kind.given_column else "",
        "is_given": "d.id is not null" if kind.given_column else "false",
    }
    for name, statement in (
        (f"schedules of {kind.app} fit their status", _SCHEDULES),
        (f"installments of {kind.app} and their obligations agree", _OBLIGATIONS),
        (f"what {kind.app} have advanced is what is scheduled", _ADVANCED),
        (f"what is payable for {kind.app} is what was not handed over", _TO_PAY),
    ):
        verification.register(name, verification.by_statement(statement.format(**names)))
    weekly.register(
        kind.app,
        kind.weekly_order,
        _weekly_posting(kind),
        slot=kind.weekly_slot,
        label=f"{kind.noun.capitalize()} installments",
    )


def _weekly_posting(kind: RepaidKind) -> weekly.Run:
    """The kind's step of the weekly run."""

    def run(*, actor: Actor, sunday: date, progress: weekly.Progress) -> Mapping[str, Any]:
        return post_due(actor=actor, kind=kind, up_to=sunday, progress=progress).as_dict()

    return run


def _describe_documents(actor: Actor, kind: RepaidKind, ids: Sequence[str]) -> dict[str, Description]:
    rows = kind.document.objects.filter(company_id=actor.company_id, id__in=[UUID(each) for each in ids])
    return {
        str(key): Description(f"{kind.noun.capitalize()} opened: {number}", kind.address(number), case_no)
        for key, number, case_no in rows.values_list("id", "number", "case_no")
    }


def _describe_installments(actor: Actor, kind: RepaidKind, ids: Sequence[str]) -> dict[str, Description]:
    rows: Any = kind.installment.objects.filter(
        company_id=actor.company_id, id__in=[UUID(each) for each in ids]
    )
    values = rows.values_list("id", "installment_id", f"{kind.parent}__number", f"{kind.parent}__case_no")
    return {
        str(key): Description(f"Installment {name} fell due", kind.address(number), case_no)
        for key, name, number, case_no in values
    }
