"""Opening renewal cases: a policy, its customer, its installments as obligations.

Rule: docs/domain.md#outstanding-amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from cases.services import note_on_case, open_case
from ledger import chart
from ledger.chart import Category
from ledger.services import ObligationDraft, raise_obligations, require_book_date
from outstanding.models import ROW_IDS, CustomerInstallment, RenewalCase
from outstanding.sequence import take_ids
from outstanding.subjects import INSTALLMENT

CASE_TYPE: Final = "RENEWAL"
"""The source type of the obligations that installments raise."""
CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class NewInstallment:
    """An installment to be raised, in the case's currency."""

    period: str
    amount: Decimal
    due_date: date
    description: str = ""


@transaction.atomic
def open_renewal_case(
    *,
    actor: Actor,
    customer_id: UUID,
    customer_name: str,
    policy_number: str,
    policy_type: str,
    premium: Decimal,
    installments: Sequence[NewInstallment] = (),
    case_id: int | None = None,
) -> RenewalCase:
    """Open a RENEWAL case for a policy and raise its installments; amounts in the company's base currency.

    `case_id` is for the demo, which keeps ids free. Needs `outstanding.import`. Raises IntegrityError for a
    policy number that is taken.
    """
    actor.require("outstanding.import")
    opened = open_case(
        actor=actor,
        case_type=CASE_TYPE,
        subject=f"{customer_name}, {policy_number}",
        case_id=case_id,
    )
    renewal = RenewalCase(
        company_id=actor.company_id,
        case=opened.case,
        customer_id=customer_id,
        policy_number=policy_number,
        policy_type=policy_type,
        premium=premium,
        currency=actor.company.base_currency,
    )
    insert_many([renewal])
    renewal._state.adding = False
    if installments:
        add_installments(actor=actor, renewal=renewal, installments=installments)
    return renewal


@transaction.atomic
def add_installments(
    *, actor: Actor, renewal: RenewalCase, installments: Sequence[NewInstallment]
) -> list[CustomerInstallment]:
    """Raise installments of a case: a PREMIUM obligation each, issued on the company's today.

    Rule: docs/domain.md#obligations.

    Needs `outstanding.import`. Raises InvalidInput when today is closed.
    """
    actor.require("outstanding.import")
    day = today(actor.company)
    require_book_date(actor=actor, day=day, field="issue_date")
    case_no = renewal.case.case_no
    made: list[CustomerInstallment] = []
    for start in range(0, len(installments), CHUNK):
        batch = installments[start : start + CHUNK]
        ids = take_ids(ROW_IDS, len(batch))
        drafts = [_draft(actor, renewal, key, each, day) for key, each in zip(ids, batch, strict=True)]
        raise_obligations(actor=actor, drafts=drafts)
        rows = [
            CustomerInstallment(
                id=key,
                company_id=actor.company_id,
                renewal_case=renewal,
                obligation_id=draft.id,
                period=each.period,
                amount=each.amount,
                due_date=each.due_date,
                description=each.description,
            )
            for key, each, draft in zip(ids, batch, drafts, strict=True)
        ]
        insert_many(rows)
        made += rows
    total = sum((each.amount for each in installments), Decimal("0.00"))
    note_on_case(
        actor=actor,
        case=case_no,
        trigger="installments_raised",
        payload={"installments": len(made), "amount": total},
    )
    return made


def _draft(
    actor: Actor, renewal: RenewalCase, key: int, installment: NewInstallment, day: date
) -> ObligationDraft:
    case_no = renewal.case.case_no
    return ObligationDraft(
        category=Category.PREMIUM,
        reference_id=f"{case_no}-{key}",
        amount=installment.amount,
        issue_date=day,
        due_date=installment.due_date,
        customer_id=renewal.customer_id,
        credits=((chart.PREMIUMS_PAYABLE, installment.amount),),
        currency=renewal.currency,
        description=f"Premium {installment.period}, policy {renewal.policy_number}"[:200],
        source_type=INSTALLMENT,
        source_id=str(key),
        case_no=case_no,
    )
