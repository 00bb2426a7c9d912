"""A payment method, a category or a currency that is added later has its accounts in companies that are there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from django.core.management import call_command

from batconnect.core.companies import currencies
from batconnect.core.companies.currencies import sync_currencies
from batconnect.core.database.roles import as_owner
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.clock import today
from ledger import chart
from ledger.models import Account, Entry
from ledger.services.chart import synchronize_charts
from ledger.services.obligations import ObligationDraft, raise_obligations
from payments.rules import methods
from payments.services.recording import record_payment
from payments.tests.billing import make_customer
from tests.cast import NORTH, SOUTH, acting

Later = StrEnum("Later", [*((each.name, each.value) for each in chart.Category), ("TOWING", "TOWING")])
Later.label = property(lambda self: self.value.capitalize())  # type: ignore[attr-defined]  # as Category has it


@pytest.mark.django_db(transaction=True)
def test_what_is_added_later_can_be_posted_in_companies_that_are_there(monkeypatch: Any) -> None:
    monkeypatch.setitem(chart.METHODS, "zelle", "Zelle")
    monkeypatch.setitem(methods._SPELLINGS, "zelle", "zelle")
    monkeypatch.setattr(chart, "Category", Later)
    monkeypatch.setitem(currencies.OFFERED, "CHF", "Swiss franc")
    with as_owner():
        sync_currencies(sender=None, using="default")
        opened = synchronize_charts()
        again = synchronize_charts()

    with acting("manager") as manager:
        customer = make_customer(manager)
        paid = record_payment(
            actor=manager,
            customer_id=customer.pk,
            amount=Decimal("20.00"),
            method="zelle",
            payment_date=today(manager.company),
            currency="CHF",
        ).payment
        raised = raise_obligations(actor=manager, drafts=[_towing(manager, customer)])
        entries = Entry.objects.count()

    lines = len(chart.chart())
    assert (opened, again) == (2 * (6 * lines - 5 * (lines - 2)), 0)
    assert (paid.currency, paid.method) == ("CHF", "zelle")
    assert (raised[0].obligation.category, entries) == ("TOWING", 2)
    for company in (NORTH, SOUTH):
        with company_context(company, job="test"):
            assert Account.objects.filter(code="cash:zelle", currency="CHF").count() == 1


@pytest.mark.django_db(transaction=True)
def test_every_migrate_completes_the_charts(monkeypatch: Any) -> None:
    monkeypatch.setitem(chart.METHODS, "zelle", "Zelle")

    call_command("migrate", verbosity=0, interactive=False)

    for company in (NORTH, SOUTH):
        with company_context(company, job="test"):
            assert Account.objects.filter(code="cash:zelle").count() == len(currencies.OFFERED)


def _towing(actor: Any, customer: Any) -> ObligationDraft:
    day = today(actor.company)
    return ObligationDraft(
        category=Later.TOWING,  # type: ignore[attr-defined]  # made at run time
        reference_id="TOW-1",
        amount=Decimal("75.00"),
        issue_date=day,
        due_date=day + timedelta(days=30),
        customer_id=customer.pk,
        credits=((chart.LEASE_INCOME, Decimal("75.00")),),
    )
