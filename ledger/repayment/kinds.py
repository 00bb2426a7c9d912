"""What distinguishes the kinds of repaid documents, for the code that they share; and which kinds there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import Subject, entity_of, find_subject
from ledger.chart import REPAID_CATEGORIES, Category


def _nothing(document: Any) -> None:
    """Nothing stands in the way."""


@dataclass(frozen=True, slots=True)
class RepaidKind:
    """One kind of document with a schedule.

    `app` begins its permissions (`loans.view`) and the names of its tasks, `noun` is the word for a document, `label`
    what lists and cases are called, `document_label` what a message calls one; `case_type` is the case that makes one.
    `parent` is the installment's field of its document. `credits` are the accounts that an installment is credited to,
    with the column of the amount, the first of which is never zero. `source_type` is the installments', `opened` the
    documents' (`ledger.sources`).

    `date_column` is the document's date, from which its first row bears interest; `guard` refuses what may not be done
    to a document whose amount is to be lowered or taken back, by the codes `guard_errors`. `given_column` is set while
    the principal has been given.

    `amount_field` is what clients call the principal. `own_columns` are the columns of a document's row besides those
    that all documents have, `related_columns` further ones by name and path; `noted_columns` are those that the case's
    event records, `planned_columns` those that a preview shows.

    `weekly_order` and `weekly_slot` are the turn of its installments among the steps of a company's Sunday
    (`ledger.weekly`).
    """

    app: str
    noun: str
    label: str
    document_label: str
    case_type: str
    series: NumberSeries
    document: type[Any]
    installment: type[Any]
    parent: str
    category: Category
    source_type: str
    opened: str
    credits: tuple[tuple[str, str], ...]
    url: str
    amount_field: str
    own_columns: tuple[str, ...]
    noted_columns: tuple[str, ...]
    planned_columns: tuple[str, ...]
    weekly_order: int
    weekly_slot: time
    date_column: str
    guard: Callable[[Any], None] = _nothing
    guard_errors: tuple[str, ...] = ()
    given_column: str = ""
    related_columns: tuple[tuple[str, str], ...] = ()

    @property
    def number_field(self) -> str:
        """What clients call a document's number: `loan_id`."""
        return f"{self.noun}_id"

    @property
    def opened_event(self) -> str:
        """The event of the entry that opens a document: `loan_opened`."""
        return f"{self.noun}_opened"

    @property
    def cancelled_event(self) -> str:
        """The event of the entry that takes it back: `loan_cancelled`."""
        return f"{self.noun}_cancelled"

    @property
    def adjusted_event(self) -> str:
        """The event of the entry that lowers its amount: `loan_adjusted`."""
        return f"{self.noun}_adjusted"

    @property
    def entity(self) -> str:
        """What a case calls what it made: `driver_loan`."""
        return entity_of(self.document)

    @property
    def subject(self) -> Subject:
        """What its documents are to people: heading, icon, the right to see them."""
        return find_subject(self.document)

    @property
    def word(self) -> str:
        """A document, where a word stands alone: `Loan`."""
        return self.noun.capitalize()

    @property
    def plural(self) -> str:
        """Several documents, in a sentence: `loans`."""
        return self.app.replace("_", " ")

    @property
    def bears_interest(self) -> bool:
        """Whether installments have interest besides the principal."""
        return any(column == "interest" for _, column in self.credits)

    def address(self, number: str) -> str:
        """Where clients read the document."""
        return f"{self.url}/{number}"

    @property
    def parent_column(self) -> str:
        """The installment's column of its document."""
        return f"{self.parent}_id"

    @property
    def total(self) -> str:
        """SQL: what an installment `i` amounts to."""
        return " + ".join(f"i.{column}" for _, column in self.credits)

    @property
    def tables(self) -> tuple[str, str]:
        """The tables of the documents and of their installments."""
        return self.document._meta.db_table, self.installment._meta.db_table


_KINDS: Final[dict[str, RepaidKind]] = {}


def add_kind(kind: RepaidKind) -> None:
    """Let everything that shows kinds show this one. Raises ValueError when its app has another, or its category is
    none of REPAID_CATEGORIES, whose open items an index holds."""
    if kind.category not in REPAID_CATEGORIES:
        raise ValueError(f"{kind.category} is not a category of what is repaid.")
    if _KINDS.setdefault(kind.app, kind) is not kind:
        raise ValueError(f"Two kinds of documents belong to {kind.app}.")


def repaid_kinds() -> tuple[RepaidKind, ...]:
    """Every kind, in the order of the installed apps; complete once all apps are ready."""
    return tuple(_KINDS.values())


def find_kind(document: type[Any]) -> RepaidKind | None:
    """The kind whose documents the table holds."""
    return next((kind for kind in _KINDS.values() if kind.document is document), None)
