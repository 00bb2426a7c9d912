"""The HTTP endpoints that move a charge to the right driver, and add a penalty to one (docs/api.md#ledger)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.base import CompanyView
from batconnect.core.api.schema import documented
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.querysets import balance_of
from ledger.serializers import BalanceRow, balance_row
from ledger.services.penalties import raise_penalty
from payments.credit_memos.inputs import MoveInput, PenaltyInput
from payments.credit_memos.serializers import ChargeMoved, memo_row, read_row
from payments.credit_memos.services.moving import move_charge


class MoveChargeView(CompanyView):
    """`POST /ledger/balances/{obligation_id}/move`."""

    required_permission = {"POST": "payments.credit"}

    @documented(
        "Move a charge to the right driver",
        tags=["Ledger"],
        description=(
            "The charge is voided, or credited once something was applied to it, and raised for the other as "
            f"`{{reference}}/2`. {waiting.EXPLAINED}"
        ),
        request=MoveInput,
        request_example={"driver_id": 102, "lease_id": 2055, "reason": "She drove through it."},
        status=201,
        response=ChargeMoved,
        more={202: waiting.Waiting},
        errors=[
            *(
                "reason_length",
                "not_found",
                "not_a_charge",
                "not_movable",
                "reference_taken",
                "debtor_unknown",
            ),
            *(
                "lease_required",
                "driver_not_on_lease",
                "principal_handed_over",
                "not_creditable",
                "approval_pending",
                "unknown_authority",
            ),
        ],
    )
    def post(self, request: Request, obligation_id: UUID) -> Response:
        body = MoveInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = move_charge(
            actor=self.actor,
            obligation_id=obligation_id,
            target=body.to_target(),
            reason=body.validated_data["reason"],
        )
        if done.raised is None:
            assert isinstance(done.request, Approval)
            return waiting.accepted(done.request)
        memo = memo_row(read_row(done.memo.id, self.actor.company_id)) if done.memo else None
        return Response(
            {
                "is_voided": done.memo is None,
                "credit_memo": memo,
                "balance": _balance(self.actor, obligation_id),
                "moved_to": _balance(self.actor, done.raised.id),
            },
            status=201,
        )


class PenaltyView(CompanyView):
    """`POST /ledger/balances/{obligation_id}/penalty`."""

    required_permission = {"POST": "ledger.raise_obligation"}
    idempotency = "required"

    @documented(
        "Raise what a penalty adds to a charge",
        tags=["Ledger"],
        description="As `{reference}/P1`, owed by the same debtor: an amount never changes.",
        request=PenaltyInput,
        request_example={"amount": "10.00", "due_date": "2026-02-15"},
        status=201,
        response=BalanceRow,
        errors=["not_found", "not_a_charge", "reference_taken"],
    )
    def post(self, request: Request, obligation_id: UUID) -> Response:
        body = PenaltyInput(data=request.data)
        body.is_valid(raise_exception=True)
        raised = raise_penalty(actor=self.actor, obligation_id=obligation_id, **body.validated_data)
        return Response(_balance(self.actor, raised.id), status=201)


def _balance(actor: Actor, obligation_id: UUID) -> dict[str, Any]:
    return balance_row(balance_of(actor=actor, obligation_id=obligation_id))
