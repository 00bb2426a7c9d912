"""Money that is put into a drawer and paid out, for the tests of bank accounts and drawers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.postings import EntryDraft, Leg
from ledger.services import post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom, prepare_disbursement


def put_in(actor: Actor, amount: str, *, account: str = "cash:cash", currency: str = "USD") -> None:
    """Owner's money on an account of cash or bank; at the bank by the source of the opening, since nothing but that and
    lines of statements posts there."""
    draft = EntryDraft(
        event="put_in",
        source_type="ledger.opening_line" if account.startswith("bank:") else "test.money",
        source_id=str(uuid7()),
        currency=currency,
        effective_on=today(actor.company),
        legs=(Leg(account, Decimal(amount)), Leg(chart.OPENING_BALANCES, -Decimal(amount))),
    )
    post_entries(actor=actor, drafts=[draft])


def pay_out(actor: Actor, amount: str, *, method: str = "check", **paid_from: Any) -> Disbursement:
    """Something that was owed is paid; the row, with the warnings as its attribute `warned`."""
    currency = paid_from.pop("currency", "USD")
    entry_id, source_id = uuid7(), str(uuid7())
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.LOAN,
        amount=Decimal(amount),
        currency=currency,
        paid_from=PaidFrom(method=method, **paid_from),
        entry_id=entry_id,
        source_type="test.payment",
        source_id=source_id,
    )
    draft = EntryDraft(
        event="paid_out",
        source_type="test.payment",
        source_id=source_id,
        currency=currency,
        effective_on=prepared.row.paid_on,
        legs=(Leg(chart.DISBURSEMENTS_PAYABLE, Decimal(amount)), prepared.leg),
        id=entry_id,
    )
    post_entries(actor=actor, drafts=[draft], rows=[[prepared.row]])
    prepared.row.warned = prepared.warnings  # type: ignore[attr-defined]  # for the test to read
    return prepared.row
