"""A batch of 10,000 payouts: its draft, its file, and what it posts when it is sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from benchmarks.results import Section

PAYOUTS = 10_000
SECONDS = 2.0
STEP_SECONDS = 5.0
TITLE = "A batch of payouts"
_NUMBER = "000123456789"
Done = TypeVar("Done")


def measure() -> Section:
    """Seconds for each step; the file itself has to be written within two."""
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.kernel.clock import now
    from demo.companies import BIG_APPLE
    from ledger.paying.models import PayeeAccount, PayoutBatch
    from ledger.paying.services.batches import draft_batch
    from ledger.paying.services.building import build_batch
    from ledger.paying.services.sending import send_batch, take_file
    from ledger.settlement.models import Dtr

    week = _settle()
    _open_accounts()
    _analyze()
    with company_context(BIG_APPLE, job="bench") as actor:
        due = Dtr.objects.filter(week=week, status="Finalized", due_to_driver__gt=0).order_by("-number_order")
        numbers = list(due.values_list("number", flat=True)[:PAYOUTS])
        batch, drafted = _timed(lambda: draft_batch(actor=actor, way="ach", numbers=numbers))
        assert batch.payout_count == PAYOUTS, batch.payout_count
    _analyze()
    with company_context(BIG_APPLE, job="bench") as actor:
        # A second person has agreed: what is measured is the work, not the waiting.
        confirmed = PayeeAccount.objects.filter(decider__isnull=False)
        approver = confirmed.values_list("decider", flat=True)[0]
        PayoutBatch.objects.filter(id=batch.id).update(
            status="approved", approver=approver, approved_by="controller", approved_at=now()
        )
    with company_context(BIG_APPLE, job="bench") as actor:
        _, built = _timed(lambda: build_batch(actor=actor, batch_id=batch.id))
    with company_context(BIG_APPLE, job="bench") as actor:
        file, taken = _timed(lambda: take_file(actor=actor, batch_id=batch.id))
    with company_context(BIG_APPLE, job="bench") as actor:
        _, sent = _timed(lambda: send_batch(actor=actor, batch_id=batch.id))

    section = Section(
        TITLE,
        f"{batch.payout_count:,} drivers with something due and an account each; all constraints and triggers on. "
        "Building decrypts every account, numbers the payouts, and keeps the file encrypted.",
    )
    section.at_most("write the file, s", _write(), SECONDS)
    for what, (seconds, own) in (
        ("draft", drafted),
        ("build: decrypt, number, write and keep the file", built),
        ("send", sent),
    ):
        section.at_most(f"{what}, s", seconds, STEP_SECONDS)
        section.add("of it processor time of the process", f"{own:.2f}")
    section.add("file, MB", f"{len(file.content) / 1_000_000:.2f}")
    section.add("take the file, s", f"{taken[0]:.2f}")
    return section


def _write() -> float:
    """Seconds for the text of the file alone."""
    from datetime import date, datetime

    from ledger.paying.rules.nacha import Account, Credit, Originator, nacha_file

    sender = Originator(
        destination="021000021",
        destination_name="Example Bank",
        origin="1234567890",
        origin_name="Big Apple Taxi",
        company_name="Big Apple Taxi",
        company_id="1234567890",
        odfi="02100002",
        sec_code="PPD",
        description="PAYOUT",
    )
    account = Account("021000021", _NUMBER, "checking")
    paid = Decimal("196.86")
    credits = [
        Credit(account, paid, f"DRV-{each}", f"José Driver {each}", each) for each in range(1, PAYOUTS + 1)
    ]
    _, took = _timed(
        lambda: nacha_file(
            originator=sender,
            credits=credits,
            effective_on=date(2026, 1, 13),
            made_at=datetime(2026, 1, 12, 9, 5),  # noqa: DTZ001 - the sender's local time
            modifier="A",
        )
    )
    return took[0]


def _analyze() -> None:
    """What autovacuum does within a minute."""
    from django.db import connection

    from batconnect.core.database.roles import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("analyze")


def _timed(do: Callable[[], Done]) -> tuple[Done, tuple[float, float]]:
    """What came of it, its seconds by the clock, and those of this process's processor."""
    began, worked = time.perf_counter(), time.process_time()
    done = do()
    return done, (time.perf_counter() - began, time.process_time() - worked)


def _settle() -> Any:
    """A settled week in which each of so many drivers has something due."""
    from batconnect.core.database.tenancy import company_context, job_actor
    from batconnect.core.kernel.clock import week_start
    from batconnect.directory.models import LeaseDriver
    from demo.companies import BIG_APPLE
    from demo.scale import Scale, seed_scale
    from ledger.rules.settlement import DAYS
    from ledger.settlement.services.dtrs import generate_dtrs
    from ledger.settlement.services.earnings import EarningRow, import_earnings

    seed_scale(
        scale=Scale(company_id=BIG_APPLE, payments=100, obligations=100, drivers=PAYOUTS + 100), trusted=True
    )
    actor = job_actor(company_id=BIG_APPLE, job="bench")
    assert actor.company.settles_from is not None
    week = week_start(actor.company.settles_from) - timedelta(days=DAYS)
    with company_context(BIG_APPLE, job="bench") as working:
        rows = LeaseDriver.objects.exclude(driver__driver_id__regex=r"^DRV-\d+$").filter(role="Primary")
        earned = [
            EarningRow(driver, lease, week, Decimal("5000.00"))
            for driver, lease in rows.values_list("driver_id", "lease_id")[:PAYOUTS]
        ]
        import_earnings(actor=working, rows=earned)
    generate_dtrs(actor=actor, week=week)
    return week


def _open_accounts() -> None:
    """A confirmed account for everybody with something due who has none."""
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.kernel.clock import now, today
    from batconnect.core.models import User
    from demo.companies import BIG_APPLE
    from ledger.paying.models import PayeeAccount
    from ledger.settlement.models import Dtr

    with company_context(BIG_APPLE, job="bench") as actor:
        have = PayeeAccount.objects.filter(status="confirmed").values("customer")
        due = Dtr.objects.filter(status="Finalized", due_to_driver__gt=0).exclude(customer__in=have)
        decider = User.objects.get(username="controller")
        PayeeAccount.objects.bulk_create(
            [
                PayeeAccount(
                    company_id=BIG_APPLE,
                    customer_id=customer_id,
                    holder_name="A driver",
                    routing_number="021000021",
                    account_number=_NUMBER,
                    last_digits=_NUMBER[-4:],
                    kind="checking",
                    status="confirmed",
                    proposed_by="bench",
                    decider=decider,
                    decided_by="controller",
                    decided_at=now(),
                    usable_on=today(actor.company),
                )
                for customer_id in sorted(set(due.values_list("customer_id", flat=True)))
            ],
            batch_size=1_000,
        )
