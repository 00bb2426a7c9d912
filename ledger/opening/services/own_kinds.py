"""The kinds of lines that the ledger itself opens: accounts without items, receivables, and what is in transit, both
ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger import chart
from ledger.chart import METHODS, Category
from ledger.models import Account
from ledger.opening.postings import LINE, account_opened
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.services.charges import Charge, check_charges
from ledger.services.journal import post_entries
from ledger.services.obligations import ObligationDraft, raise_obligations
from ledger.treasury.models import BankAccount, Disbursement

_CHUNK: Final = 200
_PLAIN: Final = frozenset(
    {
        chart.TAX_PAYABLE,
        chart.PREMIUMS_PAYABLE,
        chart.DISBURSEMENTS_PAYABLE,
        chart.RETAINED_EARNINGS,
        chart.ACCRUED_INCOME,
        chart.ACCRUED_EXPENSES,
        chart.EARNINGS_CLEARING,
    }
)
_OPENED_BY: Final = {
    chart.UNALLOCATED_CASH: "payment",
    chart.VENDORS_PAYABLE: "vendor",
    chart.SECURITY_DEPOSITS: "deposit",
    chart.CUSTOMER_CREDITS: "credit",
    chart.DRIVER_EARNINGS_PAYABLE: "earnings",
    chart.LOAN_PRINCIPAL: "loan",
    chart.REPAIR_ADVANCES: "repair",
}
_OPENED_BY_PREFIX: Final = {
    chart.receivable(""): "receivable",
    chart.payments_in_transit(""): "in_transit",
    chart.deposits_in_transit(""): "deposit_in_transit",
}


@reads
def find_customer(*, actor: Actor, text: str) -> UUID | None:
    """The customer that a cell names: by id, external reference, license, or a name that only one has."""
    here = Customer.objects.filter(company_id=actor.company_id)
    try:
        return here.filter(id=UUID(text)).values_list("id", flat=True).first()
    except ValueError:
        pass
    for lookup in ("external_reference", "drivers__tlc_license", "name__iexact"):
        found = list(here.filter(**{lookup: text}).values_list("id", flat=True)[:2])
        if len(found) == 1:
            return found[0]
    return None


def _is_plain(code: str) -> bool:
    """Whether the account is opened by its balance alone."""
    return code in _PLAIN or code.startswith(("bank:", "cash:", "taxes_held:"))


def _check_accounts(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    codes = {item["account"] for item in items}
    known = set(
        Account.objects.filter(
            company_id=actor.company_id, currency=actor.company.base_currency, code__in=codes
        ).values_list("code", flat=True)
    )
    wrong = []
    for item in items:
        code = item["account"]
        if code not in known:
            wrong.append(WrongLine(item.place, "account", f"There is no account {code[:60] or '(empty)'}."))
        elif not _is_plain(code):
            prefix = code.partition(":")[0] + ":"
            kind = _OPENED_BY.get(code) or _OPENED_BY_PREFIX.get(prefix, "")
            how = f"use lines of the kind {kind}" if kind else "the opening takes no balance of it"
            message = f"{code} is made up of items, or is not opened: {how}."
            wrong.append(WrongLine(item.place, "account", message))
        elif code.startswith("cash:") and item.amount < 0:
            wrong.append(WrongLine(item.place, "credit", f"{code} cannot begin below zero."))
    return wrong


def _open_accounts(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    drafts = [
        account_opened(
            line_id=item.id,
            account=item["account"],
            amount=item.amount,
            currency=actor.company.base_currency,
            on=day.on,
            batch_id=day.batch_id,
        )
        for item in items
    ]
    for start in range(0, len(drafts), _CHUNK):
        post_entries(actor=actor, drafts=drafts[start : start + _CHUNK])


def _charge(actor: Actor, item: OpeningItem, day: OpeningDay) -> Charge | WrongLine:
    try:
        category = parse_category(item["category"])
    except UnknownCategory as error:
        return WrongLine(item.place, "category", str(error), "unknown_category")
    if not item["reference"]:
        return WrongLine(item.place, "reference", "Give the item's reference.")
    lease = item.lease
    customer = None
    if lease == "":
        customer = find_customer(actor=actor, text=item["customer"])
        if customer is None:
            return WrongLine(item.place, "customer", f"There is no customer {item['customer'] or '(empty)'}.")
    return Charge(
        category=category,
        reference_id=item["reference"],
        amount=item.amount,
        due_date=date.fromisoformat(item["due_date"]) if item["due_date"] else day.on,
        issue_date=day.on,
        description=item["name"],
        opening=True,
        tlc_license=item["customer"] if lease != "" else "",
        lease_id=lease if isinstance(lease, int) else None,
        lease_number="" if isinstance(lease, int) else lease,
        customer_id=customer,
    )


def _drafts(
    actor: Actor, items: Sequence[OpeningItem], day: OpeningDay
) -> tuple[list[ObligationDraft], list[WrongLine]]:
    wrong: list[WrongLine] = []
    charges: list[tuple[OpeningItem, Charge]] = []
    for item in items:
        charge = _charge(actor, item, day)
        if isinstance(charge, WrongLine):
            wrong.append(charge)
        else:
            charges.append((item, charge))
    drafts: list[ObligationDraft] = []
    checked = check_charges(actor=actor, charges=[charge for _, charge in charges])
    for (item, _), outcome in zip(charges, checked, strict=True):
        if isinstance(outcome, ObligationDraft):
            drafts.append(outcome)
        else:
            wrong += [
                WrongLine(item.place, _COLUMN.get(e.field, e.field), e.message, e.code) for e in outcome
            ]
    return drafts, wrong


_COLUMN: Final = {"driver_id": "customer", "customer_id": "customer", "lease_id": "lease"}


def _check_receivables(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    return _drafts(actor, items, day)[1]


def _open_receivables(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    drafts, wrong = _drafts(actor, items, day)
    assert not wrong, "checked before"
    for start in range(0, len(drafts), _CHUNK):
        raise_obligations(actor=actor, drafts=drafts[start : start + _CHUNK])


def _banks(actor: Actor) -> dict[str, BankAccount]:
    rows = BankAccount.objects.filter(
        company_id=actor.company_id, currency=actor.company.base_currency, is_active=True
    )
    return {row.code: row for row in rows}


def _check_transit(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    banks = _banks(actor)
    wrong = _unknown_banks(banks, items)
    for item in items:
        if item["method"] not in METHODS or item["method"] == "cash":
            wrong.append(WrongLine(item.place, "method", "Give the method's code: check, ach, …"))
    return wrong


def _unknown_banks(banks: Mapping[str, BankAccount], items: Sequence[OpeningItem]) -> list[WrongLine]:
    return [
        WrongLine(
            item.place,
            "account",
            f"There is no bank account {item['account'] or '(empty)'} in the company's currency.",
        )
        for item in items
        if item["account"] not in banks
    ]


def _check_deposits(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    return _unknown_banks(_banks(actor), items)


def _open_deposits(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    """Each line is the item of its own deposit: nothing else is kept of it."""
    drafts = [
        account_opened(
            line_id=item.id,
            account=chart.deposits_in_transit(item["account"]),
            amount=item.amount,
            currency=actor.company.base_currency,
            on=day.on,
            batch_id=day.batch_id,
            item_id=item.id,
        )
        for item in items
    ]
    for start in range(0, len(drafts), _CHUNK):
        post_entries(actor=actor, drafts=drafts[start : start + _CHUNK])


def _open_transit(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    banks = _banks(actor)
    for item in items:
        entry_id = uuid7()
        row = Disbursement(
            id=uuid7(),
            company_id=actor.company_id,
            kind=Disbursement.Kind.VENDOR_PAYMENT,
            source_type=LINE,
            source_id=str(item.id),
            entry_id=entry_id,
            currency=actor.company.base_currency,
            amount=-item.amount,
            bank_account_id=banks[item["account"]].id,
            method=item["method"],
            reference=item["reference"],
            payee=item["name"],
            paid_on=day.on,
            status=Disbursement.Status.IN_TRANSIT,
            made_by=actor.name,
        )
        draft = account_opened(
            line_id=item.id,
            account=chart.payments_in_transit(item["account"]),
            amount=item.amount,
            currency=actor.company.base_currency,
            on=day.on,
            batch_id=day.batch_id,
            item_id=row.id,
            entry_id=entry_id,
        )
        post_entries(actor=actor, drafts=[draft], rows=[[row]])


ACCOUNT: Final = OpeningKind(
    code="account",
    label="An account by its balance: cash, bank, taxes, premiums, equity, …",
    side="",
    columns=("account",),
    account_of=lambda item: item["account"],
    check=_check_accounts,
    open=_open_accounts,
)
RECEIVABLE: Final = OpeningKind(
    code="receivable",
    label="What a driver or another customer owes",
    side="debit",
    columns=("category", "reference", "customer", "lease", "due_date", "name"),
    account_of=lambda item: chart.receivable(_category_of(item)),
    check=_check_receivables,
    open=_open_receivables,
)
IN_TRANSIT: Final = OpeningKind(
    code="in_transit",
    label="A payment of ours that the bank has not shown",
    side="credit",
    columns=("account", "method", "reference", "name"),
    account_of=lambda item: chart.payments_in_transit(item["account"]),
    check=_check_transit,
    open=_open_transit,
)


DEPOSIT_IN_TRANSIT: Final = OpeningKind(
    code="deposit_in_transit",
    label="A deposit of ours that the bank has not shown",
    side="debit",
    columns=("account", "reference", "name"),
    account_of=lambda item: chart.deposits_in_transit(item["account"]),
    check=_check_deposits,
    open=_open_deposits,
)


def _category_of(item: OpeningItem) -> Category | str:
    try:
        return parse_category(item["category"])
    except UnknownCategory:
        return ""
