"""The HTTP endpoints of driver loans (docs/seeds.md#driver-loans, docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import screen_page
from batconnect.core.api.printed import linked, read_document_format
from batconnect.core.api.schema import documented, export_parameters, paging_parameters
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.actors import Actor
from cases.forms import published
from cases.serializers import CaseCreated
from cases.services import create_case
from ledger.repayment.lists import PROGRESS, WHOSE, sorting
from ledger.repayment.receipts import schedule_document
from ledger.repayment.rules import weekly_principal
from ledger.repayment.serializers import DocumentReason, Nothing, PerhapsReasoned, PostDue
from ledger.repayment.shapes import DuePosted, planned_rows
from loans import services
from loans.bpm_flows.newloan.flows import NewLoan
from loans.filters import LoanFilters
from loans.inputs import FORM, checked_form, read_loan
from loans.models import DriverLoan
from loans.printed import LOAN_STATEMENT, printed_loan
from loans.querysets import find_loan, loans, with_loan_columns
from loans.shapes import LoanDetail, LoanMoved, LoanPlan, LoanRow, LoanStatement, loan_detail, loan_row

_TAGS: Final = ["Driver Loans"]
_TERMS: Final = {
    "driver_id": 101,
    "lease_id": 2054,
    "loan_amount": "1200.00",
    "interest_rate": "10.00",
    "start_week": "2025-10-05",
    "notes": "Deposit for the apartment.",
}
SORTING: Final = sorting(
    number="loan_id",
    loan_amount=("amount", "id"),
    loan_date=("loan_date", "number_order"),
    interest_rate=("interest_rate", "number_order"),
)
COLUMNS: Final = (
    Column("loan_id", "Loan"),
    Column("loan_date", "Date", "date"),
    *WHOSE,
    Column("loan_amount", "Principal", "money"),
    Column("interest_rate", "Rate %", "rate"),
    *PROGRESS,
)
_FILTERS: Final = filter_parameters(LoanFilters)
_ACTION_ERRORS: Final = (
    "not_found",
    "document_state",
)


class LoansView(CompanyView):
    """`GET /payments/driver-loans`."""

    required_permission = {"GET": "loans.view"}

    @documented(
        "Driver loans",
        tags=_TAGS,
        response=screen_page_of(LoanRow),
        parameters=[*_FILTERS, *paging_parameters(screen=True)],
        description="Beyond 10,000 rows `total_items` is an estimate, and `total_is_estimate` says so.",
    )
    def get(self, request: Request) -> Response:
        rows = apply_filters(LoanFilters, request.query_params, loans(actor=self.actor))
        return Response(
            screen_page(
                request.query_params,
                rows,
                sorting=SORTING,
                shape=linked(loan_row, actor=self.actor, kind=LOAN_STATEMENT, key="number"),
                select=with_loan_columns,
            )
        )


class ExportView(CompanyView):
    """`GET /payments/driver-loans/export?format=excel|pdf|csv`, with the list's filters and sort."""

    required_permission = {"GET": "loans.export"}

    @documented(
        "The list as a file",
        tags=_TAGS,
        files=["excel", "pdf", "csv"],
        errors=["export_too_large"],
        parameters=[*_FILTERS, *export_parameters()],
    )
    def get(self, request: Request) -> Any:
        filters = LoanFilters(request.query_params, queryset=loans(actor=self.actor))
        rows = with_loan_columns(filters.checked().order_by(*SORTING.read(request.query_params)))
        return export_response(
            map(loan_row, rows.iterator(chunk_size=2_000)),
            COLUMNS,
            format=read_format(request.query_params),
            name="driver-loans",
            title="Driver loans",
            actor=self.actor,
            filters=filters.asked(),
        )


class CreateCaseView(CompanyView):
    """`POST /payments/driver-loans/create-case`."""

    required_permission = {"POST": "cases.work"}

    @documented(
        "Open a case for a new driver loan",
        tags=_TAGS,
        status=201,
        request=Nothing,
        request_example={},
        response=CaseCreated,
    )
    def post(self, request: Request) -> Response:
        Nothing(data=request.data).is_valid(raise_exception=True)
        case_no = create_case(actor=self.actor, case_type=NewLoan.code).case.case_no
        return Response({"message": f"Driver loan case {case_no} created.", "case_no": case_no}, status=201)


class PreviewView(CompanyView):
    """`POST /payments/driver-loans/preview`: the schedule that a loan would have."""

    required_permission = {"POST": "loans.view"}

    @documented(
        "The schedule that a loan would have; nothing is stored",
        tags=_TAGS,
        request={"application/json": published(FORM)},
        request_example=_TERMS,
        response=LoanPlan,
        errors=[
            *("driver_not_found", "lease_not_found", "lease_not_driven", "start_week_not_sunday"),
            *("start_week_too_early", "schedule_too_long", "date_closed"),
        ],
    )
    def post(self, request: Request) -> Response:
        sent = read_loan(checked_form(request.data))
        plan = services.plan_loan(actor=self.actor, **sent.terms)
        return Response(
            {
                "loan_amount": plan.amount,
                "interest_rate": plan.interest_rate,
                "loan_date": plan.loan_date,
                "start_week": plan.start_week,
                "matrix_version": plan.matrix.version,
                "weekly_principal": weekly_principal(amount=plan.amount, bands=plan.matrix.bands),
                "total_interest": plan.total_interest,
                "total_due": plan.amount + plan.total_interest,
                "installments": planned_rows(plan.rows),
            }
        )


