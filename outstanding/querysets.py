"""What is outstanding of renewal cases: in one statement, from the ledger's obligations or from postings.

Rule: docs/domain.md#outstanding-summary.

A plan's row covers parts of obligations. What was applied to an obligation since the plan was made counts to its
earliest covering row first: the open part of a cover follows from what the obligation still owes, so it is stored
nowhere. What an obligation owes beyond its covers (a payment from before the plan was voided) is listed as the
installment itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, Subquery

from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from outstanding.errors import RenewalCaseNotFound
from outstanding.models import CustomerInstallment, PaymentPlan, RenewalCase
from outstanding.rules.rows import SCHEDULE, OpenRow

_LARGEST_ID: Final = 2**63 - 1

_SHARES: Final = """
owed as materialized (
  select i.id, i.renewal_case_id, i.period, i.description, i.due_date, i.amount as original, i.obligation_id,
         {outstanding} as outstanding
  from {installments}
  join ledger_obligations o on o.company_id = %(company)s::uuid and o.id = i.obligation_id
  where i.company_id = %(company)s::uuid and {which}
), cover as materialized (
  select s.id, s.number, s.due_date, s.amount as original, p.installment_count, p.frequency, t.obligation_id,
         t.amount, sum(t.amount) over whole as covered, sum(t.amount) over earlier - t.amount as before
  from payment_plans p
  join payment_schedules s on s.company_id = p.company_id and s.plan_id = p.id
  join payment_schedule_items t on t.company_id = s.company_id and t.schedule_id = s.id
  where p.company_id = %(company)s::uuid and p.renewal_case_id in (select renewal_case_id from owed) and {plan}
  window whole as (partition by t.obligation_id), earlier as (partition by t.obligation_id order by s.number)
), shares as (
  select 'schedule' as type, c.id, c.due_date, c.original, c.obligation_id, o.due_date as obligation_due,
         o.renewal_case_id, c.number, c.installment_count, c.frequency, '' as period, '' as description,
         least(greatest(c.before + c.amount - greatest(c.covered - o.outstanding, 0), 0), c.amount) as amount
  from cover c join owed o on o.obligation_id = c.obligation_id
  union all
  select 'installment', o.id, o.due_date, o.original, o.obligation_id, o.due_date, o.renewal_case_id, 0, 0, '',
         o.period, o.description, o.outstanding - coalesce(c.covered, 0)
  from owed o left join (select distinct obligation_id, covered from cover) c on c.obligation_id = o.obligation_id
  where o.outstanding > coalesce(c.covered, 0)
)
"""
_OF_TARGET: Final = "target join customer_installments i on i.renewal_case_id = target.id"
_NOW: Final = {
    "outstanding": "o.outstanding",
    "plan": "p.status = 'active'",
    "on_way": "y.is_open",
}
# As of a day: what the postings up to it say, with the plan and the payments that stood at its end.
_THEN: Final = {
    "outstanding": (
        "(select coalesce(sum(l.amount), 0) from ledger_postings l"
        " join ledger_entries e on e.company_id = l.company_id and e.id = l.entry_id"
        " where l.company_id = %(company)s::uuid and l.obligation_id = o.id and e.effective_on <= %(as_of)s::date)"
    ),
    "plan": (
        "p.id = (select q.id from payment_plans q where q.company_id = p.company_id"
        " and q.renewal_case_id = p.renewal_case_id and q.made_on <= %(as_of)s::date"
        " and (q.ended_on is null or q.ended_on > %(as_of)s::date) order by q.id desc limit 1)"
    ),
    "on_way": (
        "exists (select 1 from customer_payments v where v.company_id = y.company_id and v.id = y.customer_payment_id"
        " and v.initiated_on <= %(as_of)s::date and (v.finished_on is null or v.finished_on > %(as_of)s::date))"
    ),
}
_SUMMARY: Final = """
with target as materialized (
  select r.id, r.currency, c.case_no from renewal_cases r join cases c on c.company_id = r.company_id and c.id = r.id
  where r.company_id = %(company)s::uuid and c.{key}
), {shares}
select target.id, target.case_no, target.currency, s.id, s.type, s.period, s.description, s.due_date, s.amount,
       s.original, s.number, s.installment_count, s.frequency,
       exists (select 1 from customer_payment_items y
               where y.company_id = %(company)s::uuid and y.row_id = s.id and {on_way})
