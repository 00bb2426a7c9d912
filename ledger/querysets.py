"""Reads of the ledger that have a name; they write nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import (
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Concat, NullIf

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, MoneyField
from batconnect.core.kernel.words import describe_code
from batconnect.core.models import Approval
from ledger import sources
from ledger.chart import Kind
from ledger.models import Account, Entry, Obligation, Posting

KIND_ORDER: Final = f"array[{', '.join(repr(each.value) for each in Kind)}]"
_DAY_KNOWN: Final = "date_trunc('day', %(known_at)s::timestamptz at time zone 'UTC')"
_BEGAN: Final = f"({_DAY_KNOWN} at time zone 'UTC')"
YEAR_CLOSED: Final = "year_closed"
"""The event of entries that close a year: a profit-and-loss statement leaves them out."""


def with_account_names(rows: QuerySet[Any], *, account: str = "account", currency: str = "") -> QuerySet[Any]:
    """Rows that name an account by its code alone, with its name before that, as `account_named`: `Taxes held, other
    (taxes_held:other)`. `account` is the column with the code, `currency` the way to the account's currency; without
    one, the code's name in any."""
    accounts = Account.objects.filter(company_id=OuterRef("company_id"), code=OuterRef(account))
    if currency:
        accounts = accounts.filter(currency=OuterRef(currency))
    called = Coalesce(NullIf("own_name", Value("")), "name")
    named = accounts.order_by("currency").values(named=Concat(called, Value(" ("), "code", Value(")")))[:1]
    return rows.annotate(account_named=Coalesce(Subquery(named), F(account), output_field=CharField()))


def moved_by_day(condition: str) -> str:
    """SQL: what accounts moved, as rows (account_id, effective_on, is_closing, debit, credit, postings) to be added up:
    the kept totals, and the postings that they do not hold (docs/domain.md#kept-totals).

    `condition` says which days, and perhaps which account: of `{t}.effective_on` and `{p}.account_id`. Takes the values
    `company`, and `known_at`, an instant or null: what was posted on that instant's own day is read posting by posting.
    """
    kept = condition.format(t="t", p="t")
    posting = f"""
select p.account_id, e.effective_on, e.event = '{YEAR_CLOSED}', greatest(p.amount, 0.00), greatest(-p.amount, 0.00), 1
from {{source}} ledger_entries e on e.company_id = %(company)s::uuid {{joined}}
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
where ({condition.format(t="e", p="p")})"""  # noqa: S608 - fixed texts
    new = posting.format(source="ledger_new_entries n join", joined="and e.id = n.id")
    of_the_day = posting.format(source="(select 1) one join", joined="")
    return f"""
select t.account_id, t.effective_on, t.is_closing, t.debit, t.credit, t.postings
from ledger_day_totals t
where t.company_id = %(company)s::uuid and ({kept})
  and (%(known_at)s::timestamptz is null or t.posted_on < ({_DAY_KNOWN})::date)
union all {new} and n.company_id = %(company)s::uuid
  and (%(known_at)s::timestamptz is null or e.posted_at < {_BEGAN})
union all {of_the_day} and %(known_at)s::timestamptz is not null
  and e.posted_at >= {_BEGAN} and e.posted_at <= %(known_at)s::timestamptz
"""  # noqa: S608 - fixed texts


TRIAL_BALANCE: Final = f"""
select a.currency, a.code, a.name, a.kind, coalesce(t.debit, 0.00), coalesce(t.credit, 0.00), a.id, a.own_number,
  a.own_name
from ledger_accounts a
left join (
  select m.account_id, sum(m.debit) as debit, sum(m.credit) as credit
  from ({moved_by_day("%(as_of)s::date is null or {t}.effective_on <= %(as_of)s::date")}) m
  group by m.account_id
) t on t.account_id = a.id
where a.company_id = %(company)s::uuid and (t.account_id is not null or a.currency = %(base)s)
order by a.currency, array_position({KIND_ORDER}, a.kind::text), a.code
"""  # noqa: S608 - fixed text


def with_outstanding(
    rows: QuerySet[Obligation], *, as_of: date | None = None, known_at: datetime | None = None
) -> QuerySet[Obligation]:
    """The rows with `outstanding_then`: what was owed on a day, as it was known at an instant (from postings).

    `as_of` counts what was effective up to that day, `known_at` what had been posted by that instant; None is
    without limit.
    """
    lines = Posting.objects.filter(company_id=OuterRef("company_id"), obligation=OuterRef("id"))
    if as_of is not None:
        lines = lines.filter(entry__effective_on__lte=as_of)
    if known_at is not None:
        lines = lines.filter(entry__posted_at__lte=known_at)
    total = lines.order_by().values("obligation").annotate(total=Sum("amount")).values("total")
    return rows.annotate(
        outstanding_then=Coalesce(
            Subquery(total, output_field=MoneyField()), Value(ZERO), output_field=MoneyField()
        )
    )


