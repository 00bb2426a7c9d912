"""The details of an entry of a CAMT message: transactions and charges (docs/domain.md#statement-files)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from bank.readers.camt_xml import each_of, one_of, raw_of, text_of
from bank.readers.interface import Mark, ParsedPart, Way
from bank.readers.values import (
    ACCOUNT_LENGTH,
    FOREIGN_LENGTH,
    MAX_NAMED,
    NAME_LENGTH,
    REFERENCE_LENGTH,
    RETURN_CODE_LENGTH,
    TEXT_LENGTH,
    BadValue,
    Findings,
    exact_amount,
    join_texts,
    joined_once,
    known_reference,
)
from batconnect.core.kernel.money import ZERO, format_amount

_AMOUNTS: Final = (
    ("Amt",),
    ("AmtDtls", "TxAmt", "Amt"),
    ("AmtDtls", "CntrValAmt", "Amt"),
    ("AmtDtls", "InstdAmt", "Amt"),
)
_WAYS: Final[dict[str, Way]] = {"CRDT": "in", "DBIT": "out"}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of at least 0.00 with its currency, and its direction where it has one of its own."""

    amount: Decimal
    currency: str
    direction: Way | None = None

    @property
    def signed(self) -> Decimal:
        """The amount, below zero for money out."""
        return -self.amount if self.direction == "out" else self.amount

    def described(self) -> str:
        """For people: `3.00 USD`."""
        return f"{format_amount(self.amount)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Detail:
    """A transaction that an entry consists of; `money` is None where it names no amount that can be read."""

    money: Money | None
    direction: Way
    reference: str
    end_to_end_id: str
    payer_name: str
    payer_account: str
    text: str
    named: tuple[str, ...]
    mark: Mark
    return_code: str
    foreign: str
    charges: tuple[Money, ...]

    @property
    def signed(self) -> Decimal:
        """The amount, below zero for money out; 0.00 where it names none."""
        amount = self.money.amount if self.money else ZERO
        return amount if self.direction == "in" else -amount

    def described(self) -> str:
        """For people, where the details are not its parts: `60.00 USD in, Ostrow Fuel Inc, NT1-1`."""
        amount = (
            f"{self.money.described()} {self.direction}" if self.money else f"no amount, {self.direction}"
        )
        return ", ".join(each for each in (amount, self.payer_name, self.reference, self.text) if each)

    def part(self, place: int, findings: Findings) -> ParsedPart:
        """The detail as a part of the line at that place."""
        assert self.money is not None
        return ParsedPart(
            amount=self.money.amount,
            direction=self.direction,
            currency=self.money.currency,
            reference=self.reference,
            end_to_end_id=self.end_to_end_id,
            payer_name=self.payer_name,
            payer_account=self.payer_account,
            text=findings.cut(self.text, TEXT_LENGTH, "the text of a detail", place),
            named=self.named,
            mark=self.mark,
            return_code=self.return_code,
            foreign=self.foreign,
        )


def way_of(text: str) -> Way | None:
    """CRDT is in, DBIT is out: the direction that happened, also of reversals."""
    return _WAYS.get(text.upper())


def money_of(element: Element | None, direction: Way | None = None) -> Money | None:
    """The amount of an `Amt`, None where it is missing. Raises BadValue."""
    if element is None or not (element.text or "").strip():
        return None
    amount = exact_amount(element.text or "")
    if amount < 0:
        raise BadValue("below_zero", f"The amount {amount} is below zero; CdtDbtInd says the direction.")
    return Money(amount, element.get("Ccy", "").strip().upper(), direction)


def read_detail(detail: Element, *, direction: Way, currency: str, mark: Mark, own: str) -> Detail:
    """A `TxDtls` of an entry of that direction, currency and mark; `own` is the number of the account itself."""
    direction = way_of(text_of(detail, "CdtDbtInd")) or direction
    returned = one_of(detail, "RtrInf")
    if returned is not None:
        mark = "return"
    name, account, other = _counterparty(detail, direction, mark, own)
    return Detail(
        money=_amount(detail, currency),
        direction=direction,
        reference=known_reference(text_of(detail, "Refs", "AcctSvcrRef"))[:REFERENCE_LENGTH],
        end_to_end_id=known_reference(text_of(detail, "Refs", "EndToEndId"))[:REFERENCE_LENGTH],
        payer_name=name[:NAME_LENGTH],
        payer_account=account[:ACCOUNT_LENGTH],
        text=_text(detail, returned, other),
        named=_named(detail),
        mark=mark,
        return_code=(text_of(returned, "Rsn", "Cd") or text_of(returned, "Rsn", "Prtry"))[
            :RETURN_CODE_LENGTH
        ],
        foreign=_foreign(detail, currency)[:FOREIGN_LENGTH],
        charges=tuple(read_charges(detail, currency)),
    )


