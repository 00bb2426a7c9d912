"""The HTTP endpoint of transfers with one side, and of cash that is carried between a drawer and the bank."""

from __future__ import annotations

from typing import Final

from rest_framework.request import Request
from rest_framework.response import Response

from bank.serializers.transfers import (
    CashTransferInput,
    CashTransferred,
    TransfersOpen,
    transfer_row,
)
from bank.services.cash_transfers import enter_cash_transfer
from bank.services.one_sided import one_sided_transfers
from batconnect.core.api.base import CompanyView
from batconnect.core.api.schema import documented
from ledger.treasury.services.transfers import MOVE

_TAGS: Final = ["Bank"]


class TransfersView(CompanyView):
    """`/api/accounting/transfers`."""

    required_permission = {"GET": "bank.view", "POST": MOVE}
    company_header_required = True
    idempotency = "required"

    @documented("Transfers with one side, the oldest first", tags=_TAGS, response=TransfersOpen)
    def get(self, request: Request) -> Response:
        return Response({"results": [transfer_row(each) for each in one_sided_transfers(actor=self.actor)]})

    @documented(
        "Enter cash that was taken to the bank, or fetched from it",
        tags=_TAGS,
        description=(
            "The drawer's side of a transfer. It meets the bank's line where that was explained as a transfer of this "
            "amount already; else it waits in transfers in transit until the line comes."
        ),
        request=CashTransferInput,
        request_example={"direction": "to_bank", "amount": "300.00", "note": "Evening deposit"},
        status=201,
        response=CashTransferred,
        errors=[
            *("unknown_choice", "unknown_explanation", "amount_differs", "drawer_short", "drawer_not_found"),
            *("wrong_place", "date_in_future", "date_closed", "date_too_old"),
        ],
    )
    def post(self, request: Request) -> Response:
        values = CashTransferInput.read(request.data)
        named = values.pop("transfer_id", None)
        currency = values.pop("currency", None) or self.actor.company.base_currency
        transfer_id, waits_for = enter_cash_transfer(
            actor=self.actor, currency=currency, transfer_id=str(named) if named else "", **values
        )
        document = {
            "transfer_id": transfer_id,
            "waits_for": transfer_row(waits_for) if waits_for else None,
        }
        return Response(document, status=201)
