"""What the calls of taxes held, remittances and security deposits accept, and the rows they return."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import MoneyInput, StrictSerializer
from batconnect.core.kernel.actors import Actor
from ledger.clearing.errors import DepositNotFound
from ledger.clearing.models import DepositMove, ProcessorDeposit, Remittance
from ledger.clearing.querysets import deposits, moves_of
from ledger.treasury.inputs import PaidFromInput
from ledger.treasury.shapes import DisbursementPaid


class AuthorityInput(StrictSerializer):
    """An authority that taxes are held for."""

    code = serializers.CharField(max_length=20, help_text="Small letters, digits, hyphens, underscores.")
    name = serializers.CharField(max_length=60)


class RemittanceInput(PaidFromInput):
    """What is passed on, of which account, and how."""

    account = serializers.CharField(
        max_length=60, help_text="taxes_held:other, taxes_held:{authority}, tax_payable"
    )
    amount = MoneyInput()
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")
    period = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class UseDepositInput(StrictSerializer):
    """What the deposit is used for, how much of it, and why."""

    obligation_id = serializers.UUIDField()
    amount = MoneyInput()
    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")


class ReturnDepositInput(PaidFromInput):
    """How much is returned, and how."""

    amount = MoneyInput()
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class AuthorityRow(Answer):
    """An authority that taxes are held for."""

    id = Id("e1")
    code = Text("nys")
    name = Text("New York State")
    account = Text("taxes_held:nys")
    is_active = Flag(True)


class HeldTaxRow(Answer):
    """What is held on an account of taxes."""

    account = Text("taxes_held:other")
    name = Text("Taxes held, other")
    currency = Text("USD")
    held = Money("120.00")


class HeldTaxes(Answer):
    """What is held, by account."""

    accounts = Listed(HeldTaxRow)


class RemittanceRow(Answer):
    """A remittance."""

    id = Id("b1")
    account = Text("taxes_held:other")
    payee = Text("Taxes held, other")
    currency = Text("USD")
    amount = Money("120.00")
    period = Text("Q1 2026")
    paid_on = Day("2026-04-15")
    method = Text("ach")
    reference_number = Text()
    status = Choice(Remittance.Status)
    created_by = Text("Mara")
    created_at = Instant()


class RemittanceMade(RemittanceRow):
    """A remittance that was just made, and how it was paid."""

    payment = DisbursementPaid()
    warnings = Listed(Text(), [])


class DepositRow(Answer):
    """What is held of a customer for a lease."""

    id = Id("b1")
    lease_id = Text("LS-2054")
    lease_id_pk = Whole(2054)
    customer_id = Id("c1")
    customer_name = Text("John Doe")
    currency = Text("USD")
    held = Money("500.00")


class DepositMoveRow(Answer):
    """Something that happened to a deposit."""

    id = Id("d1")
    kind = Choice(DepositMove.Kind)
    amount = Money("500.00")
    payment_id = Id("a1", null=True)
    obligation_id = Id(null=True)
    entry_id = Id("e1")
    is_voided = Flag()
    reason = Text()
    made_by = Text("Mara")
    created_at = Instant()


class DepositDocument(DepositRow):
    """A deposit with everything that happened to it; `warnings` say what a return leaves behind."""

    moves = Listed(DepositMoveRow)
    warnings = Listed(Text(), [])


class ProcessorDepositRow(Answer):
    """A processor's deposit with its fee."""

    id = Id("b1")
    processor = Text("Curb")
    currency = Text("USD")
    gross = Money("650.00")
    fee = Money("32.50")
    net = Money("617.50")
    deposited_on = Day("2026-01-20")
    report = Text("CURB-2026-03")
    receipt_id = Id("d1")
    status = Choice(ProcessorDeposit.Status)
    created_by = Text("Mara")
    created_at = Instant()


class UndepositedRow(Answer):
    """Earnings of a day that no deposit has cleared."""

    currency = Text("USD")
    day = Day("2026-01-10")
    earned = Money("400.00")
    remains = Money("150.00")
    age = Whole(12)


class EarningsClearing(Answer):
    """What of the earnings no deposit has cleared, the oldest first."""

    as_of = Day("2026-01-22")
    total = Money("150.00")
    days = Listed(UndepositedRow)


def remittance_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.remittances` as clients see it."""
    row["reference_number"] = row.pop("reference")
    return row


def deposit_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.deposits` as clients see it."""
    row["lease_id_pk"], row["lease_id"] = row["lease_id"], row.pop("lease__lease_id")
    row["customer_name"] = row.pop("customer__name")
    return row


def processor_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.processor_deposits` as clients see it."""
    return row


def deposit_document(*, actor: Actor, deposit_id: UUID, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    """A deposit with everything that happened to it. Raises DepositNotFound (404)."""
    row = deposits(actor=actor).filter(id=deposit_id).first()
    if row is None:
        raise DepositNotFound(f"There is no security deposit {deposit_id}.")
    moves = moves_of(actor=actor, deposit_id=deposit_id)
    return {**deposit_row(row), "moves": moves, "warnings": list(warnings)}
