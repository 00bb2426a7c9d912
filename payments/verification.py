"""The identities of docs/domain.md#allocation, recomputed for `verify_ledger`."""

from __future__ import annotations

from typing import Final

from ledger.verification import by_statement, register, register_both, register_incremental, scope

_LIVE_CASH: Final = "amount - discount_amount - refunded_amount"
_LIVE_GROSS: Final = "amount - refunded_amount - refunded_discount"
_IS_LIVE: Final = "status in ('active', 'partially_refunded')"

# payment.amount = Σ live cash net of refunds + refunded + unallocated + returned + deposited; of a voided payment
# all are zero.
_PAYMENTS: Final = f"""
with {{new}} applied as (
  select payment_id, sum({_LIVE_CASH}) filter (where {_IS_LIVE}) as cash
  from payment_allocations where company_id = %(company)s::uuid {{of_allocations}} group by payment_id
)
select 'payment ' || p.number, case
    when p.status = 'voided' then 'is voided, but ' || coalesce(a.cash, 0.00) || ' is applied, '
      || p.unallocated || ' unallocated, ' || p.refunded || ' refunded, ' || p.returned || ' returned, '
      || p.deposited || ' deposited'
    else 'has ' || p.amount || ', but ' || coalesce(a.cash, 0.00) || ' applied + ' || p.refunded || ' refunded + '
      || p.unallocated || ' unallocated + ' || p.returned || ' returned + ' || p.deposited || ' deposited' end
from payments p left join applied a on a.payment_id = p.id
where p.company_id = %(company)s::uuid and p.status <> 'pending' {{of_payments}}
  and case when p.status = 'voided' then 0 else p.amount end <> coalesce(a.cash, 0) + p.refunded + p.unallocated
    + p.returned + p.deposited
order by p.number_order
"""  # noqa: S608 - fixed texts of this file

