"""The HTTP endpoints that loans and repairs have alike (docs/api.md#loans-and-repairs).

`DocumentApi` says what is a kind's own; `paths` makes its views and the paths that lead to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.paths import with_optional_slash
from batconnect.core.api.printed import PrintedKind, linked, read_document_format
from batconnect.core.api.schema import documented, export_parameters, paging_parameters
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.actors import Actor
from cases.forms import published
from cases.serializers import CaseCreated, Nothing
from cases.services import create_case
from ledger.repayment.actions import DocumentAction, Why
from ledger.repayment.filters import DocumentFilters
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.printed import Statement, schedule_document
from ledger.repayment.querysets import documents_of, find_document, with_document_columns
from ledger.repayment.serializers import PostDue
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.services.posting import post_due
from ledger.repayment.shapes import DocumentAnswers, DuePosted, plan_shape

_ACTION_ERRORS: Final = ("not_found", "document_state")
_PLAN_ERRORS: Final = (
    *("driver_not_found", "lease_not_found", "lease_not_driven"),
    *("start_week_not_sunday", "start_week_too_early", "schedule_too_long"),
)


@dataclass(frozen=True, slots=True)
class DocumentApi:
    """What a kind's endpoints have of their own.

    `terms` is a body that fits the step's `form`, for the documentation. `plan` checks a sent body and plans the
    document; `plan_errors` are the codes of its refusals besides those of every kind.
    """

    statement: Statement
    link: PrintedKind
    tags: Sequence[str]
    answers: DocumentAnswers
    form: Path
    terms: Mapping[str, Any]
    filters: type[DocumentFilters]
    sorting: Sorting
    columns: Sequence[Column]
    plan: Callable[[Actor, object], DocumentPlan]
    plan_errors: Sequence[str]
    actions: Sequence[DocumentAction]

    @property
    def kind(self) -> RepaidKind:
        """The kind."""
        return self.statement.shape.kind

    @property
    def document_path(self) -> str:
        """The path of a single document, as the documentation writes it."""
        return f"{self.kind.url}/{{{self.kind.number_field}}}"

    def head(self, actor: Actor, row: Mapping[str, Any]) -> dict[str, Any]:
        """A single document with the link to its PDF, without its schedule."""
        return linked(self.statement.shape.detail, actor=actor, kind=self.link, key="number")(row)

    def detail(self, actor: Actor, number: str) -> dict[str, Any]:
        """A document with its schedule. Raises NotFound."""
        row, schedule = find_document(actor=actor, kind=self.kind, number=number)
        return {**self.head(actor, row), "installments": [each.shape() for each in schedule]}

    def number(self, parameters: Mapping[str, str]) -> str:
        """The document's number in a path."""
        return parameters[self.kind.number_field]


def paths(api: DocumentApi, *more: tuple[str, type[CompanyView]]) -> list[URLPattern | URLResolver]:
    """The kind's paths; `more` are further ones of a document, each the end of its path and its view."""
    route = api.kind.url.removeprefix("/")
    name = route.rpartition("/")[2].removesuffix("s")
    document = f"<str:{api.kind.number_field}>"
    below = [
        ("create-case", "-create-case", _create_case_view(api)),
        ("preview", "-preview", _preview_view(api)),
        ("post-due", "-post-due", _post_due_view(api)),
        ("export", "-export", _export_view(api)),
        (document, "", _document_view(api)),
        (f"{document}/receipt", "-receipt", _receipt_view(api)),
        *((f"{document}/{each.name}", f"-{each.name}", _action_view(api, each)) for each in api.actions),
        *((f"{document}/{end}", f"-{end}", view) for end, view in more),
    ]
    return [
        *with_optional_slash(route, _list_view(api).as_view(), f"{name}s"),
        path(
            f"{route}/",
            include(
                [
                    pattern
                    for end, suffix, view in below
                    for pattern in with_optional_slash(end, view.as_view(), f"{name}{suffix}")
                ]
            ),
        ),
    ]


def _list_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class DocumentsView(CompanyView):
        __doc__ = f"`GET {kind.url}`."
        required_permission = {"GET": f"{kind.app}.view"}

        @documented(
            f"{kind.label}s",
            tags=api.tags,
            response=screen_page_of(api.answers.row),
            parameters=[*filter_parameters(api.filters), *paging_parameters(screen=True)],
            description="Beyond 10,000 rows `total_items` is an estimate, and `total_is_estimate` says so.",
        )
        def get(self, request: Request) -> Response:
            documents = documents_of(actor=self.actor, kind=kind)
            return Response(
                screen_page(
                    request.query_params,
                    apply_filters(api.filters, request.query_params, documents),
                    sorting=api.sorting,
                    shape=linked(api.statement.shape.row, actor=self.actor, kind=api.link, key="number"),
                    select=partial(with_document_columns, kind=kind),
                )
            )

    return DocumentsView


