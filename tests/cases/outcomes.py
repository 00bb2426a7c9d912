"""What must come of the small bank files in `bank/`: one table, whichever way a file goes in.

The files were made for this project after faults that people report of such software; none is anybody's statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from bank.models import LinePart
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from ledger.treasury.services.places import open_bank_account
from payments.batches.tests.builders import add_customer
from payments.services.recording import record_payment

FOLDER: Final = Path(__file__).parent / "bank"
DAY: Final = "2026-11-20"
CHASE: Final = {"amount_column": "Amount", "date_column": "Posting Date", "text_column": "Description"}
GERMAN: Final = {
    "amount_column": "Betrag",
    "date_column": "Buchungstag",
    "text_column": "Verwendungszweck",
    "payer_name_column": "Beguenstigter/Zahlungspflichtiger",
    "payer_account_column": "Kontonummer/IBAN",
    "currency_column": "Waehrung",
    "decimal_sign": ",",
    "date_form": "dmy",
}


@dataclass(frozen=True)
class Line:
    """A line as the bank said it, what became of it, and what became of each of its parts."""

    signed: str
    day: str = DAY
    state: str = "booked"
    parts: tuple[str, ...] = ("open",)

    @property
    def shown(self) -> tuple[str, str, str, tuple[str, ...]]:
        """As each way shows it, parts in the order of their names."""
        return self.day, self.signed, self.state, tuple(sorted(self.parts))


@dataclass(frozen=True)
class File:
    """A file, its lines as they are once it was taken, and the words that the check before it says."""

    name: str
    lines: tuple[Line, ...]
    status: str = "booked"
    says: tuple[str, ...] = ()
    known: int = 0
    unreadable: int = 0

    @property
    def content(self) -> bytes:
        """The bytes as they came."""
        return (FOLDER / self.name).read_bytes()


@dataclass(frozen=True)
class Case:
    """Files that come one after the other. `suggested` are words among what the last file's open lines may be, by the
    signed amount of the part; `paid` the payments that there are in the end, by customer."""

    files: tuple[File, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    given: Callable[[Actor], None] = lambda actor: None
    between: Callable[[Actor], None] = lambda actor: None
    suggested: Mapping[str, Sequence[str]] = field(default_factory=dict)
    paid: Sequence[tuple[str, str]] = ()
    parts: Sequence[str] | None = None
    """The signed amounts of all parts, where they are not those of the lines."""
    notes: Sequence[str] = ()
    """Words of the notes of lines."""


def _check_at_the_counter(actor: Actor) -> None:
    record_payment(
        actor=actor,
        customer_id=Customer.objects.get(external_reference="OST-001").id,
        amount=Decimal("88.88"),
        method="check",
        payment_date=date(2026, 11, 19),
        reference_number="CHK-88",
    )


def _for_norwood(actor: Actor) -> None:
    """A person says that the first transfer was Norwood's: the account is learned as Norwood's."""
    part = LinePart.objects.get()
    customer = Customer.objects.get(external_reference="NOR-001")
    explain_part(
        actor=actor, part_id=part.id, pieces=[Piece("payment", part.amount, customer_id=customer.id)]
    )


def _euros(actor: Actor) -> None:
    open_bank_account(actor=actor, code="euro", name="Euro", currency="EUR", is_default=True)


EXPLAINED: Final = ("explained",)
_KNOWN: Final = {"state": "known", "parts": ()}
_TESTER: Final = {"TST-D-1001": "Tester"}
_MORE: Final = {"NOR-001": "Norwood Transit", "OST-001": "Ostrow Fuel Inc"}
_GERMAN_FILE: Final = (Line("1234.56", parts=EXPLAINED),)

CASES: Final[dict[str, Case]] = {
    "01 a reversal of a credit": Case(
        (
            File(
                "01-reversal-of-credit.xml",
                (Line("500.00", parts=EXPLAINED), Line("-500.00")),
                says=("1,000.00", "500.00"),
            ),
        ),
        customers={"TST-A-1001": "Norwood Garage LLC"},
        suggested={"-500.00": ("Return of", "Norwood Garage LLC")},
        paid=[("Norwood Garage LLC", "500.00")],
    ),
    "03 details with a direction of their own": Case(
        (File("03-details-with-own-direction.xml", (Line("80.00", parts=("open", "open")),)),),
        parts=["-20.00", "100.00"],
    ),
    "04 details that do not add up": Case(
        (File("04-details-gross-entry-net.xml", (Line("97.00"),)),),
        notes=["3.00"],
    ),
    "06 a standing order in two months": Case(
        (
            File("06a-standing-order-oct.xml", (Line("50.00", day="2026-10-20", parts=EXPLAINED),)),
            File("06b-standing-order-nov.xml", (Line("50.00", parts=EXPLAINED),)),
        ),
        customers={"QUI-004": "Quill Paper Co"},
        paid=[("Quill Paper Co", "50.00"), ("Quill Paper Co", "50.00")],
    ),
    "07 files that overlap": Case(
        (
            File("07a-overlap-first.xml", (Line("31.11"), Line("31.22"))),
            File("07b-overlap-second.xml", (Line("31.22", **_KNOWN), Line("31.33")), known=1),
        ),
    ),
    "08 two alike without a reference": Case(
        (File("08-two-alike-without-reference.xml", (Line("25.00"), Line("25.00"))),)
    ),
    "09 dates with a zone": Case((File("09-date-with-zone.xml", (Line("12.00"), Line("13.00"))),)),
    "10 a reference cut in two": Case(
        (File("10-reference-split-over-ustrd.xml", (Line("20.00", parts=EXPLAINED),)),),
        customers=_TESTER,
        paid=[("Tester", "20.00")],
    ),
    "11 a referred document": Case(
        (File("11-referred-document.xml", (Line("20.00", parts=EXPLAINED),)),),
        customers=_TESTER,
        paid=[("Tester", "20.00")],
    ),
    "12a a reference in small letters": Case(
        (File("12a-lower-case-reference.xml", (Line("20.00", parts=EXPLAINED),)),),
        customers={"PIPER-77": "Piper"},
        paid=[("Piper", "20.00")],
    ),
    "13 a name in capitals": Case(
        (File("13-name-upper-case.xml", (Line("20.00", parts=EXPLAINED),)),),
        customers={"QUI-004": "Quill Paper Co", "QUI-005": "Quill Printing"},
        paid=[("Quill Paper Co", "20.00")],
    ),
    "15b a file in UTF-16": Case(
        (File("15b-utf16.xml", (Line("15.00", parts=EXPLAINED),)),),
        customers={"MUE-001": "Müller"},
        paid=[("Müller", "15.00")],
    ),
    "18 amounts as the standard writes them": Case(
        (
            File(
                "18-amount-without-decimals.xml",
                (Line("61.00"), Line("61.50"), Line("0.50"), Line("62.00")),
                says=("185.00",),
            ),
        ),
    ),
    "23 account and name that disagree": Case(
        (
            File("23a-processor-first.xml", (Line("70.00"),)),
            File("23b-processor-second.xml", (Line("71.00"), Line("72.00"))),
        ),
        customers=_MORE,
        between=_for_norwood,
        suggested={"71.00": ("Norwood Transit", "Ostrow Fuel Inc"), "72.00": ("Norwood Transit",)},
        paid=[("Norwood Transit", "70.00")],
    ),
    "24 a check from the counter": Case(
        (File("24-counter-payment-then-bank.xml", (Line("88.88"),), says=("Ostrow Fuel Inc", "That is ")),),
        customers=_MORE,
        given=_check_at_the_counter,
        suggested={"88.88": ("That is ", "Ostrow Fuel Inc")},
        paid=[("Ostrow Fuel Inc", "88.88")],
    ),
    "25 exports that overlap": Case(
        (
            File(
                "25a-export-to-19-nov.csv", (Line("41.01", day="2026-11-18"), Line("41.02", day="2026-11-19"))
            ),
            File(
                "25b-export-to-20-nov.csv",
                (Line("41.02", day="2026-11-19", **_KNOWN), Line("41.03")),
                known=1,
            ),
        ),
        columns=CHASE,
    ),
    "27 balances that contradict the lines": Case(
        (
            File(
                "27-balances-contradict.xml",
                (Line("100.00", state="shown", parts=()),),
                status="held",
                says=("1,500.00", "1,100.00"),
            ),
        ),
    ),
    "31 amounts as they are written here": Case(
        (
            File(
                "31-dollar.csv",
                tuple(
                    Line(each)
                    for each in (
                        *("1234.56", "-50.00", "-50.00", "-50.00", "75.00", "0.75", "1234.00", "-12.00"),
                        "75.00",
                    )
                ),
                says=("1 234.56", "12,50", "1.234,56"),
                unreadable=3,
            ),
        ),
        columns=CHASE,
    ),
    "32 dates as they are written here": Case(
        (
            File(
                "32-date-forms.csv",
                (
                    Line("10.00", day="2026-01-05"),
                    Line("10.01", day="2026-01-05"),
                    *(Line(each) for each in ("10.03", "10.05", "10.06", "10.07", "10.08")),
                ),
                says=("20.11.2026", "20/11/2026"),
                unreadable=2,
            ),
        ),
        # The columns as they are guessed say the day first: the person knows that the bank writes the month first.
        columns={**CHASE, "date_form": "mdy"},
    ),
    "33 lines before the headings": Case((File("33-preamble.csv", (Line("10.00"),)),), columns=CHASE),
    "34 a line of totals": Case(
        (File("34-totals.csv", (Line("10.00"), Line("20.00")), says=("Row 4 sums up others", "30.00")),),
        columns=CHASE,
    ),
    "36 columns for debit and credit": Case(
        (
            File(
                "36-debit-credit-columns.csv",
                (Line("-15.00"), Line("500.00", parts=EXPLAINED), Line("-200.00", day="2026-11-21")),
                says=("500.00", "215.00"),
            ),
        ),
        columns={
            "date_column": "Date",
            "debit_column": "Debit",
            "credit_column": "Credit",
            "text_column": "Description",
            "balance_column": "Balance",
        },
        customers={"TST-B-1001": "Bernard"},
        paid=[("Bernard", "500.00")],
    ),
    "37 a direction column": Case(
        (File("37-indicator.csv", (Line("500.00", parts=EXPLAINED), Line("-200.00"))),),
        columns={
            "date_column": "Transaction Date",
            "amount_column": "Transaction Amount",
            "direction_column": "Transaction Type",
            "text_column": "Transaction Description",
        },
        customers={"TST-B-1001": "Bernard"},
        paid=[("Bernard", "500.00")],
    ),
    "38 a decimal comma in UTF-8": Case(
        (File("38-sparkasse-utf8.csv", _GERMAN_FILE, says=("1,234.56", "Euro")),),
        columns=GERMAN,
        given=_euros,
        customers={"TST-A-1001": "Müller"},
        paid=[("Müller", "1234.56")],
    ),
    "38b a decimal comma in Windows-1252": Case(
        (File("38b-sparkasse-cp1252.csv", _GERMAN_FILE, says=("Euro",)),),
        columns={**GERMAN, "encoding": "windows-1252"},
        given=_euros,
        customers={"TST-A-1001": "Müller"},
        paid=[("Müller", "1234.56")],
    ),
    "40 MT940": Case(
        (File("40-mt940.sta", (Line("500.00", parts=EXPLAINED),), says=("1,000.00", "1,500.00")),),
        customers={"TST-A-1001": "Alma"},
        paid=[("Alma", "500.00")],
    ),
    "41 OFX 1": Case((File("41-ofx.ofx", (Line("500.00"),)),)),
    "42 BAI2": Case(
        (
            File(
                "42-bai2.txt",
                (Line("500.00", day="2026-11-19", parts=EXPLAINED),),
                says=("1,000.00", "500.00"),
            ),
        ),
        customers={"TST-A-1001": "Alma"},
        paid=[("Alma", "500.00")],
    ),
}
WITHOUT_LINES: Final = File("41b-ofx2.ofx", (), says=("The file holds no lines.",))


def prepare(actor: Actor, case: Case) -> None:
    """What is there before the files come."""
    for reference, name in case.customers.items():
        add_customer(actor, name, reference)
    case.given(actor)
