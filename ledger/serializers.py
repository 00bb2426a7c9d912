"""What the ledger's calls accept, and the rows they return."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import DayInput, MoneyInput, StrictSerializer
from batconnect.core.kernel.field_codes import INVALID
from batconnect.core.kernel.money import ZERO
from batconnect.core.models import Approval
from ledger.chart import RECOVERED_CATEGORIES, Category
from ledger.errors import UNKNOWN_CATEGORY
from ledger.models import Account, Obligation
from ledger.querysets import Explanation
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.rules.entry_numbers import format_entry_number
from ledger.services import Charge

_MAX_LEASE: Final = 2**63 - 1


@extend_schema_field({"type": "string", "example": "EZPass"})
class CategoryInput(serializers.Field):
    """A category by label or code, any case, singular or plural."""

    def to_internal_value(self, data: Any) -> Category:
        try:
            return parse_category(data if isinstance(data, str) else "")
        except UnknownCategory as error:
            raise serializers.ValidationError(str(error), code=UNKNOWN_CATEGORY) from error

    def to_representation(self, value: Category) -> str:
        return value.value


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}], "example": 2054})
class LeaseInput(serializers.Field):
    """A lease by its key (2054) or its number (`LS-2054`)."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= _MAX_LEASE:
            return data
        text = data.strip() if isinstance(data, str) else ""
        if not text or len(text) > 20:
            raise serializers.ValidationError("Name the lease by its key or its number.", code=INVALID)
        if text.isascii() and text.isdecimal() and 0 < int(text) <= _MAX_LEASE:
            return int(text)
        return text.upper()

    def to_representation(self, value: int | str) -> int | str:
        return value


class ObligationInput(StrictSerializer):
    """A charge or an opening balance. Either `driver_id` with `lease_id`, or `customer_id`."""

    category = CategoryInput(help_text=f"{', '.join(RECOVERED_CATEGORIES)}; with `opening` any.")
    reference_id = serializers.CharField(max_length=60)
    amount = MoneyInput()
    due_date = DayInput()
    issue_date = DayInput(required=False, help_text="Default: the company's today.")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    opening = serializers.BooleanField(required=False, default=False)
    authority = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        default="",
        help_text="Of taxes: the code of whom they are held for; `other` unless given.",
    )
    driver_id = serializers.IntegerField(required=False, min_value=1, max_value=_MAX_LEASE)
    lease_id = LeaseInput(required=False)
    customer_id = serializers.UUIDField(required=False)

    def to_charge(self) -> Charge:
        """The charge that the validated body describes."""
        values = dict(self.validated_data)
        lease = values.pop("lease_id", None)
        return Charge(
            **values,
            lease_id=lease if isinstance(lease, int) else None,
            lease_number=lease if isinstance(lease, str) else "",
        )


class ReasonInput(StrictSerializer):
    """Why; 10 to 500 characters, trimmed."""

    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")


class WriteOffDecisionInput(StrictSerializer):
    """An optional note on the decision."""

    reason = serializers.CharField(allow_blank=True, required=False, default="", max_length=500)


class WriteOffInput(StrictSerializer):
    """How much is given up, and why."""

    amount = MoneyInput()
    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")


class _Debtor(Answer):
    """Whose it is; the driver's names are null for a customer who does not drive."""

    customer_id = Id("c1", null=True)
    customer_name = Text("John Doe", null=True)
    driver_id = Whole(101, null=True)
    driver_no = Text("DRV-101", null=True)
    driver_name = Text("John Doe", null=True)
    tlc_license = Text("00504124", null=True)
    lease_id = Text("LS-2054", null=True)
    lease_id_pk = Whole(2054, null=True)


