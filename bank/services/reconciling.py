"""A bank account compared with its bank at the end of a statement, and confirmed (docs/domain.md#reconciliation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from bank.errors import NotReconcilable, StatementNotFound
from bank.models import LinePart, Reconciliation, Statement
from bank.subjects import RECONCILIATION
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import execute_batch
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from ledger import chart, sources
from ledger.chart import account_id
from ledger.treasury.models import BankAccount

# Lines and cut-overs count by the bank's day, whatever day their entries had to be effective on; the rest by its own.
_BOOKS: Final = """
select coalesce(sum(p.amount) filter (where coalesce(l.booked_on, c.day, e.effective_on) <= %(day)s::date), 0.00),
  coalesce(sum(p.amount) filter (where coalesce(l.booked_on, c.day) <= %(day)s::date
    and e.effective_on > %(day)s::date), 0.00)
from ledger_postings p
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
left join bank_statement_lines l on l.company_id = e.company_id and e.id in (l.entry_id, l.withdrawn_entry_id)
left join bank_cut_overs c on c.company_id = e.company_id and e.source_type = 'bank.cut_over' and c.id = e.operation_id
where p.company_id = %(company)s::uuid and p.account_id = %(account)s::uuid
"""
_ITEMS: Final = """
select p.item_id, sum(p.amount), min(e.effective_on),
  (array_agg(e.source_type order by e.id))[1], (array_agg(e.source_id order by e.id))[1]
from ledger_postings p
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where p.company_id = %(company)s::uuid and p.account_id = %(account)s::uuid and e.effective_on <= %(day)s::date
group by p.item_id having sum(p.amount) <> 0 order by min(e.effective_on), p.item_id
"""
_PAYEES: Final = """
select id, kind, payee, reference, method, paid_on from disbursements
where company_id = %s::uuid and id = any(%s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class InTransit:
    """Something that is on its way to or from the bank: since when, what it is, and how much."""

    day: date
    text: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Compared:
    """A bank account at the end of a statement: what the bank says, what the books say, and what stands between them
    and the money that the company has. `later` is what lines of those days were booked on later ones."""

    account: BankAccount
    statement: Statement
    day: date
    bank: Decimal
    books: Decimal
    later: Decimal
    deposits: Sequence[InTransit]
    payments: Sequence[InTransit]
    open_parts: Sequence[LinePart]

    @property
    def difference(self) -> Decimal:
        """The bank's balance less the books'."""
        return self.bank - self.books

    @property
    def deposits_in_transit(self) -> Decimal:
        """On its way to the bank."""
        return sum_of(each.amount for each in self.deposits)

    @property
    def payments_in_transit(self) -> Decimal:
        """Paid, and not drawn yet."""
        return sum_of(each.amount for each in self.payments)

    @property
    def unidentified(self) -> Decimal:
        """Money in that nobody explained."""
        return sum_of(each.left for each in self.open_parts if each.direction == "in")

    @property
    def unexplained(self) -> Decimal:
        """Money out that nobody explained."""
        return sum_of(each.left for each in self.open_parts if each.direction == "out")

    @property
    def cash(self) -> Decimal:
        """What the company has of it: bank + deposits − payments in transit."""
        return self.books + self.deposits_in_transit - self.payments_in_transit


@reads
def compare(*, actor: Actor, statement_id: UUID) -> Compared:
    """The account at the end of this statement, as it is known now. Needs `bank.view`.

    Raises StatementNotFound (404), NotReconcilable (409) for a statement that is not booked or gives no balance.
    """
    actor.require("bank.view")
    statement = (
        Statement.objects.filter(company_id=actor.company_id, id=statement_id)
        .select_related("bank_account")
        .first()
    )
    if statement is None:
        raise StatementNotFound(f"There is no statement {statement_id}.")
    if (
        statement.status != Statement.Status.BOOKED
        or statement.closing is None
        or statement.period_to is None
    ):
        raise NotReconcilable(f"{statement} is not booked, or says no closing balance.")
    account, day = statement.bank_account, statement.period_to
    values: dict[str, Any] = {"company": actor.company_id, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, {**values, "account": _key(actor, account, chart.bank(account.code))})
        books, later = cursor.fetchone()
    deposits = _items(actor, values, _key(actor, account, chart.deposits_in_transit(account.code)))
    payments = _items(actor, values, _key(actor, account, chart.payments_in_transit(account.code)), -1)
    open_parts = LinePart.objects.filter(
        company_id=actor.company_id, bank_account=account.id, status="open", payment_date__lte=day
    ).order_by("payment_date", "id")
    return Compared(
        account=account,
        statement=statement,
        day=day,
        bank=statement.closing,
        books=books,
        later=later,
        deposits=deposits,
        payments=payments,
        open_parts=list(open_parts),
    )


@transaction.atomic
def reconcile(*, actor: Actor, statement_id: UUID) -> Reconciliation:
    """Confirm that the account agrees with its bank until the statement's last day.

    What is in transit and what is not explained is kept beside it and does not stand in the way: it is the bank's
    balance that agrees. Needs `bank.reconcile`. Raises StatementNotFound (404), NotReconcilable (409) naming both
    balances, an unproven or missing statement, or the day until which the account is reconciled already.
    """
    actor.require("bank.reconcile")
    compared = compare(actor=actor, statement_id=statement_id)
    # One at a time: a second one sees the first.
    BankAccount.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=compared.account.id
    )
    _require_agreeing(actor, compared)
    row = Reconciliation(
        id=uuid7(),
        company_id=actor.company_id,
        bank_account_id=compared.account.id,
        statement_id=compared.statement.id,
        reconciled_until=compared.day,
        currency=compared.account.currency,
        bank_balance=compared.bank,
        book_balance=compared.books,
        deposits_in_transit=compared.deposits_in_transit,
        payments_in_transit=compared.payments_in_transit,
        unidentified=compared.unidentified,
        unexplained=compared.unexplained,
        made_by=actor.name,
    )
    event = audit_event(
        actor=actor,
        action="bank.reconciled",
        subject_type=RECONCILIATION,
        subject_id=row.id,
        details={
            "account": compared.account.code,
            "until": compared.day.isoformat(),
            "balance": str(compared.bank),
        },
    )
    execute_batch([row], [event])
    row.refresh_from_db()
    return row


