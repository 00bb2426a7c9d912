"""Rows in quantity, for measurements: obligations and interim payments with real entries and postings, set-based.

Every figure follows from a row's number, so nothing is read back and nothing updated: obligation k asks for
`part` once per payment that meets it, and every fourth for one more, which stays open; every tenth payment leaves
5.00 unallocated. `verify_ledger` finds nothing to complain of.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
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
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.numbers import number_order
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
from demo.insert_select import insert_select
from ledger import chart
from ledger.chart import Category, account_id
from ledger.models import Entry, Obligation, Posting
from ledger.postings import CHARGE, OBLIGATION
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
        return f"(array[{', '.join(self.account(code) for code in codes)}])[{number} % {len(codes)} + 1]"


_OBLIGATION, _RAISED, _PAYMENT, _RECEIVED, _ALLOCATION, _APPLIED, _OPERATION, _CUSTOMER = range(8)
_LINES: Final = 16
"""Postings have ids of their own: this much beyond their entry's kind, twice."""


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
        for total, add in ((scale.obligations, _add_obligations), (scale.payments, _add_payments)):
            for first in range(1, total + 1, CHUNK):
                last = min(first + CHUNK - 1, total)
                with company_context(scale.company_id, job=JOB), connection.cursor() as cursor:
                    if trusted:
                        cursor.execute("set local session_replication_role = replica")
                    cursor.execute(add(run, scale, first, last, first_number))
                progress(last - first + 1)


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
    series = f"generate_series(1, {count}) n"
    began = f"'{run.day - timedelta(days=DAYS + 60)}'::date"
    tenant = {"company": f"'{run.actor.company_id}'::uuid"}
    customer = run.id(_CUSTOMER, "n")
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
                "customer": customer,
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
                "medallion": "m.id",
                "vehicle": "v.id",
                "weekly_amount": "500.00",
                "started_on": began,
            },
            f"{series} join medallions m on m.medallion_no = '{run.tag}' || to_hex(n) "
            f"join vehicles v on v.plate_no = '{run.tag}' || to_hex(n)",
        ),
        insert_select(
            LeaseDriver,
            {**tenant, "lease": "l.id", "driver": "d.id", "from_on": began},
            f"{_seats(run, count)}",
        ),
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


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


def _add_obligations(run: _Run, scale: Scale, first: int, last: int, _: int) -> str:
    rows = f"""numbered as materialized (
      select k, s.customer_id, s.lease_id, part,
             part * (met + case when k % 4 = 0 or met = 0 then 1 else 0 end) as original,
             part * met as paid, (array[{_texts(_CATEGORIES)}])[k % {len(_CATEGORIES)} + 1] as category,
             '{_oldest(run)}'::date - (k % 60)::int as day
      from generate_series({first}, {last}) k
      cross join lateral (select {_part("k")} as part, {_met(scale)} as met) figures
      join scale_seats s on s.n = (k - 1) % {scale.drivers} + 1)"""  # noqa: S608 - numbers and our own names
    tenant = {"company": f"'{run.actor.company_id}'::uuid"}
    money = {"currency": f"'{run.actor.company.base_currency}'"}
    who = {"customer": "customer_id", "lease": "lease_id"}
    key, entry = run.id(_OBLIGATION, "k"), run.id(_RAISED, "k")
    obligations = insert_select(
        Obligation,
        {
            **tenant,
            **money,
            **who,
            "id": key,
            "category": "category",
            "reference_id": f"'{run.tag}-' || k",
            "description": "'Opened in quantity'",
            "original": "original",
            "outstanding": "original - paid",
            "issue_date": "day",
            "due_date": "day + 14",
            "status": "case when original > paid then 'open' else 'settled' end",
            "is_opening": "true",
            "source_type": f"'{CHARGE}'",
            "source_id": f"{key}::text",
        },
        "numbered",
    )
    entries = _entry(tenant | money | who, entry, "opening_balance", OBLIGATION, key, "day")
    receivables = tuple(chart.receivable(each) for each in _CATEGORIES)
    postings = _postings(
        run,
        tenant | money,
        "k",
        _RAISED,
        debit=(run.pick(receivables, "k"), {"obligation": key, "subledger": "category"}),
        credit=(run.account(chart.OPENING_BALANCES), {}),
        amount="original",
    )
    return f"with {rows}, obligations as ({obligations}), entries as ({entries}) {postings}"