class PostingRow(_Debtor):
    """A line of a journal entry."""

    id = Id()
    entry_id = Id("e1")
    line = Whole()
    posted_at = Instant()
    effective_on = Day()
    event = Text("opening_balance")
    status = Choice(["posted", "correction", "voided"])
    account = Text("receivable:LEASE")
    account_name = Text("Receivable, Lease")
    debit = Money("265.00")
    credit = Money()
    currency = Text("USD")
    category = Text("Lease", null=True)
    category_code = Text("LEASE", null=True)
    reference_id = Text("MED-102-LS-08", null=True)
    obligation_id = Id("b1", null=True)
    payment_id = Id(null=True)
    case_no = Text()
    actor = Text("Mara")
    reason = Text()
    item_id = Id(null=True, help_text="The credit memo, bill or disbursement that it is about.")
    user = Text("mara", null=True, help_text="Who did it, or asked for it; null for a job.")
    approved_by = Text(null=True, help_text="The second person.")
    source_type = Text("ledger.obligation")
    source_id = Text("01900000-0000-7000-8000-0000000000b1")
    reverses = Id(null=True, help_text="The entry that its entry takes back.")
    entry_number = Text(
        "2025-000042", null=True, help_text="Null until it is given, a minute or two after posting."
    )
    own_number = Text(help_text="The company's own number of the account.")
    own_name = Text(help_text="The company's own name of the account.")


class BalanceRow(_Debtor):
    """An obligation with what is left of it."""

    id = Id("b1")
    medallion_no = Text("1P43", null=True)
    category = Text("Lease")
    category_code = Text("LEASE")
    reference_id = Text("MED-102-LS-08")
    description = Text("Lease obligation from 2024-10-20")
    currency = Text("USD")
    original_amount = Money("265.00")
    outstanding = Money("265.00")
    written_off = Money()
    paid = Money()
    issue_date = Day("2024-10-13")
    due_date = Day("2024-10-20")
    status = Choice(Obligation.Status)
    opening = Flag(True)
    source_ = Text("ledger.charge")
    created_at = Instant()


class RaisedBalance(BalanceRow):
    """An obligation that was just raised, or is there already."""

    warnings = Listed(Text("October 2025 has been reported: …"))


class PostingVoided(Answer):
    """The business event that was undone."""

    posting_id = Id()
    entry_id = Id("e1")
    event = Text("obligation_raised")
    status = Choice(["voided"])
    reversal_entry_ids = Listed(Id("e2"))


class WrittenOff(Answer):
    """What was given up at once."""

    status = Choice(["written_off"])
    amount = Money("40.00")
    entry_id = Id("e1")
    balance = BalanceRow()


class WriteOffWaits(Answer):
    """A write-off that waits for a second person."""

    write_off_request_id = Id("f1")
    status = Choice(Approval.Status)
    amount = Money("1500.00")


class WriteOffDecided(WriteOffWaits):
    """What the second person decided."""

    entry_id = Id("e1", null=True)
    balance = BalanceRow()


class WriteOffRequestRow(Answer):
    """A write-off above the limit."""

    id = Id("f1")
    obligation_id = Id("b1")
    category = Text("Lease")
    reference_id = Text("MED-102-LS-08")
    outstanding = Money("1800.00")
    currency = Text("USD")
    amount = Money("1500.00")
    reason = Text("He left the country")
    status = Choice(Approval.Status)
    requested_by = Text("manager")
    requested_at = Instant()
    decided_by = Text(null=True)
    decided_at = Instant(null=True)
    decision_reason = Text()


class ExplainedEvent(Answer):
    """One event behind a figure, and the figure just after it."""

    entry_id = Id("e1")
    event = Text("opening_balance")
    text = Text("Opening balance")
    effective_on = Day("2024-10-13")
    posted_at = Instant()
    amount = Money("265.00")
    balance = Money("265.00")
    user = Text("Mara")
    case_no = Text()
    payment = Text()
    reason = Text()
    url = Text()
    reverses = Id(null=True)


class ExplainedBalance(Answer):
    """A balance with every event behind it."""

    balance = BalanceRow()
    events = Listed(ExplainedEvent)
    outstanding_as_of = Money("265.00")
    as_of = Day(null=True)
    known_at = Instant(null=True)


class _AccountTotal(Answer):
    """What an account was debited and credited."""

    code = Text("receivable:LEASE")
    name = Text("Receivable, Lease")
    account_id = Id("aa")
    own_number = Text("1210")
    own_name = Text("Lease receivables")
    kind = Choice(Account.Kind)
    debit = Money("265.00")
    credit = Money()
    balance = Money("265.00")


