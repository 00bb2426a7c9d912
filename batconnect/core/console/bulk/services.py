"""Choosing rows, planning, confirming and carrying out, taking back: each operation's way (docs/domain.md#bulk)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.db import models, transaction
from django.http import QueryDict

from batconnect.core.audit import record_event
from batconnect.core.console.bulk.actions import BEFORE, BulkAction, Declared, declared_on, find_bulk_action
from batconnect.core.console.bulk.errors import (
    NOTHING_CHOSEN,
    NOTHING_TO_UNDO,
    OPERATION_CONFIRMED,
    PREVIEW_CHANGED,
    TOO_MANY_CHOSEN,
    OperationNotFound,
)
from batconnect.core.console.bulk.printing import keep_document
from batconnect.core.console.bulk.trying import CHANGED, Numbers, Tried, try_row
from batconnect.core.console.row_actions import answers_of
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.jobs.running import wake
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, Refusal
from batconnect.core.models import BulkOperation, BulkRow

PROCESS: Final = "core.carry_out_operation"
RESUME: Final = "core.resume_operations"
SUBJECT: Final = "core.bulk_operation"
PREVIEW_KEPT: Final = timedelta(days=1)
_State = BulkOperation.State
_Row = BulkRow.State
_UNFINISHED: Final = (_State.PLANNING, _State.RUNNING)


@transaction.atomic
def begin_operation(
    *, actor: Actor, declared: Declared, rows: models.QuerySet[Any], undoes: BulkOperation | None = None
) -> BulkOperation:
    """Keep which rows were chosen, in the order of their keys, the one in which they are locked; nothing is done to
    them. Deletes the person's own operations that were not confirmed within a day.

    Raises NotAllowed without the action's right, InvalidInput `nothing_chosen`, `too_many_chosen`.
    """
    action = declared.action
    if actor.user_id is None or not action.has_permission(actor):
        raise NotAllowed("You may not do this.")
    _forget_unconfirmed(actor)
    chosen = list(rows.order_by("pk")[: action.at_most + 1])
    if not chosen:
        raise InvalidInput("Choose at least one row.", code=NOTHING_CHOSEN)
    if len(chosen) > action.at_most:
        raise InvalidInput(
            f"More rows are chosen than the {action.at_most:,} that are taken at once. Narrow the list by a filter.",
            code=TOO_MANY_CHOSEN,
        )
    operation = BulkOperation.objects.create(
        company_id=actor.company_id,
        action=declared.code,
        title=action.title,
        total=len(chosen),
        undoes=undoes,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
        request_id=actor.request_id[:100],
    )
    amounts = [action.amount_of(row) for row in chosen]
    BulkRow.objects.bulk_create(
        [
            BulkRow(
                company_id=actor.company_id,
                operation=operation,
                place=place,
                subject_id=str(row.pk),
                title=str(row)[:200],
                amount=amount,
                currency=currency,
            )
            for place, (row, (amount, currency)) in enumerate(zip(chosen, amounts, strict=True), start=1)
        ],
        batch_size=1_000,
    )
    return operation


@joins_transaction
def plan_operation(*, actor: Actor, operation_id: UUID, answers: QueryDict) -> forms.Form | None:
    """Say what would come of each row with these answers: at once for a few rows, else by a worker. Returns the form
    where it was filled in wrongly. Nothing that is planned has happened.

    Raises OperationNotFound for another person's operation, Conflict 409 `operation_confirmed`.
    """
    operation, declared = _own(actor, operation_id)
    form = declared.action.ask(actor, answers)
    if not form.is_valid():
        return form
    typed = {name: answers.getlist(name) for name in form.fields if name in answers}
    operation.answers, operation.said, operation.state = typed, answers_of(form), _State.PLANNING
    operation.version += 1
    operation.save(update_fields=["answers", "said", "state", "version"])
    rows = BulkRow.objects.filter(company_id=actor.company_id, operation=operation)
    rows.update(state=_Row.CHOSEN, planned="", digest="", said="")
    if waits_for(declared.action, operation.total):
        plan_rows(actor=actor, operation=operation, declared=declared, rows=list(rows.order_by("place")))
        end_planning(operation)
    else:
        wake(PROCESS, actor.company_id, operation.id)
    return None


@joins_transaction
def plan_rows(*, actor: Actor, operation: BulkOperation, declared: Declared, rows: Sequence[BulkRow]) -> None:
    """Carry the rows out one after another inside a savepoint, take all of it back, and keep what came of each."""
    values = values_of(actor, operation, declared)
    before = _before(operation, declared.action, rows)
    found = declared.rows(actor).in_bulk([each.subject_id for each in rows])
    by_key = {str(key): row for key, row in found.items()}
    numbers = Numbers.now(actor.company_id)
    with transaction.atomic():
        tried = [
            try_row(
                actor=actor,
                action=declared.action,
                row=by_key.get(each.subject_id),
                values=values | before.get(each.subject_id, {}),
                numbers=numbers,
                plans=True,
            )
            for each in rows
        ]
        transaction.set_rollback(True)
    for row, outcome in zip(rows, tried, strict=True):
        if outcome.left:
            row.state, row.said = _Row.LEFT, outcome.said
        else:
            row.state, row.planned, row.digest = _Row.PLANNED, outcome.said, outcome.digest
    BulkRow.objects.bulk_update(rows, ["state", "said", "planned", "digest"], batch_size=500)


@joins_transaction
def confirm_operation(*, actor: Actor, operation_id: UUID, version: int) -> BulkOperation:
    """Carry out what the plan of that version shows: at once for a few rows, else by a worker. A row of which something
    else would come by now is not touched and says so; so is one that is refused.

    Raises OperationNotFound, NotAllowed without the action's right, Conflict 409 `operation_confirmed`,
    `preview_changed`, `nothing_chosen` when every row was left out, `nothing_to_undo` when it was taken back already.
    """
    operation, declared = _own(actor, operation_id)
    if not declared.action.has_permission(actor):
        raise NotAllowed("You may not do this any more.")
    if operation.state != _State.PLANNED or operation.version != version:
        raise Conflict("Another preview was made meanwhile: look at it again.", code=PREVIEW_CHANGED)
    rows = list(_planned(operation))
    if not rows:
        raise Conflict("Every row was left out: there is nothing to do.", code=NOTHING_CHOSEN)
    if operation.undoes_id and _is_undone(operation):
        raise Conflict("This was taken back already.", code=NOTHING_TO_UNDO)
    operation.state, operation.confirmed_at = _State.RUNNING, now()
    operation.request_id = actor.request_id[:100]
    operation.save(update_fields=["state", "confirmed_at", "request_id"])
    record_event(
        actor=actor,
        action="core.operation_confirmed",
        subject_type=SUBJECT,
        subject_id=operation.id,
        details={"title": operation.title, "rows": len(rows)},
    )
    if waits_for(declared.action, operation.total):
        for row in rows:
            carry_out_row(actor=actor, operation=operation, declared=declared, row=row)
        end_operation(operation)
    else:
        wake(PROCESS, actor.company_id, operation.id)
    return operation


@joins_transaction
def carry_out_row(*, actor: Actor, operation: BulkOperation, declared: Declared, row: BulkRow) -> None:
    """Do what was planned of the row, or nothing where something else would come of it."""
    values = values_of(actor, operation, declared)
    values |= _before(operation, declared.action, [row]).get(row.subject_id, {})
    subject = declared.rows(actor).filter(pk=row.subject_id).first()
    numbers = Numbers.now(actor.company_id)
    with transaction.atomic():
        tried = try_row(actor=actor, action=declared.action, row=subject, values=values, numbers=numbers)
        if not tried.left and tried.digest != row.digest:
            tried = Tried(f"{CHANGED}{tried.said}"[:500], left=True)
        if not tried.left and declared.action.prints:
            tried = _printed(actor, operation, declared, row, subject, tried)
        if tried.left:
            transaction.set_rollback(True)
        else:
            row.kept = declared.action.keeps(actor, subject)
    row.state, row.said = (_Row.REFUSED if tried.left else _Row.DONE), tried.said
    row.save(update_fields=["state", "said", "kept"])


@joins_transaction
def refuse_row(*, row: BulkRow, why: str) -> None:
    """Say that the row was planned and is not done."""
    row.state, row.said = _Row.REFUSED, why
    row.save(update_fields=["state", "said"])


@joins_transaction
def begin_undo(*, actor: Actor, operation_id: UUID) -> BulkOperation:
    """Choose the rows that the operation did, for the action that takes it back. Raises OperationNotFound, Conflict 409
    `nothing_to_undo`, and what `begin_operation` raises."""
    operation, declared = read_operation(actor=actor, operation_id=operation_id)
    back = undo_of(declared)
    rows = BulkRow.objects.filter(company_id=actor.company_id, operation=operation, state=_Row.DONE)
    keys = list(rows.values_list("subject_id", flat=True))
    taken_back = BulkOperation.objects.filter(
        company_id=actor.company_id, undoes=operation, confirmed_at__isnull=False
    )
    if back is None or not keys or operation.state != _State.DONE or taken_back.exists():
        raise Conflict("There is nothing to take back here.", code=NOTHING_TO_UNDO)
    return begin_operation(
        actor=actor, declared=back, rows=back.rows(actor).filter(pk__in=keys), undoes=operation
    )


@reads
def read_operation(*, actor: Actor, operation_id: UUID) -> tuple[BulkOperation, Declared]:
    """The operation with its action, if the actor may see the rows' table. Raises OperationNotFound, NotAllowed."""
    operation = (
        BulkOperation.objects.select_related("undoes")
        .filter(company_id=actor.company_id, id=operation_id)
        .first()
    )
    declared = find_bulk_action(operation.action) if operation else None
    if operation is None or declared is None:
        raise OperationNotFound("There is no such operation.")
    if not declared.shows(actor):
        raise NotAllowed("You may not see the rows that this was done to.")
    return operation, declared