from target left join (
  select id, type, min(period) as period, min(description) as description, min(due_date) as due_date,
         sum(amount) as amount, min(original) as original, min(number) as number,
         min(installment_count) as installment_count, min(frequency) as frequency
  from shares group by type, id having sum(amount) > 0
) s on true
order by s.due_date, s.id
"""
# Most cases have no plan: then the rows are the installments themselves. `planned` says when they are not.
_PLAIN: Final = """
with target as materialized (
  select r.id, r.currency, c.case_no,
         exists (select 1 from payment_plans p where p.company_id = %(company)s::uuid
                 and p.renewal_case_id = r.id and p.status = 'active') as planned
  from renewal_cases r join cases c on c.company_id = r.company_id and c.id = r.id
  where r.company_id = %(company)s::uuid and c.{key}
)
select target.id, target.case_no, target.currency, target.planned,
       i.id, 'installment', i.period, i.description, i.due_date, o.outstanding, i.amount, 0, 0, '',
       exists (select 1 from customer_payment_items y
               where y.company_id = %(company)s::uuid and y.row_id = i.id and y.is_open)
from target left join (
  customer_installments i
  join ledger_obligations o on o.company_id = %(company)s::uuid and o.id = i.obligation_id and o.status = 'open'
) on i.company_id = %(company)s::uuid and i.renewal_case_id = target.id and not target.planned
order by i.due_date, i.id
"""
_PARTS: Final = """
with target as materialized (select %(case)s::bigint as id), {shares}
select s.id, s.obligation_id, s.obligation_due, s.amount
from shares s where s.amount > 0
order by s.due_date, s.id, s.obligation_due, s.obligation_id
"""
_EFFECTIVE: Final = """
with {shares}
select obligation_id, min(due_date) from shares where amount > 0 group by obligation_id
having min(due_date) <> min(obligation_due)
"""
_UNDER_A_PLAN: Final = (
    "i.renewal_case_id in (select q.renewal_case_id from payment_plans q"
    " where q.company_id = %(company)s::uuid and q.status = 'active')"
)
_IN_DEFAULT: Final = """
with {shares}
select distinct r.plan_id from shares s
join payment_schedules r on r.company_id = %(company)s::uuid and r.id = s.id
where s.type = 'schedule' and s.amount > 0 and s.due_date < %(day)s::date
union all
select p.id from payment_plans p
where p.company_id = %(company)s::uuid and p.status = 'defaulted'
  and not exists (select 1 from payment_plans l where l.company_id = p.company_id
                  and l.renewal_case_id = p.renewal_case_id and l.id > p.id)
  and exists (select 1 from customer_installments i
              join ledger_obligations o on o.company_id = i.company_id and o.id = i.obligation_id
              where i.company_id = p.company_id and i.renewal_case_id = p.renewal_case_id and o.status = 'open')
"""
_DUE_ROWS: Final = """
with {shares}
select s.id, s.renewal_case_id, min(s.due_date),
       case min(s.type) when 'schedule' then 'plan installment ' || min(s.number) || ' of ' || min(s.installment_count)
         else min(s.period) end,
       sum(s.amount), u.name, u.email, r.policy_number, r.currency
from shares s
join renewal_cases r on r.company_id = %(company)s::uuid and r.id = s.renewal_case_id
join cases c on c.company_id = r.company_id and c.id = r.id and c.state in ('Open', 'In Progress')
join customers u on u.company_id = r.company_id and u.id = r.customer_id and u.email <> ''
where s.amount > 0 and s.due_date <= %(until)s::date
group by s.id, s.renewal_case_id, u.name, u.email, r.policy_number, r.currency
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """The open rows of a case, oldest first."""

    case_id: int
    case_no: str
    currency: str
    rows: list[OpenRow]


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a listed row that one obligation makes up."""

    row_id: int
    obligation_id: UUID
    obligation_due: date
    amount: Decimal


def read_summary(*, actor: Actor, case: int | str, as_of: date | None = None) -> Summary:
    """The open rows of a case (integer id or number), now or at the end of a day.

    One statement however many rows; a second one for today's rows of an active plan. Raises RenewalCaseNotFound
    (404).
    """
    key, value = _addressed(case)
    values = {"company": actor.company_id, "value": value, "as_of": as_of}
    with connection.cursor() as cursor:
        if as_of is None:
            cursor.execute(_PLAIN.format(key=key), values)
            records = cursor.fetchall()
            if not (records and records[0][3]):
                return _summary(case, [(*row[:3], *row[4:]) for row in records])
        cursor.execute(_summary_sql(key, then=as_of is not None), values)
        return _summary(case, cursor.fetchall())


def _summary(case: int | str, records: list[tuple[Any, ...]]) -> Summary:
    if not records:
        raise RenewalCaseNotFound(f"There is no renewal case {str(case)[:40]}.")
    case_id, case_no, currency = records[0][:3]
    return Summary(case_id, case_no, currency, [_row(each[3:]) for each in records if each[3] is not None])


def _addressed(case: int | str) -> tuple[str, int | str]:
    text = str(case)
    if text.isascii() and text.isdecimal():
        return "id = %(value)s::bigint", min(int(text), _LARGEST_ID)
    return "case_no = %(value)s", text.upper()[:40]


@cache
def _summary_sql(key: str, *, then: bool) -> str:
    words = _THEN if then else _NOW
    # For today what is settled is left out at once; for another day the postings decide.
    shares = _SHARES.format(
        installments=_OF_TARGET,
        which="true" if then else "o.status = 'open'",
        outstanding=words["outstanding"],
        plan=words["plan"],
    )
    return _SUMMARY.format(key=key, shares=shares, on_way=words["on_way"])


def _row(values: tuple[Any, ...]) -> OpenRow:
    key, kind, period, description, due_date, amount, original, number, count, frequency, processing = values
    if kind == SCHEDULE:
        period = f"Payment plan {number} of {count}"
        description = f"{frequency.capitalize()} installment {number} of {count} of the payment plan"
    return OpenRow(key, kind, period, description, due_date, amount, original, processing)


def open_parts(*, actor: Actor, case_id: int) -> list[Part]:
    """The open rows of a case by the obligations behind them, oldest first; the caller holds the obligations' locks."""
    with connection.cursor() as cursor:
        cursor.execute(_parts_sql(), {"company": actor.company_id, "case": case_id})
        return [Part(*row) for row in cursor.fetchall()]


