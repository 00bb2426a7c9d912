"""Rows in quantity, for measurements: obligations and interim payments with real entries and postings, set-based.

Every figure follows from a row's number, so nothing is read back and nothing updated: obligation k asks for
`part` once per payment that meets it, and every fourth for one more, which stays open; every tenth payment leaves
5.00 unallocated. `verify_ledger` finds nothing to complain of.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection

from batconnect.core.database.numbers import take_numbers
from batconnect.core.database.roles import as_owner
from batconnect.core.database.rows import insert_select
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.numbers import number_order
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, LeaseRate, Medallion, Vehicle
from ledger import chart
from ledger.chart import Category, account_id
from ledger.postings import CHARGE, OBLIGATION
from ledger.services.journal import post_rows
from ledger.services.sets import RowEvents, RowLeg, RowPosting, compose
from ledger.services.totals import add_to_totals, sum_up_again
from payments.models import Allocation, Payment
from payments.postings import ALLOCATION, ALLOCATION_APPLIED, PAYMENT, PAYMENT_RECEIVED
from payments.subjects import INTERIM_NUMBERS

JOB: Final = "seed_scale"
CHUNK: Final = 20_000
DAYS: Final = 720
"""How far back the payments go."""
_CATEGORIES: Final = (
    Category.LEASE,
    Category.EZPASS,
    Category.PVB,
    Category.TLC,
    Category.REPAIRS,
    Category.LOANS,
    Category.MISC,
)
_RECEIVABLES: Final = tuple(chart.receivable(each) for each in _CATEGORIES)
_METHODS: Final = ("cash", "check", "ach")

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Scale:
    """What is asked for: so many payments, obligations and drivers, in one company."""

    company_id: UUID
    payments: int
    obligations: int
    drivers: int


class _Run:
    """One run's names and ids: they begin alike and end in the row's number, so that any two runs differ."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.tag = secrets.token_hex(2)
        self.day = clock.today(actor.company)
        stamp = str(uuid7())
        self._head, self._tail = stamp[:13], secrets.randbelow(4096)

    def id(self, kind: int, number: str) -> str:
        """The SQL for the UUIDv7 of a row of this kind with this number."""
        return f"('{self._head}-7{kind:03x}-8{self._tail:03x}-' || lpad(to_hex({number}), 12, '0'))::uuid"

    def account(self, code: str) -> str:
        """The SQL for an account's id."""
        return f"'{account_id(self.actor.company_id, self.actor.company.base_currency, code)}'::uuid"

    def pick(self, codes: tuple[str, ...], number: str) -> str:
        """The SQL for the account that the row's number chooses."""
        return f"(array[{', '.join(self.account(code) for code in codes)}])[{number} %% {len(codes)} + 1]"

    @property
    def currency(self) -> str:
        """The SQL for the company's own currency."""
        return f"'{self.actor.company.base_currency}'::text"


_OBLIGATION, _PAYMENT, _ALLOCATION, _OPERATION, _CUSTOMER = range(5)


def seed_scale(*, scale: Scale, trusted: bool = False, progress: Progress = lambda rows: None) -> None:
    """Add the rows, in chunks of their own transactions; `progress` is called with how many more are in.

    Runs as the runtime role inside the company, all constraints and triggers on. `trusted` is for scratch databases:
    the embedded superuser writes with key checks and triggers off, several times as fast. The payments take their
    numbers from the company's counter. Raises LookupError for an unknown company.
    """
    assert scale.drivers > 0, "payments and obligations need drivers"
    with company_context(scale.company_id, job=JOB) as actor:
        run = _Run(actor)
        _add_drivers(run, scale.drivers)
        first_number = 0
        if scale.payments:
            numbers = take_numbers(
                company_id=scale.company_id,
                series=INTERIM_NUMBERS.prefix,
                period=INTERIM_NUMBERS.period(run.day),
                count=scale.payments,
            )
            first_number = numbers.start
    # Key checks keep the plan of their first use: it must know that these tables have grown.
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("analyze customers, drivers, leases, ledger_accounts")
    progress(scale.drivers)
    with _writing(trusted):
        _number_seats(run, scale)
        for total, posting in ((scale.obligations, _obligations), (scale.payments, _payments)):
            for first in range(1, total + 1, CHUNK):
                last = min(first + CHUNK - 1, total)
                with company_context(scale.company_id, job=JOB) as actor, connection.cursor() as cursor:
                    if trusted:
                        cursor.execute("set local session_replication_role = replica")
                    post_rows(actor=actor, posting=posting(run, scale, first, last, first_number), values={})
                progress(last - first + 1)
    with company_context(scale.company_id, job=JOB) as actor:
        # As the task of each minute would by and by; without triggers nothing is written down as new.
        sum_up_again(actor=actor)
        while not trusted and add_to_totals(actor=actor):
            pass


