"""Why a balance is what it is; the trial balance; write-offs that wait."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery, UUIDField
from django.db.models.functions import Cast
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import LabelFilter, ListFilters
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_day, read_instant
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotFound
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.models import Obligation
from ledger.querysets import AccountTotal, balance_of, explain, trial_balance, with_outstanding
from ledger.serializers import (
    ExplainedBalance,
    TrialBalance,
    WriteOffRequestRow,
    balance_row,
    explanation_row,
)
from ledger.services.write_offs import WRITE_OFF


class ExplainView(CompanyView):
    """Every event behind a balance."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Explain a balance",
        tags=["Ledger"],
        description=(
            "Every event, oldest first, with who, why, case and payment, and the balance just after it. "
            "`as_of` and `known_at` add what was owed on a day, as it was known at an instant."
        ),
        parameters=[OpenApiParameter("as_of", date), OpenApiParameter("known_at", datetime)],
        response=ExplainedBalance,
        errors=["not_found"],
    )
    def get(self, request: Request, obligation_id: UUID) -> Response:
        query = request._request.GET
        as_of, known_at = read_day(query, "as_of"), read_instant(query, "known_at")
        rows = Obligation.objects.filter(company_id=self.actor.company_id, id=obligation_id)
        obligation = with_outstanding(rows, as_of=as_of, known_at=known_at).first()
        if obligation is None:
            raise NotFound("There is no such balance.")
        events = explain(actor=self.actor, obligation=obligation)
        return Response(
            {
                "balance": balance_row(balance_of(actor=self.actor, obligation_id=obligation_id)),
                "events": [explanation_row(event) for event in events],
                "outstanding_as_of": obligation.outstanding_then,  # type: ignore[attr-defined]  # annotated
                "as_of": as_of,
                "known_at": known_at,
            }
        )


class TrialBalanceView(CompanyView):
    """Every account's debits and credits; per currency they are equal."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Trial balance",
        tags=["Ledger"],
        parameters=[
            OpenApiParameter("as_of", date, description="Default: the company's today."),
            OpenApiParameter("known_at", datetime, description="As it was known at this instant."),
        ],
        response=TrialBalance,
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        as_of = read_day(query, "as_of") or today(self.actor.company)
        known_at = read_instant(query, "known_at")
        rows = trial_balance(actor=self.actor, as_of=as_of, known_at=known_at)
        return Response({"as_of": as_of, "known_at": known_at, "currencies": by_currency(rows)})


class WriteOffRequestsView(CompanyView):
    """The requests above the limit."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "List write-off requests",
        tags=["Ledger"],
        parameters=[
            OpenApiParameter("status", str, enum=Approval.Status.values),
            *paging_parameters(screen=True),
        ],
        response=screen_page_of(WriteOffRequestRow),
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        here = {"company_id": self.actor.company_id}
        debt = Obligation.objects.filter(**here, id=Cast(OuterRef("subject_id"), UUIDField()))
        rows = Approval.objects.filter(**here, kind=WRITE_OFF).values(
            "id",
            "amount",
            "currency",
            "reason",
            "status",
            "requested_at",
            "decided_at",
            "decision_reason",
            obligation_id=Subquery(debt.values("id")),
            category=Subquery(debt.values("category")),
            reference_id=Subquery(debt.values("reference_id")),
            outstanding=Subquery(debt.values("outstanding")),
            requester=F("requested_by__username"),
            decider=F("decided_by__username"),
        )
        requests = _RequestFilters(query, queryset=rows).checked()
        order = Sorting(names={"requested_at": ("id",)}, default="requested_at")
        return Response(screen_page(query, requests, sorting=order, shape=_request_row))


class _RequestFilters(ListFilters):
    status = LabelFilter(choices=Approval.Status.choices, field_name="status")


def _request_row(row: dict[str, Any]) -> dict[str, Any]:
    row["requested_by"] = row.pop("requester")
    row["decided_by"] = row.pop("decider")
    return {**row, "category": Category(row["category"]).label}


def by_currency(rows: list[AccountTotal]) -> list[dict[str, Any]]:
    """The accounts grouped by currency, with totals."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            row.currency,
            {"currency": row.currency, "total_debit": ZERO, "total_credit": ZERO, "accounts": []},
        )
        group["total_debit"] += row.debit
        group["total_credit"] += row.credit
        group["accounts"].append(
            {
                "code": row.code,
                "name": row.name,
                "account_id": row.account_id,
                "own_number": row.own_number,
                "own_name": row.own_name,
                "kind": row.kind,
                "debit": row.debit,
                "credit": row.credit,
                "balance": row.balance,
            }
        )
    return list(groups.values())