@cache
def _parts_sql() -> str:
    shares = _SHARES.format(
        installments=_OF_TARGET,
        which="o.status = 'open'",
        outstanding=_NOW["outstanding"],
        plan=_NOW["plan"],
    )
    return _PARTS.format(shares=shares)


def effective_due_dates(*, actor: Actor, obligation_ids: Collection[UUID] | None) -> Mapping[UUID, date]:
    """The due dates of those premium obligations that a plan moves: of the earliest open row covering each.

    None asks for those of every active plan.
    """
    values: dict[str, Any] = {"company": actor.company_id}
    if obligation_ids is not None:
        values["ids"] = list(obligation_ids)
    with connection.cursor() as cursor:
        cursor.execute(_effective_sql(every=obligation_ids is None), values)
        return dict(cursor.fetchall())


@cache
def _effective_sql(*, every: bool) -> str:
    shares = _SHARES.format(
        installments="customer_installments i",
        which="o.status = 'open' and "
        + (_UNDER_A_PLAN if every else "i.obligation_id = any(%(ids)s::uuid[])"),
        outstanding=_NOW["outstanding"],
        plan=_NOW["plan"],
    )
    return _EFFECTIVE.format(shares=shares)


def due_dates_then(*, actor: Actor, as_of: date) -> Mapping[UUID, date]:
    """The due dates that plans moved as they stood at the end of a day, of what was owed then; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_effective_then_sql(), {"company": actor.company_id, "as_of": as_of})
        return dict(cursor.fetchall())


@cache
def _effective_then_sql() -> str:
    planned = (
        "i.renewal_case_id in (select q.renewal_case_id from payment_plans q"
        " where q.company_id = %(company)s::uuid and q.made_on <= %(as_of)s::date"
        " and (q.ended_on is null or q.ended_on > %(as_of)s::date))"
    )
    shares = _SHARES.format(
        installments="customer_installments i",
        which=planned,
        outstanding=_THEN["outstanding"],
        plan=_THEN["plan"],
    )
    return _EFFECTIVE.format(shares=shares)


def plans_in_default(*, actor: Actor, day: date) -> list[UUID]:
    """The plans that are not kept: active with an open row past due on the day, or ended by default while the
    renewal case still owes and has no later plan. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_in_default_sql(), {"company": actor.company_id, "day": day})
        return [plan_id for (plan_id,) in cursor.fetchall()]


@cache
def _in_default_sql() -> str:
    shares = _SHARES.format(
        installments="customer_installments i",
        which="o.status = 'open' and " + _UNDER_A_PLAN,
        outstanding=_NOW["outstanding"],
        plan=_NOW["plan"],
    )
    return _IN_DEFAULT.format(shares=shares)


@cache
def open_rows_sql() -> str:
    """The company's open rows due up to a day (`%(until)s`), with the customer to write to: for reminders."""
    shares = _SHARES.format(
        installments="customer_installments i",
        which="o.status = 'open'",
        outstanding=_NOW["outstanding"],
        plan=_NOW["plan"],
    )
    return _DUE_ROWS.format(shares=shares)


