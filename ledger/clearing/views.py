"""The HTTP endpoints of taxes held, remittances, security deposits and earnings clearing.

Rule: docs/domain.md#remittances, docs/domain.md#deposits, docs/domain.md#earnings-clearing.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_day
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval
from ledger import chart
from ledger.clearing.filters import DepositFilters, ProcessorFilters, RemittanceFilters
from ledger.clearing.models import TaxAuthority
from ledger.clearing.querysets import (
    deposits,
    held_taxes,
    processor_deposits,
    remittances,
    undeposited,
)
from ledger.clearing.serializers import (
    AuthorityInput,
    AuthorityRow,
    DepositDocument,
    DepositRow,
    EarningsClearing,
    HeldTaxes,
    ProcessorDepositRow,
    RemittanceInput,
    RemittanceMade,
    RemittanceRow,
    ReturnDepositInput,
    UseDepositInput,
    deposit_document,
    deposit_row,
    processor_row,
    remittance_row,
)
from ledger.clearing.services.deposit_returns import return_deposit
from ledger.clearing.services.deposits import use_deposit
from ledger.clearing.services.taxes import open_authority, remit
from ledger.treasury.inputs import PAID_FROM_ERRORS, read_paid_from
from ledger.treasury.shapes import paid_row

TAGS: Final = ["Accounting"]
_PAGING: Final = paging_parameters(screen=False)


class _AccountingView(CompanyView):
    company_header_required = True
    idempotency = "required"


class AuthoritiesView(_AccountingView):
    """`/api/accounting/tax-authorities`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.enter_bills"}

    @documented(
        "Authorities that taxes are held for",
        tags=TAGS,
        response=api_page_of(AuthorityRow),
        parameters=[*_PAGING],
    )
    def get(self, request: Request) -> Response:
        rows = TaxAuthority.objects.filter(company_id=self.actor.company_id)
        columns: QuerySet[Any, Any] = rows.values("id", "code", "name", "is_active")
        order = Sorting(names={"code": ("code",)}, default="code", order="asc")
        return Response(api_page(request._request.GET, columns, sorting=order, shape=_authority))

    @documented(
        "Open an authority",
        tags=TAGS,
        request=AuthorityInput,
        request_example={"code": "nys", "name": "New York State"},
        status=201,
        response=AuthorityRow,
        errors=["tax_authority_taken"],
    )
    def post(self, request: Request) -> Response:
        body = AuthorityInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = open_authority(actor=self.actor, **body.validated_data)
        row = {"id": made.id, "code": made.code, "name": made.name, "is_active": made.is_active}
        return Response(_authority(row), status=201)


class HeldView(_AccountingView):
    """`GET /api/accounting/taxes-held`."""

    required_permission = {"GET": "ledger.view"}

    @documented("What is held of taxes, by authority", tags=TAGS, response=HeldTaxes)
    def get(self, request: Request) -> Response:
        currency = self.actor.company.base_currency
        rows = held_taxes(actor=self.actor, currency=currency)
        return Response(
            {
                "accounts": [
                    {"account": row.account, "name": row.name, "currency": currency, "held": row.held}
                    for row in rows
                ]
            }
        )


class RemittancesView(_AccountingView):
    """`/api/accounting/remittances`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.remit"}

    @documented(
        "Remittances, latest first",
        tags=TAGS,
        response=api_page_of(RemittanceRow),
        parameters=[*filter_parameters(RemittanceFilters), *_PAGING],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = RemittanceFilters(query, queryset=remittances(actor=self.actor)).checked()
        order = Sorting(names={"paid_on": ("paid_on", "id")}, default="paid_on")
        return Response(api_page(query, rows, sorting=order, shape=remittance_row))

    @documented(
        "Remit taxes that are held",
        tags=TAGS,
        description="At most what is held; the refusal names it.",
        request=RemittanceInput,
        request_example={
            "account": "taxes_held:other",
            "amount": 120,
            "period": "Q1 2026",
            "method": "ACH",
            "paid_on": "2026-04-15",
        },
        status=201,
        response=RemittanceMade,
        errors=["not_remitted", "more_than_held", *PAID_FROM_ERRORS],
    )
    def post(self, request: Request) -> Response:
        body = RemittanceInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        done = remit(
            actor=self.actor,
            account=values["account"],
            amount=values["amount"],
            currency=values["currency"],
            period=values["period"],
            paid_from=read_paid_from(values),
        )
        row = remittance_row(remittances(actor=self.actor).get(id=done.remittance.id))
        answer = {**row, "payment": paid_row(done.payment), "warnings": list(done.warnings)}
        return Response(answer, status=201)


class DepositsView(_AccountingView):
    """`GET /api/accounting/security-deposits`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Security deposits",
        tags=TAGS,
        response=api_page_of(DepositRow),
        parameters=[*filter_parameters(DepositFilters), *_PAGING],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = DepositFilters(query, queryset=deposits(actor=self.actor)).checked()
        order = Sorting(names={"created_at": ("id",)}, default="created_at")
        return Response(api_page(query, rows, sorting=order, shape=deposit_row))