_DEBTOR: Final = {
    "customer_name": "name",
    "driver_id": "drivers__id",
    "driver_no": "drivers__driver_id",
    "tlc_license": "drivers__tlc_license",
}


def _of_request(person: str) -> Subquery:
    """The username of somebody of the request that a posting's entry carried out."""
    requests = Approval.objects.filter(company_id=OuterRef("company_id"), id=OuterRef("entry__approval_id"))
    return Subquery(requests.values(f"{person}__username"))


def postings(*, actor: Actor) -> QuerySet[Posting, Any]:
    """Every posting of the company, to be filtered and counted."""
    return Posting.objects.filter(company_id=actor.company_id)


def with_posting_columns(rows: QuerySet[Posting, Any]) -> QuerySet[Posting, Any]:
    """The postings as rows that explain themselves: account, debit, credit, event, whose, who, why."""
    reversed_by = Entry.objects.filter(
        company_id=OuterRef("company_id"), reverses=OuterRef("entry_id"), is_full_reversal=True
    )
    return rows.annotate(is_voided=Exists(reversed_by)).values(
        "id",
        "entry_id",
        "line",
        "currency",
        "amount",
        "obligation_id",
        "payment_id",
        "item_id",
        "is_voided",
        effective_on=F("entry__effective_on"),
        posted_at=F("entry__posted_at"),
        event=F("entry__event"),
        case_no=F("entry__case_no"),
        actor=F("entry__actor"),
        reason=F("entry__reason"),
        reverses=F("entry__reverses_id"),
        account_code=F("account__code"),
        account_name=F("account__name"),
        own_number=F("account__own_number"),
        own_name=F("account__own_name"),
        user=Coalesce(_of_request("requested_by"), F("entry__created_by__username")),
        approved_by=_of_request("decided_by"),
        source_type=F("entry__source_type"),
        source_id=F("entry__source_id"),
        number_year=F("entry__numbered__year"),
        number_value=F("entry__numbered__number"),
        category=F("obligation__category"),
        reference_id=F("obligation__reference_id"),
        customer_id=F("entry__customer_id"),
        lease_id=F("entry__lease__lease_id"),
        lease_id_pk=F("entry__lease_id"),
        **{key: F(f"entry__customer__{path}") for key, path in _DEBTOR.items()},
    )


def balances(*, actor: Actor) -> QuerySet[Obligation, Any]:
    """Every obligation of the company, to be filtered and counted."""
    return Obligation.objects.filter(company_id=actor.company_id)


_IN_FILES: Final = (
    *("category", "reference_id", "description", "currency", "original", "outstanding", "written_off"),
    *("issue_date", "due_date", "status"),
)


def with_balance_columns(rows: QuerySet[Obligation, Any]) -> QuerySet[Obligation, Any]:
    """The obligations as rows: who owes each, for what, how much of it is left, since when."""
    return rows.values(
        "id",
        *_IN_FILES,
        "is_opening",
        "source_type",
        "created_at",
        "customer_id",
        lease_no=F("lease__lease_id"),
        lease_id_pk=F("lease_id"),
        medallion_no=F("lease__medallion__medallion_no"),
        **{key: F(f"customer__{path}") for key, path in _DEBTOR.items()},
    )


def with_balance_file_columns(rows: QuerySet[Obligation, Any]) -> QuerySet[Obligation, Any]:
    """The obligations with what a file shows of them, and nothing else: a file may have all of them."""
    return rows.values(
        *_IN_FILES,
        lease_no=F("lease__lease_id"),
        medallion_no=F("lease__medallion__medallion_no"),
        **{key: F(f"customer__{_DEBTOR[key]}") for key in ("customer_name", "driver_no", "tlc_license")},
    )


def balance_of(*, actor: Actor, obligation_id: UUID) -> dict[str, Any]:
    """One obligation as such a row. Raises Obligation.DoesNotExist."""
    row: dict[str, Any] = with_balance_columns(balances(actor=actor)).get(id=obligation_id)
    return row


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """One account's debits and credits in its currency, both positive."""

    currency: str
    code: str
    name: str
    kind: str
    debit: Decimal
    credit: Decimal
    account_id: UUID
    own_number: str
    own_name: str

    @property
    def balance(self) -> Decimal:
        """Debits less credits."""
        return self.debit - self.credit


