"""Money whose payer is not identified: customers are suggested, and an operator matches it.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.audit import audit_event
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change, insert_missing
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger.services import post_entries
from payments.batches import postings
from payments.batches.errors import SUGGESTION_FAILED, ReceiptNotFound, ReceiptNotOpen
from payments.batches.models import PayerAccount, UnidentifiedReceipt
from payments.batches.services.checking import named_in, tokens_of
from payments.models import Payment
from payments.subjects import PAYMENT_NUMBERS

MAX_SUGGESTIONS: Final = 5
_POINTS: Final = {"number": 60, "account": 50, "name": 40, "amount": 20}
_SHORTEST_WORD: Final = 3
_MAX_FOUND: Final = 500
_BY_NAME: Final = """
select id, name from customers where company_id = %s::uuid and upper(name) like any(%s::text[]) limit %s::int
"""
_BY_AMOUNT: Final = """
select o.customer_id, o.outstanding, o.currency, coalesce(i.number, o.reference_id)
from ledger_obligations o left join invoices i on i.company_id = o.company_id and i.obligation_id = o.id
where o.company_id = %s::uuid and o.status = 'open' and o.outstanding = any(%s::numeric[])
order by o.due_date limit %s::int
"""
_MATCH: Final = """
update unidentified_receipts set status = 'matched', payment_id = %s::uuid, matched_by = %s,
  matched_at = clock_timestamp() where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(slots=True)
class Suggestion:
    """A customer whose money it may be: the points, and the reasons for them."""

    customer_id: UUID
    name: str = ""
    points: int = 0
    because: list[str] = field(default_factory=list)

    def add(self, points: int, because: str) -> None:
        """One more thing that speaks for the customer."""
        self.points += points
        self.because.append(because)


@joins_transaction
def match_receipt(
    *, actor: Actor, receipt_id: UUID, customer_id: UUID
) -> tuple[UnidentifiedReceipt, Payment]:
    """Make the receipt a payment of the customer, as unallocated cash, and remember the payer's account.

    Needs `payments.import_batches`. Raises ReceiptNotFound (404), ReceiptNotOpen (409), InvalidInput (400) for an
    unknown customer.
    """
    actor.require("payments.import_batches")
    receipt = _lock_open(actor, receipt_id)
    customer = Customer.objects.filter(company_id=actor.company_id, id=customer_id).first()
    if customer is None:
        raise InvalidInput(
            f"There is no customer {customer_id}.", code=SUGGESTION_FAILED, field="customer_id"
        )
    if receipt.payer_account:
        insert_missing(
            [PayerAccount(company_id=actor.company_id, account=receipt.payer_account, customer=customer)],
            unique=("company_id", "account"),
        )
    payment = _payment(actor, receipt, customer)
    event = audit_event(
        actor=actor,
        action="payments.receipt_matched",
        subject_type=postings.RECEIPT,
        subject_id=receipt.id,
        details={
            "payment_id": payment.number,
            "customer_id": str(customer.id),
            "amount": str(receipt.amount),
        },
    )
    post_entries(
        actor=actor,
        drafts=[
            postings.unidentified_matched(
                payment_id=payment.id,
                amount=receipt.amount,
                currency=receipt.currency,
                on=clock.today(actor.company),
                customer_id=customer.id,
            )
        ],
        rows=[[payment], [event]],
        changes=[Change(_MATCH, [payment.id, actor.name, actor.company_id, receipt.id])],
    )
    receipt.refresh_from_db()
    return receipt, payment


def _lock_open(actor: Actor, receipt_id: UUID) -> UnidentifiedReceipt:
    receipt = (
        UnidentifiedReceipt.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, id=receipt_id)
        .first()
    )
    if receipt is None:
        raise ReceiptNotFound(f"There is no unidentified receipt {receipt_id}.")
    if receipt.status != UnidentifiedReceipt.Status.OPEN:
        raise ReceiptNotOpen(f"The receipt is already {receipt.get_status_display().lower()}.")
    return receipt