def read_charges(element: Element, currency: str) -> list[Money]:
    """The charges that an entry or a detail names, in its currency; out unless they say otherwise."""
    found = []
    for charges in each_of(element, "Chrgs"):
        records = each_of(charges, "Rcrd") or ([charges] if one_of(charges, "Amt") is not None else [])
        for record in records:
            try:
                money = money_of(one_of(record, "Amt"), way_of(text_of(record, "CdtDbtInd")) or "out")
            except BadValue:
                continue
            if money is not None and money.amount and (money.currency or currency) == currency:
                found.append(Money(money.amount, currency, money.direction))
    return found


def _amount(detail: Element, currency: str) -> Money | None:
    """What the detail counts in the entry's currency, where it says so; else the amount it has."""
    found = []
    for path in _AMOUNTS:
        try:
            money = money_of(one_of(detail, *path))
        except BadValue:
            if path == ("Amt",):
                return None
            continue
        if money is not None:
            money = Money(money.amount, money.currency or currency)
            if money.currency == currency:
                return money
            found.append(money)
    return found[0] if found else None


def _foreign(detail: Element, currency: str) -> str:
    """The amount in another currency, with its rate."""
    for path in (("AmtDtls", "InstdAmt"), ("AmtDtls", "TxAmt"), ()):
        there = one_of(detail, *path)
        amount = one_of(there, "Amt")
        code = amount.get("Ccy", "") if amount is not None else ""
        if amount is not None and code and code != currency and (amount.text or "").strip(" 0.+"):
            rate = text_of(there, "CcyXchg", "XchgRate")
            return f"{(amount.text or '').strip()[:40]} {code[:10]}" + (f" at {rate[:40]}" if rate else "")
    return ""


def _counterparty(detail: Element, direction: Way, mark: Mark, own: str) -> tuple[str, str, str]:
    """Name and account of the other side, and the name it acts for.

    Money in comes from the debtor, money out goes to the creditor; what is taken back keeps the roles of its original.
    The account's own side is never the other one.
    """
    parties = one_of(detail, "RltdPties")
    sides = ["Dbtr", "Cdtr"] if (direction == "in") != bool(mark) else ["Cdtr", "Dbtr"]
    found = []
    for side in sides:
        name = text_of(parties, side, "Nm") or text_of(parties, side, "Pty", "Nm")
        account = one_of(parties, f"{side}Acct", "Id")
        number = text_of(account, "IBAN") or text_of(account, "Othr", "Id")
        number = number.replace(" ", "") if text_of(account, "IBAN") else number
        ultimate = text_of(parties, f"Ultmt{side}", "Nm") or text_of(parties, f"Ultmt{side}", "Pty", "Nm")
        if (name or number or ultimate) and not (own and number == own):
            found.append((name or ultimate, number, ultimate if name and ultimate != name else ""))
    return found[0] if found else ("", "", "")


def _text(detail: Element, returned: Element | None, other: str) -> str:
    remittance = one_of(detail, "RmtInf")
    free = join_texts([each.text or "" for each in each_of(remittance, "Ustrd")])
    structured = join_texts(
        [each.text or "" for strd in each_of(remittance, "Strd") for each in each_of(strd, "AddtlRmtInf")]
    )
    check = known_reference(text_of(detail, "Refs", "ChqNb"))
    return joined_once(
        [
            free,
            structured,
            f"Check {check}" if check else "",
            f"For {other}" if other else "",
            join_texts([each.text or "" for each in each_of(returned, "AddtlInf")]),
            text_of(detail, "AddtlTxInf"),
        ]
    )


def _named(detail: Element) -> tuple[str, ...]:
    """Documents and references of the structured remittance."""
    names: list[str] = []
    for structured in each_of(one_of(detail, "RmtInf"), "Strd"):
        names += [raw_of(each, "Nb") for each in each_of(structured, "RfrdDocInf")]
        names += [raw_of(each, "Ref") for each in each_of(structured, "CdtrRefInf")]
    return _known(names)


def _known(names: Sequence[str]) -> tuple[str, ...]:
    kept = dict.fromkeys(known_reference(each)[:REFERENCE_LENGTH] for each in names)
    return tuple(each for each in kept if each)[:MAX_NAMED]
