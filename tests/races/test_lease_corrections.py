"""A lease that several people correct at the same moment, over HTTP with real connections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Lease
from ledger.settlement.services.runs import settle_week
from ledger.verification import verify
from payments.models import CreditMemo, LeaseCorrection
from payments.tests.builders import Debtor, make_john_doe
from tests.cast import acting
from tests.races.test_allocations import at_once, send, statuses

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ledger/lease-corrections"
WHY = "The rate was agreed in December."


@pytest.fixture
def john() -> Iterator[Debtor]:
    """John, whose last week is settled; the books are verified when the test is over."""
    with acting("manager") as manager:
        john = make_john_doe(manager)
        sunday = week_start(today(manager.company))
        CompanySettings.objects.filter(company_id=manager.company_id).update(settles_from=sunday)
        settle_week(
            actor=job_actor(company_id=manager.company_id, job="settle_week"), week=sunday - timedelta(days=7)
        )
    yield john
    with acting("manager") as manager:
        assert [f"{found.check}: {found.difference}" for found in verify(actor=manager)] == []


def test_of_many_corrections_of_what_was_seen_one_is_done(john: Debtor) -> None:
    with acting("manager") as manager:
        day = week_start(today(manager.company)) - timedelta(days=7)
    change = {"lease_id": john.lease.pk, "kind": "rate", "day": day.isoformat(), "weekly_amount": "100.00"}
    seen = send(f"{PATH}/preview", change).json()["proposal"]

    answers = at_once(6, lambda _: send(PATH, {**change, "proposal": seen, "reason": WHY}))

    assert statuses(answers) == {201: 1, 409: 5}
    with acting("manager"):
        assert LeaseCorrection.objects.count() == CreditMemo.objects.count() == 1


def test_of_many_undos_one_is_done(john: Debtor) -> None:
    with acting("manager") as manager:
        day = week_start(today(manager.company)) - timedelta(days=7)
    change = {"lease_id": john.lease.pk, "kind": "end", "day": day.isoformat()}
    seen = send(f"{PATH}/preview", change).json()["proposal"]
    made = send(PATH, {**change, "proposal": seen, "reason": WHY}).json()["id"]

    answers = at_once(4, lambda _: send(f"{PATH}/{made}/undo", {"reason": WHY}))

    assert statuses(answers) == {200: 1, 409: 3}
    with acting("manager"):
        assert Lease.objects.get(pk=john.lease.pk).status == "Active"
