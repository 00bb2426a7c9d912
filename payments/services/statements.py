"""A customer's statement of account: what was owed before, every event, what is owed after.

Rule: docs/api.md#payments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.database.transactions import reads
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.directory.models import Customer
from ledger.chart import Category
from payments.errors import STATEMENT_TOO_LONG, UNKNOWN_CURRENCY
from payments.rules.methods import method_label
from payments.rules.statements import Event, words_for
from payments.services.outstanding import find_customer

MAX_EVENTS: Final = 5_000
MAX_PRINTED: Final = 1_000
# Everything that moved what the customer owes or has left: receivable lines by obligation, cash by payment, credits by
# memo.
_LINES: Final = """
with lines as (
  select p.entry_id, p.amount as receivable, 0.00 as cash, o.category, o.reference_id, null::uuid as payment_id,
    null::uuid as memo_id
  from ledger_obligations o
  join ledger_postings p on p.company_id = o.company_id and p.obligation_id = o.id
  where o.company_id = %(company)s::uuid and o.customer_id = %(customer)s::uuid and o.currency = %(currency)s
  union all
  select p.entry_id, 0.00, p.amount, null, null, y.id, null
  from payments y
  join ledger_postings p on p.company_id = y.company_id and p.payment_id = y.id
  where y.company_id = %(company)s::uuid and y.customer_id = %(customer)s::uuid and y.currency = %(currency)s
  union all
  select p.entry_id, 0.00, p.amount, null, null, null, m.id
  from credit_memos m
  join ledger_postings p on p.company_id = m.company_id and p.item_id = m.id
  where m.company_id = %(company)s::uuid and m.customer_id = %(customer)s::uuid and m.currency = %(currency)s
)
"""
_OPENING: Final = (
    _LINES
    + """
select coalesce(sum(l.receivable + l.cash), 0.00) from lines l
join ledger_entries e on e.company_id = %(company)s::uuid and e.id = l.entry_id
where e.effective_on < %(first)s::date
"""
)
_EVENTS: Final = (
    _LINES  # noqa: S608 - fixed texts of this file
    + """
, events as (
  select l.entry_id, sum(l.receivable) as receivable, sum(l.cash) as cash, max(l.category) as category,
    max(l.reference_id) as reference_id,
    (array_agg(l.payment_id) filter (where l.payment_id is not null))[1] as payment_id,
    (array_agg(l.memo_id) filter (where l.memo_id is not null))[1] as memo_id
  from lines l group by l.entry_id
), named as materialized (
  -- A column, for no index of a table under row-level security serves a comparison with coalesce().
  select e.id, e.effective_on, e.posted_at, e.event, e.actor, e.reason, e.case_no, v.receivable, v.cash,
    coalesce(v.category, '') as category, coalesce(v.reference_id, '') as reference_id,
    coalesce(v.payment_id, r.payment_id) as payment_id, v.memo_id
  from events v
  join ledger_entries e on e.company_id = %(company)s::uuid and e.id = v.entry_id
  left join payment_refunds r on r.company_id = e.company_id
    and r.id = case when e.source_type = 'payments.refund' then e.source_id::uuid end
  where (%(first)s::date is null or e.effective_on >= %(first)s::date) and e.effective_on <= %(last)s::date
)
select n.id, n.effective_on, n.posted_at, n.event, n.actor, n.reason, n.case_no, n.receivable, n.cash,
  n.category, n.reference_id, coalesce(y.number, ''), coalesce(y.method, ''), coalesce(m.number, '')
from named n
left join payments y on y.company_id = %(company)s::uuid and y.id = n.payment_id
left join credit_memos m on m.company_id = %(company)s::uuid and m.id = n.memo_id
order by n.effective_on, n.posted_at, n.id
limit %(limit)s
"""
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One event: `charge` makes the customer owe more, `credit` less; `applied` is money that found its debt, which
    changes nothing of the balance but by its discount."""

    entry_id: UUID
    effective_on: date
    posted_at: datetime
    event: str
    text: str
    category: str
    reference_id: str
    payment_number: str
    case_no: str
    actor: str
    reason: str
    charge: Decimal
    credit: Decimal
    applied: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's account in one currency from the first to the last day: debts less unallocated cash and credits."""

    customer: Customer
    currency: str
    first: date | None
    last: date
    opening: Decimal
    lines: tuple[StatementLine, ...]

    @property
    def closing(self) -> Decimal:
        """What was owed at the end of the last day, less unallocated cash and credits; negative when there is more of
        those."""
        return self.lines[-1].balance if self.lines else self.opening


