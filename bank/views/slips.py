"""The HTTP endpoints of deposit slips (docs/api.md#counter-day)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from bank.errors import SlipChanged, SlipNotFound
from bank.filters.counter import DepositSlipFilters
from bank.models import DepositSlip
from bank.printed.slips import DEPOSIT_SLIP_KIND, printed_slip
from bank.querysets.counter import check_rows, slip_items, slips
from bank.serializers.counter import (
    CheckHereRow,
    DepositSlipChange,
    DepositSlipDocument,
    DepositSlipInput,
    DepositSlipRow,
    slip_pieces,
    slip_row,
    to_pieces,
)
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import Check, change_slip, close_slip, make_slip, reopen_slip, void_slip
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.printed import link_to, read_document_format
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from ledger.serializers import ReasonInput

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
_COUNT: Final = ("unknown_denomination", "count_does_not_add_up")
_CONTENT: Final = (
    *("not_depositable", "check_on_slip", "drawer_not_found", "bank_account_not_found", "no_bank_account"),
    *("wrong_place", *_COUNT),
)
_SLIP_ORDER: Final = Sorting(
    names={
        "number": ("number_order",),
        "closed_on": ("closed_on", "number_order"),
        "amount": ("amount", "id"),
    },
    default="number",
)
_CHECK_ORDER: Final = Sorting(
    names={"number": ("number_order",), "payment_date": ("payment_date", "number_order")}, default="number"
)


class _CounterView(CompanyView):
    company_header_required = True
    idempotency = "required"


class DepositSlipsView(_CounterView):
    """`/api/accounting/deposit-slips`."""

    required_permission = {"GET": _VIEW, "POST": "bank.deposit"}

    @documented(
        "Deposit slips",
        tags=_TAGS,
        response=api_page_of(DepositSlipRow),
        parameters=[*filter_parameters(DepositSlipFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = apply_filters(DepositSlipFilters, query, slips(actor=self.actor))
        return Response(
            api_page(query, rows, sorting=_SLIP_ORDER, shape=lambda row: _linked(self.actor, row))
        )

    @documented(
        "Make up a deposit slip",
        tags=_TAGS,
        description="A draft: nothing is posted until it is closed.",
        request=DepositSlipInput,
        request_example={
            "cash": [{"amount": 120}],
            "payment_ids": ["01900000-0000-7000-8000-0000000000a1"],
            "denominations": [{"denomination": 20, "pieces": 6}],
        },
        status=201,
        response=DepositSlipDocument,
        errors=_CONTENT,
    )
    def post(self, request: Request) -> Response:
        values = DepositSlipInput.read(request.data)
        slip = make_slip(
            actor=self.actor,
            content=Content(
                cash=_cash(values), payment_ids=values.get("payment_ids", ()), pieces=_pieces(values)
            ),
            currency=values["currency"],
            bank_account_id=values.get("bank_account_id"),
            notes=values["notes"],
        )
        return Response(_slip(self.actor, slip.id), status=201)


class DepositSlipView(_CounterView):
    """`/api/accounting/deposit-slips/{id}`."""

    required_permission = {"GET": _VIEW, "PATCH": "bank.deposit"}

    @documented(
        "A deposit slip with what lies on it",
        tags=_TAGS,
        response=DepositSlipDocument,
        files=["pdf"],
        errors=["deposit_slip_not_found"],
    )
    def get(self, request: Request, slip_id: UUID) -> Any:
        if read_document_format(request) == "pdf":
            return printed_slip(actor=self.actor, slip_id=slip_id).to_response(attached=True)
        return Response(_slip(self.actor, slip_id))

    @documented(
        "Change a draft",
        tags=_TAGS,
        description="`cash`, `payment_ids` and `denominations` each replace all that there was of it.",
        request=DepositSlipChange,
        request_example={"cash": [{"amount": 140}], "denominations": []},
        response=DepositSlipDocument,
        errors=["deposit_slip_not_found", "slip_not_draft", "slip_changed", *_CONTENT],
    )
    def patch(self, request: Request, slip_id: UUID) -> Response:
        values = DepositSlipChange.read(request.data)
        content, check = _changed(self.actor, slip_id, values)
        named = {name: values[name] for name in ("bank_account_id", "notes") if name in values}
        change_slip(actor=self.actor, slip_id=slip_id, content=content, check=check, **named)
        return Response(_slip(self.actor, slip_id))


class CloseSlipView(_CounterView):
    """`POST /api/accounting/deposit-slips/{id}/close`."""

    required_permission = {"POST": "bank.deposit"}

    @documented(
        "Close a deposit slip",
        tags=_TAGS,
        description="It is on its way to the bank; its payments are not voided until it is reopened.",
        response=DepositSlipDocument.shown(status="closed"),
        errors=[
            *("deposit_slip_not_found", "slip_empty", "slip_not_draft", "slip_changed", "check_gone"),
            *("drawer_short", "drawer_not_found", "bank_account_not_found", "wrong_place"),
        ],
    )
    def post(self, request: Request, slip_id: UUID) -> Response:
        close_slip(actor=self.actor, slip_id=slip_id)
        return Response(_slip(self.actor, slip_id))


class ReopenSlipView(_CounterView):
    """`POST /api/accounting/deposit-slips/{id}/reopen`."""

    required_permission = {"POST": "bank.deposit"}

    @documented(
        "Take a closed deposit slip back",
        tags=_TAGS,
        description="Its entry is reversed today, and it is a draft again.",
        request=ReasonInput,
        request_example={"reason": "The bank was closed already."},
        response=DepositSlipDocument,
        errors=[
            *("deposit_slip_not_found", "slip_not_closed", "slip_changed", "check_came_back"),
            *("drawer_not_found", "wrong_place", "reason_length"),
        ],
    )
    def post(self, request: Request, slip_id: UUID) -> Response:
        values = ReasonInput.read(request.data)
        reopen_slip(actor=self.actor, slip_id=slip_id, reason=values["reason"])
        return Response(_slip(self.actor, slip_id))


class VoidSlipView(_CounterView):
    """`POST /api/accounting/deposit-slips/{id}/void`."""

    required_permission = {"POST": "bank.deposit"}

    @documented(
        "Void a draft of a deposit slip",
        tags=_TAGS,
        request=ReasonInput,
        request_example={"reason": "It was made up twice."},
        response=DepositSlipDocument.shown(status="voided"),
        errors=["deposit_slip_not_found", "slip_not_draft", "reason_length"],
    )
    def post(self, request: Request, slip_id: UUID) -> Response:
        values = ReasonInput.read(request.data)
        void_slip(actor=self.actor, slip_id=slip_id, reason=values["reason"])
        return Response(_slip(self.actor, slip_id))


class ChecksHereView(_CounterView):
    """`GET /api/accounting/checks-here`."""

    required_permission = {"GET": _VIEW}

    @documented(
        "Checks that were received and lie on no slip",
        tags=_TAGS,
        response=api_page_of(CheckHereRow),
        parameters=[OpenApiParameter("currency", str), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        currency = query.get("currency") or self.actor.company.base_currency
        rows = check_rows(company_id=self.actor.company_id, currency=currency)
        return Response(api_page(query, rows, sorting=_CHECK_ORDER))


def _linked(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    return {**slip_row(row), "slip_pdf_url": link_to(actor=actor, kind=DEPOSIT_SLIP_KIND, number=row["id"])}


def _slip(actor: Actor, slip_id: UUID) -> dict[str, Any]:
    row = slips(actor=actor).filter(id=slip_id).first()
    if row is None:
        raise SlipNotFound(f"There is no deposit slip {slip_id}.")
    return {
        **_linked(actor, row),
        "items": slip_items(actor=actor, slip_id=slip_id),
        "denominations": slip_pieces(row["denominations"]),
    }


def _cash(values: Mapping[str, Any]) -> list[CashOut]:
    return [CashOut(each["amount"], each.get("drawer_id")) for each in values.get("cash", ())]


def _pieces(values: Mapping[str, Any]) -> list[Any]:
    return to_pieces(values.get("denominations"))


def _changed(actor: Actor, slip_id: UUID, values: Mapping[str, Any]) -> tuple[Content | None, Check | None]:
    """All that lies on the slip once it is changed, and the check that nobody else changed it meanwhile."""
    if not values.keys() & {"cash", "payment_ids", "denominations"}:
        return None, None
    row = _slip(actor, slip_id)
    there = row["items"]
    cash = [CashOut(each["amount"], each["drawer_id"]) for each in there if each["kind"] == "cash"]
    checks = [each["payment_id"] for each in there if each["kind"] == "check"]
    pieces = [(each["denomination"], each["pieces"]) for each in row["denominations"]]

    def check(slip: DepositSlip) -> None:
        if slip.version != row["version"]:
            raise SlipChanged(f"Somebody else changed {slip.number} meanwhile.")

    content = Content(
        cash=_cash(values) if "cash" in values else cash,
        payment_ids=values.get("payment_ids", checks),
        pieces=_pieces(values) if "denominations" in values else pieces,
    )
    return content, check
