"""January 2026 of north with everything that moves a figure: three weeks settled, money in, applied, taken back."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Sum
from django.http import QueryDict

from bank.models import StatementMapping
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from console.reports.catalog import REPORTS
from console.reports.reading import Totals, read_rows, read_totals
from console.reports.report import Answer
from ledger.chart import Category
from ledger.models import Posting
from ledger.services import write_off
from ledger.settlement.services.payouts import pay_dtrs
from ledger.tests.builders import Debtor, charge
from ledger.tests.settlement.builders import at, dtr_of, earn, make_driver, settle, settle_from
from loans.tests.builders import lend
from outstanding.services import PlanRequest, setup_plan
from outstanding.tests.builders import make_renewal
from payments.batches.services.intake import read_bank_feed
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.models import Allocation, Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.refunds import refund_allocation, refund_unallocated
from payments.services.voids import void_payment
from payments.tests.billing import allocate, bill, make_customer, receive
from repairs.tests.builders import repair

# The end of the month, when everything has happened; a day before the void; one before anything was paid.
END, BEFORE_THE_VOID, EARLY = date(2026, 1, 30), date(2026, 1, 19), date(2026, 1, 12)
WEEKS: Final = (date(2026, 1, 4), date(2026, 1, 11), date(2026, 1, 18))
_WHY: Final = "Because the bank said so."


@dataclass(frozen=True)
class Books:
    """Whom the month is about."""

    john: Debtor
    jane: Debtor
    acme: Customer
    bounced: Payment


def keep_books(manager: Actor) -> Books:
    """Live through the month by the services."""
    job = settle_from("2026-01-11")
    with at("2026-01-05"):
        john = make_driver(manager)
        jane = make_driver(manager, number=2, name="Jane Roe", weekly="350.00")
        charge(manager, john, reference_id="EZ-1", amount="26.50", due_date=date(2026, 1, 9))
        lost = charge(manager, jane, reference_id="T-1", category=Category.TLC, amount="300.00")
        charge(manager, jane, reference_id="OLD", category=Category.LOANS, amount="80.00", opening=True)
        lend(manager, john, "1000.00", interest_rate=Decimal(10))
        repair(manager, jane, "450.00")
    with at("2026-01-08"):
        acme = make_customer(manager, "Acme Insurance")
        invoice = bill(
            manager, acme, "1000.00", issued=date(2026, 1, 8), due=date(2026, 2, 7), percent="2", days=10
        )
        bill(manager, acme, "75.00", issued=date(2026, 1, 8), due=date(2026, 1, 8), currency="EUR")
        paid = receive(manager, acme, "1100.00")
        allocate(manager, paid, (invoice, "1000.00"), apply_early_payment_discount=True)
        receive(manager, acme, "20.00", currency="EUR")
        renewal = make_renewal(manager, [("Q1", "300.00", date(2025, 11, 1))])
    with at("2026-01-11"):
        earn(manager, john, WEEKS[0], "640.00")
        settle(job, WEEKS[0])
    with at("2026-01-13"):
        bounced = record_interim_payment(
            actor=manager,
            driver_id=john.driver.pk,
            lease=john.lease.pk,
            amount=Decimal("150.00"),
            method="Check",
            payment_date=date(2026, 1, 13),
            allocations=[ChosenAllocation("LOANS", _loan_reference(john), Decimal("60.00"))],
        ).payment
        setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(2, date(2026, 1, 20), "monthly", "upi"))
    with at("2026-01-18"):
        earn(manager, john, WEEKS[1], "2500.00")
        settle(job, WEEKS[1])
        pay_dtrs(actor=manager, numbers=[dtr_of(john, WEEKS[1]).number], method="ach", reference_number="77")
    with at("2026-01-21"):
        void_payment(actor=manager, payment_id=bounced.id, reason=_WHY)
        line = Allocation.objects.get(payment=paid.id)
        refund_allocation(
            actor=manager, payment_id=paid.id, allocation_id=line.id, amount=Decimal("98.00"), reason=_WHY
        )
        refund_unallocated(actor=manager, payment_id=paid.id, amount=Decimal("30.00"), reason=_WHY)
        write_off(actor=manager, obligation_id=lost.id, amount=Decimal("120.00"), reason=_WHY)
        _receive_a_statement(manager)
    with at("2026-01-25"):
        settle(job, WEEKS[2])
    return Books(john, jane, acme, bounced)


def _loan_reference(john: Debtor) -> str:
    return str(
        Posting.objects.filter(
            obligation__category="LOANS", obligation__customer=john.customer.pk, amount__gt=0
        ).values_list("obligation__reference_id", flat=True)[0]
    )


def _receive_a_statement(manager: Actor) -> None:
    """A bank line of 12.00 that nobody is known for."""
    StatementMapping.objects.create(
        company_id=manager.company_id, name="House bank", amount_column="Amount", date_column="Date"
    )
    statement = io.BytesIO(b"Date,Amount\n2026-01-15,12.00\n")
    batch = receive_batch(actor=manager, intake=read_bank_feed(actor=manager, file=statement))
    process_batch(company_id=manager.company_id, batch_id=batch.id)


def ask(actor: Actor, slug: str, **parameters: object) -> Answer:
    """The report by its parameters, the others by default."""
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in parameters.items()})
    form = REPORTS[slug].form(actor=actor, query=query)
    assert form.is_valid(), form.errors
    return Answer(REPORTS[slug], actor, form.cleaned_data)


def totals_of(actor: Actor, slug: str, **parameters: object) -> dict[str, dict[str, str]]:
    """By currency: what the report's columns come to, as text."""
    totals = read_totals(answer=ask(actor, slug, **parameters))
    return {each.currency: _words(each.amounts) for each in totals.by_currency}


def parts_of(actor: Actor, slug: str, **parameters: object) -> dict[tuple[str, str], dict[str, str]]:
    """By currency and the breakdown's value."""
    totals: Totals = read_totals(answer=ask(actor, slug, **parameters))
    return {(each.currency, each.value): _words(each.amounts) for each in totals.parts}


def rows_of(actor: Actor, slug: str, **parameters: object) -> list[dict[str, Any]]:
    """Every row, shaped."""
    return list(read_rows(answer=ask(actor, slug, **parameters)))


def _words(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {key: f"{amount or 0:.2f}" for key, amount in amounts.items()}


def ledger(currency: str, *accounts: str, until: date, since: date | None = None) -> str:
    """The balance of the accounts (with a colon at the end: of those whose code begins with it), by their postings."""
    postings = Posting.objects.filter(entry__currency=currency, entry__effective_on__lte=until)
    if since is not None:
        postings = postings.filter(entry__effective_on__gte=since)
    total = Decimal("0.00")
    for code in accounts:
        named = {"account__code__startswith": code} if code.endswith(":") else {"account__code": code}
        total += postings.filter(**named).aggregate(total=Sum("amount"))["total"] or Decimal("0.00")
    return f"{total:.2f}"