@reads
def read_statement(
    *,
    actor: Actor,
    customer_id: UUID,
    first: date | None = None,
    last: date | None = None,
    currency: str = "",
    limit: int = MAX_EVENTS,
) -> Statement:
    """The customer's statement, by the day that events count for; from the beginning without `first`, up to the
    company's today without `last`, in the company's currency without `currency`. Three statements.

    Needs `payments.view`. Raises CustomerNotFound (404), InvalidInput: days the wrong way round, a currency that is
    not offered, more than `limit` events.
    """
    actor.require("payments.view")
    customer = find_customer(actor=actor, customer_id=customer_id)
    until = last or today(actor.company)
    if first is not None and first > until:
        raise InvalidInput(f"from, {first}, is after to, {until}.", field="from")
    code = (currency or actor.company.base_currency).upper()
    if code not in OFFERED:
        raise InvalidInput(
            f"{code[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}.",
            code=UNKNOWN_CURRENCY,
            field="currency",
        )
    parameters: dict[str, Any] = {
        "company": actor.company_id,
        "customer": customer_id,
        "currency": code,
        "first": first,
        "last": until,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPENING, parameters)
        (opening,) = cursor.fetchone()
        cursor.execute(_EVENTS, parameters)
        rows = cursor.fetchall()
    if len(rows) > limit:
        raise InvalidInput(
            f"There are more than {limit:,} events: narrow from and to.",
            code=STATEMENT_TOO_LONG,
            field="from",
        )
    return Statement(customer, code, first, until, opening, tuple(_lines(rows, opening)))


def statement_document(*, statement: Statement) -> dict[str, Any]:
    """The answer of `GET /api/customers/{id}/statement`."""
    return {
        "customer_id": statement.customer.id,
        "customer_name": statement.customer.name,
        "currency": statement.currency,
        "from": statement.first,
        "to": statement.last,
        "opening_balance": statement.opening,
        "total_charges": sum((line.charge for line in statement.lines), ZERO),
        "total_credits": sum((line.credit for line in statement.lines), ZERO),
        "closing_balance": statement.closing,
        "events": [
            {
                "entry_id": line.entry_id,
                "date": line.effective_on,
                "posted_at": line.posted_at,
                "event": line.event,
                "text": line.text,
                "category": Category(line.category).label if line.category else "",
                "reference_id": line.reference_id,
                "payment_number": line.payment_number,
                "case_no": line.case_no,
                "user": line.actor,
                "reason": line.reason,
                "charge": line.charge,
                "credit": line.credit,
                "applied": line.applied,
                "balance": line.balance,
            }
            for line in statement.lines
        ],
    }


@reads
def statement_pdf(*, actor: Actor, statement: Statement) -> bytes:
    """The statement as a PDF. Raises PdfUnavailable (501)."""
    customer = statement.customer
    zone = ZoneInfo(actor.company.time_zone)
    return render_pdf(
        "pdf/statement.html",
        {
            "title": f"Statement of account, {customer.name}",
            "statement": statement,
            "customer": customer,
            "customer_lines": [line.strip() for line in customer.address.splitlines() if line.strip()],
            "lines": [_as_printed(line) for line in statement.lines],
            "opening": format_amount(statement.opening),
            "closing": format_amount(abs(statement.closing)),
            "in_credit": statement.closing < 0,
            "charges": format_amount(sum((line.charge for line in statement.lines), ZERO)),
            "credits": format_amount(sum((line.credit for line in statement.lines), ZERO)),
            "printed_at": now().astimezone(zone).strftime("%B %-d, %Y at %-I:%M %p"),
            **letterhead(actor=actor),
        },
        actor=actor,
    )


def _lines(rows: list[tuple[Any, ...]], opening: Decimal) -> list[StatementLine]:
    balance = opening
    lines: list[StatementLine] = []
    for row in rows:
        entry_id, day, posted_at, event, actor, reason, case_no, receivable, cash, category, reference = row[
            :11
        ]
        number, method, memo = row[11:]
        change = receivable + cash
        balance += change
        text = words_for(
            Event(
                event,
                Category(category).label if category else "",
                reference,
                number,
                method_label(method),
                memo,
            )
        )
        lines.append(
            StatementLine(
                entry_id=entry_id,
                effective_on=day,
                posted_at=posted_at,
                event=event,
                text=text,
                category=category,
                reference_id=reference,
                payment_number=number,
                case_no=case_no,
                actor=actor,
                reason=reason,
                charge=max(change, ZERO),
                credit=max(-change, ZERO),
                applied=cash if receivable and cash else ZERO,
                balance=balance,
            )
        )
    return lines


def _as_printed(line: StatementLine) -> Mapping[str, Any]:
    return {
        "day": line.effective_on,
        "text": line.text,
        "reason": line.reason,
        "charge": format_amount(line.charge) if line.charge else "",
        "credit": format_amount(line.credit) if line.credit else "",
        "applied": format_amount(abs(line.applied)) if line.applied else "",
        "balance": format_amount(line.balance),
    }