class _CurrencyTotal(Answer):
    """A currency's accounts, whose debits and credits are equal."""

    currency = Text("USD")
    total_debit = Money("265.00")
    total_credit = Money("265.00")
    accounts = Listed(_AccountTotal)


class TrialBalance(Answer):
    """Every account's debits and credits."""

    as_of = Day("2026-01-31")
    known_at = Instant(null=True)
    currencies = Listed(_CurrencyTotal)


def posting_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.postings` as clients see it."""
    amount: Decimal = row["amount"]
    return {
        "id": row["id"],
        "entry_id": row["entry_id"],
        "line": row["line"],
        "posted_at": row["posted_at"],
        "effective_on": row["effective_on"],
        "event": row["event"],
        "status": _posting_status(row),
        "account": row["account_code"],
        "account_name": row["account_name"],
        "debit": max(amount, ZERO),
        "credit": max(-amount, ZERO),
        "currency": row["currency"],
        "category": _label(row["category"]),
        "category_code": row["category"],
        "reference_id": row["reference_id"],
        "obligation_id": row["obligation_id"],
        "payment_id": row["payment_id"],
        **_debtor(row),
        "lease_id": row["lease_id"],
        "lease_id_pk": row["lease_id_pk"],
        "case_no": row["case_no"],
        "actor": row["actor"],
        "reason": row["reason"],
        "item_id": row["item_id"],
        "user": row["user"],
        "approved_by": row["approved_by"],
        "source_type": row["source_type"],
        "source_id": row["source_id"],
        "reverses": row["reverses"],
        "entry_number": _entry_number(row),
        "own_number": row["own_number"],
        "own_name": row["own_name"],
    }


def _entry_number(row: dict[str, Any]) -> str | None:
    year = row["number_year"]
    return None if year is None else format_entry_number(year, row["number_value"])


def balance_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.balances` as clients see it."""
    return {
        "id": row["id"],
        **_debtor(row),
        "lease_id": row["lease_no"],
        "lease_id_pk": row["lease_id_pk"],
        "medallion_no": row["medallion_no"],
        "category": _label(row["category"]),
        "category_code": row["category"],
        "reference_id": row["reference_id"],
        "description": row["description"],
        "currency": row["currency"],
        "original_amount": row["original"],
        "outstanding": row["outstanding"],
        "written_off": row["written_off"],
        "paid": _paid(row),
        "issue_date": row["issue_date"],
        "due_date": row["due_date"],
        "status": row["status"],
        "opening": row["is_opening"],
        "source": row["source_type"],
        "created_at": row["created_at"],
    }


def balance_file_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.with_balance_file_columns` as files have it: as `balance_row` has it for clients."""
    row["lease_id"] = row["lease_no"]
    row["category"] = _label(row["category"])
    row["original_amount"] = row["original"]
    row["paid"] = _paid(row)
    return row


def _paid(row: dict[str, Any]) -> Any:
    return ZERO if row["status"] == "voided" else row["original"] - row["outstanding"] - row["written_off"]


def explanation_row(event: Explanation) -> dict[str, Any]:
    """One event behind a balance as clients see it."""
    return {
        "entry_id": event.entry_id,
        "event": event.event,
        "text": event.text,
        "effective_on": event.effective_on,
        "posted_at": event.posted_at,
        "amount": event.amount,
        "balance": event.balance,
        "user": event.actor,
        "case_no": event.case_no,
        "payment": event.payment_number,
        "reason": event.reason,
        "url": event.url,
        "reverses": event.reverses,
    }


def _posting_status(row: dict[str, Any]) -> str:
    if row["reverses"] is not None:
        return "correction"
    return "voided" if row["is_voided"] else "posted"


def _debtor(row: dict[str, Any]) -> dict[str, Any]:
    is_driver = row["driver_id"] is not None
    return {
        "customer_id": row["customer_id"],
        "customer_name": row["customer_name"],
        "driver_id": row["driver_id"],
        "driver_no": row["driver_no"],
        "driver_name": row["customer_name"] if is_driver else None,
        "tlc_license": row["tlc_license"],
    }


def _label(category: str | None) -> str | None:
    return Category(category).label if category else None
