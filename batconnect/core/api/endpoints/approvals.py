"""What waits, or waited, for a second person: the same calls for every kind."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import F
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Anything, Choice, Id, Instant, Money, Text, api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.fields import StrictSerializer
from batconnect.core.api.filters import LabelFilter, ListFilters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.refusals import OTHER_CODES
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.approvals.kinds import all_kinds, visible_kinds
from batconnect.core.approvals.services import Decision, approve, find_approval, reject
from batconnect.core.models import Approval

TAGS: Final = ("Approvals",)
_ORDER: Final = Sorting(names={"requested_at": ("id",), "amount": ("amount", "id")}, default="requested_at")
_DECISION_ERRORS: Final = (
    "approval_request_not_found",
    "second_person_required",
    "already_decided",
    OTHER_CODES,
)


class ApprovalRow(Answer):
    """What waits, or waited, for a second person."""

    approval_request_id = Id("f1")
    kind = Text("loan")
    status = Choice(Approval.Status)
    title = Text("Driver loan of 5,000.00 USD to John Doe")
    subject_type = Text("cases.case")
    subject_id = Text("DRLNS000123")
    amount = Money("5000.00", null=True)
    currency = Text("USD")
    limit = Money("1000.00", null=True)
    counted = Money(null=True)
    parameters = Anything(
        {"case_no": "DRLNS000123", "amount": "5000.00"}, help_text="What was asked for, by kind."
    )
    reason = Text("For a new car")
    requested_by = Text("cashier")
    requested_at = Instant()
    decided_by = Text(null=True)
    decided_at = Instant(null=True)
    decision_reason = Text()
    outcome = Anything(help_text="What came of it, by kind.")


_DECIDED: Final = {"decided_by": "manager", "decided_at": Instant.usual}


class DecisionBody(StrictSerializer):
    """Why, if there is something to say."""

    reason = serializers.CharField(default="", allow_blank=True, max_length=500)


class _ApprovalFilters(ListFilters):
    status = LabelFilter(choices=Approval.Status.choices, field_name="status")
    kind = LabelFilter(choices=(), field_name="kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The apps register their kinds when they start.
        self.filters["kind"] = LabelFilter(
            choices=[(kind.code, kind.label) for kind in all_kinds()], field_name="kind"
        )


class ApprovalsView(CompanyView):
    """`GET /api/approvals`."""

    required_permission = {"GET": "core.view"}

    @documented(
        "List what waits, or waited, for a second person",
        tags=TAGS,
        description="Lists the kinds of requests that the user has the permission to see; a kind is named by its code.",
        parameters=[
            OpenApiParameter("status", str, enum=Approval.Status.values),
            OpenApiParameter("kind", str),
            *paging_parameters(screen=False),
        ],
        response=api_page_of(ApprovalRow),
        errors=["unknown_choice"],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = Approval.objects.filter(
            company_id=self.actor.company_id, kind__in=visible_kinds(self.actor)
        ).values(
            *("id", "kind", "status", "title", "subject_type", "subject_id", "amount", "currency", "counted"),
            *("parameters", "reason", "requested_at", "decided_at", "decision_reason", "outcome"),
            limit=F("limit_then"),
            requester=F("requested_by__username"),
            decider=F("decided_by__username"),
        )
        filtered = _ApprovalFilters(query, queryset=rows).checked()
        return Response(api_page(query, filtered, sorting=_ORDER, shape=_row))


class ApprovalView(CompanyView):
    """`GET /api/approvals/{id}`."""

    required_permission = {"GET": "core.view"}

    @documented(
        "Get an approval request",
        tags=TAGS,
        response=ApprovalRow,
        errors=["approval_request_not_found"],
    )
    def get(self, request: Request, approval_id: UUID) -> Response:
        return Response(_document(find_approval(actor=self.actor, approval_id=approval_id)))


class ApproveView(CompanyView):
    """`POST /api/approvals/{id}/approve`."""

    required_permission = {"POST": "core.view"}

    @documented(
        "Approve what another user asked for",
        tags=TAGS,
        description=(
            "Carries it out exactly as it was asked for. When the action itself is refused by now, that "
            "refusal is the answer and the request goes on waiting: reject it. Needs the permission of its kind."
        ),
        request=DecisionBody,
        request_example={"reason": "Agreed"},
        response=ApprovalRow.shown(
            status="approved", decision_reason="Agreed", outcome={"loan_id": "DLN-2026-001"}, **_DECIDED
        ),
        errors=_DECISION_ERRORS,
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        return self.decided(approve(actor=self.actor, approval_id=approval_id, reason=_reason(request)))

    def decided(self, decision: Decision) -> Response:
        """The decided request, with what came of it."""
        approval = find_approval(actor=self.actor, approval_id=decision.approval.id)
        return Response(_document(approval))


class RejectView(ApproveView):
    """`POST /api/approvals/{id}/reject`."""

    required_permission = {"POST": "core.view"}

    @documented(
        "Reject what another user asked for",
        tags=TAGS,
        description="Nothing is done, and what the request held is free again. Needs the permission of its kind.",
        request=DecisionBody,
        request_example={"reason": "Not this year"},
        response=ApprovalRow.shown(status="rejected", decision_reason="Not this year", **_DECIDED),
        errors=_DECISION_ERRORS,
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        return self.decided(reject(actor=self.actor, approval_id=approval_id, reason=_reason(request)))


def _reason(request: Request) -> str:
    body = DecisionBody(data=request.data)
    body.is_valid(raise_exception=True)
    return str(body.validated_data["reason"])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    row["approval_request_id"] = row.pop("id")
    row["requested_by"] = row.pop("requester")
    row["decided_by"] = row.pop("decider")
    return {name: row[name] for name in ApprovalRow.members()}


def _document(approval: Approval) -> dict[str, Any]:
    return {
        "approval_request_id": approval.id,
        **{name: getattr(approval, name) for name in ApprovalRow.members() if hasattr(approval, name)},
        "limit": approval.limit_then,
        "requested_by": approval.requested_by.username,
        "decided_by": approval.decided_by.username if approval.decided_by else None,
    }
