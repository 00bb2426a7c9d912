"""Rows with a text of their own, in tables that the world leaves empty or fills with numbers and short words."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from agencies.models import TripWeek, TripWeekTax
from bank.models import DrawerCount, DrawerSession, StatementFeed
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today, week_start
from batconnect.core.models import (
    CompanySchedule,
    CompanySettings,
    Counter,
    IdempotencyKey,
    JobRun,
    ListChoice,
    Membership,
    SavedFilter,
    Seal,
    SealedRow,
    WorkHold,
)
from batconnect.directory.models import Customer, Lease, LeaseDriver, LeaseRate, Medallion, Vehicle
from cases.models import CaseStepOverride
from console.tests.conftest import world
from ledger.general.services.numbering import number_entries
from ledger.models import (
    BankAccount,
    Entry,
    Obligation,
    PayeeNotice,
    PayoutBatch,
    PayoutDeduction,
    PayoutDownload,
    PayoutFile,
    PayoutItem,
    PayoutOrder,
)
from ledger.services.totals import add_to_totals
from outstanding.models import PremiumMove, RenewalCancellation, RenewalCase
from payments.gateways.models import GatewayEndpoint, GatewayEvent
from payments.models import Payment, PaymentReturn
from tests.cast import NORTH, STAFF
from tests.databases import owners_hand

__all__ = ["world"]
ONE = Decimal("1.00")


@pytest.fixture
def planted(world: Actor) -> None:
    """A row with a text of its own in tables that the world leaves empty, or fills with numbers and short words."""
    set_company(NORTH, metadata={"job": "test"})
    own, person = {"company_id": NORTH}, STAFF["manager"][0]
    customer, batch = Customer.objects.earliest("pk"), PayoutBatch.objects.earliest("pk")
    view = SavedFilter.objects.create(
        **own, user_id=person, page="/canary/9", name="Canary view 41", query="q=4"
    )
    ListChoice.objects.create(**own, user_id=person, page="/canary-41", columns="canary_41", view=view)
    IdempotencyKey.objects.create(**own, user_id=person, key=uuid4(), request_hash=b"x" * 32)
    JobRun.objects.create(**own, task="canary.41", state="failed", detail="Canary detail 41")
    WorkHold.objects.create(
        **own, kind="canary.41", subject="canary-41", held_by="canary 41", since=now(), until=now()
    )
    PayeeNotice.objects.create(**own, customer=customer, subject="Canary notice 41", text="Canary text 41")
    Seal.objects.create(**own, number=1, previous=b"", digest=b"7" * 32, rows=1)
    SealedRow.objects.create(
        **own, seal=Seal.objects.get(), place=1, kind="canary41", row_id=uuid4(), digest=b"7" * 32
    )
    with owners_hand():
        PayoutDownload.objects.create(**own, batch=batch, reason="Canary reason 41", taken_by="Canary 41")
        CompanySchedule.objects.create(
            **own,
            job="canary.41",
            at="04:45",
            handled_through=now(),
            changed_by="Canary 41",
            changed_at=now(),
        )
        CompanySettings.objects.filter(**own).update(address="41 Canary Court")
        for model, values in (
            (Vehicle, {"vin": "CANARY41VEHICLE"}),
            (Medallion, {"medallion_no": "CANARY41M"}),
            (Lease, {"lease_id": "LS-CANARY-41"}),
            (LeaseRate, {"entered_by": "Canary 41"}),
        ):
            model.objects.filter(pk=model.objects.filter(**own).earliest("pk").pk).update(**values)
        _money(own, today(world.company))
    _plant_histories()
    set_company(NORTH, metadata={"job": "test"})
    number_entries(actor=world, everything=True)
    add_to_totals(actor=world)


def _money(own: dict[str, Any], day: date) -> None:
    """What drivers, renewals, gateways, banks and agencies leave behind."""
    batch, driver = PayoutBatch.objects.earliest("pk"), LeaseDriver.objects.earliest("pk")
    renewal, payment = RenewalCase.objects.earliest("pk"), Payment.objects.earliest("pk")
    Counter.objects.create(**own, series="CANARY-41", period="2041")
    PayoutFile.objects.create(
        **own,
        batch=batch,
        name="canary41.ach",
        content="",
        sha256="7" * 64,
        size=1,
        modifier="A",
        made_on=day,
    )
    PayoutDeduction.objects.create(
        **own, item=PayoutItem.objects.earliest("pk"), order=PayoutOrder.objects.earliest("pk"), amount=ONE
    )
    RenewalCancellation.objects.create(
        **own,
        renewal_case=renewal,
        effective_on=day,
        unearned=ONE,
        credited=ONE,
        returned=0,
        reason="Canary cancellation 41",
        made_by="Canary 41",
    )
    PremiumMove.objects.create(
        **own,
        renewal_case=renewal,
        kind=PremiumMove.Kind.REMITTED,
        amount=ONE,
        entry=Entry.objects.earliest("pk"),
        note="Canary premium 41",
        made_by="Canary 41",
    )
    endpoint = GatewayEndpoint.objects.earliest("pk")
    GatewayEvent.objects.create(
        **own,
        endpoint=endpoint,
        event_id="canary-41",
        kind="settled",
        reference="canary 41",
        occurred_at=now(),
    )
    PaymentReturn.objects.create(
        **own,
        payment=payment,
        amount=ONE,
        undone=ONE,
        reason_code="R01",
        notes="Canary return 41",
        returned_on=day,
    )
    StatementFeed.objects.create(
        **own, bank_account=BankAccount.objects.latest("pk"), number_digest="canary-41-digest"
    )
    DrawerCount.objects.create(
        **own, session=DrawerSession.objects.earliest("pk"), attempt=41, denomination=ONE, pieces=41
    )
    week = TripWeek.objects.create(
        **own,
        lease=driver.lease,
        driver=driver.driver,
        customer=driver.driver.customer,
        week=week_start(day),
        number=41,
        trips=41,
        gross=0,
        fee=0,
        taxes=ONE,
        created_by="Canary 41",
    )
    TripWeekTax.objects.create(
        **own, trip_week=week, authority="canary-41", amount=ONE, obligation=Obligation.objects.earliest("pk")
    )


def _plant_histories() -> None:
    """Who changed a place, a lease's driver and a step is in its history."""
    set_company(NORTH, metadata={"job": "Canary job 41"})
    Membership.objects.filter(user=STAFF["auditor"][0]).update(groups=["Cashier"])
    driver = LeaseDriver.objects.earliest("pk")
    LeaseDriver.objects.filter(pk=driver.pk).update(until_on=driver.from_on + timedelta(days=4_100))
    CaseStepOverride.objects.update(sla=timedelta(days=41))