@reads
def unfinished_operations(actor: Actor) -> list[UUID]:
    """What a worker is to plan or to carry out."""
    rows = BulkOperation.objects.filter(company_id=actor.company_id, state__in=_UNFINISHED)
    return list(rows.order_by("id").values_list("id", flat=True))


def undo_of(declared: Declared) -> Declared | None:
    """The action that takes back what this one does."""
    name = declared.action.undo
    return next(
        (Declared(declared.page, each) for each in declared_on(declared.page) if name and each.name == name),
        None,
    )


def waits_for(action: BulkAction, total: int) -> bool:
    """Whether the person waits until so many rows are done."""
    return total <= action.at_once


@reads
def values_of(actor: Actor, operation: BulkOperation, declared: Declared) -> dict[str, Any]:
    """What was answered. Raises InvalidInput where that is not possible any more: a choice that is gone meanwhile."""
    answers = QueryDict(mutable=True)
    typed: Mapping[str, list[str]] = operation.answers
    for name, texts in typed.items():
        answers.setlist(name, texts)
    form = declared.action.ask(actor, answers)
    if not form.is_valid():
        raise InvalidInput("What was answered is no longer possible: begin again.")
    return form.cleaned_data


def end_planning(operation: BulkOperation) -> None:
    """Every row has its plan."""
    operation.state = _State.PLANNED
    operation.save(update_fields=["state"])


