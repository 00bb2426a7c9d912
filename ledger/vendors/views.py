"""The HTTP endpoints of vendors, their bills and credits (docs/domain.md#vendors)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_day
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.serializers import ReasonInput
from ledger.treasury.inputs import PAID_FROM_ERRORS, read_paid_from
from ledger.treasury.shapes import paid_row
from ledger.vendors.errors import BillNotFound
from ledger.vendors.filters import BillFilters, CreditFilters, VendorFilters
from ledger.vendors.querysets import bills, lines_of, recovery, vendor_credits, vendors
from ledger.vendors.serializers import (
    BillDocument,
    BillInput,
    BillRow,
    CreditNoteInput,
    CreditRow,
    PayBillInput,
    RecoveryReport,
    ToppedUp,
    TopUpInput,
    UseCreditInput,
    VendorChange,
    VendorInput,
    VendorRow,
    bill_document,
    bill_row,
    credit_row,
    vendor_row,
)
from ledger.vendors.services.bills import enter_bill, enter_credit_note, void_bill
from ledger.vendors.services.items import find_vendor
from ledger.vendors.services.paying import pay_bills, payments_of, top_up, use_credit
from ledger.vendors.services.vendors import add_vendor, change_vendor

TAGS: Final = ["Accounting"]
_PAGING: Final = paging_parameters(screen=False)
_LINES: Final = ("not_an_expense", "unknown_category", "date_in_future", "date_closed")


class _AccountingView(CompanyView):
    company_header_required = True
    idempotency = "required"


class VendorsView(_AccountingView):
    """`/api/accounting/vendors`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.enter_bills"}

    @documented(
        "Vendors, with what is open",
        tags=TAGS,
        response=api_page_of(VendorRow),
        parameters=[*filter_parameters(VendorFilters), *_PAGING],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = VendorFilters(query, queryset=vendors(actor=self.actor)).checked()
        order = Sorting(names={"number": ("number", "id"), "name": ("name", "id")}, default="number")
        return Response(api_page(query, rows, sorting=order, shape=vendor_row))

    @documented(
        "Enter a vendor",
        tags=TAGS,
        request=VendorInput,
        request_example={"name": "E-ZPass New York", "kind": "agency"},
        status=201,
        response=VendorRow,
        errors=["unknown_choice", "vendor_taken"],
    )
    def post(self, request: Request) -> Response:
        body = VendorInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = add_vendor(actor=self.actor, **body.validated_data)
        return Response(_vendor(self.actor, made.id), status=201)


class VendorView(_AccountingView):
    """`/api/accounting/vendors/{id}`."""

    required_permission = {"GET": "ledger.view", "PATCH": "ledger.enter_bills"}

    @documented("A vendor", tags=TAGS, response=VendorRow, errors=["vendor_not_found"])
    def get(self, request: Request, vendor_id: UUID) -> Response:
        return Response(_vendor(self.actor, vendor_id))

    @documented(
        "Rename, close or open a vendor",
        tags=TAGS,
        request=VendorChange,
        request_example={"is_active": False},
        response=VendorRow,
        errors=["vendor_not_found", "unknown_choice"],
    )
    def patch(self, request: Request, vendor_id: UUID) -> Response:
        body = VendorChange(data=request.data)
        body.is_valid(raise_exception=True)
        change_vendor(actor=self.actor, vendor_id=vendor_id, **body.validated_data)
        return Response(_vendor(self.actor, vendor_id))


class TopUpView(_AccountingView):
    """`POST /api/accounting/vendors/{id}/top-up`."""

    required_permission = {"POST": "ledger.pay_vendors"}

    @documented(
        "Top a vendor's prepaid account up",
        tags=TAGS,
        request=TopUpInput,
        request_example={"amount": 500, "method": "ACH"},
        status=201,
        response=ToppedUp,
        errors=["vendor_not_found", "vendor_closed", *PAID_FROM_ERRORS],
    )
    def post(self, request: Request, vendor_id: UUID) -> Response:
        body = TopUpInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        done = top_up(
            actor=self.actor,
            vendor_id=vendor_id,
            amount=values["amount"],
            paid_from=read_paid_from(values),
        )
        assert done.credit is not None
        row = credit_row(vendor_credits(actor=self.actor).get(id=done.credit.id))
        answer = {**row, "payment": paid_row(done.payment), "warnings": list(done.warnings)}
        return Response(answer, status=201)


class BillsView(_AccountingView):
    """`/api/accounting/vendor-bills`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.enter_bills"}

    @documented(
        "Vendors' bills, latest first",
        tags=TAGS,
        response=api_page_of(BillRow),
        parameters=[*filter_parameters(BillFilters), *_PAGING],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = BillFilters(query, queryset=bills(actor=self.actor)).checked()
        order = Sorting(
            names={"issue_date": ("issue_date", "id"), "due_date": ("due_date", "id")}, default="issue_date"
        )
        return Response(api_page(query, rows, sorting=order, shape=bill_row))

    @documented(
        "Enter a vendor's bill",
        tags=TAGS,
        description="A vendor's bill is there once: the same number again is 409, until the bill is voided.",
        request=BillInput,
        request_example={
            "vendor_id": "01900000-0000-7000-8000-0000000000e1",
            "number": "2026-01",
            "issue_date": "2026-01-31",
            "due_date": "2026-02-15",
            "lines": [{"category": "EZPass", "amount": 420.00}],
        },
        status=201,
        response=BillDocument,
        errors=["vendor_not_found", "vendor_closed", "vendor_bill_taken", "above_open", *_LINES],
    )
    def post(self, request: Request) -> Response:
        body = BillInput(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = {**body.validated_data, "lines": body.to_lines()}
        made = enter_bill(actor=self.actor, **values)
        return Response(_bill(self.actor, made.id), status=201)


class BillView(_AccountingView):
    """`GET /api/accounting/vendor-bills/{id}`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "A bill with its lines and payments",
        tags=TAGS,
        response=BillDocument,
        errors=["vendor_bill_not_found"],
    )
    def get(self, request: Request, bill_id: UUID) -> Response:
        return Response(_bill(self.actor, bill_id))


