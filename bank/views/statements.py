"""The calls on bank statements (docs/api.md#bank-statements)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from bank.errors import FILE_CODES
from bank.filters.statements import StatementFilters
from bank.models import Statement
from bank.serializers.statements import (
    BankStatementDetail,
    BankStatementRow,
    DecisionReason,
    StatementsReceived,
    StatementsTried,
    StatementUpload,
    TypedBalance,
    notifications_row,
    statement_document,
    statement_row,
    tried_row,
)
from bank.services.accepting import (
    accept_statement,
    find_statement,
    refuse_statement,
    type_balance,
)
from bank.services.corrections import preview_correction
from bank.services.intake import CORRECTION, receive_statements
from bank.services.processing import wake_after_commit
from bank.services.trying import dry_run
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.problems import roll_back
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.serving.throttling import limit_requests
from payments.batches.parsers import BatchUploadParser

TAGS: Final = ["Bank"]
STATEMENT_ORDER: Final = Sorting(
    names={"created_at": ("created_at", "id"), "period_to": ("period_to", "id")}, default="created_at"
)
_ACCOUNT_CODES: Final = (
    *("bank_account_not_found", "statement_of_another_account", "statement_account_unknown"),
    *("statement_currency", "unknown_mapping", "unknown_strategy"),
)
_UPLOAD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "bank_account_id": {"type": "string", "format": "uuid"},
        "mapping": {"type": "string", "format": "uuid"},
        "force": {"type": "boolean"},
        "dry_run": {"type": "boolean"},
        "strategy": {"type": "string", "maxLength": 20},
    },
}


class BankStatementsView(CompanyView):
    """`/api/accounting/bank-statements`."""

    required_permission = {"GET": "bank.view", "POST": "bank.import_statements"}
    company_header_required = True
    idempotency = "required"
    parser_classes = (BatchUploadParser,)

    @documented(
        "Bank statements, latest first",
        tags=TAGS,
        response=api_page_of(BankStatementRow),
        parameters=[*filter_parameters(StatementFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = Statement.objects.filter(company_id=self.actor.company_id).select_related("bank_account")
        return Response(
            api_page(
                query,
                apply_filters(StatementFilters, query, rows),
                sorting=STATEMENT_ORDER,
                shape=statement_row,
            )
        )

    @documented(
        "Receive a file of bank statements",
        tags=TAGS,
        description=(
            "multipart/form-data with `file`: CAMT.053, MT940, BAI2, OFX or QFX, or CSV and XLSX by a `mapping`; found "
            "by its content. The account is the one whose number the file has, else `bank_account_id`, else the "
            "currency's default. A worker books the lines; `dry_run` answers 200 and keeps nothing. A CAMT.054 is kept "
            "as what lines consist of, and answered in `notifications`."
        ),
        request={"multipart/form-data": _UPLOAD},
        status=202,
        response=StatementsReceived,
        more={200: StatementsTried},
        errors=["same_file", *_ACCOUNT_CODES, *FILE_CODES],
    )
    def post(self, request: Request) -> Response:
        limit_requests(
            name="statement_uploads",
            subject=str(self.actor.company_id),
            limit=settings.THROTTLE_BATCHES_PER_MINUTE,
            seconds=60,
        )
        body = StatementUpload(data=_plain(request.data))
        body.is_valid(raise_exception=True)
        values = body.validated_data
        given = {
            "actor": self.actor,
            "content": values["file"].read(),
            "file_name": values["file"].name or "",
            "bank_account_id": values.get("bank_account_id"),
            "mapping_id": values.get("mapping"),
        }
        if values["dry_run"]:
            tried = dry_run(**given)
            # Nothing is written, not even the key: it may be used for the upload itself.
            self._claim = None
            roll_back(self)
            return Response(
                {
                    "statements": [tried_row(each) for each in tried.statements],
                    "notifications": notifications_row(tried.notified),
                }
            )
        received = receive_statements(**given, force=values["force"], strategy=values["strategy"])
        wake_after_commit(self.actor.company_id, received.accounts)
        return Response(
            {
                "statements": [_fresh_row(self.actor, each.id) for each in received.statements],
                "repeated": [_fresh_row(self.actor, each.id) for each in received.repeated],
                "notifications": notifications_row(received.notified),
            },
            status=202,
        )


class BankStatementView(CompanyView):
    """`GET /api/accounting/bank-statements/{id}`."""

    required_permission = {"GET": "bank.view"}
    company_header_required = True

    @documented(
        "A bank statement with its figures, progress, and why it is held",
        tags=TAGS,
        response=BankStatementDetail,
        errors=["statement_not_found"],
    )
    def get(self, request: Request, statement_id: UUID) -> Response:
        return Response(_document(self.actor, statement_id))


class AcceptStatementView(CompanyView):
    """`POST …/bank-statements/{id}/accept`."""

    required_permission = {"POST": "bank.accept"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Take a statement that is held or waits",
        tags=TAGS,
        description=(
            "With a gap its lines are booked, nothing is balanced, the account is unproven from there on. A bank's "
            "correction takes the place of the statement that it corrects: what it changes stands in `correction`."
        ),
        request=DecisionReason,
        request_example={"reason": "The bank lost this day, and says so by letter"},
        status=202,
        response=BankStatementDetail,
        errors=[
            *("statement_not_found", "statement_not_held", "correction_needs_approval", "reason_length"),
            *("line_explained", "explanation_undone", "explanation_final", "not_allowed"),
            # What taking a line off what it became refuses.
            *("already_voided", "payment_not_posted", "payment_returned", "payment_refunded"),
            *(
                "payment_deposited",
                "refund_pending",
                "opening_locked",
                "approval_pending",
                "vendor_bill_paid",
            ),
        ],
    )
    def post(self, request: Request, statement_id: UUID) -> Response:
        values = DecisionReason.read(request.data)
        statement = accept_statement(actor=self.actor, statement_id=statement_id, reason=values["reason"])
        wake_after_commit(self.actor.company_id, [statement.bank_account_id])
        return Response(_document(self.actor, statement_id), status=202)


class RefuseStatementView(CompanyView):
    """`POST …/bank-statements/{id}/refuse`."""

    required_permission = {"POST": "bank.accept"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Leave a statement that is held or waits out for good",
        tags=TAGS,
        request=DecisionReason,
        request_example={"reason": "The bank sends the whole month again"},
        response=BankStatementDetail.shown(status="refused"),
        errors=["statement_not_found", "statement_not_held", "reason_length"],
    )
    def post(self, request: Request, statement_id: UUID) -> Response:
        values = DecisionReason.read(request.data)
        refuse_statement(actor=self.actor, statement_id=statement_id, reason=values["reason"])
        return Response(_document(self.actor, statement_id))


class StatementBalanceView(CompanyView):
    """`POST …/bank-statements/{id}/balance`."""

    required_permission = {"POST": "bank.import_statements"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Type the closing balance that a statement came without",
        tags=TAGS,
        request=TypedBalance,
        request_example={"closing": "1500.00"},
        response=BankStatementDetail.shown(is_proven=True),
        errors=["statement_not_found", "balance_known", "balance_differs"],
    )
    def post(self, request: Request, statement_id: UUID) -> Response:
        values = TypedBalance.read(request.data)
        type_balance(actor=self.actor, statement_id=statement_id, closing=values["closing"])
        return Response(_document(self.actor, statement_id))


def _document(actor: Actor, statement_id: UUID) -> dict[str, Any]:
    statement = find_statement(actor=actor, statement_id=statement_id)
    is_correction = statement.status == Statement.Status.HELD and statement.hold_code == CORRECTION
    correction = preview_correction(actor=actor, statement=statement) if is_correction else None
    return statement_document(statement, correction)


def _fresh_row(actor: Actor, statement_id: UUID) -> dict[str, Any]:
    return statement_row(find_statement(actor=actor, statement_id=statement_id))


def _plain(data: Any) -> Any:
    """Form fields as one would send them in JSON; a field sent twice is refused by its second value."""
    return {name: data[name] for name in data} if isinstance(data, QueryDict) else data