class PostDueView(CompanyView):
    """`POST /payments/driver-loans/post-due`."""

    required_permission = {"POST": "loans.post_due"}

    @documented(
        "Post the loan installments that fell due",
        tags=_TAGS,
        request=PostDue,
        request_example={"up_to": "2025-10-05"},
        response=DuePosted,
        errors=["date_in_future", "date_closed"],
        description="Every waiting installment due up to the day is posted once; loans on hold are skipped.",
    )
    def post(self, request: Request) -> Response:
        body = PostDue(data=request.data)
        body.is_valid(raise_exception=True)
        report = services.post_due_installments(actor=self.actor, up_to=body.validated_data["up_to"])
        return Response({"message": f"{report.posted} loan installments posted.", **report.as_dict()})


class LoanView(CompanyView):
    """`GET /payments/driver-loans/{loan_id}`."""

    required_permission = {"GET": "loans.view"}

    @documented(
        "A loan with its schedule",
        tags=_TAGS,
        response=LoanDetail,
        errors=["not_found"],
    )
    def get(self, request: Request, loan_id: str) -> Response:
        return Response(_detail(self.actor, loan_id))


class ReceiptView(CompanyView):
    """`GET /payments/driver-loans/{loan_id}/receipt?format=json|pdf`."""

    required_permission = {"GET": "loans.view"}

    @documented(
        "The loan's statement with its schedule",
        tags=_TAGS,
        response=LoanStatement,
        files=["pdf"],
        errors=["not_found"],
    )
    def get(self, request: Request, loan_id: str) -> Any:
        kind = read_document_format(request)
        row, schedule = find_loan(actor=self.actor, loan_id=loan_id)
        document = schedule_document(head=_head(self.actor, row), rows=schedule)
        if kind == "json":
            return Response(document)
        return printed_loan(actor=self.actor, row=row, document=document).to_response()


class _ActionView(CompanyView):
    """One of the actions on a loan."""

    required_permission = {"POST": "loans.manage"}

    def answer(self, loan: DriverLoan, done: str) -> Response:
        return Response({"message": f"Driver loan {loan.number} {done}.", **_detail(self.actor, loan.number)})


def _documented_action(
    summary: str, *, done: str, status: str, body: Any = DocumentReason, errors: tuple[str, ...] = ()
) -> Callable[[Any], Any]:
    return documented(
        summary,
        tags=_TAGS,
        request=body,
        request_example={} if body is Nothing else {"reason": "The driver disputes the amount."},
        response=LoanMoved.shown(message=f"Driver loan DLN-2025-001 {done}.", status=status),
        errors=[*_ACTION_ERRORS, *errors],
    )


class HoldView(_ActionView):
    """`POST /payments/driver-loans/{loan_id}/hold`."""

    @_documented_action(
        "Put a loan on hold: nothing more of it is posted",
        done="put on hold",
        status="Hold",
        errors=("reason_length", "nothing_scheduled"),
    )
    def post(self, request: Request, loan_id: str) -> Response:
        body = DocumentReason(data=request.data)
        body.is_valid(raise_exception=True)
        loan = services.hold_loan(actor=self.actor, loan_id=loan_id, reason=body.validated_data["reason"])
        return self.answer(loan, "put on hold")


class ReleaseView(_ActionView):
    """`POST /payments/driver-loans/{loan_id}/release`."""

    @_documented_action(
        "Release a loan from hold: the next run posts what fell due meanwhile",
        done="released",
        status="Open",
        body=PerhapsReasoned,
        errors=("reason_length",),
    )
    def post(self, request: Request, loan_id: str) -> Response:
        body = PerhapsReasoned(data=request.data)
        body.is_valid(raise_exception=True)
        loan = services.release_loan(actor=self.actor, loan_id=loan_id, reason=body.validated_data["reason"])
        return self.answer(loan, "released")


class CancelView(_ActionView):
    """`POST /payments/driver-loans/{loan_id}/cancel`."""

    @_documented_action(
        "Cancel a loan of which nothing is posted",
        done="cancelled",
        status="Cancelled",
        errors=("reason_length", "installments_posted"),
    )
    def post(self, request: Request, loan_id: str) -> Response:
        body = DocumentReason(data=request.data)
        body.is_valid(raise_exception=True)
        loan = services.cancel_loan(actor=self.actor, loan_id=loan_id, reason=body.validated_data["reason"])
        return self.answer(loan, "cancelled")


class PayoffView(_ActionView):
    """`POST /payments/driver-loans/{loan_id}/payoff`."""

    @_documented_action(
        "Let everything of a loan fall due today, with interest up to today",
        done="falls due today",
        status="Open",
        body=Nothing,
        errors=("nothing_scheduled", "date_closed"),
    )
    def post(self, request: Request, loan_id: str) -> Response:
        Nothing(data=request.data).is_valid(raise_exception=True)
        loan = services.pay_off_loan(actor=self.actor, loan_id=loan_id)
        return self.answer(loan, "falls due today")


def _detail(actor: Actor, loan_id: str) -> dict[str, Any]:
    row, schedule = find_loan(actor=actor, loan_id=loan_id)
    return {**_head(actor, row), "installments": [each.shape() for each in schedule]}


def _head(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    return linked(loan_detail, actor=actor, kind=LOAN_STATEMENT, key="number")(row)
