"""Rows in quantity are as true as any others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.database.tenancy import company_context
from demo.companies import HUDSON
from ledger.models import Entry, Obligation
from payments.models import Allocation, Payment


@pytest.mark.parametrize(("payments", "obligations", "trusted"), [(700, 300, False), (300, 700, True)])
def test_ledger_stays_clean(
    load_on: Callable[..., bool], payments: int, obligations: int, trusted: bool
) -> None:
    load_on(date(2026, 11, 18))

    call_command(
        "seed_scale",
        company="Hudson Premium Finance",
        payments=payments,
        obligations=obligations,
        trusted=trusted,
        verbosity=0,
    )

    call_command("verify_ledger", verbosity=0)
    with company_context(HUDSON, job="test"):
        assert Payment.objects.count() == Allocation.objects.count() == payments
        assert (
            Obligation.objects.filter(category__in=["LEASE", "EZPASS", "PVB", "TLC"]).count()
            > obligations / 2
        )
        assert Entry.objects.count() == 2 * payments + obligations + 6


def test_refuses_an_unknown_company(load_on: Callable[..., bool]) -> None:
    with pytest.raises(CommandError, match="There is no company 'Nobody'"):
        call_command("seed_scale", company="Nobody", payments=10, verbosity=0)
