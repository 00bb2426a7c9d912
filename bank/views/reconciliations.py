"""The HTTP endpoints of reconciliation (docs/domain.md#reconciliation)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from bank.models import Reconciliation
from bank.printed.reconciliations import printed_reconciliation
from bank.serializers.reconciliations import (
    ReconciliationList,
    ReconciliationReport,
    ReconciliationRow,
    reconciliation_row,
    report_document,
)
from bank.services.feeds import find_account
from bank.services.reconciling import compare, reconcile
from batconnect.core.api.base import CompanyView
from batconnect.core.api.printed import read_document_format
from batconnect.core.api.schema import documented

_TAGS: Final = ["Bank"]


class ReconciliationsView(CompanyView):
    """`GET /api/accounting/bank-accounts/{id}/reconciliations`."""

    required_permission = {"GET": "bank.view"}
    company_header_required = True

    @documented(
        "Until when a bank account is reconciled",
        tags=_TAGS,
        response=ReconciliationList,
        errors=["bank_account_not_found"],
    )
    def get(self, request: Request, bank_account_id: UUID) -> Response:
        account = find_account(actor=self.actor, bank_account_id=bank_account_id)
        rows = Reconciliation.objects.filter(company_id=self.actor.company_id, bank_account=account)
        return Response({"results": [reconciliation_row(each) for each in rows.order_by("-id")[:100]]})


class ReconciliationView(CompanyView):
    """`/api/accounting/bank-statements/{id}/reconciliation`."""

    required_permission = {"GET": "bank.view", "POST": "bank.reconcile"}
    company_header_required = True
    idempotency = "honored"

    @documented(
        "A bank account at the end of a statement, beside the books",
        tags=_TAGS,
        response=ReconciliationReport,
        files=("pdf",),
        errors=["statement_not_found", "not_reconcilable"],
    )
    def get(self, request: Request, statement_id: UUID) -> Response | HttpResponse:
        wanted = read_document_format(request)
        compared = compare(actor=self.actor, statement_id=statement_id)
        if wanted == "pdf":
            return printed_reconciliation(actor=self.actor, compared=compared).to_response()
        return Response(report_document(compared))

    @documented(
        "Confirm that a bank account agrees with its bank until the statement's end",
        tags=_TAGS,
        status=201,
        response=ReconciliationRow,
        errors=["statement_not_found", "not_reconcilable"],
    )
    def post(self, request: Request, statement_id: UUID) -> Response:
        row = reconcile(actor=self.actor, statement_id=statement_id)
        return Response(reconciliation_row(row), status=201)
