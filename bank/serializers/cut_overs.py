"""Cut-overs of bank accounts, as calls ask for them and answers show them (docs/api.md#statement-lines)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from bank.models import CutOver, CutOverItem
from bank.services.cut_over_items import MayBeThere
from bank.services.cut_over_plans import MAX_LEFT_OUT, MAX_OTHERS, Other, Plan, Wanted
from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, DayInput, MoneyInput, StrictBoolean, StrictSerializer


class OtherInput(StrictSerializer):
    """What else makes up the bank's balance."""

    account_code = serializers.CharField(max_length=60)
    amount = MoneyInput(
        signed=True, help_text="As the bank has it: charges that nobody entered are below zero."
    )


class CutOverInput(StrictSerializer):
    """Which day, what was not at the bank then, and what else makes up the balance."""

    day = DayInput(help_text="The day before the account's first statement begins, or an earlier one.")
    balance = MoneyInput(
        signed=True,
        allow_zero=True,
        required=False,
        allow_null=True,
        help_text="The bank's on that day. Default: the first statement's opening.",
    )
    methods = BoundedList(
        child=serializers.CharField(max_length=24),
        required=False,
        max_length=20,
        help_text="Whose cash accounts are looked at. Default: all but cash.",
    )
    leave_out = BoundedList(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_LEFT_OUT,
        help_text="Ids of items that were not at the bank: they stay where they are.",
    )
    others = BoundedList(child=OtherInput(), required=False, max_length=MAX_OTHERS)
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="10 to 500 characters; not for a preview."
    )
    preview = StrictBoolean(required=False, default=False, help_text="Only say what it comes to.")


class UndoCutOverInput(StrictSerializer):
    """Why it is taken back."""

    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")


class CutOverPlan(Answer):
    """What a cut-over would move, and what that comes to; `difference` is 0.00 where it can be asked for."""

    bank_account_id = Id("ba")
    day = Day("2025-12-31")
    effective_on = Day("2025-12-31")
    currency = Text("USD")
    items = Whole(2)
    opened = Money("0.00")
    moved = Money("600.00")
    others = Money("-12.00")
    comes_to = Money("588.00")
    balance = Money("588.00")
    difference = Money("0.00")


class CutOverDocument(Answer):
    """The cut-over of a bank account; `status` is `live` or `undone`."""

    id = Id("c0")
    bank_account_id = Id("ba")
    day = Day("2025-12-31")
    currency = Text("USD")
    items = Whole(3)
    opened = Money("0.00")
    moved = Money("600.00")
    others = Money("-12.00")
    balance = Money("588.00")
    status = Choice(CutOver.Status)
    reason = Text("The bank's word from January on")
    made_by = Text("Mara")
    created_at = Instant()
    undone_by = Text("")
    undone_at = Instant(null=True)
    undo_reason = Text("")


class CutOverItemRow(Answer):
    """Something that was at the bank, or may have been: `id` is the payment's or the entry's, null for what else makes
    up the balance; `amount` is the bank's side."""

    kind = Choice(CutOverItem.Kind)
    id = Id("d1", null=True)
    name = Text("PAY-2025-001")
    note = Text("Acme Insurance")
    day = Day("2025-12-30", null=True)
    account_code = Text("cash:check")
    amount = Money("500.00")


def item_row(item: MayBeThere) -> dict[str, Any]:
    """What may be at the bank, as `CutOverItemRow` has it."""
    return {
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "note": item.note,
        "day": item.day,
        "account_code": item.account_code,
        "amount": item.amount,
    }


def moved_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a cut-over moved, as `CutOverItemRow` has it."""
    return {
        "kind": row["kind"],
        "id": row["payment_id"] or row["source_entry_id"],
        "name": row["payment__number"] or (row["source_entry__event"] or "").replace("_", " "),
        "note": row["payment__customer__name"] or row["source_entry__reason"] or "",
        "day": row["payment__payment_date"] or row["source_entry__effective_on"],
        "account_code": row["account_code"],
        "amount": row["amount"],
    }


MOVED_COLUMNS: Final = (
    *("kind", "payment_id", "source_entry_id", "account_code", "amount"),
    *("payment__number", "payment__customer__name", "payment__payment_date"),
    *("source_entry__event", "source_entry__reason", "source_entry__effective_on"),
)


def read_wanted(values: Mapping[str, Any], *, bank_account_id: Any) -> Wanted:
    """What a checked body asks for."""
    return Wanted(
        bank_account_id=bank_account_id,
        day=values["day"],
        balance=values.get("balance"),
        methods=tuple(each.strip() for each in values.get("methods") or ()),
        leave_out=frozenset(values.get("leave_out") or ()),
        others=tuple(
            Other(each["account_code"].strip(), each["amount"]) for each in values.get("others") or ()
        ),
        reason=values["reason"],
    )


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as `CutOverPlan` has it."""
    return {
        "bank_account_id": plan.account.id,
        "day": plan.wanted.day,
        "effective_on": plan.effective_on,
        "currency": plan.account.currency,
        "items": len(plan.items) + len(plan.wanted.others),
        "opened": plan.opened,
        "moved": plan.moved,
        "others": plan.others,
        "comes_to": plan.comes_to,
        "balance": plan.balance,
        "difference": plan.difference,
    }


def cut_over_document(row: CutOver) -> dict[str, Any]:
    """A cut-over as `CutOverDocument` has it."""
    return {
        "id": row.id,
        "bank_account_id": row.bank_account_id,
        "day": row.day,
        "currency": row.currency,
        "items": row.item_count,
        "opened": row.opened,
        "moved": row.moved,
        "others": row.others,
        "balance": row.balance,
        "status": row.status,
        "reason": row.reason,
        "made_by": row.made_by,
        "created_at": row.created_at,
        "undone_by": row.undone_by,
        "undone_at": row.undone_at,
        "undo_reason": row.undo_reason,
    }
