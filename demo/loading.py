"""Loads the demo once: companies as the owner, all the rest in one transaction as the runtime role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import connection

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Notice
from batconnect.directory.models import Driver
from demo.advances import add_advances
from demo.agencies import import_three_weeks
from demo.companies import (
    BIG_APPLE,
    EMPIRE,
    HUDSON,
    dress_big_apple,
    dress_empire,
    dress_hudson,
    ensure_companies,
    exist,
)
from demo.corrections import correct_some
from demo.counter import count_and_deposit
from demo.debts import raise_debts, raise_premiums
from demo.fleet import JOHN_DOE, add_fleet
from demo.held import buy_and_hold
from demo.interim_payments import CASES, run_cases
from demo.invoices import add_invoices
from demo.journal import keep_journal
from demo.logins import ensure_password
from demo.payouts import pay_by_ach, pay_two_weeks
from demo.renewals import add_renewal
from demo.settlement import settle_last_week
from demo.staff import act_as, add_staff
from demo.time_limits import set_time_limits
from ledger.services.verifications import verify_ledger

JOB: Final = "load_demo"
_LOCK: Final = 5_041_240
STEPS: Final = CASES + 13

Progress = Callable[[str], None]


def load_demo(*, progress: Progress = lambda step: None) -> bool:
    """Load the companies unless they are there; says whether it did.

    `progress` is called STEPS times with what was done. Loading that was cut short is begun again; loading twice
    changes nothing. Raises DemoRefused where the database holds what the demo needs for itself.
    """
    if is_loaded():
        return False
    ensure_companies()
    progress("companies")
    password = ensure_password()
    with company_context(BIG_APPLE, job=JOB) as actor:
        if not _first_to_load():
            return False
        _load_hudson(password)
        progress("second company")
        _load_empire(password)
        progress("third company")
        _load_big_apple(actor, password, progress)
    return True


def is_loaded() -> bool:
    """Whether the demo was loaded whole: its rows come all together."""
    if not exist():
        return False
    with company_context(BIG_APPLE, job=JOB):
        return Driver.objects.filter(pk=JOHN_DOE).exists()


def _first_to_load() -> bool:
    """Wait for whoever is loading just now; False when that has loaded everything."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s::bigint)", [_LOCK])
    return not Driver.objects.filter(pk=JOHN_DOE).exists()


def _load_hudson(password: str) -> None:
    with company_context(HUDSON, job=JOB) as actor:
        dress_hudson()
        add_staff(company_id=HUDSON, password=password)
        raise_premiums(actor=actor, today=clock.today(actor.company))
        verify_ledger(actor=actor)


def _load_empire(password: str) -> None:
    with company_context(EMPIRE, job=JOB) as actor:
        dress_empire()
        add_staff(company_id=EMPIRE, password=password)
        import_three_weeks(today=clock.today(actor.company))
        pay_two_weeks(maker="dispatcher", second="bookkeeper", name="Empire Fleet")
        _read_decisions(actor)
        verify_ledger(actor=actor)


def _load_big_apple(actor: Actor, password: str, progress: Progress) -> None:
    today = clock.today(actor.company)
    dress_big_apple(today=today)
    set_time_limits()
    add_staff(company_id=BIG_APPLE, password=password)
    progress("people")
    seats = add_fleet(actor=actor, today=today)
    progress("drivers and leases")
    raise_debts(actor=act_as("manager"), seats=seats, today=today)
    progress("debts")
    add_renewal(actor=act_as("manager"), today=today)
    progress("renewal case")
    run_cases(seats=seats, today=today, progress=lambda: progress("interim payments"))
    correct_some(actor=act_as("manager"))
    progress("corrections")
    add_advances(seats=seats, today=today)
    progress("loans and repairs")
    add_invoices(today=today)
    progress("invoices and payments")
    settle_last_week(seats=seats, today=today)
    progress("last week's settlement")
    pay_by_ach()
    progress("payouts by ACH")
    buy_and_hold(seats=seats, today=today)
    progress("bills and deposits")
    keep_journal(today=today)
    progress("journal")
    count_and_deposit()
    progress("counted drawer and deposit slip")
    verify_ledger(actor=actor)
    _read_decisions(actor)
    progress("verification")


def _read_decisions(actor: Actor) -> None:
    """What was decided while loading rings no bell; what waits does."""
    decided = Notice.objects.filter(company_id=actor.company_id, kind=Notice.Kind.DECIDED)
    decided.filter(read_at__isnull=True).update(read_at=clock.now())
