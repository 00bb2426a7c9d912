"""Lines of bank statements as payers and banks write them, each with what it truly is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bank.rules.names import same_name
from benchmarks.matching_people import as_banks_write, company, person, with_noise
from benchmarks.matching_world import Item, Payer, World


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says. `of_payment` is the known payment that it is, or the one that came back, made before it."""

    kind: str
    amount: Decimal
    text: str
    payer: Payer | None = None
    payer_name: str = ""
    payer_account: str = ""
    direction: str = "in"
    mark: str = ""
    named: tuple[str, ...] = ()
    check: str = ""
    days_before: int = 0
    account_code: str = ""


@dataclass(slots=True)
class Maker:
    """Makes lines of a world, one after another."""

    dice: random.Random
    world: World

    def draw(self) -> Said:
        """One line of a kind by its share."""
        make: Callable[[], Said] = self.dice.choices(
            [each for _, each in self._kinds()], weights=[share for share, _ in self._kinds()]
        )[0]
        return make()

    def _kinds(self) -> list[tuple[int, Callable[[], Said]]]:
        return [
            (150, self.document),
            (110, self.own_number),
            (200, self.name),
            (110, self.noise_learned),
            (70, self.noise),
            (120, self.standing_order),
            (40, self.learned_only),
            (40, self.shared_account),
            (30, self.wrong_reference),
            (30, self.cut_reference),
            (40, self.known),
            (30, self.returned),
            (40, self.stranger),
            (24, self.bank_itself),
            (10, self.anonymous),
        ]

    def _payer(self, wanted: Callable[[Payer], Any] = lambda _: True, *, alone: bool = False) -> Payer:
        """A customer; `alone`: one of those who pay in no other way, so that only one line is the known payment."""
        while True:
            place = self.dice.randrange(len(self.world.payers))
            each = self.world.payers[place]
            if (place % 5 == 0) == alone and wanted(each):
                return each

    def _amount(self, payer: Payer) -> Decimal:
        """Mostly what is open: one item, the oldest, everything, some; else a part, or a round figure."""
        items, chance = payer.items, self.dice.random()
        if chance < 0.55:
            return self._settled(self.dice.choice(items))
        if chance < 0.64:
            return sum((each.amount for each in items[: self.dice.randrange(1, 5)]), Decimal(0))
        if chance < 0.70:
            return sum((each.amount for each in items), Decimal(0))
        if chance < 0.78:
            some = self.dice.sample(items, min(len(items), self.dice.randrange(1, 5)))
            return sum((each.amount for each in some), Decimal(0))
        if chance < 0.92:
            return Decimal(self.dice.choice((50, 100, 150, 200, 250, 300, 400, 500, 1_000)))
        return Decimal(self.dice.randrange(2_000, 90_000)) / 100

    def _settled(self, item: Item) -> Decimal:
        """What settles the item: less its discount, where one is earned, for half of those who may."""
        in_time = self.world.today <= item.due - timedelta(days=item.days)
        if item.percent is None or not in_time or self.dice.random() < 0.5:
            return item.amount
        discount = (item.amount * item.percent / 100).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
        return item.amount - discount

    def _number(self, number: str) -> str:
        """A number as it arrives: as it is, in small letters, with a blank or a line break inside, without hyphens."""
        chance = self.dice.random()
        if chance < 0.58:
            return number
        if chance < 0.68:
            return number.lower()
        if chance < 0.84 and len(number) > 5:
            place = self.dice.randrange(2, len(number) - 1)
            return number[:place] + self.dice.choice([" ", "\n"]) + number[place:]
        if chance < 0.92:
            return number.replace("-", "")
        return f"#{number}"

    def _frame(self, words: str, name: str) -> str:
        """The words as a channel of payments sends them along."""
        digits = self.dice.randrange
        return self.dice.choice(
            [
                words,
                words.upper(),
                f'Zelle payment from {name} for "{words}"; Conf# {self._letters(9)}',
                f"ACH CREDIT DES:PAYMENT ID:{digits(10**8, 10**9)} INDN:{name[:22]} CO ID:{digits(10**9)} WEB "
                f"PMT INFO:{words}",
                f"WIRE TYPE:WIRE IN DATE:261120 TIME:{digits(1000, 2359)} ET TRN:2026112000{digits(10**5, 10**6)} "
                f"SEQ:{digits(10**6)}/{digits(10**6)} ORIG:{name[:35]} SND BK:JPMORGAN CHASE BANK, NA "
                f"ID:021000021 PMT DET:{words}",
                f"Online Transfer from CHK ...{digits(1000, 9999)} transaction#: {digits(10**9, 10**10)} {words}",
                f"/RFB/{words}//ROC/NOTPROVIDED",
            ]
        )

    def _letters(self, count: int) -> str:
        return "".join(self.dice.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(count))

    def _mostly_named(self, payer: Payer) -> str:
        chance = self.dice.random()
        if chance < 0.6:
            return as_banks_write(self.dice, payer.name)
        if chance < 0.82:
            return with_noise(self.dice, payer.name)
        if chance < 0.92:
            return ""
        return person(self.dice).upper()

    def document(self) -> Said:
        """The number of an invoice, a fee or a toll in the words; a relative pays now and then."""
        payer = self._payer()
        item = self.dice.choice(payer.items)
        amount = self._settled(item) if self.dice.random() < 0.8 else self._amount(payer)
        number = self._number(item.number)
        words = self.dice.choice(
            ["{}", "Payment {}", "invoice {} thank you", "RE {}", "{} Nov", "pymt for {}", "Rechnung {}"]
        ).format(number)
        name = self._mostly_named(payer)
        if self.dice.random() < 0.1:
            return Said("document", amount, "", payer, name, self._account_of(payer), named=(item.number,))
        return Said("document", amount, self._frame(words, name), payer, name, self._account_of(payer))

    def _account_of(self, payer: Payer) -> str:
        return payer.account if self.dice.random() < 0.5 else ""

    def own_number(self) -> Said:
        """The payer's own number: driver, license, lease, reference, medallion, plate."""
        payer = self._payer(lambda each: each.driver or each.reference)
        numbers = [each for each in (payer.reference, payer.driver, payer.lease) if each]
        labeled = [
            f"{label} {number}"
            for label, number in (
                ("TLC", payer.license),
                ("med", payer.medallion),
                ("plate", payer.plate),
                ("medallion #", payer.medallion),
            )
            if number
        ]
        chance = self.dice.random()
        words = (
            self._number(self.dice.choice(numbers))
            if chance < 0.7 or not labeled
            else self.dice.choice(labeled)
        )
        words = f"{self.dice.choice(['', 'lease week 47 ', 'weekly rent ', 'acct '])}{words}"
        name = self._mostly_named(payer)
        return Said(
            "own number", self._amount(payer), self._frame(words, name), payer, name, self._account_of(payer)
        )

    def name(self) -> Said:
        """The name as it is, but for case and what banks do to it, sometimes in the text alone."""
        payer = self._payer()
        name = as_banks_write(self.dice, payer.name)
        words = self.dice.choice(["thanks", "rent", "payment", "", "Nov 2026", "weekly payment", "lease"])
        shown = "" if self.dice.random() < 0.2 else name
        text = (
            f"Zelle payment from {name} Conf# {self._letters(9)}" if not shown else self._frame(words, name)
        )
        return Said("name", self._amount(payer), text, payer, shown, self._account_of(payer))

    def noise_learned(self) -> Said:
        """A name with noise, from an account that was learned."""
        payer = self._payer(lambda each: each.is_learned)
        name = with_noise(self.dice, payer.name)
        return Said(
            "noise, account known",
            self._amount(payer),
            self._frame("payment", name),
            payer,
            name,
            payer.account,
        )

    def noise(self) -> Said:
        """A name with noise, and nothing else."""
        payer = self._payer()
        name = with_noise(self.dice, payer.name)
        return Said("noise", self._amount(payer), self._frame("rent", name), payer, name)

    def standing_order(self) -> Said:
        """The same words each time, from a known account."""
        payer = self._payer(lambda each: each.is_learned)
        name = as_banks_write(self.dice, payer.name)
        words = self.dice.choice(["STANDING ORDER", "AUTOPAY", "RECURRING PMT", "BILL PAY"])
        return Said("standing order", payer.items[0].amount, words, payer, name, payer.account)

    def learned_only(self) -> Said:
        """A known account whose holder's name nobody has, or is not given."""
        payer = self._payer(lambda each: each.is_learned)
        name = "" if self.dice.random() < 0.5 else person(self.dice).upper()
        return Said("account alone", self._amount(payer), "ONLINE TRANSFER", payer, name, payer.account)

    def shared_account(self) -> Said:
        """An agent's account: the customer is in the words, if anywhere."""
        payer = self._payer()
        chance = self.dice.random()
        words = (
            f"for {payer.name.lower()}"
            if chance < 0.5
            else f"for {payer.name.split()[-1].lower()}"
            if chance < 0.8
            else f"{self.dice.choice(payer.items).number}"
        )
        return Said(
            "shared account",
            self._amount(payer),
            words,
            payer,
            self.dice.choice(["MONEY WIRE SVC", "RIA FINANCIAL", "REMITLY INC"]),
            self.dice.choice(self.world.agents),
        )

    def wrong_reference(self) -> Said:
        """A number with a wrong digit, or somebody else's; one in twenty is paid by a relative."""
        payer = self._payer()
        number = self.dice.choice(payer.items).number
        place = self.dice.choice([place for place, each in enumerate(number) if each.isdecimal()][-4:])
        wrong = (
            number[:place] + str((int(number[place]) + self.dice.randrange(1, 9)) % 10) + number[place + 1 :]
        )
        if self.dice.random() < 0.3:
            wrong = self.dice.choice(self._payer().items).number
        name = as_banks_write(self.dice, payer.name)
        if self.dice.random() < 0.05 and not payer.is_company:
            name = f"{person(self.dice).split()[0]} {payer.name.split()[-1]}".upper()
        return Said(
            "wrong reference",
            self._amount(payer),
            self._frame(f"for {wrong}", name),
            payer,
            name,
            self._account_of(payer),
        )

    def cut_reference(self) -> Said:
        """The end of the number is missing: the text was full."""
        payer = self._payer()
        number = self.dice.choice(payer.items).number
        words = f"payment of {number}"[: -self.dice.randrange(1, 4)]
        name = self._mostly_named(payer)
        return Said("cut reference", self._amount(payer), words, payer, name, self._account_of(payer))

    def known(self) -> Said:
        """A check or a transfer that was recorded at the counter, or by a gateway, some days before."""
        payer = self._payer(alone=True)
        check = str(self.dice.randrange(101, 9_999))
        chance = self.dice.random()
        name = as_banks_write(self.dice, payer.name)
        text, shown = (
            (f"CHECK {check} DEPOSIT", name)
            if chance < 0.4
            else (f"MOBILE DEPOSIT CHECK # {check}", "")
            if chance < 0.6
            else (self._frame("payment", name), name)
        )
        return Said(
            "known payment",
            self._amount(payer),
            text,
            payer,
            shown,
            check=check,
            days_before=self.dice.choice((0, 1, 1, 2, 3, 5)),
        )

    def returned(self) -> Said:
        """An earlier payment that came back."""
        payer = self._payer(alone=True)
        check = str(self.dice.randrange(10_001, 99_999))
        name = as_banks_write(self.dice, payer.name)
        text = self.dice.choice(
            [
                f"RETURNED DEPOSITED ITEM CHECK {check}",
                f"ACH RETURN R01 INSUFFICIENT FUNDS {name}",
                f"DEPOSITED ITEM RETURNED NSF {name[:22]}",
                "CHARGEBACK RETURN OF ITEM",
            ]
        )
        return Said(
            "return",
            self._amount(payer),
            text,
            payer,
            "",
            direction="out",
            mark=self.dice.choice(["return", ""]),
            check=check,
            days_before=self.dice.randrange(2, 35),
        )

    def stranger(self) -> Said:
        """Money of nobody: a company, a relative of a customer, a person. One in fifty may be a customer's namesake."""
        chance = self.dice.random()
        while True:
            if chance < 0.5:
                name = company(self.dice)
            elif chance < 0.8:
                relative = self._payer(lambda each: not each.is_company)
                name = f"{person(self.dice).split()[0]} {relative.name.split()[-1]}"
            else:
                name = person(self.dice)
            if same_name(name) not in self.world.names or self.dice.random() < 0.02:
                break
        amount = (
            Decimal(self.dice.choice((450, 475, 500, 525, 550, 600)))
            if self.dice.random() < 0.3
            else Decimal(self.dice.randrange(2_000, 90_000)) / 100
        )
        words = self.dice.choice(["payment", "refund", "claim 44120-88", "settlement", "rent"])
        return Said(
            "nobody's", amount, self._frame(words, name.upper()), None, name.upper(), self._letters(12)
        )

    def bank_itself(self) -> Said:
        """What the bank charges, mostly known by a rule, or pays as interest."""
        amount = Decimal(self.dice.randrange(300, 9_000)) / 100
        text, direction, code = self.dice.choices(
            [
                (f"ACCOUNT ANALYSIS SETTLEMENT CHARGE {self.dice.randrange(10**6)}", "out", "bank_charges"),
                ("WIRE TRANSFER FEE", "out", "bank_charges"),
                ("MONTHLY SERVICE FEE", "out", "bank_charges"),
                ("INTEREST PAID THIS PERIOD", "in", "income:bank_interest"),
            ],
            weights=[14, 4, 3, 3],
        )[0]
        return Said("the bank's own", amount, text, direction=direction, account_code=code)

    def anonymous(self) -> Said:
        """A deposit that says nothing of anybody."""
        payer = self._payer()
        return Said(
            "says nothing",
            self._amount(payer),
            f"DEPOSIT ID NUMBER {self.dice.randrange(10**5, 10**6)}",
            payer,
        )
