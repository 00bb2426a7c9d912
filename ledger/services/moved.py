"""Charges that were moved to another debtor, for whoever enters them again (docs/domain.md#moving-charges)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError
from ledger.models import Obligation
from ledger.services.obligations import ObligationDraft, difference, find_obligations, planned_row

Checked = ObligationDraft | list[FieldError]
# A charge that is moved more often is entered by its own reference.
_MOVES: Final = range(2, 6)


@reads
def where_moved(*, actor: Actor, checked: Sequence[Checked]) -> list[Checked]:
    """The same, with the reference `{reference}/2` (or `/3`, …) where the charge was moved to the debtor that a draft
    names: so that it is known there, and not refused for the debtor who had it before. Two statements at most."""
    drafts = [each for each in checked if isinstance(each, ObligationDraft)]
    existing = find_obligations(
        actor=actor, keys={(each.category.value, each.reference_id) for each in drafts}
    )
    others = {
        (each.category.value, each.reference_id)
        for each in drafts
        if (there := existing.get((each.category.value, each.reference_id))) is not None
        and difference(planned_row(actor=actor, draft=each), there) is not None
    }
    if not others:
        return list(checked)
    moved = find_obligations(
        actor=actor,
        keys={(category, f"{reference}/{number}") for category, reference in others for number in _MOVES},
    )
    return [
        _renamed(actor, each, moved)
        if isinstance(each, ObligationDraft) and (each.category.value, each.reference_id) in others
        else each
        for each in checked
    ]


def _renamed(
    actor: Actor, draft: ObligationDraft, moved: Mapping[tuple[str, str], Obligation]
) -> ObligationDraft:
    for number in _MOVES:
        there = moved.get((draft.category.value, f"{draft.reference_id}/{number}"))
        if there is None or there.status == Obligation.Status.VOIDED:
            continue
        renamed = replace(draft, reference_id=there.reference_id)
        if difference(planned_row(actor=actor, draft=renamed), there) is None:
            return renamed
    return draft


@reads
def moved_on(*, actor: Actor, existing: Mapping[tuple[str, str], Obligation]) -> set[UUID]:
    """The ids of those voided because they were moved: `{reference}/2` is there in their place."""
    voided = {key: each for key, each in existing.items() if each.status == Obligation.Status.VOIDED}
    if not voided:
        return set()
    moved = find_obligations(
        actor=actor, keys={(category, f"{reference}/2") for category, reference in voided}
    )
    return {each.id for key, each in voided.items() if (key[0], f"{key[1]}/2") in moved}
