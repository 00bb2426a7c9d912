"""Reads of payments and of what they can be applied to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Model, Q, QuerySet

from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion
from ledger.models import Obligation
from payments.models import Allocation, Payment
from payments.rules.strategies import STRATEGIES, UNPLANNED

# Names that the model's own fields do not have, as annotations must.
INTERIM_ROW: Final = {
    "payment_number": F("payment__number"),
    "driver_name": F("payment__customer__name"),
    "tlc_license": F("payment__driver__tlc_license"),
    "lease_number": F("payment__lease__lease_id"),
    "lease_pk": F("payment__lease_id"),
    "medallion_no": F("payment__lease__medallion__medallion_no"),
    "category": F("obligation__category"),
    "reference_id": F("obligation__reference_id"),
    "allocated": F("amount"),
    "payment_date": F("payment__payment_date"),
    "payment_method": F("payment__method"),
    "allocation_status": F("status"),
}
_SORTED_TABLE: Final = {
    "tlc_license": "payment__customer__drivers",
    "lease_id": "payment__lease",
    "medallion_no": "payment__lease__medallion",
}
_DRIVING: Final[dict[Any, str]] = {LeaseDriver: "t", Driver: "d", Customer: "c", Lease: "l", Medallion: "m"}

_DRIVEN: Final = """
  select t.lease_id from drivers d
  join lease_drivers t on t.company_id = d.company_id and t.driver_id = d.id
  join leases l on l.company_id = t.company_id and l.id = t.lease_id
  where d.company_id = {company} and d.customer_id = {customer}
    and {day} between greatest(t.from_on, l.started_on) and least(t.until_on, l.ended_on, {day})
"""
_OWED_ON: Final = """
  select o.lease_id from ledger_obligations o
  where o.company_id = {company} and o.customer_id = {customer} and o.status = 'open' and o.lease_id is not null