def end_operation(operation: BulkOperation) -> None:
    """Nothing is left to do."""
    done = BulkRow.objects.filter(company_id=operation.company_id, operation=operation, state=_Row.DONE)
    operation.state, operation.finished_at, operation.done_rows = _State.DONE, now(), done.count()
    operation.save(update_fields=["state", "finished_at", "done_rows"])


def _printed(
    actor: Actor, operation: BulkOperation, declared: Declared, row: BulkRow, subject: Any, tried: Tried
) -> Tried:
    """The row's document kept with the operation's, or why there is none."""
    assert declared.action.prints, "the caller has asked"
    try:
        # A worker prints: it needs no place among the documents that people wait for.
        document = declared.action.prints(replace(actor, is_job=True), subject)
    except Refusal as refusal:
        return Tried(refusal.message[:500], left=True)
    keep_document(operation, row, document.content)
    return tried


def _before(
    operation: BulkOperation, action: BulkAction, rows: Sequence[BulkRow]
) -> dict[str, dict[str, dict[str, str]]]:
    """By row, the answer with what the operation that is taken back has kept of it."""
    if operation.undoes_id is None or not action.restores:
        return {}
    done = BulkRow.objects.filter(
        company_id=operation.company_id,
        operation=operation.undoes_id,
        subject_id__in=[each.subject_id for each in rows],
    )
    return {key: {BEFORE: kept} for key, kept in done.values_list("subject_id", "kept")}


def _planned(operation: BulkOperation) -> models.QuerySet[BulkRow]:
    return BulkRow.objects.filter(
        company_id=operation.company_id, operation=operation, state=_Row.PLANNED
    ).order_by("place")


def _is_undone(operation: BulkOperation) -> bool:
    """Whether another operation took it back; the one to be taken back is locked, so that only one does."""
    assert operation.undoes_id, "the caller has asked"
    whole = BulkOperation.objects.select_for_update(no_key=True)
    whole.get(company_id=operation.company_id, id=operation.undoes_id)
    others = BulkOperation.objects.filter(
        company_id=operation.company_id, undoes=operation.undoes_id, confirmed_at__isnull=False
    )
    return others.exists()


def _own(actor: Actor, operation_id: UUID) -> tuple[BulkOperation, Declared]:
    """The person's own operation that is not confirmed, locked."""
    operation = (
        BulkOperation.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, id=operation_id)
        .first()
    )
    declared = find_bulk_action(operation.action) if operation else None
    if operation is None or declared is None or operation.asked_by_id != actor.user_id:
        raise OperationNotFound("There is no such operation of yours.")
    if operation.confirmed_at is not None:
        raise Conflict("It was confirmed already. Here is what became of it.", code=OPERATION_CONFIRMED)
    return operation, declared


def _forget_unconfirmed(actor: Actor) -> None:
    mine = BulkOperation.objects.filter(
        company_id=actor.company_id,
        asked_by_id=actor.user_id,
        confirmed_at__isnull=True,
        created_at__lt=now() - PREVIEW_KEPT,
    )
    keys = list(mine.values_list("id", flat=True)[:100])
    if keys:
        BulkRow.objects.filter(company_id=actor.company_id, operation__in=keys).delete()
        mine.filter(id__in=keys).delete()