@reads
def reconciled_until(*, actor: Actor) -> dict[UUID, date]:
    """The day until which each bank account is reconciled, by account; one statement."""
    rows = Reconciliation.objects.filter(company_id=actor.company_id).order_by("reconciled_until")
    return dict(rows.values_list("bank_account_id", "reconciled_until"))


def _require_agreeing(actor: Actor, compared: Compared) -> None:
    account, statement = compared.account, compared.statement
    if compared.difference:
        raise NotReconcilable(
            f"{account.name} stands at {format_amount(compared.bank)} by its bank and at "
            f"{format_amount(compared.books)} by the books on {compared.day}: "
            f"{format_amount(compared.difference)} {account.currency} apart."
        )
    if not statement.is_proven:
        raise NotReconcilable(f"{statement} is not proven: a statement before it is missing.")
    waiting = Statement.objects.filter(
        company_id=actor.company_id,
        bank_account=account.id,
        status__in=["received", "booking", "waiting", "held"],
        period_from__lte=compared.day,
    ).first()
    if waiting is not None:
        raise NotReconcilable(f"{waiting} is {waiting.get_status_display().lower()}: settle it first.")
    until = reconciled_until(actor=actor).get(account.id)
    if until is not None and until >= compared.day:
        raise NotReconcilable(f"{account.name} is reconciled until {until} already.")


def _key(actor: Actor, account: BankAccount, code: str) -> UUID:
    return account_id(actor.company_id, account.currency, code)


def _items(actor: Actor, values: dict[str, Any], account: UUID, sign: int = 1) -> list[InTransit]:
    """The items that make up an account in transit on the day, in words."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, {**values, "account": account})
        rows = cursor.fetchall()
        cursor.execute(_PAYEES, [actor.company_id, [row[0] for row in rows if row[0]]])
        payees = {row[0]: row[1:] for row in cursor.fetchall()}
    found = []
    for item, amount, day, source_type, source_id in rows:
        if item in payees:
            kind, payee, reference, _, paid_on = payees[item]
            text = f"{kind.replace('_', ' ').capitalize()}{f', {payee}' if payee else ''}"
            found.append(InTransit(paid_on, text, reference, sign * amount))
            continue
        describe = sources.source(source_type).describe
        named = describe(actor, [source_id]) if describe else {}
        text = named[source_id].text if source_id in named else source_type
        found.append(InTransit(day, text, "", sign * amount))
    return found


def sums(compared: Compared) -> dict[str, Decimal]:
    """The figures by name, as the report shows them."""
    return {
        "bank_balance": compared.bank,
        "book_balance": compared.books,
        "difference": compared.difference,
        "booked_later": compared.later,
        "deposits_in_transit": compared.deposits_in_transit,
        "payments_in_transit": compared.payments_in_transit,
        "unidentified": compared.unidentified,
        "unexplained": compared.unexplained,
        "cash": compared.cash or ZERO,
    }
