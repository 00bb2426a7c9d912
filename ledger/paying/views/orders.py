"""The HTTP endpoints of orders on payouts (docs/api.md#payout-batches)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api import waiting
from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from ledger.paying.filters import OrderFilters
from ledger.paying.querysets import orders
from ledger.paying.serializers.batches import PayoutNoteInput
from ledger.paying.serializers.orders import PayoutOrderInput, PayoutOrderRow, order_row
from ledger.paying.services.orders import (
    KIND,
    OrderTerms,
    end_order,
    find_order,
    order_request,
    propose_order,
)
from ledger.paying.views.payees import TAGS, customer_of
from ledger.serializers import ReasonInput

_LATEST: Final = Sorting(names={"created_at": ("id",)}, default="created_at")
_DECISION: Final = (
    "payout_order_not_found",
    "payout_order_state",
    "payout_order_rank_taken",
    "already_decided",
    "second_person_required",
)


class OrdersView(CompanyView):
    """`/ledger/payout-orders`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.propose_payee"}

    @documented(
        "Orders of courts and tax authorities on what drivers are paid, latest first",
        tags=TAGS,
        response=screen_page_of(PayoutOrderRow),
        parameters=[*filter_parameters(OrderFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = OrderFilters(query, queryset=orders(actor=self.actor)).checked()
        return Response(screen_page(query, rows, sorting=_LATEST, shape=order_row))

    @documented(
        "Propose what is kept of a driver's payouts for a creditor",
        tags=TAGS,
        description="202: another user confirms it. Batches that are drafted from then on keep what it says.",
        request=PayoutOrderInput,
        request_example={
            "driver_id": 101,
            "kind": "Court",
            "creditor": "Queens Family Court",
            "creditor_code": "qfc",
            "reference": "F-1234-25",
            "rank": 1,
            "percent": 25,
            "from_on": "2025-10-01",
        },
        status=202,
        response=waiting.Waiting.shown(kind="payout_order", amount=None),
        errors=[
            *("not_found", "unknown_choice", "bad_payout_order", "payout_order_rank_taken"),
            *("approval_pending", "approval_needs_person"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = PayoutOrderInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        customer_id = customer_of(self.actor, values.pop("driver_id"))
        asked = propose_order(actor=self.actor, customer_id=customer_id, terms=OrderTerms(**values))
        return waiting.accepted(asked)


class OrderView(CompanyView):
    """`GET /ledger/payout-orders/{id}`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "An order on a driver's payouts",
        tags=TAGS,
        response=PayoutOrderRow,
        errors=["payout_order_not_found"],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return _answer(self.actor, order_id)


class ConfirmOrderView(CompanyView):
    """`POST /ledger/payout-orders/{id}/confirm`."""

    required_permission = {"POST": "ledger.confirm_payee"}

    @documented(
        "Confirm an order that another user proposed",
        tags=TAGS,
        request=PayoutNoteInput,
        request_example={},
        response=PayoutOrderRow.shown(status="confirmed"),
        errors=_DECISION,
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        asked = order_request(actor=self.actor, order=find_order(actor=self.actor, order_id=order_id))
        approve(actor=self.actor, approval_id=asked.id, reason=body.validated_data["note"], kind=KIND.code)
        return _answer(self.actor, order_id)


class RejectOrderView(CompanyView):
    """`POST /ledger/payout-orders/{id}/reject`."""

    required_permission = {"POST": "ledger.confirm_payee"}

    @documented(
        "Turn down an order that another user proposed",
        tags=TAGS,
        request=PayoutNoteInput,
        request_example={"note": "It is another driver's"},
        response=PayoutOrderRow.shown(status="rejected"),
        errors=_DECISION,
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        asked = order_request(actor=self.actor, order=find_order(actor=self.actor, order_id=order_id))
        reject(actor=self.actor, approval_id=asked.id, reason=body.validated_data["note"], kind=KIND.code)
        return _answer(self.actor, order_id)


class EndOrderView(CompanyView):
    """`POST /ledger/payout-orders/{id}/end`."""

    required_permission = {"POST": "ledger.confirm_payee"}

    @documented(
        "Keep nothing more for an order",
        tags=TAGS,
        request=ReasonInput,
        request_example={"reason": "The court has lifted it"},
        response=PayoutOrderRow.shown(status="ended"),
        errors=["payout_order_not_found", "payout_order_state", "reason_length"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        end_order(actor=self.actor, order_id=order_id, reason=body.validated_data["reason"])
        return _answer(self.actor, order_id)


def _answer(actor: Actor, order_id: UUID) -> Response:
    found = find_order(actor=actor, order_id=order_id)
    return Response(order_row(orders(actor=actor).get(id=found.id)))
