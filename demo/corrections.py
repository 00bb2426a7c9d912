"""What a finance manager corrects: a bounced check, debts that nobody will pay, somebody else's toll."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.db.models import F

from batconnect.core.kernel.actors import Actor
from demo.fleet import JOHN_DOE, LEASE_OFFSET
from ledger.chart import Category
from ledger.models import Obligation
from ledger.services.corrections import void_obligation
from ledger.services.write_offs import write_off
from payments.models import Payment
from payments.services.voids import void_payment

_LARGEST_WRITTEN_OFF_ALONE: Final = Decimal("400.00")


def correct_some(*, actor: Actor) -> None:
    """Void one payment and one charge; write off two debts, one of them in part, and ask to write off a third.

    Never John Doe's.
    """
    bounced = Payment.objects.filter(method="check").order_by("-number_order").first()
    assert bounced is not None
    void_payment(actor=actor, payment_id=bounced.pk, reason="The check was returned for insufficient funds.")
    untouched = Obligation.objects.filter(status=Obligation.Status.OPEN, outstanding=F("original")).exclude(
        lease_id=LEASE_OFFSET + JOHN_DOE
    )
    wrong = untouched.filter(category=Category.EZPASS, is_opening=False).order_by("reference_id").first()
    assert wrong is not None
    void_obligation(actor=actor, obligation_id=wrong.pk, reason="The toll belongs to another plate.")
    former = untouched.filter(
        category=Category.LEASE,
        lease__status="Ended",
        outstanding__lte=_LARGEST_WRITTEN_OFF_ALONE,
    ).order_by("reference_id")
    hopeless, doubtful = former[:2]
    write_off(
        actor=actor,
        obligation_id=hopeless.pk,
        amount=hopeless.outstanding,
        reason="The driver has left the city and cannot be reached.",
    )
    write_off(
        actor=actor,
        obligation_id=doubtful.pk,
        amount=Decimal("100.00"),
        reason="Settled with the driver for the rest of it.",
    )
    large = untouched.filter(outstanding__gt=actor.company.write_off_approval_limit)
    bankrupt = (
        large.exclude(id__in=[hopeless.pk, doubtful.pk]).order_by("-outstanding", "reference_id").first()
    )
    if bankrupt is not None:
        write_off(
            actor=actor,
            obligation_id=bankrupt.pk,
            amount=bankrupt.outstanding,
            reason="Bankrupt since the spring; nothing is left to collect.",
        )
