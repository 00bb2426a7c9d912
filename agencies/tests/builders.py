"""Files of agencies, and a fleet that they are about."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from agencies.models import AgencyImport, AgencyRow
from agencies.services.processing import process_import
from agencies.services.receiving import receive_file
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from ledger.verification import verify

EZPASS: Final = (
    *(
        "Lane Txn ID",
        "Transaction Date",
        "Tag/Plate Number",
        "Agency",
        "Activity",
        "Entry Time",
        "Entry Plaza",
    ),
    *("Exit Time", "Exit Plaza", "Amount"),
)
PVB: Final = (
    *("Plate", "State", "Summons Number", "Issue Date", "Violation Time", "Violation", "Fine Amount"),
    *("Penalty Amount", "Interest Amount", "Reduction Amount", "County"),
)
TRIPS: Final = (
    *(
        "Trip Number",
        "Cab",
        "Driver",
        "Trip Start",
        "Trip End",
        "Payment Type",
        "Fare",
        "Tip",
        "Tolls",
        "Extras",
    ),
    *("MTA Tax", "Improvement Surcharge", "Congestion Surcharge", "Airport Fee", "Total", "Card Fee"),
)


def csv_of(headings: Sequence[str], *rows: Sequence[str], preamble: str = "") -> bytes:
    """A CSV file of these cells."""
    lines = [",".join(f'"{cell}"' for cell in row) for row in (headings, *rows)]
    return (preamble + "\r\n".join(lines) + "\r\n").encode()


def toll(number: str, day: str, mark: str, amount: str = "-6.94", clock: str = "08:15:00") -> tuple[str, ...]:
    """A toll of a statement: number, day (MM/DD/YYYY), tag or plate."""
    return (number, day, mark, "MTAB&T", "TOLL", "", "", clock, "RFK", amount)


def violation(
    number: str, day: str, plate: str, *, fine: str = "65.00", penalty: str = "", reduction: str = ""
) -> tuple[str, ...]:
    """A summons of the city."""
    return (plate, "NY", number, day, "08:12A", "NO PARKING", fine, penalty, "", reduction, "NY")


def trip(number: str, cab: str, license: str, start: str, end: str = "", **values: str) -> tuple[str, ...]:
    """A trip of 20.00 with a tip of 4.00 by card, unless `values` says otherwise."""
    said = {
        "way": "Card",
        "fare": "20.00",
        "tip": "4.00",
        "tolls": "",
        "extras": "",
        "mta": "0.50",
        "improvement": "1.00",
        "congestion": "2.50",
        "airport": "",
        "total": "28.00",
        "fee": "1.40",
        **values,
    }
    return (number, cab, license, start, end, *said.values())


def receive(actor: Actor, content: bytes, **values: Any) -> AgencyImport:
    """Receive a file, without a worker."""
    return receive_file(actor=actor, file=io.BytesIO(content), **{"file_name": "agency.csv", **values})


def take(actor: Actor, content: bytes, **values: Any) -> AgencyImport:
    """Receive a file and work it off."""
    received = receive(actor, content, **values)
    worker = job_actor(company_id=actor.company_id, job="test")
    process_import(actor=worker, import_id=received.id)
    received.refresh_from_db()
    return received


def row_of(reference: str) -> AgencyRow:
    """The row with that number."""
    return AgencyRow.objects.get(reference=reference)


def found_wrong(actor: Actor) -> list[str]:
    """Every difference that `verify_ledger` finds."""
    return [f"{each.check}: {each.difference}" for each in verify(actor=actor)]
