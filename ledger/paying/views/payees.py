"""The HTTP endpoints of payees' accounts, holds, and how bank accounts pay (docs/api.md#payout-batches)."""

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
from batconnect.core.kernel.errors import NotFound
from batconnect.directory.models import Driver
from ledger.paying.filters import AccountFilters, HoldFilters
from ledger.paying.querysets import accounts, holds, paying_accounts
from ledger.paying.serializers.batches import PayoutNoteInput
from ledger.paying.serializers.payees import (
    PayeeAccountInput,
    PayeeAccountRow,
    PayeeHoldInput,
    PayeeHoldRow,
    PayingAccountInput,
    PayingAccountRow,
    PayoutSettingsInput,
    PayoutSettingsRow,
    account_row,
    hold_row,
    settings_row,
    setup_row,
)
from ledger.paying.services.holds import hold_payee, release_payee
from ledger.paying.services.payees import KIND, close_account, find_account, propose_account, waiting_request
from ledger.paying.services.setup import change_settings, set_up_paying, settings_of
from ledger.serializers import ReasonInput

TAGS: Final = ["Payouts"]
_LATEST: Final = Sorting(names={"created_at": ("id",)}, default="created_at")
_DECISION: Final = (
    "payee_account_not_found",
    "nothing_proposed",
    "already_decided",
    "second_person_required",
)


class AccountsView(CompanyView):
    """`/ledger/payee-accounts`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.propose_payee"}

    @documented(
        "Accounts of payees, latest first: those in use, those that wait, and the history",
        tags=TAGS,
        response=screen_page_of(PayeeAccountRow),
        parameters=[*filter_parameters(AccountFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = AccountFilters(query, queryset=accounts(actor=self.actor)).checked()
        return Response(screen_page(query, rows, sorting=_LATEST, shape=account_row))

    @documented(
        "Propose the account that a driver is paid to",
        tags=TAGS,
        description="202: another user confirms it. Its number is kept encrypted, and never shown again.",
        request=PayeeAccountInput,
        request_example={
            "driver_id": 101,
            "routing_number": "021000021",
            "account_number": "000123456789",
            "kind": "Checking",
        },
        status=202,
        response=waiting.Waiting.shown(kind="payee_account", amount=None),
        errors=[
            *(
                "not_found",
                "unknown_choice",
                "bad_routing_number",
                "bad_account_number",
                "same_payee_account",
            ),
            *("approval_pending", "approval_needs_person"),
        ],
    )
    def post(self, request: Request) -> Response:
        body = PayeeAccountInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        customer_id = customer_of(self.actor, values.pop("driver_id"))
        return waiting.accepted(propose_account(actor=self.actor, customer_id=customer_id, **values))


class AccountView(CompanyView):
    """`GET /ledger/payee-accounts/{id}`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "An account of a payee", tags=TAGS, response=PayeeAccountRow, errors=["payee_account_not_found"]
    )
    def get(self, request: Request, account_id: UUID) -> Response:
        return Response(account_row(find_account(actor=self.actor, account_id=account_id)))


