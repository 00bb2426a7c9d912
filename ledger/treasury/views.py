"""The HTTP endpoints of bank accounts, drawers and what was paid out (docs/api.md#bank-accounts)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Rows, Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from ledger.treasury.errors import BankAccountNotFound, DisbursementNotFound, DrawerNotFound
from ledger.treasury.filters import DisbursementFilters
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.treasury.querysets import bank_figures, drawer_figures, office_figures
from ledger.treasury.serializers import (
    BankAccountChange,
    BankAccountInput,
    BankAccountList,
    BankAccountRow,
    DisbursementRow,
    DrawerChange,
    DrawerInput,
    DrawerList,
    DrawerRow,
    bank_account_row,
    drawer_row,
    office_row,
)
from ledger.treasury.services.changing import change_bank_account, change_drawer
from ledger.treasury.services.places import MANAGE, make_default, open_bank_account, open_drawer

_TAGS: Final = ["Ledger"]
_ORDER: Final = Sorting(names={"paid_on": ("paid_on", "id"), "created_at": ("id",)}, default="paid_on")


class BankAccountsView(CompanyView):
    """`/api/accounting/bank-accounts`."""

    required_permission = {"GET": "ledger.view", "POST": MANAGE}
    company_header_required = True
    idempotency = "required"

    @documented("Bank accounts with their balances", tags=_TAGS, response=BankAccountList)
    def get(self, request: Request) -> Response:
        rows = BankAccount.objects.filter(company_id=self.actor.company_id).order_by("currency", "code")
        return Response({"results": _bank_rows(self.actor, list(rows))})

    @documented(
        "Open a bank account",
        tags=_TAGS,
        description="With its accounts of the chart. The first of a currency is its default.",
        request=BankAccountInput,
        request_example={"code": "payroll", "name": "Payroll", "currency": "USD", "last_digits": "0815"},
        status=201,
        response=BankAccountRow.shown(code="payroll", name="Payroll"),
        errors=["unknown_choice", "code_taken", "no_bank_account"],
    )
    def post(self, request: Request) -> Response:
        account = open_bank_account(actor=self.actor, **BankAccountInput.read(request.data))
        account.refresh_from_db()
        return Response(_bank_rows(self.actor, [account])[0], status=201)


class BankAccountView(CompanyView):
    """`/api/accounting/bank-accounts/{id}`."""

    required_permission = {"GET": "ledger.view", "PATCH": MANAGE}
    company_header_required = True

    @documented("A bank account", tags=_TAGS, response=BankAccountRow, errors=["bank_account_not_found"])
    def get(self, request: Request, bank_account_id: UUID) -> Response:
        account = BankAccount.objects.filter(company_id=self.actor.company_id, id=bank_account_id).first()
        if account is None:
            raise BankAccountNotFound(f"There is no bank account {bank_account_id}.")
        return Response(_bank_rows(self.actor, [account])[0])

    @documented(
        "Rename, close or reopen a bank account",
        tags=_TAGS,
        request=BankAccountChange,
        request_example={"is_active": False},
        response=BankAccountRow.shown(is_active=False, is_default=False),
        errors=["bank_account_not_found", "is_default", "not_empty"],
    )
    def patch(self, request: Request, bank_account_id: UUID) -> Response:
        values = BankAccountChange.read(request.data)
        account = change_bank_account(actor=self.actor, bank_account_id=bank_account_id, **values)
        return Response(_bank_rows(self.actor, [account])[0])


class DefaultBankAccountView(CompanyView):
    """`POST /api/accounting/bank-accounts/{id}/default`."""

    required_permission = {"POST": MANAGE}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Make a bank account its currency's default",
        tags=_TAGS,
        response=BankAccountRow,
        errors=["bank_account_not_found", "wrong_place"],
    )
    def post(self, request: Request, bank_account_id: UUID) -> Response:
        account = make_default(actor=self.actor, bank_account_id=bank_account_id)
        return Response(_bank_rows(self.actor, [account])[0])


class DrawersView(CompanyView):
    """`/api/accounting/drawers`."""

    required_permission = {"GET": "ledger.view", "POST": MANAGE}
    company_header_required = True
    idempotency = "required"

    @documented("Cash drawers with what is in them", tags=_TAGS, response=DrawerList)
    def get(self, request: Request) -> Response:
        rows = Drawer.objects.filter(company_id=self.actor.company_id).select_related("holder")
        drawers = list(rows.order_by("currency", "code"))
        currencies = {self.actor.company.base_currency, *(each.currency for each in drawers)}
        office = office_figures(actor=self.actor, currencies=currencies)
        return Response(
            {
                "results": [
                    *(office_row(currency, office[currency]) for currency in sorted(currencies)),
                    *_drawer_rows(self.actor, drawers),
                ]
            }
        )

    @documented(
        "Open a cash drawer",
        tags=_TAGS,
        description="With its account of the chart. What its holder takes in cash goes there.",
        request=DrawerInput,
        request_example={"code": "front-till", "name": "Front till", "currency": "USD", "holder_id": 1},
        status=201,
        response=DrawerRow,
        errors=["unknown_choice", "code_taken", "holder_unknown", "no_bank_account"],
    )
    def post(self, request: Request) -> Response:
        drawer = open_drawer(actor=self.actor, **DrawerInput.read(request.data))
        return Response(_drawer_rows(self.actor, [drawer])[0], status=201)


class DrawerView(CompanyView):
    """`/api/accounting/drawers/{id}`."""

    required_permission = {"GET": "ledger.view", "PATCH": MANAGE}
    company_header_required = True

    @documented("A cash drawer", tags=_TAGS, response=DrawerRow, errors=["drawer_not_found"])
    def get(self, request: Request, drawer_id: UUID) -> Response:
        rows = Drawer.objects.filter(company_id=self.actor.company_id).select_related("holder")
        drawer = rows.filter(id=drawer_id).first()
        if drawer is None:
            raise DrawerNotFound(f"There is no drawer {drawer_id}.")
        return Response(_drawer_rows(self.actor, [drawer])[0])

    @documented(
        "Rename a drawer, give it to somebody, close or reopen it",
        tags=_TAGS,
        request=DrawerChange,
        request_example={"holder_id": None},
        response=DrawerRow.shown(holder_id=None, holder=None),
        errors=["drawer_not_found", "not_empty", "code_taken", "holder_unknown"],
    )
    def patch(self, request: Request, drawer_id: UUID) -> Response:
        drawer = change_drawer(actor=self.actor, drawer_id=drawer_id, **DrawerChange.read(request.data))
        return Response(_drawer_rows(self.actor, [drawer])[0])


class DisbursementsView(CompanyView):
    """`GET /api/accounting/disbursements`."""

    required_permission = {"GET": "ledger.view"}
    company_header_required = True

    @documented(
        "What was paid out",
        tags=_TAGS,
        response=api_page_of(DisbursementRow),
        parameters=[*filter_parameters(DisbursementFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = apply_filters(DisbursementFilters, query, _disbursements(self.actor))
        return Response(api_page(query, rows, sorting=_ORDER))


class DisbursementView(CompanyView):
    """`GET /api/accounting/disbursements/{id}`."""

    required_permission = {"GET": "ledger.view"}
    company_header_required = True

    @documented("One disbursement", tags=_TAGS, response=DisbursementRow, errors=["disbursement_not_found"])
    def get(self, request: Request, disbursement_id: UUID) -> Response:
        row = _disbursements(self.actor).filter(id=disbursement_id).first()
        if row is None:
            raise DisbursementNotFound(f"There is no disbursement {disbursement_id}.")
        return Response(row)


def _bank_rows(actor: Actor, accounts: list[BankAccount]) -> list[dict[str, Any]]:
    figures = bank_figures(actor=actor, accounts=accounts)
    return [bank_account_row(each, figures[each.id]) for each in accounts]


def _drawer_rows(actor: Actor, drawers: list[Drawer]) -> list[dict[str, Any]]:
    figures = drawer_figures(actor=actor, drawers=drawers)
    return [drawer_row(each, figures[each.id]) for each in drawers]


def _disbursements(actor: Actor) -> Rows:
    """The company's disbursements as `DisbursementRow` has them."""
    return Disbursement.objects.filter(company_id=actor.company_id).values(
        *("id", "kind", "status", "amount", "currency", "method", "reference", "payee"),
        *("customer_id", "bank_account_id", "drawer_id", "paid_on", "cleared_on", "stopped_on"),
        *("stop_reason", "source_type", "source_id", "entry_id", "stop_entry_id", "made_by", "created_at"),
        customer_name=F("customer__name"),
        bank_account_name=F("bank_account__name"),
        drawer_name=F("drawer__name"),
    )