# invoice.total = outstanding + Σ live (cash + discount) + credits applied + written off; what was applied otherwise
# (a week's earnings) is counted by its postings.
_OBLIGATIONS: Final = f"""
with {{new}} applied as (
  select obligation_id as id, sum({_LIVE_GROSS}) filter (where {_IS_LIVE}) as gross
  from payment_allocations where company_id = %(company)s::uuid {{of_allocations}} group by obligation_id
), posted as (
  select p.obligation_id as id,
    -coalesce(sum(p.amount) filter (where e.source_type is null), 0) as by_payments,
    -coalesce(sum(p.amount) filter (where e.source_type not in ('ledger.obligation', 'ledger.write_off')), 0)
      as otherwise
  from ledger_postings p
  left join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
    and e.source_type not like 'payments.%%'
  where p.company_id = %(company)s::uuid and p.obligation_id is not null {{of_postings}}
  group by p.obligation_id
)
select o.category || ' ' || o.reference_id, case
    when coalesce(a.gross, 0) <> coalesce(m.by_payments, 0)
      then 'allocations settle ' || coalesce(a.gross, 0.00) || ', their postings ' || coalesce(m.by_payments, 0.00)
    else 'was ' || o.original || ', but ' || o.outstanding || ' outstanding + ' || coalesce(a.gross, 0.00)
      || ' applied + ' || o.written_off || ' written off + ' || coalesce(m.otherwise, 0.00) || ' otherwise' end
from ledger_obligations o
left join applied a on a.id = o.id
left join posted m on m.id = o.id
where o.company_id = %(company)s::uuid {{of_obligations}} and (
  coalesce(a.gross, 0) <> coalesce(m.by_payments, 0)
  or case when o.status = 'voided' then 0 else o.original end
     <> o.outstanding + coalesce(a.gross, 0) + o.written_off + coalesce(m.otherwise, 0))
order by 1
"""  # noqa: S608 - fixed texts of this file
_UNALLOCATED: Final = """
with posted as (
  select p.payment_id as id, -sum(p.amount) as cash
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'unallocated_cash'
  where p.company_id = %(company)s::uuid
  group by p.payment_id
)
select case when p.id is null then 'unallocated cash' else 'payment ' || p.number end,
  case when p.id is null then coalesce(m.cash, 0.00) || ' is posted for no payment'
    else p.unallocated || ' unallocated, postings say ' || coalesce(m.cash, 0.00) end
from payments p full join posted m on m.id = p.id
where coalesce(p.company_id, %(company)s::uuid) = %(company)s::uuid and coalesce(p.status, '') <> 'pending'
  and coalesce(p.unallocated, 0) <> coalesce(m.cash, 0)
order by 1
"""
# Of payments that new entries touch; the whole form is `_UNALLOCATED`.
_UNALLOCATED_NEW: Final = f"""
with {scope.PAYMENTS}
select 'payment ' || p.number, p.unallocated || ' unallocated, postings say ' || m.cash
from touched_payments t
join payments p on p.company_id = %(company)s::uuid and p.id = t.id
cross join lateral (
  select coalesce(-sum(l.amount), 0.00) as cash
  from ledger_postings l
  join ledger_accounts a on a.company_id = l.company_id and a.id = l.account_id and a.code = 'unallocated_cash'
  where l.company_id = p.company_id and l.payment_id = p.id) m
where p.status <> 'pending' and p.unallocated <> m.cash
"""  # noqa: S608 - fixed texts
_POSTED_OF: Final = """
{new}
select 'allocation ' || a.id, case
    when e.id is null then 'was never posted'
    else 'is ' || a.status || case when v.id is null then ', but no void' else ', but a void' end || ' is posted' end
from {allocations} a
left join ledger_entries e on e.company_id = a.company_id and e.source_type = 'payments.allocation'
  and e.source_id = a.{source} and e.event in ('allocation_applied', 'credit_applied')
left join ledger_entries v on v.company_id = a.company_id and v.source_type = 'payments.allocation'
  and v.source_id = a.{source} and v.event in ('allocation_voided', 'credit_unapplied')
where a.company_id = %(company)s::uuid and (e.id is null or (a.status = 'voided') <> (v.id is not null))
order by 1
"""
_POSTED: Final = _POSTED_OF.format(new="", allocations="payment_allocations", source="id::text")
# Under row security no index is read by a cast: the ids become texts first.
_POSTED_NEW: Final = _POSTED_OF.format(
    new=f"""with {scope.NEW_ALLOCATIONS}, named as materialized (
  select a.company_id, a.id, a.id::text as source, a.status
  from new_allocations n join payment_allocations a on a.company_id = %(company)s::uuid and a.id = n.id)""",  # noqa: S608
    allocations="named",
    source="source",
)
_REFUNDS: Final = """
with told as (
  select r.payment_id as id, sum(r.amount) as refunded
  from payment_refunds r
  where r.company_id = %(company)s::uuid and not exists (select from disbursements d
    where d.company_id = r.company_id and d.source_type = 'payments.refund' and d.source_id = r.id::text
      and d.status = 'stopped')
  group by r.payment_id
), held as (
  select subject_id::uuid as id, sum(amount) as reserved
  from approvals
  where company_id = %(company)s::uuid and kind = 'refund' and status = 'pending_approval'
    and parameters->>'allocation_id' is null
  group by subject_id
)
select 'payment ' || p.number, p.refunded || ' refunded, ' || p.reserved || ' reserved; its refunds say '
    || coalesce(t.refunded, 0.00) || ' and what waits ' || coalesce(h.reserved, 0.00)
from payments p left join told t on t.id = p.id left join held h on h.id = p.id
where p.company_id = %(company)s::uuid
  and (p.refunded <> coalesce(t.refunded, 0) or p.reserved <> coalesce(h.reserved, 0))
order by p.number_order
"""
_REFUNDED_ALLOCATIONS: Final = """
with told as (
  select allocation_id as id, sum(amount) as cash, sum(discount_amount) as discount
  from payment_refunds
  where company_id = %(company)s::uuid and allocation_id is not null
  group by allocation_id
)
select 'allocation ' || a.id, a.refunded_amount || ' refunded with ' || a.refunded_discount
    || ' of the discount; its refunds say ' || coalesce(t.cash, 0.00) || ' and ' || coalesce(t.discount, 0.00)
from payment_allocations a left join told t on t.id = a.id
where a.company_id = %(company)s::uuid
  and (a.refunded_amount <> coalesce(t.cash, 0) or a.refunded_discount <> coalesce(t.discount, 0))
order by 1
"""
# What the bank took back: the payment's figure and status, the entry, and the obligation for what had been refunded.
_RETURNS: Final = """
with told as (
  select payment_id as id, sum(undone) as undone, sum(charged) as charged, sum(amount) as amount
  from payment_returns where company_id = %(company)s::uuid group by payment_id
)
select 'payment ' || p.number, 'is ' || p.status || ' with ' || p.returned || ' returned; its returns say '
  || coalesce(t.undone, 0.00) || ' of ' || coalesce(t.amount, 0.00)
from payments p left join told t on t.id = p.id
where p.company_id = %(company)s::uuid and (p.returned <> coalesce(t.undone, 0)
  or (p.status = 'returned') <> (coalesce(t.amount, 0) = p.amount) or coalesce(t.charged, 0) > p.refunded)
order by p.number_order
"""
_POSTED_RETURNS: Final = """
select 'return ' || r.id, case
    when r.undone <> coalesce(p.amount, 0) then 'has ' || r.undone || ' undone, its entry ' || coalesce(p.amount, 0.00)
    when r.charged <> coalesce(o.original, 0)
      then 'charged ' || r.charged || ', its obligation is ' || coalesce(o.original, 0.00)
    else 'took ' || r.amount || ', its disbursement is ' || d.amount end
from payment_returns r
left join ledger_entries e on e.company_id = r.company_id and e.source_type = 'payments.return'
  and e.source_id = r.id::text and e.event = 'payment_returned'
left join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.payment_id = r.payment_id
left join ledger_obligations o on o.company_id = r.company_id and o.id = r.obligation_id
left join disbursements d on d.company_id = r.company_id and d.id = r.disbursement_id
where r.company_id = %(company)s::uuid and (r.undone <> coalesce(p.amount, 0)
  or r.charged <> coalesce(o.original, 0) or d.amount <> r.amount)
order by 1
"""
_POSTED_REFUNDS: Final = """
select 'refund ' || coalesce(r.id::text, e.source_id), case
    when r.id is null then 'is posted, but there is no such refund'
    when e.id is null then 'is there, but nothing was posted'
    else 'was asked for, and its request is ' || a.status end
from (select * from payment_refunds where company_id = %(company)s::uuid) r
full join (
  select * from ledger_entries where company_id = %(company)s::uuid and source_type = 'payments.refund'
) e on e.source_id = r.id::text
left join approvals a on a.id = r.approval_id and a.company_id = r.company_id
where r.id is null or e.id is null or a.status <> 'approved'
order by 1
"""