def _export_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class ExportView(CompanyView):
        __doc__ = f"`GET {kind.url}/export?format=excel|pdf|csv`, with the list's filters and sort."
        required_permission = {"GET": f"{kind.app}.export"}

        @documented(
            "The list as a file",
            tags=api.tags,
            files=["excel", "pdf", "csv"],
            errors=["export_too_large"],
            parameters=[*filter_parameters(api.filters), *export_parameters()],
        )
        def get(self, request: Request) -> Any:
            query = request.query_params
            filters = api.filters(query, queryset=documents_of(actor=self.actor, kind=kind))
            rows = with_document_columns(filters.checked().order_by(*api.sorting.read(query)), kind=kind)
            return export_response(
                map(api.statement.shape.row, rows.iterator(chunk_size=2_000)),
                api.columns,
                format=read_format(query),
                name=kind.url.rpartition("/")[2],
                title=f"{kind.label}s",
                actor=self.actor,
                filters=filters.asked(),
            )

    return ExportView


def _create_case_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class CreateCaseView(CompanyView):
        __doc__ = f"`POST {kind.url}/create-case`."
        required_permission = {"POST": "cases.work"}

        @documented(
            f"Open a case for a new {kind.label.lower()}",
            tags=api.tags,
            status=201,
            request=Nothing,
            request_example={},
            response=CaseCreated,
        )
        def post(self, request: Request) -> Response:
            Nothing(data=request.data).is_valid(raise_exception=True)
            case_no = create_case(actor=self.actor, case_type=kind.case_type).case.case_no
            return Response(
                {"message": f"{kind.label} case {case_no} created.", "case_no": case_no}, status=201
            )

    return CreateCaseView


def _preview_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class PreviewView(CompanyView):
        __doc__ = f"`POST {kind.url}/preview`: the schedule that a {kind.noun} would have."
        required_permission = {"POST": f"{kind.app}.view"}

        @documented(
            f"The schedule that a {kind.noun} would have; nothing is stored",
            tags=api.tags,
            request={"application/json": published(api.form)},
            request_example=api.terms,
            response=api.answers.plan,
            errors=[*_PLAN_ERRORS, *api.plan_errors],
        )
        def post(self, request: Request) -> Response:
            return Response(plan_shape(kind, api.plan(self.actor, request.data)))

    return PreviewView


def _post_due_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class PostDueView(CompanyView):
        __doc__ = f"`POST {kind.url}/post-due`."
        required_permission = {"POST": f"{kind.app}.post_due"}

        @documented(
            f"Post the {kind.noun} installments that fell due",
            tags=api.tags,
            request=PostDue,
            request_example={"up_to": "2025-10-05"},
            response=DuePosted,
            errors=["date_in_future", "date_closed"],
            description=(
                f"Every waiting installment due up to the day is posted once; {kind.app} on hold are skipped."
            ),
        )
        def post(self, request: Request) -> Response:
            body = PostDue(data=request.data)
            body.is_valid(raise_exception=True)
            report = post_due(actor=self.actor, kind=kind, up_to=body.validated_data["up_to"])
            message = f"{report.posted} {kind.noun} installments posted."
            return Response({"message": message, **report.as_dict()})

    return PostDueView


def _document_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class DocumentView(CompanyView):
        __doc__ = f"`GET {api.document_path}`."
        required_permission = {"GET": f"{kind.app}.view"}

        @documented(
            f"A {kind.noun} with its schedule",
            tags=api.tags,
            response=api.answers.detail,
            errors=["not_found"],
        )
        def get(self, request: Request, **parameters: str) -> Response:
            return Response(api.detail(self.actor, api.number(parameters)))

    return DocumentView


def _receipt_view(api: DocumentApi) -> type[CompanyView]:
    kind = api.kind

    class ReceiptView(CompanyView):
        __doc__ = f"`GET {api.document_path}/receipt?format=json|pdf`."
        required_permission = {"GET": f"{kind.app}.view"}

        @documented(
            f"The {kind.noun}'s statement with its schedule",
            tags=api.tags,
            response=api.answers.statement,
            files=["pdf"],
            errors=["not_found"],
        )
        def get(self, request: Request, **parameters: str) -> Any:
            wanted_format = read_document_format(request)
            row, schedule = find_document(actor=self.actor, kind=kind, number=api.number(parameters))
            document = schedule_document(head=api.head(self.actor, row), rows=schedule)
            if wanted_format == "json":
                return Response(document)
            return api.statement.printed(actor=self.actor, row=row, document=document).to_response()

    return ReceiptView


def _action_view(api: DocumentApi, action: DocumentAction) -> type[CompanyView]:
    kind, body_class = api.kind, action.body()
    example = action.example or (
        {} if action.why is Why.NEVER else {"reason": "The driver disputes the amount."}
    )

    class ActionView(CompanyView):
        __doc__ = f"`POST {api.document_path}/{action.name}`."
        required_permission = {"POST": f"{kind.app}.manage"}
        idempotency = "required" if action.adds else "honored"

        @documented(
            action.summary.format(noun=kind.noun),
            tags=api.tags,
            request=body_class,
            request_example=example,
            response=api.answers.moved.shown(
                message=f"{kind.document_label} … {action.done}.", status=action.becomes.value
            ),
            errors=[*_ACTION_ERRORS, *action.errors, *(kind.guard_errors if action.guarded else ())],
        )
        def post(self, request: Request, **parameters: str) -> Response:
            body = body_class(data=request.data)
            body.is_valid(raise_exception=True)
            done = action.carry_out(
                actor=self.actor, kind=kind, number=api.number(parameters), **body.validated_data
            )
            return Response(
                {
                    "message": f"{kind.document_label} {done.document} {action.done}.",
                    "warnings": list(done.warnings),
                    **api.detail(self.actor, done.document.number),
                }
            )

    return ActionView