@reads
def suggest_customers(
    *, actor: Actor, receipts: Sequence[UnidentifiedReceipt]
) -> dict[UUID, list[Suggestion]]:
    """For each receipt the likeliest customers, best first, each with what speaks for it.

    Points: a number of the customer in the words 60, the account was matched before 50, the name up to 40, an
    open item of exactly this amount 20. Four statements however many receipts.
    """
    suggestions: dict[UUID, dict[UUID, Suggestion]] = {each.id: {} for each in receipts}

    def suggestion(receipt: UnidentifiedReceipt, customer: UUID) -> Suggestion:
        return suggestions[receipt.id].setdefault(customer, Suggestion(customer))

    words = {each.id: tokens_of(each.text) for each in receipts}
    named = named_in(actor=actor, tokens=set().union(*words.values())) if receipts else {}
    accounts = dict(
        PayerAccount.objects.filter(
            company_id=actor.company_id, account__in=[each.payer_account for each in receipts]
        ).values_list("account", "customer_id")
    )
    for receipt in receipts:
        for word in sorted(words[receipt.id]):
            for what, customer in sorted(named.get(word, ()), key=str):
                suggestion(receipt, customer).add(_POINTS["number"], f"its text names {what} {word}")
        if receipt.payer_account in accounts:
            suggestion(receipt, accounts[receipt.payer_account]).add(
                _POINTS["account"], f"an earlier receipt from account {receipt.payer_account} was theirs"
            )
    for receipt, customer, share, name in _by_name(actor, receipts):
        suggestion(receipt, customer).add(
            int(_POINTS["name"] * share), f"the payer's name is {'like ' if share < 1 else ''}{name}"
        )
    for receipt, customer, number in _by_amount(actor, receipts):
        suggestion(receipt, customer).add(
            _POINTS["amount"], f"{number} is open with exactly {receipt.amount:,.2f}"
        )
    return _ranked(actor, suggestions)


def _ranked(actor: Actor, suggestions: dict[UUID, dict[UUID, Suggestion]]) -> dict[UUID, list[Suggestion]]:
    best = {
        key: sorted(each.values(), key=lambda one: (-one.points, str(one.customer_id)))[:MAX_SUGGESTIONS]
        for key, each in suggestions.items()
    }
    ids = {one.customer_id for each in best.values() for one in each}
    names = dict(Customer.objects.filter(company_id=actor.company_id, id__in=ids).values_list("id", "name"))
    for each in best.values():
        for one in each:
            one.name = names.get(one.customer_id, "")
    return best


def _by_name(
    actor: Actor, receipts: Sequence[UnidentifiedReceipt]
) -> list[tuple[UnidentifiedReceipt, UUID, float, str]]:
    words_by_receipt = {each.id: _words(each.payer_name) for each in receipts}
    patterns = sorted({f"%{word}%" for words in words_by_receipt.values() for word in words})
    if not patterns:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BY_NAME, [actor.company_id, patterns, _MAX_FOUND])
        customers = [(key, name, _words(name)) for key, name in cursor.fetchall()]
    matches = []
    for receipt in receipts:
        for key, name, words in customers:
            common = len(words_by_receipt[receipt.id] & words)
            if common:
                matches.append(
                    (receipt, key, common / max(len(words_by_receipt[receipt.id] | words), 1), name)
                )
    return matches


def _by_amount(
    actor: Actor, receipts: Sequence[UnidentifiedReceipt]
) -> list[tuple[UnidentifiedReceipt, UUID, str]]:
    if not receipts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BY_AMOUNT, [actor.company_id, sorted({each.amount for each in receipts}), _MAX_FOUND])
        open_items: dict[tuple[Decimal, str], list[tuple[UUID, str]]] = {}
        for customer, outstanding, currency, number in cursor.fetchall():
            open_items.setdefault((outstanding, currency), []).append((customer, number))
    return [
        (receipt, customer, number)
        for receipt in receipts
        for customer, number in open_items.get((receipt.amount, receipt.currency), ())
    ]


def _words(name: str) -> frozenset[str]:
    plain = "".join(letter if letter.isalnum() else " " for letter in name.upper())
    return frozenset(word for word in plain.split() if len(word) >= _SHORTEST_WORD)


def _payment(actor: Actor, receipt: UnidentifiedReceipt, customer: Customer) -> Payment:
    (number,) = take(PAYMENT_NUMBERS, company_id=actor.company_id, day=clock.today(actor.company))
    return Payment(
        id=uuid7(),
        company_id=actor.company_id,
        kind=Payment.Kind.OTHER,
        number=number.text,
        number_order=number.order,
        customer=customer,
        currency=receipt.currency,
        amount=receipt.amount,
        unallocated=receipt.amount,
        method=receipt.method,
        payment_date=receipt.payment_date,
        reference_number=receipt.reference_number,
        notes=receipt.text,
        created_by_id=actor.user_id,
        cashier=actor.name,
    )