def find_renewal(*, actor: Actor, case: int | str) -> RenewalCase:
    """The renewal case by integer id or case number, with its case and customer. Raises RenewalCaseNotFound (404)."""
    text = str(case)
    named = Q(case__case_no=text.upper()[:40])
    if text.isascii() and text.isdecimal():
        named = Q(case_id=min(int(text), _LARGEST_ID))
    renewal = (
        RenewalCase.objects.select_related("case", "customer")
        .filter(named, company_id=actor.company_id)
        .first()
    )
    if renewal is None:
        raise RenewalCaseNotFound(f"There is no renewal case {text[:40]}.")
    return renewal


def open_obligations_of(case_id: int) -> Q:
    """Selects the open obligations of a case's installments."""
    obligation_ids = CustomerInstallment.objects.filter(renewal_case=case_id).values("obligation_id")
    return Q(id__in=Subquery(obligation_ids), status=Obligation.Status.OPEN)


def active_plan(*, actor: Actor, case_id: int) -> PaymentPlan | None:
    """The case's active plan, if it has one."""
    return PaymentPlan.objects.filter(
        company_id=actor.company_id, renewal_case=case_id, status=PaymentPlan.Status.ACTIVE
    ).first()


PREMIUMS: Final = """
with debts as (
  select i.obligation_id as id, i.renewal_case_id as case_id
  from customer_installments i where i.company_id = %(company)s::uuid
), memos as (
  select m.id, d.case_id from credit_memos m join debts d on d.id = m.obligation_id
  where m.company_id = %(company)s::uuid
  union
  select v.memo_id, v.renewal_case_id from renewal_cancellations v
  where v.company_id = %(company)s::uuid and v.memo_id is not null
), of_policies as (
  select d.case_id, p.entry_id from debts d
  join ledger_postings p on p.company_id = %(company)s::uuid and p.obligation_id = d.id
  union
  select m.case_id, p.entry_id from memos m
  join ledger_postings p on p.company_id = %(company)s::uuid and p.item_id = m.id
  union
  select m.renewal_case_id, e.id from premium_moves m
  join ledger_entries e on e.company_id = m.company_id and e.source_type = 'outstanding.premium'
    and e.source_id = m.id::text
  where m.company_id = %(company)s::uuid
), moved as (
  select o.case_id, e.source_type, m.kind, p.amount, d.id is not null as of_debt, a.code = 'premiums_payable' as payable
  from of_policies o
  join ledger_entries e on e.company_id = %(company)s::uuid and e.id = o.entry_id
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
  left join debts d on d.id = p.obligation_id and d.case_id = o.case_id
  left join premium_moves m on m.company_id = e.company_id and e.source_type = 'outstanding.premium'
    and m.id::text = e.source_id
  where e.effective_on <= %(as_of)s::date
), summed as (
  select case_id,
    coalesce(-sum(amount) filter (where of_debt and amount < 0 and source_type like 'payments.%%'), 0.00) as collected,
    coalesce(sum(amount) filter (where source_type like 'payments.%%' and (payable or of_debt and amount > 0)), 0.00)
      as returned,
    coalesce(sum(amount) filter (where payable and kind = 'remitted'), 0.00) as remitted,
    coalesce(sum(amount) filter (where payable and kind in ('commission', 'given_back')), 0.00) as commission,
    greatest(coalesce(sum(amount) filter (where payable), 0.00), 0.00) as due_back,
    bool_or(source_type like 'payments.%%' or source_type = 'outstanding.premium') as has_moved
  from moved group by case_id
)
select r.id as case_id, r.policy_number, c.name as customer_name, r.currency, s.collected, s.returned, s.remitted,
  s.commission, greatest(s.collected - s.returned - s.remitted - s.commission, 0.00) as needed, s.due_back
from summed s
join renewal_cases r on r.company_id = %(company)s::uuid and r.id = s.case_id
join customers c on c.company_id = r.company_id and c.id = r.customer_id
where s.has_moved and (%(currency)s = '' or r.currency = %(currency)s)
"""
"""The trust money of each policy: what was collected, returned (also as a credit of the customer), passed on and kept
as commission up to a day; what was passed on beyond what was collected is not another policy's
money. `due_back` is what the insurer owes for the policy."""


def premiums_by_policy(*, actor: Actor, as_of: date, currency: str) -> list[dict[str, Any]]:
    """The policies of which something moved, by number; `needed` is what the trust account must hold."""
    values: dict[str, Any] = {"company": actor.company_id, "as_of": as_of, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(f"{PREMIUMS} order by r.policy_number, r.id", values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
