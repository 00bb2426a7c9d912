"""Postings and balances as lists and as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.http import FileResponse, QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Select, Sorting, screen_page
from batconnect.core.api.parameters import refuse_parameters
from batconnect.core.api.schema import documented, export_parameters, paging_parameters
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import UNKNOWN_CHOICE
from batconnect.core.kernel.errors import InvalidInput
from ledger.filters import BalanceFilters, PostingFilters, _LedgerFilters
from ledger.querysets import balances, postings, with_balance_columns, with_posting_columns
from ledger.serializers import BalanceRow, PostingRow, balance_row, posting_row

# Every order has an index that begins with the company.
POSTING_ORDER: Final = Sorting(
    names={"posted_at": ("entry_id", "line"), "effective_on": ("entry__effective_on", "entry_id", "line")},
    default="posted_at",
    found_by="entry_id",
)
BALANCE_ORDER: Final = Sorting(
    names={
        "due_date": ("due_date", "id"),
        "issue_date": ("issue_date", "id"),
        "created_at": ("id",),
        "category": ("category", "due_date", "id"),
    },
    default="due_date",
)
_DEBTOR_COLUMNS: Final = (
    Column("customer_name", "Name"),
    Column("driver_no", "Driver"),
    Column("tlc_license", "TLC license"),
    Column("lease_id", "Lease"),
)
POSTING_COLUMNS: Final = (
    Column("posted_at", "Posted at", "instant"),
    Column("effective_on", "Effective on", "date"),
    Column("event", "Event"),
    Column("status", "Status"),
    Column("account_name", "Account"),
    Column("debit", "Debit", "money"),
    Column("credit", "Credit", "money"),
    Column("currency", "Currency"),
    Column("category", "Category"),
    Column("reference_id", "Reference"),
    *_DEBTOR_COLUMNS,
    Column("case_no", "Case"),
    Column("actor", "By"),
    Column("reason", "Reason"),
    # Without these the debits and credits of one entry could not be put together again; added at the end.
    Column("entry_number", "Entry number"),
    Column("line", "Line", "number", on_paper=False),
    Column("account", "Account code", on_paper=False),
    Column("own_number", "Own number", on_paper=False),
    Column("own_name", "Own name", on_paper=False),
    Column("user", "User", on_paper=False),
    Column("approved_by", "Approved by", on_paper=False),
    Column("source_type", "Document type", on_paper=False),
    Column("source_id", "Document", on_paper=False),
    Column("payment_id", "Payment", on_paper=False),
    Column("item_id", "Item", on_paper=False),
    Column("reverses", "Reverses entry", on_paper=False),
    Column("entry_id", "Entry", on_paper=False),
    Column("id", "Posting", on_paper=False),
)
BALANCE_COLUMNS: Final = (
    *_DEBTOR_COLUMNS,
    Column("medallion_no", "Medallion"),
    Column("category", "Category"),
    Column("reference_id", "Reference"),
    Column("description", "Description"),
    Column("original_amount", "Original", "money"),
    Column("paid", "Paid", "money"),
    Column("written_off", "Written off", "money"),
    Column("outstanding", "Outstanding", "money"),
    Column("currency", "Currency"),
    Column("issue_date", "Issued", "date"),
    Column("due_date", "Due", "date"),
    Column("status", "Status"),
)


class PostingsView(CompanyView):
    """Every line of the journal."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "List postings",
        tags=["Ledger"],
        response=screen_page_of(PostingRow),
        parameters=[*filter_parameters(PostingFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = PostingFilters(query, queryset=postings(actor=self.actor), actor=self.actor).checked()
        return Response(
            screen_page(query, rows, sorting=POSTING_ORDER, shape=posting_row, select=with_posting_columns)
        )


class BalancesView(CompanyView):
    """Every obligation with what is left of it."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "List balances",
        tags=["Ledger"],
        response=screen_page_of(BalanceRow),
        parameters=[*filter_parameters(BalanceFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = BalanceFilters(query, queryset=balances(actor=self.actor), actor=self.actor).checked()
        return Response(
            screen_page(query, rows, sorting=BALANCE_ORDER, shape=balance_row, select=with_balance_columns)
        )


class ExportView(CompanyView):
    """Either list as a file, with the list's filters and order."""

    required_permission = {"GET": "ledger.export"}

    @documented(
        "Export postings or balances",
        tags=["Ledger"],
        files=("excel", "pdf", "csv"),
        parameters=[
            OpenApiParameter("export_type", str, enum=["postings", "balances"], required=True),
            *filter_parameters(PostingFilters, BalanceFilters),
            *export_parameters(),
        ],
        errors=["unknown_choice", "export_too_large"],
    )
    def get(self, request: Request) -> FileResponse:
        query = request._request.GET
        kind = query.get("export_type", "")
        if kind not in ("postings", "balances"):
            raise InvalidInput(
                f"{kind[:40]!r} must be postings or balances.", code=UNKNOWN_CHOICE, field="export_type"
            )
        others = BalanceFilters if kind == "postings" else PostingFilters
        chosen = PostingFilters if kind == "postings" else BalanceFilters
        known = set(self.get.query_parameters) - (others.base_filters.keys() - chosen.base_filters.keys())
        refuse_parameters(query, known=known)
        return export_ledger(actor=self.actor, kind=kind, query=query)


def export_ledger(*, actor: Actor, kind: str, query: QueryDict) -> FileResponse:
    """The list as a file; `kind` is postings or balances, `query` its filters, order and format."""
    filters: _LedgerFilters
    columns: Sequence[Column]
    select: Select
    if kind == "postings":
        filters = PostingFilters(query, queryset=postings(actor=actor), actor=actor)
        sorting, columns, shape, select = (
            POSTING_ORDER,
            POSTING_COLUMNS,
            posting_row,
            with_posting_columns,
        )
    else:
        filters = BalanceFilters(query, queryset=balances(actor=actor), actor=actor)
        sorting, columns, shape, select = (
            BALANCE_ORDER,
            BALANCE_COLUMNS,
            balance_row,
            with_balance_columns,
        )
    rows = select(filters.checked().order_by(*sorting.read(query)))
    return export_response(
        _shaped(rows, shape),
        columns,
        format=read_format(query),
        name=kind,
        title="Ledger postings" if kind == "postings" else "Ledger balances",
        actor=actor,
        filters=filters.asked(),
    )


def _shaped(rows: QuerySet[Any, Any], shape: Any) -> Iterator[dict[str, Any]]:
    for row in rows.iterator(chunk_size=2_000):
        yield shape(row)