_DEPOSITS: Final = """
with taken as (
  select payment_id as id, sum(amount) as amount from security_deposit_moves
  where company_id = %(company)s::uuid and kind = 'taken' and not is_voided group by payment_id
)
select 'payment ' || p.number, p.deposited || ' deposited, what was taken of it is ' || coalesce(t.amount, 0.00)
from payments p left join taken t on t.id = p.id
where p.company_id = %(company)s::uuid and p.deposited <> coalesce(t.amount, 0)
order by p.number_order
"""


def register_payment_checks() -> None:
    """What payments add to `verify_ledger`; once, when the app is ready."""
    register_both(
        "payments are applied, refunded or unallocated",
        _PAYMENTS,
        only_new={
            "new": f"{scope.PAYMENTS},",
            "of_allocations": scope.among("payment_id", "touched_payments"),
            "of_payments": scope.among("p.id", "touched_payments"),
        },
    )
    register_both(
        "obligations are what is owed, applied and written off",
        _OBLIGATIONS,
        only_new={
            "new": f"{scope.OBLIGATIONS},",
            "of_allocations": scope.among("obligation_id", "touched_obligations"),
            "of_postings": scope.among("p.obligation_id", "touched_obligations"),
            "of_obligations": scope.among("o.id", "touched_obligations"),
        },
        sorts_groups=True,
    )
    register_incremental("unallocated cash of new payments is what its postings say", _UNALLOCATED_NEW)
    register("allocations are posted, and voided ones undone", by_statement(_POSTED))
    register_incremental("allocations are posted, and voided ones undone", _POSTED_NEW)
    for name, statement in (
        ("unallocated cash is what its postings say", _UNALLOCATED),
        ("payments are refunded and reserved as their refunds say", _REFUNDS),
        ("payments came back as their returns say", _RETURNS),
        ("returns are posted", _POSTED_RETURNS),
        ("allocations are refunded as their refunds say", _REFUNDED_ALLOCATIONS),
        ("refunds are posted once approved, not before", _POSTED_REFUNDS),
        ("payments are deposited as their deposits say", _DEPOSITS),
    ):
        register(name, by_statement(statement))
