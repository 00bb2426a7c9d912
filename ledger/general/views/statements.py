"""Profit and loss, balance sheet, the chart of accounts, and an account in detail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import FileResponse, QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, read_page, screen_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_day, read_instant
from batconnect.core.files.exports import Column, export_response, read_format
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from ledger.chart import operation
from ledger.general.errors import PERIOD_BACKWARD, AccountNotFound
from ledger.general.filters import AccountFilters
from ledger.general.querysets import (
    SECTIONS,
    StatementLine,
    account_detail,
    account_sums,
    balance_sheet,
    profit_and_loss,
    total_of,
)
from ledger.general.serializers import (
    AccountChange,
    AccountDetail,
    AccountRow,
    BalanceSheet,
    ProfitAndLoss,
    account_row,
    balance_sheet_of,
    profit_and_loss_of,
)
from ledger.general.services.accounts import name_account
from ledger.models import Account

_TAGS: Final = ["Ledger"]
_FILES: Final = ("excel", "pdf", "csv")
_KNOWN_AT: Final = OpenApiParameter("known_at", datetime, description="As it was known at this instant.")
_PERIOD: Final = (
    OpenApiParameter("from", date, description="Default: the first of the year of `to`."),
    OpenApiParameter("to", date, description="Default: the company's today."),
    _KNOWN_AT,
)
_ACCOUNT_ORDER: Final = Sorting(
    names={"code": ("currency", "code"), "own_number": ("currency", "own_number", "code")},
    default="code",
    order="asc",
)
_COLUMNS: Final = (
    Column("section", "Section"),
    Column("own_number", "Number"),
    Column("name", "Account"),
    Column("code", "Code"),
    Column("amount", "Amount", "money"),
    Column("currency", "Currency"),
)
_DETAIL_COLUMNS: Final = (
    Column("entry_number", "Entry number"),
    Column("effective_on", "Effective on", "date"),
    Column("posted_at", "Posted at", "instant"),
    Column("event", "Event"),
    Column("debit", "Debit", "money"),
    Column("credit", "Credit", "money"),
    Column("balance", "Balance", "money"),
    Column("reason", "Reason"),
    Column("actor", "By"),
    Column("case_no", "Case"),
    Column("source_type", "Document type"),
    Column("source_id", "Document"),
    Column("entry_id", "Entry"),
    Column("posting_id", "Posting"),
)
_HIDDEN: Final = {"amount", "opening"}


class ProfitAndLossView(CompanyView):
    """`GET /ledger/profit-and-loss`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Profit and loss of a period",
        tags=_TAGS,
        response=ProfitAndLoss,
        parameters=_PERIOD,
        files=_FILES,
        errors=["period_backward"],
    )
    def get(self, request: Request) -> Response | FileResponse:
        query = request._request.GET
        first, last, known_at = _period(self.actor, query)
        lines = profit_and_loss(actor=self.actor, first=first, last=last, known_at=known_at)
        kind = read_format(query, allowed=("json", *_FILES), default="json")
        if kind != "json":
            asked = [("From", str(first)), ("To", str(last)), *_known(known_at)]
            return _as_file(self.actor, lines, kind, "profit-and-loss", "Profit and loss", asked)
        period = f"from={first}&to={last}"
        return Response(
            {
                "first": first,
                "last": last,
                "known_at": known_at,
                "currencies": [
                    profit_and_loss_of(each, lines, period) for each in _currencies(self.actor, lines)
                ],
            }
        )