class DepositView(_AccountingView):
    """`GET /api/accounting/security-deposits/{id}`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "A security deposit with its history",
        tags=TAGS,
        response=DepositDocument,
        errors=["security_deposit_not_found"],
    )
    def get(self, request: Request, deposit_id: UUID) -> Response:
        return Response(deposit_document(actor=self.actor, deposit_id=deposit_id))


class UseDepositView(_AccountingView):
    """`POST /api/accounting/security-deposits/{id}/use`."""

    required_permission = {"POST": "ledger.handle_deposits"}

    @documented(
        "Use a security deposit for what is owed",
        tags=TAGS,
        request=UseDepositInput,
        request_example={
            "obligation_id": "01900000-0000-7000-8000-0000000000b1",
            "amount": 120,
            "reason": "He left and owes a toll",
        },
        response=DepositDocument,
        errors=[
            *("security_deposit_not_found", "not_found", "more_than_held", "obligation_not_open"),
            *("other_debtor", "above_outstanding", "reason_length"),
        ],
    )
    def post(self, request: Request, deposit_id: UUID) -> Response:
        body = UseDepositInput(data=request.data)
        body.is_valid(raise_exception=True)
        use_deposit(actor=self.actor, deposit_id=deposit_id, **body.validated_data)
        return Response(deposit_document(actor=self.actor, deposit_id=deposit_id))


class ReturnDepositView(_AccountingView):
    """`POST /api/accounting/security-deposits/{id}/return`."""

    required_permission = {"POST": "ledger.handle_deposits"}

    @documented(
        "Return a security deposit",
        tags=TAGS,
        description=f"It counts against the limit for refunds. {waiting.EXPLAINED}",
        request=ReturnDepositInput,
        request_example={"amount": 380, "method": "Check", "reference_number": "1043"},
        response=DepositDocument.shown(held=Decimal("0.00")),
        more={202: waiting.Waiting},
        errors=["security_deposit_not_found", "more_than_held", *PAID_FROM_ERRORS],
    )
    def post(self, request: Request, deposit_id: UUID) -> Response:
        body = ReturnDepositInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        done = return_deposit(
            actor=self.actor,
            deposit_id=deposit_id,
            amount=values["amount"],
            reason=values["reason"],
            paid_from=read_paid_from(values),
        )
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return Response(deposit_document(actor=self.actor, deposit_id=deposit_id, warnings=done.warnings))


class ProcessorDepositsView(_AccountingView):
    """`GET /api/accounting/processor-deposits`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Processors' deposits with their fees",
        tags=TAGS,
        response=api_page_of(ProcessorDepositRow),
        parameters=[*filter_parameters(ProcessorFilters), *_PAGING],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = ProcessorFilters(query, queryset=processor_deposits(actor=self.actor)).checked()
        order = Sorting(names={"deposited_on": ("deposited_on", "id")}, default="deposited_on")
        return Response(api_page(query, rows, sorting=order, shape=processor_row))


class ClearingView(_AccountingView):
    """`GET /api/accounting/earnings-clearing`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Earnings that no processor's deposit has cleared, by age",
        tags=TAGS,
        description="In the company's currency; deposits clear the oldest earnings first.",
        parameters=[OpenApiParameter("as_of", date, description="Default: the company's today.")],
        response=EarningsClearing,
    )
    def get(self, request: Request) -> Response:
        as_of = read_day(request._request.GET, "as_of") or today(self.actor.company)
        currency = self.actor.company.base_currency
        rows = undeposited(actor=self.actor, as_of=as_of, currency=currency)
        return Response(
            {
                "as_of": as_of,
                "total": sum((row.remains for row in rows), ZERO),
                "days": [
                    {
                        "currency": row.currency,
                        "day": row.day,
                        "earned": row.earned,
                        "remains": row.remains,
                        "age": row.age,
                    }
                    for row in rows
                ],
            }
        )


def _authority(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "account": chart.taxes_held(row["code"])}
