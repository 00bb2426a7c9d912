"""What a person types on the desk to say what a line is, read as pieces of an explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.errors import UNKNOWN_EXPLANATION
from bank.models import DepositSlip, Explanation
from bank.services.kinds.batches import PAYOUT_BATCH
from bank.services.kinds.interface import Piece
from bank.services.kinds.opened import opened_items
from bank.services.one_sided import one_sided_transfers
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import NotMoney, exact_money
from batconnect.directory.models import Customer
from ledger import chart
from ledger.models import PayoutBatch
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.vendors.models import VendorCredit
from payments.models import Payment

_K: Final = Explanation.Kind


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind that the desk offers: for which directions, and what is to be named for it."""

    kind: str
    label: str
    directions: frozenset[str]
    asks: str
    find: Callable[[Actor, str], Mapping[str, Any]]


def _nothing(actor: Actor, text: str) -> Mapping[str, Any]:
    return {}


def _customer(actor: Actor, text: str) -> Mapping[str, Any]:
    here = Customer.objects.filter(company_id=actor.company_id)
    for rows in (here.filter(external_reference__iexact=text), here.filter(name__iexact=text)):
        ids = list(rows.values_list("id", flat=True)[:2])
        if len(ids) == 1:
            return {"customer_id": ids[0]}
        if ids:
            raise _unclear(text, "customers")
    return {"customer_id": _id_of(here, text, "customer, by reference, full name or id")}


def _payment(actor: Actor, text: str) -> Mapping[str, Any]:
    here = Payment.objects.filter(company_id=actor.company_id)
    by_number = here.filter(number__iexact=text).values_list("id", flat=True).first()
    return {"payment_id": by_number or _id_of(here, text, "payment, by number or id")}


def _disbursement(actor: Actor, text: str) -> Mapping[str, Any]:
    here = Disbursement.objects.filter(company_id=actor.company_id)
    ids = list(here.filter(reference__iexact=text).values_list("id", flat=True)[:2]) if text else []
    if len(ids) > 1:
        raise _unclear(text, "payments out")
    return {"disbursement_id": ids[0] if ids else _id_of(here, text, "payment out, by reference or id")}


def _account(actor: Actor, text: str) -> Mapping[str, Any]:
    return {"account_code": text}


def _transfer(actor: Actor, text: str) -> Mapping[str, Any]:
    """The transfer with one side that this is the other side of: by its id, or the oldest at the named place."""
    if not text:
        return {}
    places = {text}
    banks = BankAccount.objects.filter(company_id=actor.company_id)
    drawers = Drawer.objects.filter(company_id=actor.company_id)
    places |= {chart.bank(code) for code in banks.filter(code__iexact=text).values_list("code", flat=True)}
    places |= {
        chart.drawer(code) for code in drawers.filter(code__iexact=text).values_list("code", flat=True)
    }
    for each in one_sided_transfers(actor=actor):
        if each.transfer_id == text or each.place in places:
            return {"source_id": each.transfer_id}
    raise InvalidInput(
        f"No transfer waits for its other side at {text[:60]!r}. Leave it empty: then it meets the oldest of its "
        "amount, or begins one.",
        code=UNKNOWN_EXPLANATION,
    )


def _slip(actor: Actor, text: str) -> Mapping[str, Any]:
    here = DepositSlip.objects.filter(company_id=actor.company_id)
    by_number = here.filter(number__iexact=text).values_list("id", flat=True).first()
    return {"source_id": str(by_number or _id_of(here, text, "deposit slip, by number or id"))}


def _opened(actor: Actor, text: str) -> Mapping[str, Any]:
    """A line of the opening, by its reference, its account of the chart or its id."""
    told = text.casefold()
    named = [
        each
        for each in opened_items(actor=actor)
        if told in (each.reference.casefold(), each.account, str(each.line_id)) and told
    ]
    if len(named) > 1:
        raise _unclear(text, "lines of the opening")
    if not named:
        raise InvalidInput(
            f"Name what the opening brought, by its reference, account or id; {text[:60]!r} is not there.",
            code=UNKNOWN_EXPLANATION,
        )
    return {"source_id": str(named[0].line_id)}


def _processor(actor: Actor, text: str) -> Mapping[str, Any]:
    if not text:
        raise InvalidInput("Name the processor.", code=UNKNOWN_EXPLANATION)
    return {"values": {"processor": text}}


def _credit(actor: Actor, text: str) -> Mapping[str, Any]:
    here = VendorCredit.objects.filter(company_id=actor.company_id)
    if text:
        still_open = here.filter(vendor__name__iexact=text, status=VendorCredit.Status.OPEN)
        for rows in (here.filter(number__iexact=text), still_open):
            ids = list(rows.values_list("id", flat=True)[:2])
            if len(ids) > 1:
                raise _unclear(text, "credits")
            if ids:
                return {"values": {"credit_id": ids[0]}}
    return {
        "values": {"credit_id": _id_of(here, text, "vendor with one open credit, or the credit's number")}
    }


