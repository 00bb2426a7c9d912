"""A penalty on a charge: the amount never changes, the difference is a charge of its own.

Rule: docs/domain.md#moving-charges.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, NotFound
from ledger import chart
from ledger.chart import RECOVERED_CATEGORIES, Category
from ledger.errors import NOT_A_CHARGE, REFERENCE_TAKEN
from ledger.models import Obligation, Posting
from ledger.postings import CHARGE, OBLIGATION, charge_credits
from ledger.services.locks import lock_obligations
from ledger.services.obligations import ObligationDraft, raise_obligations

LONGEST = 60


@joins_transaction
def raise_penalty(
    *, actor: Actor, obligation_id: UUID, amount: Decimal, due_date: date, description: str = ""
) -> Obligation:
    """Raise what a penalty adds to a charge as `{reference}/P1`, `/P2`, …, owed by the same debtor, dated today;
    that of a tax is held for the tax's authority.

    `amount` is the difference, in the charge's currency. Needs `ledger.raise_obligation`. Raises NotFound; Conflict 409
    `not_a_charge` for what finance did not enter, or what is voided; `reference_taken` where the reference gets too
    long.
    """
    actor.require("ledger.raise_obligation")
    charge = lock_obligations(actor=actor, ids=[obligation_id]).get(obligation_id)
    if charge is None:
        raise NotFound("There is no such obligation.")
    require_charge(charge)
    reference = free_reference(actor=actor, charge=charge, base=charge.reference_id, sign="/P", first=1)
    category = Category(charge.category)
    (raised,) = raise_obligations(
        actor=actor,
        drafts=[
            ObligationDraft(
                category=category,
                reference_id=reference,
                amount=amount,
                issue_date=today(actor.company),
                due_date=due_date,
                customer_id=charge.customer_id,
                lease_id=charge.lease_id,
                currency=charge.currency,
                description=description or f"Penalty on {charge.reference_id}",
                credits=charge_credits(
                    category=category,
                    amount=amount,
                    authority=authority_of(actor=actor, charge=charge),
                ),
            )
        ],
    )
    return raised.obligation


@reads
def authority_of(*, actor: Actor, charge: Obligation) -> str:
    """The code of the authority for which a tax is held, as raising it said; empty for any other charge, and for a tax
    of the time before authorities."""
    if charge.category != Category.TAXES:
        return ""
    held = chart.taxes_held("")
    account = Posting.objects.filter(
        company_id=actor.company_id,
        entry__source_type=OBLIGATION,
        entry__source_id=str(charge.id),
        entry__reverses__isnull=True,
        account__code__startswith=held,
    ).values_list("account__code", flat=True)
    return (account.first() or held).removeprefix(held)


def require_charge(obligation: Obligation) -> None:
    """Raise Conflict 409 `not_a_charge` for what a document raised, an opening balance, or what is voided."""
    is_entered = obligation.category in RECOVERED_CATEGORIES and obligation.source_type == CHARGE
    if not is_entered or obligation.is_opening:
        what = "an opening balance" if obligation.is_opening else "raised by its document"
        raise Conflict(f"{obligation} is {what}, not a charge that finance entered.", code=NOT_A_CHARGE)
    if obligation.status == Obligation.Status.VOIDED:
        raise Conflict(f"{obligation} is voided.", code=NOT_A_CHARGE)


@reads
def free_reference(*, actor: Actor, charge: Obligation, base: str, sign: str, first: int) -> str:
    """The first reference of the charge's category that is free: `{base}{sign}{first}` and so on. Raises Conflict 409
    `reference_taken` when it gets too long."""
    taken = set(
        Obligation.objects.filter(
            company_id=actor.company_id, category=charge.category, reference_id__startswith=f"{base}{sign}"
        ).values_list("reference_id", flat=True)
    )
    number = first
    while f"{base}{sign}{number}" in taken:
        number += 1
    reference = f"{base}{sign}{number}"
    if len(reference) > LONGEST:
        raise Conflict(
            f"{reference} has more than {LONGEST} characters: enter it as a charge of its own.",
            code=REFERENCE_TAKEN,
        )
    return reference
