"""Raising, voiding, writing off."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.base import CompanyView
from batconnect.core.api.refusals import OTHER_CODES
from batconnect.core.api.schema import documented
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.querysets import balance_of
from ledger.serializers import (
    ObligationInput,
    PostingVoided,
    RaisedBalance,
    ReasonInput,
    WriteOffDecided,
    WriteOffDecisionInput,
    WriteOffInput,
    WriteOffWaits,
    WrittenOff,
    balance_row,
)
from ledger.services import (
    WriteOff,
    approve_write_off,
    enter_charges,
    reject_write_off,
    reported_month_warnings,
    void_posting,
    write_off,
)


class ObligationsView(CompanyView):
    """Tolls, violations, tickets, taxes, miscellaneous charges; opening balances of any category."""

    required_permission = {"POST": "ledger.raise_obligation"}

    @documented(
        "Raise an obligation",
        tags=["Ledger"],
        description=(
            "The same category, reference and amount again answers 200 with the existing obligation; "
            "another amount answers 409."
        ),
        request=ObligationInput,
        request_example={
            "category": "EZPass",
            "driver_id": 101,
            "lease_id": 2054,
            "reference_id": "EZ-8841",
            "amount": 26.5,
            "due_date": "2026-01-15",
        },
        status=201,
        response=RaisedBalance,
        more={200: RaisedBalance},
        errors=[
            *("not_found", "unknown_category", "category_not_raised", "lease_required", "debtor_unknown"),
            *("driver_not_on_lease", "date_in_future", "date_closed", "date_too_old", "reference_taken"),
            *("reference_voided", "opening_locked", "unknown_authority"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = ObligationInput(data=request.data)
        body.is_valid(raise_exception=True)
        (raised,) = enter_charges(actor=self.actor, charges=[body.to_charge()])
        row = _balance(self.actor, raised.obligation.id)
        days = [raised.obligation.issue_date] if raised.created else []
        warnings = reported_month_warnings(actor=self.actor, days=days)
        return Response({**row, "warnings": warnings}, status=201 if raised.created else 200)


class VoidPostingView(CompanyView):
    """Undo the business event of a posting's entry."""

    required_permission = {"POST": "ledger.void"}

    @documented(
        "Void a posting with its business event",
        tags=["Ledger"],
        request=ReasonInput,
        request_example={"reason": "Another car's toll"},
        response=PostingVoided,
        errors=[
            *("reason_length", "not_found", "already_voided", "not_voidable", "obligation_in_use"),
            *("owned_by_document", "approval_pending", "opening_locked", OTHER_CODES),
        ],
        description="A payment above the company's limit for voids answers 202: another user decides.",
        more={202: waiting.Waiting},
    )
    def post(self, request: Request, posting_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        voided = void_posting(actor=self.actor, posting_id=posting_id, reason=body.validated_data["reason"])
        if isinstance(voided, Approval):
            return waiting.accepted(voided)
        return Response(
            {
                "posting_id": posting_id,
                "entry_id": voided.entry_id,
                "event": voided.event,
                "status": "voided",
                "reversal_entry_ids": list(voided.reversal_ids),
            }
        )


class WriteOffView(CompanyView):
    """Give up a balance or a part of it."""

    required_permission = {"POST": "ledger.write_off"}

    @documented(
        "Write off a balance",
        tags=["Ledger"],
        description="Above the company's limit the answer is 202, and another user approves or rejects.",
        request=WriteOffInput,
        request_example={"amount": 40, "reason": "Not worth the letter"},
        status=201,
        response=WrittenOff,
        more={202: WriteOffWaits},
        errors=[
            "reason_length",
            "above_outstanding",
            "not_found",
            "obligation_not_open",
            "write_off_pending",
        ],
    )
    def post(self, request: Request, obligation_id: UUID) -> Response:
        body = WriteOffInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = write_off(actor=self.actor, obligation_id=obligation_id, **body.validated_data)
        if done.request is not None:
            return Response(
                {
                    "write_off_request_id": done.request.id,
                    "status": str(done.request.status),
                    "amount": done.amount,
                },
                status=202,
            )
        return Response(
            {
                "status": "written_off",
                "amount": done.amount,
                "entry_id": done.entry_id,
                "balance": _balance(self.actor, obligation_id),
            },
            status=201,
        )


_DECISION_ERRORS: Final = (
    "second_person_required",
    "not_found",
    "already_decided",
)


class ApproveWriteOffView(CompanyView):
    """The second person approves."""

    required_permission = {"POST": "payments.approve_refund"}

    @documented(
        "Approve a write-off",
        tags=["Ledger"],
        request=WriteOffDecisionInput,
        request_example={"reason": "Agreed"},
        response=WriteOffDecided.shown(status="approved"),
        errors=[*_DECISION_ERRORS, "above_outstanding", "obligation_not_open"],
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        reason = _decision(request)
        return Response(
            _decided(self.actor, approve_write_off(actor=self.actor, request_id=request_id, reason=reason))
        )


class RejectWriteOffView(CompanyView):
    """The second person rejects."""

    required_permission = {"POST": "payments.approve_refund"}

    @documented(
        "Reject a write-off",
        tags=["Ledger"],
        request=WriteOffDecisionInput,
        request_example={"reason": "He still drives"},
        response=WriteOffDecided.shown(status="rejected", entry_id=None),
        errors=_DECISION_ERRORS,
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        reason = _decision(request)
        return Response(
            _decided(self.actor, reject_write_off(actor=self.actor, request_id=request_id, reason=reason))
        )


def _decision(request: Request) -> str:
    body = WriteOffDecisionInput(data=request.data)
    body.is_valid(raise_exception=True)
    return str(body.validated_data["reason"])


def _decided(actor: Actor, done: WriteOff) -> dict[str, Any]:
    assert done.request is not None
    return {
        "write_off_request_id": done.request.id,
        "status": str(done.request.status),
        "amount": done.amount,
        "entry_id": done.entry_id,
        "balance": _balance(actor, done.obligation.id),
    }


def _balance(actor: Actor, obligation_id: UUID) -> dict[str, Any]:
    return balance_row(balance_of(actor=actor, obligation_id=obligation_id))
