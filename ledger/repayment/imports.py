"""Documents from a file, so that a company can bring its data: each row is made as an API call makes it."""

from __future__ import annotations

from decimal import Decimal

from batconnect.core.files import cells
from batconnect.core.files.imports import BadCells, Column, ImportReport, Row, RowByRow
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from batconnect.directory.querysets import find_driver_by_license


class DocumentImport(RowByRow):
    """Loans or repairs. A subclass names the columns that are its own, `noun`, and `make_document`."""

    noun: str
    done, planned = "made", "good"
    lease_column = Column(
        "lease_id",
        cells.text(20, required=True),
        required=True,
        help="its number or key",
        examples=("LS-2054",),
    )
    other_columns = (
        Column("driver_id", cells.key, help="the driver's key, or give tlc_license"),
        Column("tlc_license", lambda cell, actor: cell, default="", examples=("00504124",)),
        Column("notes", cells.text(500), default=""),
    )

    def make_document(self, *, actor: Actor, row: Row, driver_id: int) -> Decimal:
        """Make the document of a row; returns its amount. May raise any Refusal."""
        raise NotImplementedError

    def make(self, *, actor: Actor, row: Row, report: ImportReport) -> None:
        report.total += self.make_document(actor=actor, row=row, driver_id=_driver_of(row))
        report.created += 1

    def counted(self, report: ImportReport) -> str:
        return f"{report.created:,} {self.noun}"

    def outcome(self, report: ImportReport) -> str:
        what = self.done if report.written else f"{self.planned} (nothing was written)"
        return (
            f"{format_count(report.rows, 'row')}: {self.counted(report)} {what}, "
            f"{format_amount(report.total)} in all."
        )


def _driver_of(row: Row) -> int:
    """The driver's key, given by `driver_id` or `tlc_license`. Raises BadCells."""
    if row["driver_id"] is not None:
        return int(row["driver_id"])
    driver = find_driver_by_license(row["tlc_license"])
    if driver is None:
        raise BadCells({"tlc_license": "No driver holds this license; give driver_id or tlc_license."})
    return int(driver.pk)