def _add_payments(run: _Run, scale: Scale, first: int, last: int, first_number: int) -> str:
    rows = f"""numbered as materialized (
      select numbers.n, s.customer_id, s.driver_id, s.lease_id, k, part, rest, part + rest as amount,
             {first_number - 1} + numbers.n as number,
             '{_oldest(run)}'::date + (numbers.n * {DAYS} / {scale.payments})::int as day,
             (array[{_texts(_METHODS)}])[numbers.n % {len(_METHODS)} + 1] as method
      from generate_series({first}::bigint, {last}::bigint) numbers(n)
      cross join lateral (select (numbers.n - 1) % {scale.obligations} + 1 as k) met
      cross join lateral (
        select {_part("k")} as part, case when numbers.n % 10 = 0 then 5.00 else 0.00 end as rest
      ) figures
      join scale_seats s on s.n = (k - 1) % {scale.drivers} + 1)"""  # noqa: S608 - numbers and our own names
    tenant = {"company": f"'{run.actor.company_id}'::uuid"}
    money = {"currency": f"'{run.actor.company.base_currency}'"}
    who = {"customer": "customer_id", "lease": "lease_id"}
    payment, allocation = run.id(_PAYMENT, "n"), run.id(_ALLOCATION, "n")
    obligation, operation = run.id(_OBLIGATION, "k"), run.id(_OPERATION, "n")
    payments = insert_select(
        Payment,
        {
            **tenant,
            **money,
            **who,
            "id": payment,
            "kind": "'interim'",
            "number": INTERIM_NUMBERS.sql("number", INTERIM_NUMBERS.period(run.day)),
            "number_order": f"{number_order(0, run.day)} + number",
            "driver": "driver_id",
            "amount": "amount",
            "unallocated": "rest",
            "method": "method",
            "payment_date": "day",
            "cashier": f"'{JOB}'",
        },
        "numbered",
    )
    allocations = insert_select(
        Allocation,
        {
            **tenant,
            "id": allocation,
            "operation_id": operation,
            "line": "1",
            "payment": payment,
            "obligation": obligation,
            "amount": "part",
            "allocation_date": "day",
            "strategy": "'chosen'",
            "outstanding_after": "0.00",
        },
        "numbered",
    )
    received = _entry(tenant | money | who, run.id(_RECEIVED, "n"), PAYMENT_RECEIVED, PAYMENT, payment, "day")
    applied = _entry(
        tenant | money | who | {"operation_id": operation},
        run.id(_APPLIED, "n"),
        ALLOCATION_APPLIED,
        ALLOCATION,
        allocation,
        "day",
    )
    cash = tuple(chart.cash(method) for method in _METHODS)
    receivables = tuple(chart.receivable(each) for each in _CATEGORIES)
    unallocated = (
        run.account(chart.UNALLOCATED_CASH),
        {"payment_id": payment, "subledger": f"'{chart.PAYMENTS}'"},
    )
    money_in = _postings(
        run,
        tenant | money,
        "n",
        _RECEIVED,
        debit=(run.pick(cash, "n"), {}),
        credit=unallocated,
        amount="amount",
    )
    category = f"(array[{_texts(_CATEGORIES)}])[k % {len(_CATEGORIES)} + 1]"
    money_out = _postings(
        run,
        tenant | money,
        "n",
        _APPLIED,
        debit=unallocated,
        credit=(run.pick(receivables, "k"), {"obligation": obligation, "subledger": category}),
        amount="part",
    )
    return (
        f"with {rows}, payments as ({payments}), allocations as ({allocations}), received as ({received}), "
        f"applied as ({applied}), money_in as ({money_in}) {money_out}"
    )


def _entry(
    shared: Mapping[str, str], key: str, event: str, source_type: str, source_id: str, day: str
) -> str:
    return insert_select(
        Entry,
        {
            **shared,
            "id": key,
            "effective_on": day,
            "event": f"'{event}'",
            "source_type": f"'{source_type}'",
            "source_id": f"{source_id}::text",
            "line_count": "2",
            "actor": f"'{JOB}'",
        },
        "numbered",
    )


def _postings(
    run: _Run,
    shared: Mapping[str, str],
    number: str,
    kind: int,
    *,
    debit: tuple[str, Mapping[str, str]],
    credit: tuple[str, Mapping[str, str]],
    amount: str,
) -> str:
    """Both lines of every entry: each side is an account and what its line names."""
    names = {"obligation": "null::uuid", "payment_id": "null::uuid", "subledger": "''"}
    sides = (names | dict(debit[1]), names | dict(credit[1]))
    chosen = {name: f"case line when 1 then {sides[0][name]} else {sides[1][name]} end" for name in names}
    first, second = (run.id(kind + _LINES * line, number) for line in (1, 2))
    return insert_select(
        Posting,
        {
            **shared,
            **chosen,
            "id": f"case line when 1 then {first} else {second} end",
            "entry": run.id(kind, number),
            "line": "line",
            "line_count": "2",
            "account": f"case line when 1 then {debit[0]} else {credit[0]} end",
            "amount": f"case line when 1 then {amount} else -({amount}) end",
        },
        "numbered cross join (values (1), (2)) lines(line)",
    )


def _oldest(run: _Run) -> date:
    return run.day - timedelta(days=DAYS + 1)


def _part(number: str) -> str:
    return f"(2000 + {number} * 37 % 8000) / 100.0"


def _met(scale: Scale) -> str:
    """The SQL for how many payments meet obligation k."""
    if not scale.obligations:
        return "0"
    per_obligation, more = divmod(scale.payments, scale.obligations)
    return f"({per_obligation} + case when k <= {more} then 1 else 0 end)"


def _texts(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