def _payments(actor: Actor, text: str) -> Mapping[str, Any]:
    named = text.replace(",", " ").split()
    if not named:
        raise InvalidInput("Name the payments of the deposit, by number.", code=UNKNOWN_EXPLANATION)
    return {"values": {"payment_ids": [_payment(actor, each)["payment_id"] for each in named]}}


def _batch(actor: Actor, text: str) -> Mapping[str, Any]:
    """The batch of payouts of this number, whose items in transit the line clears."""
    batch = PayoutBatch.objects.filter(company_id=actor.company_id, number__iexact=text).first()
    if batch is None:
        raise InvalidInput(
            f"{text!r} is not there: name a batch of payouts by its number.", code=UNKNOWN_EXPLANATION
        )
    return {"source_id": str(batch.id)}


_IN: Final = frozenset({"in"})
_OUT: Final = frozenset({"out"})
CHOICES: Final = (
    Choice(_K.PAYMENT, "A new payment of", _IN, "Customer: reference, full name or id", _customer),
    Choice(_K.KNOWN_PAYMENT, "The payment that is known as", _IN, "Payment number", _payment),
    Choice(_K.DEPOSIT_SLIP, "The deposit slip", _IN, "Its number", _slip),
    Choice(_K.OPENED, "What the opening brought", _IN, "Its reference, account or id", _opened),
    Choice(_K.GATEWAY, "A gateway's deposit of the payments", _IN, "Payment numbers; fee", _payments),
    Choice(_K.PROCESSOR, "A processor's deposit", _IN, "Processor; fee", _processor),
    Choice(_K.VENDOR_REFUND, "A vendor's refund", _IN, "Vendor, or the credit's number", _credit),
    Choice(_K.DISBURSEMENT, "What was paid out as", _OUT, "Its reference, or id", _disbursement),
    Choice(PAYOUT_BATCH, "The batch of payouts", _OUT, "Its number", _batch),
    Choice(_K.PAYMENT_RETURN, "The return of the payment", _OUT, "Payment number", _payment),
    Choice(_K.DISBURSEMENT_RETURN, "What came back of", _IN, "Its reference, or id", _disbursement),
    Choice(
        _K.TRANSFER,
        "A transfer between own places",
        _IN | _OUT,
        "Empty, or the other place's code",
        _transfer,
    ),
    Choice(_K.CHARGES, "Bank charges", _IN | _OUT, "", _nothing),
    Choice(_K.INTEREST, "Bank interest", _IN | _OUT, "", _nothing),
    Choice(_K.ACCOUNT, "The account of the chart", _IN | _OUT, "Its code", _account),
)
WITH_FEE: Final = frozenset({_K.GATEWAY, _K.PROCESSOR, _K.PAYMENT_RETURN})
_BY_KIND: Final = {each.kind: each for each in CHOICES}


@dataclass(frozen=True, slots=True)
class Typed:
    """A row of the desk as it was typed; `amount` is read already."""

    place: int
    kind: str
    amount: Decimal
    what: str
    fee: str = ""
    reason_code: str = ""


@reads
def read_piece(*, actor: Actor, typed: Typed) -> Piece:
    """The piece that a row of the desk says. Raises InvalidInput naming the row's field."""
    choice = _BY_KIND.get(typed.kind)
    if choice is None:
        raise InvalidInput("Choose what it is.", code=UNKNOWN_EXPLANATION, field=f"kind-{typed.place}")
    try:
        named = dict(choice.find(actor, typed.what.strip()))
    except InvalidInput as refusal:
        raise InvalidInput(refusal.message, code=refusal.code, field=f"what-{typed.place}") from refusal
    values = dict(named.pop("values", {}))
    if typed.fee.strip():
        values["fee"] = _fee(typed)
    if typed.kind in (_K.PAYMENT_RETURN, _K.DISBURSEMENT_RETURN) and typed.reason_code.strip():
        values["reason_code"] = typed.reason_code.strip()
    return Piece(kind=typed.kind, amount=typed.amount, values=values, **named)


def _fee(typed: Typed) -> Decimal:
    field = f"fee-{typed.place}"
    if typed.kind not in WITH_FEE:
        raise InvalidInput(
            "This has no fee: what the bank kept is a piece of bank charges, below zero.",
            code=UNKNOWN_EXPLANATION,
            field=field,
        )
    try:
        return exact_money(typed.fee.strip())
    except NotMoney as error:
        raise InvalidInput(str(error), field=field) from error


def choices_for(direction: str) -> list[Choice]:
    """The kinds for money of this direction."""
    return [each for each in CHOICES if direction in each.directions]


def _id_of(rows: Any, text: str, what: str) -> UUID:
    try:
        found = rows.filter(id=UUID(text)).values_list("id", flat=True).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(f"Name the {what}; {text[:60]!r} is not there.", code=UNKNOWN_EXPLANATION)
    return UUID(str(found))


def _unclear(text: str, what: str) -> InvalidInput:
    return InvalidInput(f"Several {what} are called {text[:60]!r}: give the id.", code=UNKNOWN_EXPLANATION)