class PayBillView(_AccountingView):
    """`POST /api/accounting/vendor-bills/{id}/pay`."""

    required_permission = {"POST": "ledger.pay_vendors"}

    @documented(
        "Pay a bill, in full or in part",
        tags=TAGS,
        request=PayBillInput,
        request_example={"amount": 200, "method": "Check", "reference_number": "1042"},
        response=BillDocument.shown(status="paid"),
        errors=["vendor_bill_not_found", "vendor_bill_not_open", "above_open", *PAID_FROM_ERRORS],
    )
    def post(self, request: Request, bill_id: UUID) -> Response:
        body = PayBillInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        done = pay_bills(
            actor=self.actor,
            amounts={bill_id: values.get("amount")},
            paid_from=read_paid_from(values),
        )
        return Response(_bill(self.actor, bill_id, done.warnings))


class UseCreditView(_AccountingView):
    """`POST /api/accounting/vendor-bills/{id}/use-credit`."""

    required_permission = {"POST": "ledger.pay_vendors"}

    @documented(
        "Use a prepaid account or a credit note on a bill",
        tags=TAGS,
        request=UseCreditInput,
        request_example={"credit_id": "01900000-0000-7000-8000-0000000000c1"},
        response=BillDocument.shown(status="paid"),
        errors=[
            *("vendor_bill_not_found", "vendor_credit_not_found", "vendor_bill_not_open", "above_open"),
            "other_vendor",
        ],
    )
    def post(self, request: Request, bill_id: UUID) -> Response:
        body = UseCreditInput(data=request.data)
        body.is_valid(raise_exception=True)
        use_credit(actor=self.actor, bill_id=bill_id, **body.validated_data)
        return Response(_bill(self.actor, bill_id))


class VoidBillView(_AccountingView):
    """`POST /api/accounting/vendor-bills/{id}/void`."""

    required_permission = {"POST": "ledger.enter_bills"}

    @documented(
        "Void a bill of which nothing was paid",
        tags=TAGS,
        request=ReasonInput,
        request_example={"reason": "It belongs to another company"},
        response=BillDocument.shown(status="voided"),
        errors=["vendor_bill_not_found", "vendor_bill_not_open", "vendor_bill_paid", "reason_length"],
    )
    def post(self, request: Request, bill_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        void_bill(actor=self.actor, bill_id=bill_id, reason=body.validated_data["reason"])
        return Response(_bill(self.actor, bill_id))


class VendorCreditsView(_AccountingView):
    """`/api/accounting/vendor-credits`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.enter_bills"}

    @documented(
        "What vendors owe us: prepaid accounts and credit notes",
        tags=TAGS,
        response=api_page_of(CreditRow),
        parameters=[*filter_parameters(CreditFilters), *_PAGING],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = CreditFilters(query, queryset=vendor_credits(actor=self.actor)).checked()
        order = Sorting(names={"day": ("id",)}, default="day")
        return Response(api_page(query, rows, sorting=order, shape=credit_row))

    @documented(
        "Enter a vendor's credit note",
        tags=TAGS,
        request=CreditNoteInput,
        request_example={
            "vendor_id": "01900000-0000-7000-8000-0000000000e1",
            "number": "CN-7",
            "amount": 20,
            "day": "2026-02-03",
            "category": "EZPass",
        },
        status=201,
        response=CreditRow.shown(kind="credit_note", number="CN-7"),
        errors=["vendor_not_found", "vendor_bill_taken", *_LINES],
    )
    def post(self, request: Request) -> Response:
        body = CreditNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = enter_credit_note(actor=self.actor, **body.validated_data)
        return Response(credit_row(vendor_credits(actor=self.actor).get(id=made.id)), status=201)


class RecoveryView(_AccountingView):
    """`GET /api/accounting/recovery`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "What was passed on above or below cost, per category",
        tags=TAGS,
        description="In the company's currency, by effective dates; from the beginning unless `from` is given.",
        parameters=[
            OpenApiParameter("from", date),
            OpenApiParameter("to", date, description="Default: today."),
        ],
        response=RecoveryReport,
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        first, last = read_day(query, "from"), read_day(query, "to") or today(self.actor.company)
        currency = self.actor.company.base_currency
        rows = recovery(actor=self.actor, first=first, last=last, currency=currency)
        return Response(
            {
                "from": first,
                "to": last,
                "currency": currency,
                "categories": [
                    {
                        "category": row.category.label,
                        "category_code": row.category.value,
                        "charged": row.charged,
                        "billed": row.billed,
                        "difference": row.difference,
                    }
                    for row in rows
                ],
            }
        )


def _vendor(actor: Actor, vendor_id: UUID) -> dict[str, Any]:
    find_vendor(actor=actor, vendor_id=vendor_id)
    return vendor_row(vendors(actor=actor).get(id=vendor_id))


def _bill(actor: Actor, bill_id: UUID, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    row = bills(actor=actor).filter(id=bill_id).first()
    if row is None:
        raise BillNotFound(f"There is no bill {bill_id}.")
    lines = lines_of(actor=actor, bill_id=bill_id)
    return bill_document(row, lines, payments_of(actor=actor, bill_id=bill_id), warnings)
