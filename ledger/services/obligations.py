"""Raising obligations: one statement for each table, however many there are (docs/domain.md#obligations)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.database.rows import insert_missing
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from ledger.chart import Category
from ledger.errors import REFERENCE_TAKEN
from ledger.models import Obligation
from ledger.postings import CHARGE, EntryDraft, obligation_raised
from ledger.services.journal import post_entries

_FIND: Final = """
select o.* from unnest(%s::text[], %s::text[]) as wanted(category, reference_id)
join ledger_obligations o
  on o.company_id = %s::uuid and o.category = wanted.category and o.reference_id = wanted.reference_id
"""
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class ObligationDraft:
    """An obligation before it is raised. Amounts are in `currency` (the company's own when empty).

    `credits` are what the debt comes from, as (account code, amount) pairs that sum to `amount`: see
    `postings.charge_credits`. `source_type` and `source_id` name the document it belongs to, for
    `ledger.sources`; a stand-alone charge needs none.
    """

    category: Category
    reference_id: str
    amount: Decimal
    issue_date: date
    due_date: date
    customer_id: UUID
    credits: tuple[tuple[str, Decimal], ...]
    lease_id: int | None = None
    currency: str = ""
    description: str = ""
    source_type: str = CHARGE
    source_id: str = ""
    is_opening: bool = False
    case_no: str = ""
    operation_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Raised:
    """An obligation as stored, and whether this call raised it."""

    obligation: Obligation
    created: bool


@transaction.atomic
def raise_obligations(*, actor: Actor, drafts: Sequence[ObligationDraft]) -> list[Raised]:
    """Raise the obligations with one entry each, in three statements at most; the answers in the order of `drafts`.

    One that exists with the same category, reference, amount and debtor is left as it is, even if it has since been
    settled or voided, so that retries and races do no harm. With another amount or debtor nothing at all is raised:
    Conflict 409 `reference_taken` naming both figures. The caller checks permissions and dates.
    """
    rows = [planned_row(actor=actor, draft=draft) for draft in drafts]
    by_key = {_key(row): row for row in reversed(rows)}
    # In the order of their unique columns, so that two callers with the same references never deadlock.
    ordered: list[Obligation] = sorted(by_key.values(), key=_key)
    inserted = insert_missing(ordered, unique=("company_id", "category", "reference_id"))
    existing = {key: row for key, row in by_key.items() if row.id in inserted}
    if len(inserted) < len(by_key):
        existing |= find_obligations(actor=actor, keys=by_key.keys() - existing.keys())
    _refuse_others(rows, existing)
    raised = [draft for draft in drafts if draft.id in inserted]
    if raised:
        post_entries(
            actor=actor, drafts=[_entry(actor, draft) for draft in raised], raises=frozenset(inserted)
        )
    return [Raised(existing[_key(row)], row.id in inserted) for row in rows]


@reads
def find_obligations(*, actor: Actor, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Obligation]:
    """The obligations with these (category, reference id), by that key; those that do not exist are left out."""
    sorted_keys = sorted(keys)
    obligations = Obligation.objects.raw(
        _FIND, [[key[0] for key in sorted_keys], [key[1] for key in sorted_keys], actor.company_id]
    )
    return {_key(row): row for row in obligations}


@reads
def planned_row(*, actor: Actor, draft: ObligationDraft) -> Obligation:
    """The unsaved obligation that the draft would become."""
    assert draft.amount > 0, "an obligation has an amount"
    assert sum(share for _, share in draft.credits) == draft.amount, "the credits make up the amount"
    return Obligation(
        id=draft.id,
        company_id=actor.company_id,
        customer_id=draft.customer_id,
        lease_id=draft.lease_id,
        currency=draft.currency or actor.company.base_currency,
        category=draft.category.value,
        reference_id=draft.reference_id,
        description=draft.description
        or f"{draft.category.label} obligation from {draft.due_date.isoformat()}",
        original=draft.amount,
        outstanding=draft.amount,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        is_opening=draft.is_opening,
        source_type=draft.source_type,
        source_id=draft.source_id or str(draft.id),
    )


def _entry(actor: Actor, draft: ObligationDraft) -> EntryDraft:
    return obligation_raised(
        obligation_id=draft.id,
        category=draft.category.value,
        amount=draft.amount,
        currency=draft.currency or actor.company.base_currency,
        issue_date=draft.issue_date,
        credits=draft.credits,
        customer_id=draft.customer_id,
        lease_id=draft.lease_id,
        case_no=draft.case_no,
        is_opening=draft.is_opening,
        operation_id=draft.operation_id,
    )


def _key(row: Obligation) -> tuple[str, str]:
    return row.category, row.reference_id


def _refuse_others(rows: Sequence[Obligation], existing: dict[tuple[str, str], Obligation]) -> None:
    """Refuse drafts whose reference belongs to something else."""
    errors = []
    for place, row in enumerate(rows):
        if (message := difference(row, existing[_key(row)])) is not None:
            name = "reference_id" if len(rows) == 1 else f"{place}.reference_id"
            errors.append(FieldError(name, message, REFERENCE_TAKEN))
    if errors:
        raise Conflict(errors[0].message, code=REFERENCE_TAKEN, errors=errors[:_SHOWN])


def difference(drafted: Obligation, existing: Obligation) -> str | None:
    """Why the existing obligation is not the drafted one, raised before; None when it is."""
    name = f"{drafted.get_category_display()} {drafted.reference_id}"
    if drafted.original != existing.original:
        return (
            f"{name} already exists with {format_amount(existing.original)}; "
            f"it is not raised again with {format_amount(drafted.original)}."
        )
    same_debtor = (drafted.customer_id, drafted.lease_id) == (existing.customer_id, existing.lease_id)
    if not same_debtor or drafted.currency != existing.currency:
        return (
            f"{name} already exists with {format_amount(existing.original)} {existing.currency}, owed by another "
            "customer, for another lease or in another currency; "
            f"it is not raised again with {format_amount(drafted.original)} {drafted.currency}."
        )
    return None
