"""What taking a security deposit accepts."""

from __future__ import annotations

from batconnect.core.api.fields import MoneyInput, StrictSerializer
from ledger.serializers import LeaseInput


class TakeDepositInput(StrictSerializer):
    """`{lease_id, amount}`: for which lease, and how much of the payment."""

    lease_id = LeaseInput()
    amount = MoneyInput()