@contextmanager
def _writing(trusted: bool) -> Iterator[None]:
    """Connect as the owner for a while, who may make a temporary table; if asked to, as the embedded superuser."""
    if not trusted:
        with as_owner():
            yield
        return
    assert settings.DATABASE_SUPERUSER_URL, "only the embedded database has a superuser of ours"
    login = urlsplit(settings.DATABASE_SUPERUSER_URL)
    kept = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(
        USER=unquote(login.username or ""), PASSWORD=unquote(login.password or "")
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


def _add_drivers(run: _Run, count: int) -> None:
    """Drivers with a lease each."""
    series, customer = f"generate_series(1, {count}) n", run.id(_CUSTOMER, "n")
    began = f"'{run.day - timedelta(days=DAYS + 60)}'::date"
    tenant = {"company_id": f"'{run.actor.company_id}'::uuid"}
    statements = [
        insert_select(Customer, {**tenant, "id": customer, "name": f"'Driver {run.tag} ' || n"}, series),
        insert_select(Medallion, {**tenant, "medallion_no": f"'{run.tag}' || to_hex(n)"}, series),
        insert_select(
            Vehicle,
            {
                **tenant,
                "plate_no": f"'{run.tag}' || to_hex(n)",
                "vin": f"'VIN{run.tag}' || lpad(n::text, 10, '0')",
            },
            series,
        ),
        insert_select(
            Driver,
            {
                **tenant,
                "customer_id": customer,
                "driver_id": f"'DRV-{run.tag}-' || n",
                "tlc_license": f"'{run.tag}' || lpad(n::text, 8, '0')",
            },
            series,
        ),
        insert_select(
            Lease,
            {
                **tenant,
                "lease_id": f"'LS-{run.tag}-' || n",
                "medallion_id": "m.id",
                "vehicle_id": "v.id",
                "weekly_amount": "500.00",
                "started_on": began,
            },
            f"{series} join medallions m on m.medallion_no = '{run.tag}' || to_hex(n) "
            f"join vehicles v on v.plate_no = '{run.tag}' || to_hex(n)",
        ),
        _first_rates(run, count, began),
        insert_select(
            LeaseDriver,
            {**tenant, "lease_id": "l.id", "driver_id": "d.id", "from_on": began},
            _seats(run, count),
        ),
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _first_rates(run: _Run, count: int, began: str) -> str:
    """The trigger that gives every lease its first rate does not run where the database is trusted."""
    return insert_select(
        LeaseRate,
        {
            "company_id": f"'{run.actor.company_id}'::uuid",
            "lease_id": "l.id",
            "from_on": began,
            "weekly_amount": "500.00",
            "entered_by": "''",
        },
        f"{_seats(run, count)} where not exists"
        " (select from lease_rates r where r.company_id = l.company_id and r.lease_id = l.id)",
    )


def _number_seats(run: _Run, scale: Scale) -> None:
    """The table of this session by which rows find their driver and lease."""
    with company_context(scale.company_id, job=JOB), connection.cursor() as cursor:
        cursor.execute("drop table if exists scale_seats")
        cursor.execute(
            "create temp table scale_seats as select n, d.customer_id, d.id as driver_id, l.id as lease_id "  # noqa: S608 - our own names
            f"from {_seats(run, scale.drivers)}"
        )
        cursor.execute("alter table scale_seats add primary key (n)")
        cursor.execute("analyze scale_seats")


def _seats(run: _Run, count: int) -> str:
    return (
        f"generate_series(1, {count}) n join drivers d on d.driver_id = 'DRV-{run.tag}-' || n "
        f"join leases l on l.lease_id = 'LS-{run.tag}-' || n"
    )


def _obligations(run: _Run, scale: Scale, first: int, last: int, _: int) -> RowPosting:
    rows = f"""
      select k as place, s.customer_id, s.lease_id, {run.currency} as currency, {run.id(_OBLIGATION, "k")} as id,
             part * (met + case when k %% 4 = 0 or met = 0 then 1 else 0 end) as original, part * met as paid,
             '{_oldest(run)}'::date - (k %% 60)::int as day, {_category("k")} as category,
             {run.pick(_RECEIVABLES, "k")} as receivable
      from generate_series({first}::bigint, {last}::bigint) k
      cross join lateral (select {_part("k")} as part, {_met(scale)} as met) figures
      join scale_seats s on s.n = (k - 1) %% {scale.drivers} + 1"""  # noqa: S608 - numbers and our own names
    opened = RowEvents(
        name="opened",
        rows=rows,
        entry={
            "effective_on": "day",
            "event": "'opening_balance'",
            "source_type": f"'{OBLIGATION}'",
            "source_id": "id::text",
        },
        legs=(
            RowLeg("original", account_id="receivable", subledger="category", obligation_id="id"),
            RowLeg("-original", chart.OPENING_BALANCES),
        ),
        raises={
            "id": "id",
            "category": "category",
            "reference_id": f"'{run.tag}-' || place",
            "description": "'Opened in quantity'",
            "original": "original",
            "outstanding": "original - paid",
            "issue_date": "day",
            "due_date": "day + 14",
            "status": "case when original > paid then 'open' else 'settled' end",
            "is_opening": "true",
            "source_type": f"'{CHARGE}'",
            "source_id": "id::text",
        },
    )
    return compose(opened, answer="select count(*) from opened")


def _payments(run: _Run, scale: Scale, first: int, last: int, first_number: int) -> RowPosting:
    rows = f"""
      select numbers.n as place, s.customer_id, s.driver_id, s.lease_id, {run.currency} as currency, part, rest,
             part + rest as amount, {first_number - 1} + numbers.n as number, {run.id(_PAYMENT, "numbers.n")} as id,
             {run.id(_OBLIGATION, "k")} as obligation_id, {_category("k")} as category,
             '{_oldest(run)}'::date + (numbers.n * {DAYS} / {scale.payments})::int as day,
             (array[{_texts(_METHODS)}])[numbers.n %% {len(_METHODS)} + 1] as method,
             {run.pick(tuple(chart.cash(method) for method in _METHODS), "numbers.n")} as cash,
             {run.pick(_RECEIVABLES, "k")} as receivable
      from generate_series({first}::bigint, {last}::bigint) numbers(n)
      cross join lateral (select (numbers.n - 1) %% {scale.obligations} + 1 as k) met
      cross join lateral (
        select {_part("k")} as part, case when numbers.n %% 10 = 0 then 5.00 else 0.00 end as rest
      ) figures
      join scale_seats s on s.n = (k - 1) %% {scale.drivers} + 1"""  # noqa: S608 - numbers and our own names
    received = RowEvents(
        name="received",
        rows=rows,
        entry={
            "effective_on": "day",
            "event": f"'{PAYMENT_RECEIVED}'",
            "source_type": f"'{PAYMENT}'",
            "source_id": "id::text",
        },
        legs=(
            RowLeg("amount", account_id="cash"),
            RowLeg("-amount", chart.UNALLOCATED_CASH, payment_id="id"),
        ),
    )
    applied = RowEvents(
        name="applied",
        rows=f"""
      select place, customer_id, lease_id, currency, day, id as payment_id, obligation_id, category, receivable, part,
             {run.id(_ALLOCATION, "place")} as id, {run.id(_OPERATION, "place")} as operation_id
      from received""",  # noqa: S608 - our own names
        entry={
            "effective_on": "day",
            "event": f"'{ALLOCATION_APPLIED}'",
            "source_type": f"'{ALLOCATION}'",
            "source_id": "id::text",
            "operation_id": "operation_id",
        },
        legs=(
            RowLeg("part", chart.UNALLOCATED_CASH, payment_id="payment_id"),
            RowLeg("-part", account_id="receivable", subledger="category", obligation_id="obligation_id"),
        ),
    )
    along = {"payments_made": _insert_payments(run), "allocations_made": _insert_allocations()}
    return compose(received, applied, along=along, answer="select count(*) from received")


def _insert_payments(run: _Run) -> str:
    same = ("id", "customer_id", "lease_id", "driver_id", "currency", "amount", "method")
    return insert_select(
        Payment,
        {
            **{name: name for name in same},
            "company_id": "%(company)s::uuid",
            "kind": "'interim'",
            "number": INTERIM_NUMBERS.sql("number", INTERIM_NUMBERS.period(run.day)),
            "number_order": f"{number_order(0, run.day)} + number",
            "unallocated": "rest",
            "payment_date": "day",
            "cashier": f"'{JOB}'",
        },
        "received",
    )


def _insert_allocations() -> str:
    return insert_select(
        Allocation,
        {
            **{name: name for name in ("id", "operation_id", "payment_id", "obligation_id")},
            "company_id": "%(company)s::uuid",
            "line": "1",
            "amount": "part",
            "allocation_date": "day",
            "strategy": "'chosen'",
            "outstanding_after": "0.00",
        },
        "applied",
    )


def _oldest(run: _Run) -> date:
    return run.day - timedelta(days=DAYS + 1)


def _part(number: str) -> str:
    return f"(2000 + {number} * 37 %% 8000) / 100.0"


def _category(number: str) -> str:
    """The SQL for the category of obligation k."""
    return f"(array[{_texts(_CATEGORIES)}])[{number} %% {len(_CATEGORIES)} + 1]"


def _met(scale: Scale) -> str:
    """The SQL for how many payments meet obligation k."""
    if not scale.obligations:
        return "0"
    per_obligation, more = divmod(scale.payments, scale.obligations)
    return f"({per_obligation} + case when k <= {more} then 1 else 0 end)"


def _texts(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