"""
ONLY_LEASE: Final = f"""
select min(f.lease_id) as lease_id from ({_DRIVEN} union all {_OWED_ON}) f having count(distinct f.lease_id) = 1
"""  # noqa: S608 - fixed text
"""SQL: the one lease that a payment of the customer on the day fits, if one alone does: the customer holds it on that
day, as primary or additional driver, or owes on it (docs/domain.md#payments-without-a-lease)."""

_FIND_ONLY_LEASE: Final = ONLY_LEASE.format(
    company="%(company)s::uuid", customer="%(customer)s::uuid", day="%(day)s::date"
)
_OF_MANY: Final = """
select w.place, f.lease_id
from unnest(%(customers)s::uuid[], %(days)s::date[]) with ordinality as w(customer, day, place)
cross join lateral ({leases}) f
"""
_DRIVEN_BY_MANY: Final = _OF_MANY.format(
    leases=_DRIVEN.format(company="%(company)s::uuid", customer="w.customer", day="w.day")
)
_OWED_BY_MANY: Final = _OF_MANY.format(
    leases=_OWED_ON.format(company="%(company)s::uuid", customer="w.customer")
)

_OPERATIONS: Final = """
select a.operation_id, min(a.created_at), min(a.strategy),
  coalesce(max(coalesce(nullif(u.first_name, ''), u.username)), ''),
  count(*), count(*) filter (where l.live), coalesce(sum(l.cash) filter (where l.live), 0.00),
  coalesce(sum(a.discount_amount - a.refunded_discount) filter (where l.live), 0.00), sum(a.refunded_amount),
  coalesce(max(b.number), '')
from payment_allocations a
cross join lateral (select a.status in ('active', 'partially_refunded') as live,
  a.amount - a.discount_amount - a.refunded_amount as cash) l
left join users u on u.id = a.created_by_id
left join payment_batches b on b.company_id = a.company_id and b.operation_id = a.operation_id
where a.company_id = %s::uuid and a.payment_id = %s::uuid
group by a.operation_id order by min(a.created_at) desc, a.operation_id desc
"""


def open_obligations_of_driver(
    *, company_id: UUID, customer_id: UUID, lease_pk: int | None = None
) -> QuerySet[Obligation]:
    """What the driver owes on the lease, or on all leases, with the lease. What has no lease is not
    paid by interim payments."""
    obligations = Obligation.objects.select_related("lease").filter(
        company_id=company_id,
        customer_id=customer_id,
        status=Obligation.Status.OPEN,
        lease__isnull=False,
    )
    return obligations if lease_pk is None else obligations.filter(lease_id=lease_pk)


def find_driver(*, company_id: UUID, driver_pk: int) -> Driver | None:
    """The driver with the customer."""
    return Driver.objects.select_related("customer").filter(company_id=company_id, id=driver_pk).first()


def only_lease_of(*, company_id: UUID, customer_id: UUID, day: date) -> int | None:
    """The key of the one lease that a payment of the customer on the day fits; None where none or several do."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_ONLY_LEASE, {"company": company_id, "customer": customer_id, "day": day})
        row = cursor.fetchone()
    return row[0] if row else None


def leases_driven(*, company_id: UUID, held: Sequence[tuple[UUID, date]]) -> list[set[int]]:
    """For each customer and day the leases that they hold then, as primary or additional driver; one statement."""
    return _of_many(_DRIVEN_BY_MANY, company_id, held)


def leases_owed(*, company_id: UUID, held: Sequence[tuple[UUID, date]]) -> list[set[int]]:
    """For each customer the leases that they owe on, whatever the day; one statement. With those that they hold these
    are the leases of which `only_lease_of` takes the only one."""
    return _of_many(_OWED_BY_MANY, company_id, held)


def _of_many(statement: str, company_id: UUID, held: Sequence[tuple[UUID, date]]) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in held]
    if held:
        values: dict[str, Any] = {
            "company": company_id,
            "customers": [customer for customer, _ in held],
            "days": [day for _, day in held],
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            for place, lease in cursor.fetchall():
                found[place - 1].add(lease)
    return found


def find_lease(*, company_id: UUID, lease: int | str) -> Lease | None:
    """The lease by key or number: 2054, `LS-2054`."""
    return Lease.objects.filter(_names_lease(lease), company_id=company_id).order_by("id").first()


def find_driving(*, company_id: UUID, driver_pk: int, lease: int | str, on: date) -> LeaseDriver | None:
    """The driver's time, in whatever role, on the active lease (key or number) that lasts on the day; with driver,
    customer, lease and medallion, in one statement."""
    text = str(lease).strip()
    key = int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
    with connection.cursor() as cursor:
        cursor.execute(
            _driving_statement(),
            [
                company_id,
                driver_pk,
                on,
                on,
                Lease.Status.ACTIVE.value,
                text,
                key,
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    time, driver, customer, driven, medallion = (
        model.from_db("default", names, [next(values) for _ in names])
        for model, names in ((model, _columns(model)) for model in _DRIVING)
    )
    driver.customer, driven.medallion = customer, medallion
    time.driver, time.lease = driver, driven
    return time


@lru_cache(maxsize=1)
def _driving_statement() -> str:
    """Built once: building this query each time is the largest part of submitting an interim payment."""
    columns = ", ".join(
        f'{alias}."{column}"' for model, alias in _DRIVING.items() for column in _columns(model)
    )
    return (
        f"select {columns} from lease_drivers t "  # noqa: S608 - names from model meta
        "join drivers d on d.company_id = t.company_id and d.id = t.driver_id "
        "join customers c on c.company_id = d.company_id and c.id = d.customer_id "
        "join leases l on l.company_id = t.company_id and l.id = t.lease_id "
        "join medallions m on m.company_id = l.company_id and m.id = l.medallion_id "
        "where t.company_id = %s::uuid and t.driver_id = %s::bigint and t.from_on <= %s::date "
        "and (t.until_on is null or t.until_on >= %s::date) and l.status = %s "
        "and (upper(l.lease_id) = upper(%s) or l.id = %s::bigint) order by t.from_on desc limit 1"
    )


def _columns(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def _names_lease(lease: int | str, prefix: str = "") -> Q:
    text = str(lease).strip()
    named = Q(**{f"{prefix}lease_id__iexact": text})
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        named |= Q(**{f"{prefix}id": int(text)})
    return named


def interim_allocations(*, company_id: UUID) -> QuerySet[Allocation]:
    """The allocations of interim payments: the rows of the list (docs/api.md#interim-payments)."""
    return Allocation.objects.filter(
        company_id=company_id, payment__company_id=company_id, payment__kind=Payment.Kind.INTERIM
    )


def beginning_with(rows: QuerySet[Allocation], sort_by: str, *, company_id: UUID) -> QuerySet[Allocation]:
    """The same rows, so joined that the planner may begin with the table that the list is sorted by.

    Interim payments name driver and lease by constraint; the planner, to whom both may be missing, would have to
    read every payment first.
    """
    owner = _SORTED_TABLE.get(sort_by)
    return rows.filter(**{f"{owner}__company_id": company_id}) if owner else rows


def with_interim_columns(rows: QuerySet[Allocation]) -> QuerySet[Allocation, Any]:
    """The rows with every column of the list, as dicts."""
    return rows.values(**INTERIM_ROW)


def interim_payment(*, company_id: UUID, number: str) -> Payment | None:
    """One interim payment by number, with whom and what it is about."""
    return (
        Payment.objects.select_related("customer", "driver", "lease__medallion")
        .filter(company_id=company_id, kind=Payment.Kind.INTERIM, number=number)
        .first()
    )


def allocations_of(payment: Payment) -> list[Allocation]:
    """Every allocation the payment ever fed, in the order they were made, with the obligations."""
    return list(
        Allocation.objects.select_related("obligation")
        .filter(company_id=payment.company_id, payment_id=payment.id)
        .order_by("id")
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """What was applied together from a payment: the live lines' cash and discount; `refunded` of any of its lines.

    It can be undone as a unit while something is live and nothing was refunded; `batch` is the number of the batch
    that it belongs to, which is undone as a whole instead.
    """

    id: UUID
    applied_at: datetime
    strategy: str
    by: str
    lines: int
    live_lines: int
    cash: Decimal
    discount: Decimal
    refunded: Decimal
    batch: str

    @property
    def is_undoable(self) -> bool:
        """Whether it can be undone on its own."""
        return self.live_lines > 0 and not self.refunded and not self.batch


def how_applied(strategy: str) -> str:
    """An allocation's strategy in words."""
    return STRATEGIES.get(strategy) or UNPLANNED.get(strategy, strategy)


def operations_of(payment: Payment) -> list[Operation]:
    """The operations that applied the payment, the latest first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPERATIONS, [payment.company_id, payment.id])
        return [Operation(*row) for row in cursor.fetchall()]