class BalanceSheetView(CompanyView):
    """`GET /ledger/balance-sheet`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "Balance sheet at the end of a day",
        tags=_TAGS,
        response=BalanceSheet,
        parameters=[
            OpenApiParameter("as_of", date, description="Default: the company's today."),
            _KNOWN_AT,
        ],
        files=_FILES,
    )
    def get(self, request: Request) -> Response | FileResponse:
        query = request._request.GET
        as_of = read_day(query, "as_of") or today(self.actor.company)
        known_at = read_instant(query, "known_at")
        lines = balance_sheet(actor=self.actor, as_of=as_of, known_at=known_at)
        kind = read_format(query, allowed=("json", *_FILES), default="json")
        if kind != "json":
            asked = [("As of the end of", str(as_of)), *_known(known_at)]
            return _as_file(self.actor, lines, kind, "balance-sheet", "Balance sheet", asked)
        period = f"from={as_of.year}-01-01&to={as_of}"
        return Response(
            {
                "as_of": as_of,
                "known_at": known_at,
                "currencies": [
                    balance_sheet_of(each, lines, period) for each in _currencies(self.actor, lines)
                ],
            }
        )


class AccountsView(CompanyView):
    """`GET /ledger/accounts`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "The chart of accounts",
        tags=_TAGS,
        response=screen_page_of(AccountRow),
        parameters=[*filter_parameters(AccountFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        accounts = Account.objects.filter(company_id=self.actor.company_id)
        rows = apply_filters(AccountFilters, query, accounts).values(*_ACCOUNT_FIELDS)
        return Response(screen_page(query, rows, sorting=_ACCOUNT_ORDER, shape=_account))


class AccountView(CompanyView):
    """`/ledger/accounts/{id}`."""

    required_permission = {"GET": "ledger.view", "PATCH": "ledger.enter_journal"}

    @documented("An account", tags=_TAGS, response=AccountRow, errors=["account_not_found"])
    def get(self, request: Request, account_id: UUID) -> Response:
        return Response(_find_account(self.actor, account_id))

    @documented(
        "Give an account the company's own number and name",
        tags=_TAGS,
        request=AccountChange,
        request_example={"own_number": "4100", "own_name": "Medallion leases"},
        response=AccountRow,
        errors=["account_not_found", "own_number_taken"],
    )
    def patch(self, request: Request, account_id: UUID) -> Response:
        name_account(actor=self.actor, account_id=account_id, **AccountChange.read(request.data))
        return Response(_find_account(self.actor, account_id))


class AccountDetailView(CompanyView):
    """`GET /ledger/accounts/{id}/detail`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "An account in detail",
        tags=_TAGS,
        description="Balances are debits less credits. The oldest posting comes first.",
        response=AccountDetail,
        parameters=[
            *_PERIOD,
            # Its rows have running balances, so each page reads all before it: no cursor.
            *paging_parameters(screen=True, ordered=False, by_cursor=False),
        ],
        files=_FILES,
        errors=["account_not_found", "period_backward", "export_too_large"],
    )
    def get(self, request: Request, account_id: UUID) -> Response | FileResponse:
        query = request._request.GET
        first, last, known_at = _period(self.actor, query)
        asked: dict[str, Any] = {
            "actor": self.actor,
            "account_id": account_id,
            "first": first,
            "last": last,
            "known_at": known_at,
        }
        account = _find_account(self.actor, account_id)
        sums = account_sums(**asked)
        kind = read_format(query, allowed=("json", *_FILES), default="json")
        if kind != "json":
            return _detail_file(self.actor, account, asked, sums, kind)
        page = read_page(query)
        rows = account_detail(**asked, limit=page.limit, offset=page.offset)
        return Response(
            {
                "account": account,
                "first": first,
                "last": last,
                "known_at": known_at,
                "opening_balance": sums.opening,
                "total_debit": sums.debit,
                "total_credit": sums.credit,
                "closing_balance": sums.closing,
                "items": [{key: value for key, value in row.items() if key not in _HIDDEN} for row in rows],
                "total_items": sums.postings,
                "page": page.number,
                "per_page": page.limit,
                "total_pages": -(-sums.postings // page.limit),
            }
        )


_ACCOUNT_FIELDS: Final = ("id", "currency", "code", "name", "kind", "own_number", "own_name")


def _account(row: dict[str, Any]) -> dict[str, Any]:
    return account_row(row, operation(row["code"]))


def _find_account(actor: Actor, account_id: UUID) -> dict[str, Any]:
    accounts = Account.objects.filter(company_id=actor.company_id, id=account_id)
    row = accounts.values(*_ACCOUNT_FIELDS).first()
    if row is None:
        raise AccountNotFound(f"There is no account {account_id}.")
    return _account(dict(row))


def _period(actor: Actor, query: QueryDict) -> tuple[date, date, datetime | None]:
    """`from`, `to`, `known_at`. Raises InvalidInput."""
    last = read_day(query, "to") or today(actor.company)
    first = read_day(query, "from") or last.replace(month=1, day=1)
    if last < first:
        raise InvalidInput(f"{last} is before {first}.", code=PERIOD_BACKWARD, field="to")
    return first, last, read_instant(query, "known_at")


def _currencies(actor: Actor, lines: Sequence[StatementLine]) -> list[str]:
    """The company's own, and every other that has a line."""
    return sorted({actor.company.base_currency, *(line.currency for line in lines)})


def _known(known_at: datetime | None) -> list[tuple[str, str]]:
    return [("Known at", known_at.isoformat(timespec="seconds"))] if known_at else []


def _as_file(
    actor: Actor,
    lines: list[StatementLine],
    kind: str,
    name: str,
    title: str,
    asked: Sequence[tuple[str, str]],
) -> FileResponse:
    """A statement as a file; its sections' totals close it."""
    actor.require("ledger.export")
    totals = [
        {
            "section": f"Total {SECTIONS[section].lower()}",
            "amount": total_of([line for line in lines if line.currency == currency], section),
            "currency": currency,
        }
        for currency in _currencies(actor, lines)
        for section in SECTIONS
        if any(line.section == section and line.currency == currency for line in lines)
    ]
    rows = (
        {
            "section": SECTIONS[line.section],
            "own_number": line.own_number,
            "name": line.name,
            "code": line.code,
            "amount": line.amount,
            "currency": line.currency,
        }
        for line in lines
    )
    return export_response(
        rows,
        _COLUMNS,
        format=kind,
        name=name,
        title=title,
        actor=actor,
        filters=asked,
        totals=totals,
        branded=True,
    )


def _detail_file(
    actor: Actor, account: dict[str, Any], asked: dict[str, Any], sums: Any, kind: str
) -> FileResponse:
    """The whole period's postings between the opening and the closing balance."""
    actor.require("ledger.export")

    def rows() -> Any:
        yield {"event": "Opening balance", "effective_on": asked["first"], "balance": sums.opening}
        yield from account_detail(**asked)
        yield {
            "event": "Closing balance",
            "effective_on": asked["last"],
            "debit": sums.debit,
            "credit": sums.credit,
            "balance": sums.closing,
        }

    title = f"{account['own_number'] or account['code']} {account['own_name'] or account['name']}"
    return export_response(
        rows(),
        _DETAIL_COLUMNS,
        format=kind,
        name="account-detail",
        title=title,
        actor=actor,
        filters=[
            ("Account", account["code"]),
            ("Currency", account["currency"]),
            ("From", str(asked["first"])),
            ("To", str(asked["last"])),
            *_known(asked["known_at"]),
        ],
        branded=True,
    )
