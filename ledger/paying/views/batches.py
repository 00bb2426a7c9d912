"""The HTTP endpoints of payout batches (docs/api.md#payout-batches)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.json import RowsJSONParser
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.paying.errors import NOT_ASKED
from ledger.paying.filters import BatchFilters, PayoutFilters
from ledger.paying.models import PayoutBatch
from ledger.paying.printed import printed_checks
from ledger.paying.querysets import Progress, batches, downloads_of, file_of, payouts, progress_of
from ledger.paying.serializers.batches import (
    PayoutBatchDocument,
    PayoutBatchInput,
    PayoutBatchRow,
    PayoutFileInput,
    PayoutNoteInput,
    PayoutPlan,
    PayoutRow,
    batch_document,
    batch_row,
    payout_row,
    plan_document,
)
from ledger.paying.services.batches import (
    KIND,
    ask_to_approve,
    draft_batch,
    find_batch,
    pending_request,
    preview_batch,
    undo_batch,
)
from ledger.paying.services.building import build_batch
from ledger.paying.services.sending import send_batch, take_file
from ledger.serializers import ReasonInput

TAGS: Final = ["Payouts"]
PAY: Final = "ledger.pay_out"
_FOUND: Final = ("payout_batch_not_found", "payout_batch_state")
_DECISION: Final = ("already_decided", "second_person_required", "payout_batch_not_asked")


class BatchesView(CompanyView):
    """`/ledger/payout-batches`."""

    required_permission = {"GET": "ledger.view", "POST": PAY}
    parser_classes = (RowsJSONParser,)

    @documented(
        "Batches of payouts, latest first",
        tags=TAGS,
        response=screen_page_of(PayoutBatchRow),
        parameters=[*filter_parameters(BatchFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = BatchFilters(query, queryset=batches(actor=self.actor)).checked()
        order = Sorting(names={"created_at": ("id",), "total": ("total", "id")}, default="created_at")
        return Response(screen_page(query, rows, sorting=order, shape_all=partial(_rows, self.actor)))

    @documented(
        "Draft a batch of payouts",
        tags=TAGS,
        description=(
            "Reserves what is due to drivers; nothing is posted. Whoever cannot be paid now is left out, with the "
            "reason. `dry_run` answers 200 with who would be paid, and keeps nothing."
        ),
        request=PayoutBatchInput,
        request_example={"method": "ACH", "week": "2025-10-05"},
        status=201,
        response=PayoutBatchDocument.shown(
            in_transit=0, approved_by="", sent_on=None, file=None, downloads=[]
        ),
        more={200: PayoutPlan},
        errors=[
            *("unknown_choice", "dtr_not_found", "nobody_to_pay", "not_a_banking_day"),
            *("bank_account_not_found", "no_bank_account", "wrong_place"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = PayoutBatchInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        values: dict[str, Any] = {
            "way": said["method"],
            "numbers": [each.upper() for each in said["dtr_numbers"]] if "dtr_numbers" in said else None,
            "week": said.get("week"),
            "bank_account_id": said.get("bank_account_id"),
            "effective_on": said.get("effective_on"),
        }
        if said["dry_run"]:
            return Response(plan_document(preview_batch(actor=self.actor, **values)))
        made = draft_batch(actor=self.actor, **values)
        return Response(document_of(self.actor, made.id), status=201)


class BatchView(CompanyView):
    """`GET /ledger/payout-batches/{id}`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "A batch of payouts", tags=TAGS, response=PayoutBatchDocument, errors=["payout_batch_not_found"]
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        return Response(document_of(self.actor, batch_id))


