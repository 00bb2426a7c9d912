"""What a finance manager corrects: a wrong check, one that bounced, debts nobody will pay, somebody else's toll."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.db.models import F, QuerySet

from batconnect.core.kernel.actors import Actor
from demo.fleet import JOHN_DOE, LEASE_OFFSET
from ledger.chart import Category
from ledger.models import Obligation
from ledger.services.corrections import void_obligation
from ledger.services.write_offs import write_off
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.models import Payment
from payments.services.returns import return_payment
from payments.services.voids import void_payment

_FEE: Final = Decimal("20.00")
_LARGEST_WRITTEN_OFF_ALONE: Final = Decimal("400.00")


def correct_some(*, actor: Actor) -> None:
    """Void one payment and one charge, let a payment come back, credit two debts; write off two, one of them in part,
    and ask to write off a third.

    Never John Doe's.
    """
    bounced = Payment.objects.filter(method="check").order_by("-number_order").first()
    assert bounced is not None
    void_payment(actor=actor, payment_id=bounced.pk, reason="The check was entered for the wrong driver.")
    untouched = Obligation.objects.filter(status=Obligation.Status.OPEN, outstanding=F("original")).exclude(
        lease_id=LEASE_OFFSET + JOHN_DOE
    )
    _return_one(actor)
    wrong = untouched.filter(category=Category.EZPASS, is_opening=False).order_by("reference_id").first()
    assert wrong is not None
    void_obligation(actor=actor, obligation_id=wrong.pk, reason="The toll belongs to another plate.")
    _credit_two(actor)
    _give_up(actor, untouched)


def _give_up(actor: Actor, untouched: QuerySet[Obligation]) -> None:
    """Debts that nobody will pay."""
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


def _return_one(actor: Actor) -> None:
    """The latest check that is left comes back."""
    returned = (
        Payment.objects.filter(method="check", status=Payment.Status.POSTED, refunded=0)
        .exclude(lease_id=LEASE_OFFSET + JOHN_DOE)
        .order_by("-number_order")
        .first()
    )
    if returned is not None:
        return_payment(
            actor=actor, payment_id=returned.pk, reason_code="NSF", fee=_FEE, notes="Insufficient funds"
        )


def _credit_two(actor: Actor) -> None:
    """A summons that was dismissed before it was paid; a paid toll that is another's, which leaves a credit."""
    charges = Obligation.objects.filter(is_opening=False, written_off=0).exclude(
        lease_id=LEASE_OFFSET + JOHN_DOE
    )
    dismissed = charges.filter(category=Category.PVB, outstanding=F("original"), status="open")
    paid = charges.filter(category__in=[Category.EZPASS, Category.TLC, Category.PVB], status="settled")
    for rows, reason in (
        (dismissed, "The summons was dismissed at the hearing."),
        (paid, "It was another car; the agency confirmed it."),
    ):
        item = rows.order_by("reference_id").first()
        if item is not None:
            issue_credit_memo(actor=actor, request=MemoRequest(reason=reason, obligation_id=item.pk))