class ConfirmView(CompanyView):
    """`POST /ledger/payee-accounts/{id}/confirm`."""

    required_permission = {"POST": "ledger.confirm_payee"}

    @documented(
        "Confirm an account that another user proposed",
        tags=TAGS,
        description="ACH goes to it after the company's waiting period; the driver is told.",
        request=PayoutNoteInput,
        request_example={},
        response=PayeeAccountRow.shown(status="confirmed"),
        errors=_DECISION,
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        account = find_account(actor=self.actor, account_id=account_id)
        asked = waiting_request(actor=self.actor, account=account)
        approve(actor=self.actor, approval_id=asked.id, reason=body.validated_data["note"], kind=KIND.code)
        return Response(account_row(find_account(actor=self.actor, account_id=account_id)))


class RejectAccountView(CompanyView):
    """`POST /ledger/payee-accounts/{id}/reject`."""

    required_permission = {"POST": "ledger.confirm_payee"}

    @documented(
        "Turn down an account that another user proposed",
        tags=TAGS,
        request=PayoutNoteInput,
        request_example={"note": "The driver knows nothing of it"},
        response=PayeeAccountRow.shown(status="rejected"),
        errors=_DECISION,
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        body = PayoutNoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        account = find_account(actor=self.actor, account_id=account_id)
        asked = waiting_request(actor=self.actor, account=account)
        reject(actor=self.actor, approval_id=asked.id, reason=body.validated_data["note"], kind=KIND.code)
        return Response(account_row(find_account(actor=self.actor, account_id=account_id)))


class CloseAccountView(CompanyView):
    """`POST /ledger/payee-accounts/{id}/close`."""

    required_permission = {"POST": "ledger.propose_payee"}

    @documented(
        "Stop paying a driver to an account",
        tags=TAGS,
        request=ReasonInput,
        request_example={"reason": "The driver has closed the account"},
        response=PayeeAccountRow.shown(status="closed"),
        errors=["payee_account_not_found", "nothing_proposed", "reason_length"],
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        body = ReasonInput(data=request.data)
        body.is_valid(raise_exception=True)
        close_account(actor=self.actor, account_id=account_id, reason=body.validated_data["reason"])
        return Response(account_row(find_account(actor=self.actor, account_id=account_id)))


class HoldsView(CompanyView):
    """`/ledger/payee-holds`."""

    required_permission = {"GET": "ledger.view", "POST": "ledger.pay_out"}

    @documented(
        "Drivers who are not paid at present, and who were not",
        tags=TAGS,
        response=screen_page_of(PayeeHoldRow),
        parameters=[*filter_parameters(HoldFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = HoldFilters(query, queryset=holds(actor=self.actor)).checked()
        return Response(screen_page(query, rows, sorting=_LATEST, shape=hold_row))

    @documented(
        "Pay nothing to a driver until the hold is released",
        tags=TAGS,
        request=PayeeHoldInput,
        request_example={"driver_id": 101, "reason": "Disputes the last toll"},
        status=201,
        response=PayeeHoldRow,
        errors=["not_found", "payee_held", "reason_length"],
    )
    def post(self, request: Request) -> Response:
        body = PayeeHoldInput(data=request.data)
        body.is_valid(raise_exception=True)
        customer_id = customer_of(self.actor, body.validated_data["driver_id"])
        made = hold_payee(actor=self.actor, customer_id=customer_id, reason=body.validated_data["reason"])
        return Response(hold_row(holds(actor=self.actor).get(id=made.id)), status=201)


class ReleaseView(CompanyView):
    """`POST /ledger/payee-holds/release`."""

    required_permission = {"POST": "ledger.pay_out"}

    @documented(
        "Pay a driver again",
        tags=TAGS,
        request=PayeeHoldInput,
        request_example={"driver_id": 101, "reason": "The toll is credited"},
        response=PayeeHoldRow.shown(released_by="Mara"),
        errors=["not_found", "payee_not_held", "reason_length"],
    )
    def post(self, request: Request) -> Response:
        body = PayeeHoldInput(data=request.data)
        body.is_valid(raise_exception=True)
        customer_id = customer_of(self.actor, body.validated_data["driver_id"])
        done = release_payee(actor=self.actor, customer_id=customer_id, reason=body.validated_data["reason"])
        return Response(hold_row(holds(actor=self.actor).get(id=done.id)))


class SetupsView(CompanyView):
    """`GET /ledger/paying-accounts`."""

    required_permission = {"GET": "ledger.view"}

    @documented(
        "How bank accounts pay",
        tags=TAGS,
        response=screen_page_of(PayingAccountRow),
        parameters=paging_parameters(screen=True),
    )
    def get(self, request: Request) -> Response:
        rows = paying_accounts(actor=self.actor)
        return Response(screen_page(request._request.GET, rows, sorting=_LATEST, shape=setup_row))


class SetupView(CompanyView):
    """`PATCH /ledger/paying-accounts/{bank_account_id}`."""

    required_permission = {"PATCH": "ledger.manage_bank_accounts"}

    @documented(
        "Say what the ACH files of a bank account say, and which checks it has",
        tags=TAGS,
        request=PayingAccountInput,
        request_example={
            "destination": "021000021",
            "odfi": "02100002",
            "next_check": 1001,
            "last_check": 1999,
        },
        response=PayingAccountRow,
        errors=["bank_account_not_found", "unknown_choice", "bad_routing_number", "bad_account_number"],
    )
    def patch(self, request: Request, bank_account_id: UUID) -> Response:
        body = PayingAccountInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = set_up_paying(actor=self.actor, bank_account_id=bank_account_id, **body.validated_data)
        return Response(setup_row(paying_accounts(actor=self.actor).get(id=done.id)))


class PayoutSettingsView(CompanyView):
    """`/ledger/payout-settings`."""

    required_permission = {"GET": "ledger.view", "PATCH": "ledger.manage_bank_accounts"}

    @documented("What the company has decided about paying", tags=TAGS, response=PayoutSettingsRow)
    def get(self, request: Request) -> Response:
        return Response(settings_row(settings_of(actor=self.actor)))

    @documented(
        "Decide about paying: waiting period, minimum, stale checks",
        tags=TAGS,
        request=PayoutSettingsInput,
        request_example={"waiting_days": 3, "minimum": 5.00},
        response=PayoutSettingsRow,
    )
    def patch(self, request: Request) -> Response:
        body = PayoutSettingsInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(settings_row(change_settings(actor=self.actor, **body.validated_data)))


def customer_of(actor: Actor, driver_id: int) -> UUID:
    """The customer that the driver is. Raises NotFound."""
    rows = Driver.objects.filter(company_id=actor.company_id, id=driver_id)
    customer_id: UUID | None = rows.values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise NotFound(f"There is no driver {driver_id}.")
    return customer_id