def trial_balance(
    *, actor: Actor, as_of: date | None = None, known_at: datetime | None = None
) -> list[AccountTotal]:
    """Every account of the base currency, and of others what has moved; per currency debits equal credits."""
    with connection.cursor() as cursor:
        cursor.execute(
            TRIAL_BALANCE,
            {
                "company": actor.company_id,
                "as_of": as_of,
                "known_at": known_at,
                "base": actor.company.base_currency,
            },
        )
        return [AccountTotal(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One event in the life of an obligation, and what was owed just after it."""

    entry_id: UUID
    event: str
    effective_on: date
    posted_at: datetime
    amount: Decimal
    balance: Decimal
    actor: str
    case_no: str
    payment_number: str
    text: str
    url: str
    reason: str
    reverses: UUID | None


def explain(*, actor: Actor, obligation: Obligation) -> list[Explanation]:
    """Every event behind the obligation's figure, oldest first, with case, user and payment.

    Three statements and one for each kind of document behind the events.
    """
    entries = Entry.objects.filter(company_id=actor.company_id, postings__obligation=obligation.id)
    return _explained(
        actor, entries, moved=Sum("postings__amount", filter=Q(postings__obligation=obligation.id))
    )


def explain_cash(*, actor: Actor, payment_id: UUID, also: Collection[UUID] = ()) -> list[Explanation]:
    """Every event behind a payment's unallocated cash, oldest first; `also` adds entries that moved none of it.

    Three statements and one for each kind of document behind the events.
    """
    of_payment = Posting.objects.filter(company_id=actor.company_id, payment_id=payment_id)
    keys = {*of_payment.values_list("entry_id", flat=True), *also}
    entries = Entry.objects.filter(company_id=actor.company_id, id__in=keys)
    # Cash that is unallocated is owed to its customer: a credit, which the journal writes with a minus.
    return _explained(
        actor, entries, moved=Sum("postings__amount", filter=Q(postings__payment_id=payment_id)), sign=-1
    )


def explain_item(*, actor: Actor, item_id: UUID) -> list[Explanation]:
    """Every event behind what is left of a single item of a liability (a credit memo), oldest first."""
    entries = Entry.objects.filter(company_id=actor.company_id, postings__item_id=item_id)
    return _explained(
        actor, entries, moved=Sum("postings__amount", filter=Q(postings__item_id=item_id)), sign=-1
    )


def _explained(
    actor: Actor, found_entries: QuerySet[Entry], *, moved: Sum, sign: int = 1
) -> list[Explanation]:
    """The entries, each with what it moved and the balance after it."""
    entries = found_entries.annotate(moved=moved).order_by("posted_at", "id")
    described = _describe(actor, entries)
    balance = ZERO
    explanations: list[Explanation] = []
    for entry in entries:
        amount = sign * (entry.moved or ZERO)
        balance += amount
        behind = described.get((entry.source_type, entry.source_id), sources.Description(""))
        explanations.append(
            Explanation(
                entry_id=entry.id,
                event=entry.event,
                effective_on=entry.effective_on,
                posted_at=entry.posted_at,
                amount=amount,
                balance=balance,
                actor=entry.actor,
                case_no=entry.case_no or behind.case_no,
                payment_number=behind.payment_number,
                text=behind.text or _WORDS.get(entry.event, describe_code(entry.event)),
                url=behind.url,
                reason=entry.reason,
                reverses=entry.reverses_id,
            )
        )
    return explanations


_WORDS: Final = {
    "obligation_raised": "Raised",
    "opening_balance": "Opening balance",
    "obligation_voided": "Voided",
    "written_off": "Written off",
    "write_off_voided": "Write-off undone",
    "premium_unearned": "Unearned: the policy was canceled",
    "recovered": "Recovered, of what was written off",
    "recovery_voided": "Recovery undone",
}


def _describe(actor: Actor, entries: QuerySet[Entry]) -> Mapping[tuple[str, str], sources.Description]:
    by_type: dict[str, list[str]] = {}
    for entry in entries:
        by_type.setdefault(entry.source_type, []).append(entry.source_id)
    descriptions: dict[tuple[str, str], sources.Description] = {}
    for source_type, ids in by_type.items():
        describe = sources.source(source_type).describe
        if describe is not None:
            descriptions |= {(source_type, key): text for key, text in describe(actor, ids).items()}
    return descriptions
