"""Reads of the counter's day; they write nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce

from bank.models import DepositSlip, DepositSlipItem, DrawerCount, DrawerSession
from batconnect.core.kernel.actors import Actor
from ledger.chart import cash
from ledger.chart import drawer as drawer_account
from ledger.models import Entry
from ledger.treasury.models import Drawer
from payments.models import Payment
from payments.postings import PAYMENT, PAYMENT_RECEIVED

CHECK: Final = "check"


def account_of(drawer: Drawer | None) -> str:
    """The account that a drawer's cash stands on; None is the office's."""
    return drawer_account(drawer.code) if drawer else cash("cash")


def name_of(drawer: Drawer | None) -> str:
    """What people call it."""
    return drawer.name if drawer else "Office"


def checks_here(*, company_id: UUID, currency: str) -> QuerySet[Payment]:
    """Payments whose check was received and is not yet at the bank, nor voided, nor back from it: what cash of the
    method check is made of."""
    received = Entry.objects.filter(
        company_id=OuterRef("company_id"),
        source_type=PAYMENT,
        event=PAYMENT_RECEIVED,
        source_id=Cast(OuterRef("id"), CharField()),
    )
    return Payment.objects.filter(
        Exists(received),
        company_id=company_id,
        currency=currency,
        method=CHECK,
        status=Payment.Status.POSTED,
        returned=0,
        at_bank_id__isnull=True,
        is_opening=False,
    )


def checks_of_drawer(*, actor: Actor, session: DrawerSession) -> QuerySet[Payment]:
    """The checks that lie with a drawer: its holder's, with the office's those of whoever has no drawer."""
    rows = checks_here(company_id=actor.company_id, currency=session.currency)
    if session.drawer_id is not None:
        return rows.filter(created_by_id=session.holder_id)
    holders = Drawer.objects.filter(
        company_id=actor.company_id, currency=session.currency, is_active=True, holder__isnull=False
    )
    return rows.filter(~Q(created_by_id__in=holders.values("holder_id")), created_by_id__isnull=False)


def checks_for_slips(*, company_id: UUID, currency: str, besides: UUID | None = None) -> QuerySet[Payment]:
    """The checks that lie on no slip; those of the slip `besides` too."""
    lying = DepositSlipItem.objects.filter(
        company_id=OuterRef("company_id"), payment_id=OuterRef("id"), is_live=True
    )
    if besides is not None:
        lying = lying.exclude(slip_id=besides)
    return checks_here(company_id=company_id, currency=currency).filter(~Exists(lying))


def check_rows(*, company_id: UUID, currency: str) -> Any:
    """The checks that lie on no slip as `CheckHereRow` has them."""
    return checks_for_slips(company_id=company_id, currency=currency).values(
        *("amount", "currency", "payment_date", "customer_id"),
        payment_id=F("id"),
        payment_number=F("number"),
        check_number=F("reference_number"),
        payer=F("customer__name"),
        received_by=F("cashier"),
    )


def slips_of_checks(*, company_id: UUID, payment_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """On which slip each check lies: the slip's id and number, by the payment's id."""
    rows = DepositSlipItem.objects.filter(company_id=company_id, payment_id__in=payment_ids, is_live=True)
    return {
        payment_id: (slip_id, number)
        for payment_id, slip_id, number in rows.values_list("payment_id", "slip_id", "slip__number")
        if payment_id is not None
    }


def sessions(*, actor: Actor) -> Any:
    """The company's sessions of drawers as `DrawerSessionRow` has them."""
    return DrawerSession.objects.filter(company_id=actor.company_id).values(
        *(
            "id",
            "drawer_id",
            "currency",
            "holder_id",
            "opened_by",
            "opened_on",
            "opened_at",
            "opening_expected",
        ),
        *("opening_counted", "status", "expected", "counted", "difference", "checks_expected", "attempt"),
        *("checks_expected_amount", "checks_counted", "checks_counted_amount", "reason", "counted_by"),
        *("counted_on", "counted_at", "approved_by", "entry_id"),
        drawer_name=Coalesce("drawer__name", Value("Office")),
    )


def slips(*, actor: Actor) -> Any:
    """The company's deposit slips as `DepositSlipRow` has them."""
    return DepositSlip.objects.filter(company_id=actor.company_id).values(
        *("id", "number", "number_order", "status", "bank_account_id", "currency", "cash", "checks"),
        *("check_count", "amount", "notes", "version", "entry_id", "closed_on", "closed_by", "void_reason"),
        *("created_by", "created_at", "denominations"),
        bank_account_name=F("bank_account__name"),
    )


def slip_items(*, actor: Actor, slip_id: UUID) -> list[dict[str, Any]]:
    """What lies on a slip, cash first, as `DepositSlipItemRow` has it."""
    rows = DepositSlipItem.objects.filter(company_id=actor.company_id, slip=slip_id)
    return list(
        rows.order_by("kind", "id").values(
            *("id", "kind", "drawer_id", "payment_id", "amount"),
            drawer_name=Case(
                When(kind="check", then=Value(None)),
                default=Coalesce("drawer__name", Value("Office")),
                output_field=CharField(),
            ),
            payment_number=F("payment__number"),
            check_number=F("payment__reference_number"),
            payer=F("payment__customer__name"),
            payment_date=F("payment__payment_date"),
            payment_status=F("payment__status"),
        )
    )


def counted_pieces(*, actor: Actor, session_id: UUID) -> list[dict[str, Any]]:
    """What was counted by denomination, try by try; try 0 is the float."""
    rows = DrawerCount.objects.filter(company_id=actor.company_id, session=session_id)
    return [
        {
            "attempt": each.attempt,
            "denomination": each.denomination,
            "pieces": each.pieces,
            "amount": each.amount,
        }
        for each in rows.order_by("attempt", "-denomination")
    ]
