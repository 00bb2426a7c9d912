"""What distinguishes loans from repairs, for the code that they share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

from batconnect.core.kernel.numbers import NumberSeries
from ledger.chart import Category


@dataclass(frozen=True, slots=True)
class RepaidKind:
    """One kind of document with a schedule.

    `app` begins its permissions (`loans.view`) and the names of its tasks, `noun` is the word for a document;
    `parent` the installment's field of its document. `credits` are the accounts that an installment is credited to,
    with the column of the amount, the first of which is never zero. `source_type` is the installments', `opened`
    the documents' (`ledger.sources`). `weekly_order` and `weekly_slot` are the turn of its installments among the
    steps of a company's Sunday (`ledger.weekly`).
    """

    app: str
    noun: str
    series: NumberSeries
    document: type[Any]
    installment: type[Any]
    parent: str
    category: Category
    source_type: str
    opened: str
    credits: tuple[tuple[str, str], ...]
    url: str
    weekly_order: int
    weekly_slot: time

    @property
    def parent_column(self) -> str:
        """The installment's column of its document."""
        return f"{self.parent}_id"

    @property
    def total(self) -> str:
        """SQL: what an installment `i` amounts to."""
        return " + ".join(f"i.{column}" for _, column in self.credits)

    @property
    def line_count(self) -> str:
        """SQL: how many lines the entry of an installment `i` has."""
        return " + ".join(["1", *(f"(i.{column} <> 0)::int" for _, column in self.credits)])

    @property
    def tables(self) -> tuple[str, str]:
        """The tables of the documents and of their installments."""
        return self.document._meta.db_table, self.installment._meta.db_table
