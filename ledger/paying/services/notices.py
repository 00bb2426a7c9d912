"""What drivers are told about their accounts: rows in an outbox, mailed by a job (docs/domain.md#payee-accounts)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.core.mail import EmailMessage
from django.db.models import QuerySet

from batconnect.core.database.transactions import joins_transaction, outside_transactions
from batconnect.core.jobs.outbox import Ended, Outbox, Sent, send_mails
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from ledger.paying.models import PayeeNotice

JOB: Final = "ledger.send_payee_notices"


@joins_transaction
def notify_payee(*, actor: Actor, customer: Customer, subject: str, text: str) -> None:
    """Keep a notice, and have it mailed where the driver has an address. It names no more than last four digits."""
    PayeeNotice.objects.create(
        company_id=actor.company_id,
        customer=customer,
        email=customer.email,
        subject=subject,
        text=f"{customer.name},\n\n{text}\n\n{actor.company.name}\n",
        mailed_at=None if customer.email else clock.now(),
    )


@outside_transactions
def send_payee_notices(*, company_id: UUID, limit: int = 1_000) -> Sent:
    """Mail the company's notices that are due, at most `limit`, each outside of a transaction."""
    return send_mails(_OUTBOX, company_id=company_id, limit=limit)


def _unmailed(company_id: UUID) -> QuerySet[PayeeNotice]:
    return PayeeNotice.objects.filter(company_id=company_id, mailed_at=None)


def _ended(ended: Ended, why: str) -> dict[str, Any]:
    return {"mailed_at": clock.now(), "is_sent": ended is Ended.SENT}


_OUTBOX: Final = Outbox(
    job=JOB,
    waiting=_unmailed,
    mail=lambda notice: EmailMessage(notice.subject, notice.text, to=[notice.email]),
    ended=_ended,
)
