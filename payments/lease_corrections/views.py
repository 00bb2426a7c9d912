"""The HTTP endpoints of lease corrections (docs/api.md#ledger)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from ledger.serializers import ReasonInput
from payments.lease_corrections.filters import LeaseCorrectionFilters
from payments.lease_corrections.inputs import CorrectionInput, LeaseChangeInput
from payments.lease_corrections.serializers import (
    COLUMNS,
    ROW,
    CorrectionDocument,
    CorrectionRow,
    ProposalDocument,
    correction_document,
    correction_row,
    proposal_document,
)
from payments.lease_corrections.services.correcting import correct_lease, propose_correction
from payments.lease_corrections.services.undoing import undo_correction
from payments.models import LeaseCorrection

_TAGS: Final = ["Ledger"]
_SORTING: Final = Sorting(
    {"created_at": ("created_at", "number_order"), "number": ("number_order",)}, default="number"
)
_CHANGE: Final = {"lease_id": "LS-2054", "kind": "driver", "day": "2026-01-07", "driver_id": 102}
_REFUSED: Final = (
    *("lease_not_found", "not_found", "directory_entry_not_found", "lease_ended", "already_in_use"),
    "nothing_to_correct",
)


class ProposalView(CompanyView):
    """`POST /ledger/lease-corrections/preview`."""

    required_permission = {"POST": "payments.credit"}

    @documented(
        "Say what a change of a lease over settled weeks comes to",
        tags=_TAGS,
        description="Nothing is written. Needs `directory.change` too.",
        request=LeaseChangeInput,
        request_example=_CHANGE,
        response=ProposalDocument,
        errors=_REFUSED,
    )
    def post(self, request: Request) -> Response:
        body = LeaseChangeInput(data=request.data)
        body.is_valid(raise_exception=True)
        proposal = propose_correction(
            actor=self.actor, lease_pk=body.lease_pk(self.actor), change=body.to_change()
        )
        return Response(proposal_document(proposal))


class LeaseCorrectionsView(CompanyView):
    """`/ledger/lease-corrections`."""

    required_permission = {"GET": "payments.view", "POST": "payments.credit"}
    idempotency = "required"

    @documented(
        "List corrections of leases",
        tags=_TAGS,
        response=api_page_of(CorrectionRow),
        parameters=[*filter_parameters(LeaseCorrectionFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        rows: Any = LeaseCorrection.objects.filter(company_id=self.actor.company_id)
        rows = rows.values(*(name for name in COLUMNS if name not in ROW), "number_order", **ROW)
        filtered = apply_filters(LeaseCorrectionFilters, request.query_params, rows)
        return Response(api_page(request.query_params, filtered, sorting=_SORTING, shape=correction_row))

    @documented(
        "Change a lease over settled weeks, with the charges and credit memos that correct them",
        tags=_TAGS,
        description=(
            "Exactly what the preview proposed, as one operation, dated today; settled figures stay. Needs "
            f"`directory.change` and `ledger.raise_obligation` too. {waiting.EXPLAINED}"
        ),
        request=CorrectionInput,
        request_example={
            **_CHANGE,
            "proposal": ProposalDocument.example()["proposal"],
            "reason": "She drove it from Wednesday on.",
        },
        status=201,
        response=CorrectionDocument,
        more={202: waiting.Waiting},
        errors=(*_REFUSED, "reason_length", "proposal_changed", "approval_pending"),
    )
    def post(self, request: Request) -> Response:
        body = CorrectionInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = correct_lease(
            actor=self.actor,
            lease_pk=body.lease_pk(self.actor),
            change=body.to_change(),
            reason=body.validated_data["reason"],
            proposal=body.validated_data["proposal"],
        )
        if done.correction is None:
            assert done.request is not None
            return waiting.accepted(done.request)
        return self._answer(done.correction.id)

    def _answer(self, correction_id: UUID) -> Response:
        company_id = self.actor.company_id
        return Response(correction_document(company_id=company_id, correction_id=correction_id), status=201)


class LeaseCorrectionView(CompanyView):
    """`GET /ledger/lease-corrections/{id}`."""

    required_permission = {"GET": "payments.view"}

    @documented(
        "One correction of a lease, with each charge and credit memo",
        tags=_TAGS,
        response=CorrectionDocument,
        errors=["lease_correction_not_found"],
    )
    def get(self, request: Request, correction_id: UUID) -> Response:
        company_id = self.actor.company_id
        return Response(correction_document(company_id=company_id, correction_id=correction_id))


class UndoCorrectionView(CompanyView):
    """`POST /ledger/lease-corrections/{id}/undo`."""

    required_permission = {"POST": "payments.credit"}

    @documented(
        "Undo a correction of a lease",
        tags=_TAGS,
        description="As a whole, while nothing of it is used and the lease has not changed since.",
        request=ReasonInput,
        request_example={"reason": "It was the other lease."},
        response=CorrectionDocument,
        errors=[
            *("lease_correction_not_found", "reason_length", "already_voided", "lease_changed_since"),
            *("correction_in_use", "credit_used", "credit_final", "refund_pending", "already_in_use"),
            *("week_closed", "directory_entry_not_found"),
        ],
    )
    def post(self, request: Request, correction_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        undone = undo_correction(
            actor=self.actor, correction_id=correction_id, reason=body.validated_data["reason"]
        )
        company_id = self.actor.company_id
        return Response(correction_document(company_id=company_id, correction_id=undone.id))