class BatchPayoutsView(CompanyView):
    """`GET /ledger/payout-batches/{id}/payouts`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "The payouts of a batch",
        tags=TAGS,
        response=screen_page_of(PayoutRow),
        parameters=[*filter_parameters(PayoutFilters), *paging_parameters(screen=True)],
        errors=["payout_batch_not_found"],
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        query = request._request.GET
        batch = find_batch(actor=self.actor, batch_id=batch_id)
        rows = PayoutFilters(query, queryset=payouts(actor=self.actor).filter(batch=batch.id)).checked()
        order = Sorting(names={"place": ("place",), "amount": ("amount", "place")}, default="place")
        return Response(screen_page(query, rows, sorting=order, shape=payout_row))


class SubmitView(CompanyView):
    """`POST /ledger/payout-batches/{id}/submit`."""

    required_permission = {"POST": PAY}

    @documented(
        "Ask a second person to approve a draft",
        tags=TAGS,
        description="202: another user approves or rejects it, here or under /api/approvals.",
        request=PayoutNoteInput,
        request_example={"note": "The week of October 5"},
        status=202,
        response=waiting.Waiting,
        errors=[*_FOUND, "approval_pending", "approval_needs_person"],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        return waiting.accepted(ask_to_approve(actor=self.actor, batch_id=batch_id, **body.validated_data))


class ApproveView(CompanyView):
    """`POST /ledger/payout-batches/{id}/approve`."""

    required_permission = {"POST": "ledger.approve_payout"}

    @documented(
        "Approve a batch that another user made",
        tags=TAGS,
        request=PayoutNoteInput,
        request_example={},
        response=PayoutBatchDocument.shown(status="approved", stage="approved"),
        errors=[*_FOUND, *_DECISION],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        request_id = _request_of(self.actor, batch_id)
        approve(actor=self.actor, approval_id=request_id, reason=body.validated_data["note"], kind=KIND.code)
        return Response(document_of(self.actor, batch_id))


class RejectView(CompanyView):
    """`POST /ledger/payout-batches/{id}/reject`."""

    required_permission = {"POST": "ledger.approve_payout"}

    @documented(
        "Turn a batch down: it stays a draft, which can be undone",
        tags=TAGS,
        request=PayoutNoteInput,
        request_example={"note": "Leave Mike Smith out"},
        response=PayoutBatchDocument,
        errors=["payout_batch_not_found", *_DECISION],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        request_id = _request_of(self.actor, batch_id)
        reject(actor=self.actor, approval_id=request_id, reason=body.validated_data["note"], kind=KIND.code)
        return Response(document_of(self.actor, batch_id))


class BuildView(CompanyView):
    """`POST /ledger/payout-batches/{id}/build`."""

    required_permission = {"POST": PAY}

    @documented(
        "Build an approved batch: its numbers and its file are fixed",
        tags=TAGS,
        response=PayoutBatchDocument.shown(status="built", stage="built"),
        errors=[*_FOUND, "payees_changed", "no_paying_account", "checks_used_up", "too_many_ach_files"],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        build_batch(actor=self.actor, batch_id=batch_id)
        return Response(document_of(self.actor, batch_id))


class FileView(CompanyView):
    """`POST /ledger/payout-batches/{id}/file`."""

    required_permission = {"POST": PAY}

    @documented(
        "Take the file of a built batch",
        tags=TAGS,
        description=(
            "Once without a reason, again only with one; who took it is kept. ACH: a NACHA file; checks: positive pay "
            "as CSV. `X-Content-SHA256` is the hash that the batch keeps."
        ),
        request=PayoutFileInput,
        request_example={},
        media_types=["text/plain"],
        errors=[*_FOUND, "payout_file_taken", "reason_length"],
    )
    def post(self, request: Request, batch_id: UUID) -> HttpResponse:
        body = PayoutFileInput(data=request.data)
        body.is_valid(raise_exception=True)
        taken = take_file(actor=self.actor, batch_id=batch_id, reason=body.validated_data["reason"])
        answer = HttpResponse(taken.content, content_type="text/plain; charset=us-ascii")
        answer["Content-Disposition"] = f'attachment; filename="{taken.name}"'
        answer["X-Content-SHA256"] = taken.sha256
        return answer


class ChecksView(CompanyView):
    """`GET /ledger/payout-batches/{id}/checks`."""

    required_permission = {"GET": PAY}

    @documented(
        "The checks of a built batch, to be printed",
        tags=TAGS,
        description="A page each, with a stub that has the figures of the DTRs; at most 100 at once.",
        media_types=["application/pdf"],
        errors=[*_FOUND, "too_many_checks"],
    )
    def get(self, request: Request, batch_id: UUID) -> HttpResponse:
        return printed_checks(actor=self.actor, batch_id=batch_id).to_response()


class SendView(CompanyView):
    """`POST /ledger/payout-batches/{id}/send`."""

    required_permission = {"POST": PAY}

    @documented(
        "Say that a built batch went out: it posts",
        tags=TAGS,
        response=PayoutBatchDocument.shown(status="sent", stage="sent"),
        errors=[
            *(*_FOUND, "payout_file_not_taken", "dtr_paid", "date_in_future", "date_closed", "date_too_old"),
            "wrong_place",
        ],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        send_batch(actor=self.actor, batch_id=batch_id)
        return Response(document_of(self.actor, batch_id))


class UndoView(CompanyView):
    """`POST /ledger/payout-batches/{id}/undo`."""

    required_permission = {"POST": PAY}

    @documented(
        "Undo a batch that was not sent",
        tags=TAGS,
        request=ReasonInput,
        request_example={"reason": "Two drivers were left out"},
        response=PayoutBatchDocument.shown(status="undone", stage="undone"),
        errors=[*_FOUND, "approval_pending", "reason_length"],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        undo_batch(actor=self.actor, batch_id=batch_id, reason=body.validated_data["reason"])
        return Response(document_of(self.actor, batch_id))


def _rows(actor: Actor, page: Sequence[PayoutBatch]) -> list[dict[str, Any]]:
    progress = progress_of(company_id=actor.company_id, batch_ids=[each.id for each in page])
    return [batch_row(each, progress.get(each.id, Progress())) for each in page]


def document_of(actor: Actor, batch_id: UUID) -> dict[str, Any]:
    """The batch as it stands now."""
    batch: PayoutBatch = find_batch(actor=actor, batch_id=batch_id)
    progress = progress_of(company_id=actor.company_id, batch_ids=[batch.id]).get(batch.id, Progress())
    request = pending_request(batch=batch)
    file = file_of(batch=batch)
    return batch_document(batch, progress, file, downloads_of(batch=batch), request.id if request else None)


def _request_of(actor: Actor, batch_id: UUID) -> UUID:
    batch = find_batch(actor=actor, batch_id=batch_id)
    request = pending_request(batch=batch)
    if request is None:
        raise Conflict(f"Nobody has asked for {batch.number} to be approved.", code=NOT_ASKED)
    return request.id
